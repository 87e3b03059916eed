"""Which of a letter's pictures can be set on a page, by what they are and not by what they are called."""

import io
from collections.abc import Sequence

from dispatch.core import Part

LARGEST = 40_000_000  # pixels: four bytes each when drawn, in an instance of two gigabytes
MOST_TOGETHER = 120_000_000  # pixels of all pictures of a letter; what comes after is left out

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg", b"GIF87a": ".gif", b"GIF89a": ".gif"}


def settable(parts: Sequence[Part]) -> tuple[dict[str, Part], list[str]]:
    """The pictures by the names of their files, and the names of those that are left out."""
    taken: dict[str, Part] = {}
    left_out = []
    room = MOST_TOGETHER
    for part in parts:
        kind = kind_of(part.content)
        size = pixels(part.content) if kind else 0
        if 0 < size <= min(LARGEST, room):
            taken[f"picture-{len(taken) + 1}{kind}"] = part
            room -= size
        else:
            left_out.append(part.name)
    return taken, left_out


def kind_of(content: bytes) -> str:
    """The extension that tells the kind; empty for kinds that are not set: SVG can refer to files, others are rare."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ".webp"
    return next((kind for signature, kind in _SIGNATURES.items() if content.startswith(signature)), "")


def pixels(content: bytes) -> int:
    """Width times height, from the header; 0 where the header is broken."""
    import imagesize

    try:
        width, height = imagesize.get(io.BytesIO(content))
    except (ValueError, IndexError, OSError):
        return 0
    return int(width * height) if width > 0 and height > 0 else 0
