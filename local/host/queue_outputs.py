"""Writes what functions leave in their ``queue_output`` bindings."""

import json
from collections.abc import Callable

import azure.functions as func

from local.host.app_metadata import Binding
from local.host.queue_rules import encode_body
from local.host.settings import QueueConfig
from local.host.storage import HOST_CONNECTION, Storage, send_creating_queue


class QueueOutputs:
    """Sends to the queues of output bindings, which it creates where they are missing."""

    def __init__(self, storage: Storage, *, config: QueueConfig, sent_to: Callable[[str], None]) -> None:
        self._storage = storage
        self._config = config
        self._sent_to = sent_to

    async def write(self, binding: Binding, value: object) -> None:
        """Send the value, or each item of a list, and wake who listens to that queue in this host."""
        name = binding.text("queueName")
        queue = self._storage.queue(binding.text("connection", HOST_CONNECTION), name)
        for item in value if isinstance(value, list | tuple) else [value]:
            await send_creating_queue(queue, encode_body(_body_of(item), base64_encoded=self._config.base64))
        self._sent_to(name)


def _body_of(item: object) -> bytes:
    if isinstance(item, func.QueueMessage):
        return json.dumps({"id": item.id, "body": item.get_body().decode()}).encode()
    if isinstance(item, bytes):
        return item
    if isinstance(item, str):
        return item.encode()
    raise TypeError(f"invalid data type in output queue message: {type(item)}")
