"""The local host, with every request of a function written down: who made it, of which kind, and how many bytes.

``BENCH_CALLS`` names the file; one JSON object a line. What the host itself does (polling, leases) is counted as its.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import aiohttp
import httpx

from local.host.calls import current_run
from local.host.run import main

QUEUES = ("dispatch-plans", "dispatch-batches", "dispatch-completed")
_RUN = re.compile(r"^(\w+) ")
_ROW = re.compile(rb"RowKey='([^']*)'")
_BATCH_ROW = re.compile(r"RowKey='batch(%7C|\|)\d+'")


def kind_of(method: str, url: str, body: bytes) -> str:
    """What a storage request is, in the ledger's own words."""
    path, _, query = url.partition("?")
    if any(f"/{queue}" in path for queue in QUEUES):
        return _queue(method, path)
    if "/$batch" in path:
        return _transaction(body)
    if "/dispatches(" in path or "/dispatches()" in path:
        return _table(method, path, query)
    return "table: insert" if path.endswith("/dispatches") else f"blob: {'read' if method == 'GET' else 'write'}"


def _queue(method: str, path: str) -> str:
    queue = next(queue for queue in QUEUES if queue in path)
    if "poison" in path:
        queue += "-poison"
    acts = {"POST": "put", "GET": "poll", "DELETE": "delete", "PUT": "renew"}
    return f"queue {queue}: {acts.get(method, method)}"


def _transaction(body: bytes) -> str:
    rows = _ROW.findall(body)
    has_head = any(row == b"dispatch" for row in rows)
    recipients = sum(row.startswith(b"recipient") for row in rows)
    if has_head:
        return "table: transaction that plans a batch"
    return "table: transaction of a batch and its recipients" if recipients else "table: transaction of batches"


def _table(method: str, path: str, query: str) -> str:
    acts = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "write"}
    act = acts.get(method, method)
    if "dispatches()" in path:
        wanted = next((name for name in ("recipient", "batch", "active", "done") if name in query), "rows")
        return f"table: query {wanted}"
    if "PartitionKey='lane'" in path:
        return f"table: {act} lane"
    if "PartitionKey='index'" in path:
        return f"table: {act} index"
    return f"table: {act} batch" if _BATCH_ROW.search(path) else f"table: {act} dispatch"


class Calls:
    """Writes each call down."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("a", encoding="utf-8", buffering=1)

    def note(self, service: str, kind: str, sent: int) -> None:
        """One call."""
        found = _RUN.match(current_run.get())
        who = found[1] if found else "host"
        self._file.write(json.dumps({"who": who, "service": service, "kind": kind, "bytes": sent}) + "\n")


def install(calls: Calls) -> None:
    """Puts the counter into the two libraries through which everything outside is reached."""
    storage = aiohttp.ClientSession._request  # noqa: SLF001 - the one door of all requests
    web = httpx.AsyncHTTPTransport.handle_async_request

    async def from_session(self: Any, method: str, url: Any, **options: Any) -> Any:
        body = _bytes_of(options)
        calls.note("storage", kind_of(method, str(url), body), len(body))
        return await storage(self, method, url, **options)

    async def from_transport(self: Any, request: httpx.Request) -> httpx.Response:
        service = "graph" if "/v1.0/" in request.url.path else "pureservice"
        calls.note(
            service, f"{request.method} {_shape(request.url.path)}", int(request.headers.get("Content-Length", 0))
        )
        return await web(self, request)

    setattr(aiohttp.ClientSession, "_request", from_session)  # noqa: B010
    setattr(httpx.AsyncHTTPTransport, "handle_async_request", from_transport)  # noqa: B010


def _bytes_of(options: Mapping[str, Any]) -> bytes:
    body = options.get("data") or b""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b""


def _shape(path: str) -> str:
    return re.sub(r"/\d+", "/#", re.sub(r"[^/]+@[^/]+", "<mailbox>", path))


if __name__ == "__main__":
    install(Calls(Path(os.environ["BENCH_CALLS"])))
    os.environ["LOCAL_HOST_WORKER"] = ""  # the functions stay in this process, where all calls are counted
    sys.exit(main())
