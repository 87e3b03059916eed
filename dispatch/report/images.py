"""Which of a letter's pictures can be set on a page, by what they are and not by what they are called."""

import struct
from collections.abc import Sequence

from dispatch.core import Part

LARGEST = 40_000_000  # pixels: four bytes each when drawn, in an instance of two gigabytes

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg", b"GIF87a": ".gif", b"GIF89a": ".gif"}
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's start-of-frame markers


def settable(parts: Sequence[Part]) -> tuple[dict[str, Part], list[str]]:
    """The pictures by the names of their files, and the names of those that are left out."""
    taken: dict[str, Part] = {}
    left_out = []
    for part in parts:
        kind = kind_of(part.content)
        if kind and 0 < pixels(part.content, kind) <= LARGEST:
            taken[f"picture-{len(taken) + 1}{kind}"] = part
        else:
            left_out.append(part.name)
    return taken, left_out


def kind_of(content: bytes) -> str:
    """The extension that tells the kind; empty for kinds that are not set: SVG can refer to files, others are rare."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ".webp"
    return next((kind for signature, kind in _SIGNATURES.items() if content.startswith(signature)), "")


def pixels(content: bytes, kind: str) -> int:
    """Width times height, from the header; 0 where the header is broken."""
    try:
        width, height = {".png": _png, ".gif": _gif, ".jpg": _jpeg, ".webp": _webp}[kind](content)
    except (struct.error, IndexError):
        return 0
    return width * height


def _png(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _gif(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", content[6:10])
    return width, height


def _webp(content: bytes) -> tuple[int, int]:
    if content[12:16] == b"VP8X":
        return (int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1)
    if content[12:16] == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    width, height = struct.unpack("<HH", content[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    while content[at] == 0xFF:  # noqa: PLR2004 - every segment begins so
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if marker in _SOF:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0
