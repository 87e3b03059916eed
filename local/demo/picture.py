"""A small chart as PNG, made by hand so that the demonstration needs no image library."""

import struct
import zlib

WIDTH, HEIGHT = 480, 200
BLUE, GREY, WHITE = b"\x1b\x5e\x9b", b"\xc9\xd1\xd9", b"\xff\xff\xff"
BARS = (40, 65, 90, 120, 150, 165)


def chart_png() -> bytes:
    """Six rising bars over a grey line."""
    rows = b"".join(b"\x00" + _row(y) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    )


def _row(y: int) -> bytes:
    if y >= HEIGHT - 4:
        return GREY * WIDTH
    height = HEIGHT - 4 - y
    return b"".join(BLUE if _in_bar(x, height) else WHITE for x in range(WIDTH))


def _in_bar(x: int, height: int) -> bool:
    bar, inside = divmod(x, WIDTH // len(BARS))
    return 12 <= inside < WIDTH // len(BARS) - 12 and height <= BARS[min(bar, len(BARS) - 1)]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
