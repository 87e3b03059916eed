"""The decisions of a queue listener that need no storage: how long to wait, what a body is, where poison goes."""

import base64
import binascii
import re
from collections.abc import Callable

from local.host.errors import FunctionError

POISON_SUFFIX = "-poison"
_SHORTEST_NAME, _LONGEST_NAME = 3, 63
_FIRST_DELAY_SECONDS = 0.1
_BLANKS = dict.fromkeys(map(ord, " \t\r\n"))  # which .NET's base64 passes over
_NAME = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")


def queue_name_of(name: str) -> str:
    """The name as the host uses it, which is in lower case."""
    lowered = name.lower()
    if not _NAME.fullmatch(lowered) or not _SHORTEST_NAME <= len(lowered) <= _LONGEST_NAME:
        raise FunctionError(
            f"'{name}' is no name of a queue: 3 to 63 letters, digits and single hyphens, none at either end."
        )
    return lowered


def poison_name_of(queue_name: str) -> str | None:
    """Where a queue's messages go when given up; None when they have nowhere to go."""
    if queue_name.endswith(POISON_SUFFIX) or len(queue_name + POISON_SUFFIX) > _LONGEST_NAME:
        return None
    return queue_name + POISON_SUFFIX


def decode_body(text: str, *, base64_encoded: bool) -> bytes | None:
    """The body of a message; None when it is not the base64 that it should be."""
    if not base64_encoded:
        return text.encode()
    try:
        return base64.b64decode(text.translate(_BLANKS), validate=True)
    except (binascii.Error, ValueError):
        return None


def encode_body(body: bytes, *, base64_encoded: bool) -> str:
    """The message text for a body."""
    return base64.b64encode(body).decode() if base64_encoded else body.decode()


class Backoff:
    """How long to wait after an empty poll: 0.1 s after work, then about doubling up to a limit."""

    def __init__(self, *, max_seconds: float, uniform: Callable[[float, float], float]) -> None:
        self._max_seconds = max_seconds
        self._uniform = uniform
        self._exponent = 0
        self._at_limit = False

    def reset(self) -> None:
        """Messages came: begin again."""
        self._exponent = 0
        self._at_limit = False

    def next_delay(self) -> float:
        if self._at_limit:
            return self._max_seconds
        growth = self._uniform(0.8, 1.2) * 2 ** (self._exponent - 1) if self._exponent else 0.0
        delay = _FIRST_DELAY_SECONDS * (1 + growth)
        self._exponent += 1
        self._at_limit = delay >= self._max_seconds
        return min(delay, self._max_seconds)
