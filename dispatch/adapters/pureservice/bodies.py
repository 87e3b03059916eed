"""What a request carries, in pieces: a file becomes Base64 while it is sent, so that it never stands there whole.

Of a list of 100,000 recipients the text, the JSON around it and its bytes would be three copies of a third more each.
"""

import base64
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

SLICE = 3 * 64 * 1024  # bytes at a time; a multiple of three, so that Base64 goes on where it ended


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file's bytes, where a body has them as Base64."""

    content: bytes


class Body:
    """JSON with files in it. May be read again, for a request that is repeated."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        files: list[bytes] = []
        mark = uuid.uuid4().hex

        def marked(found: Any) -> str:
            if not isinstance(found, FileBytes):
                raise TypeError(f"no JSON: {type(found).__name__}")
            files.append(found.content)
            return mark

        text = json.dumps(value, ensure_ascii=False, default=marked)
        self._texts = [piece.encode("utf-8", "replace") for piece in text.split(mark)]
        self._files = files

    @property
    def headers(self) -> dict[str, str]:
        """How many bytes they are in all: without that the request would be sent in chunks of unknown number."""
        encoded = sum(-(-len(file) // 3) * 4 for file in self._files)
        return {"Content-Length": str(sum(map(len, self._texts)) + encoded)}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        first, *texts = self._texts
        yield first
        for file, text in zip(self._files, texts, strict=True):
            for start in range(0, len(file), SLICE):
                yield base64.b64encode(file[start : start + SLICE])
            yield text
