"""Which pictures are set on the archive copy's pages: known by what they are, and small enough to draw."""

import base64
import io

import pypdf
import pytest
from pypdf.generic import ContentStream

from dispatch.core import Part
from dispatch.typesetting.pictures import LARGEST, kind_of, pixels, settable
from tests.letter_samples import CASES, PNG, a_file, a_png, composed, set_here
from tests.unit.report.test_pdf import PLAIN, made, text_of

# Seven by five pixels each, as small as their makers can write them.
SAMPLES = {
    "jpg": (".jpg",
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////"
        "////////////////////wAALCAAFAAcBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAI"
        "AQEAAD8AN//Z"),
    "gif": (".gif",
        "R0lGODdhBwAFAIAAAAAAAAAAACwAAAAABwAFAAAIDAABCBxIsKDBgwcDAgA7"),
    "webp": (".webp",
        "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoHAAUAAUAmJaQAA3AA/v02aAA="),
    "webpl": (".webp",
        "UklGRhoAAABXRUJQVlA4TA4AAAAvBgABAAcQEf0PRET/Aw=="),
    "webpx": (".webp",
        "UklGRkgAAABXRUJQVlA4WAoAAAAQAAAABgAABAAAQUxQSAkAAAABBxAREYiI/gcAVlA4IBgAAAAwAQCdASoHAAUAAUAmJaQAA3AA"
        "/v02aAA="),
}  # fmt: skip
CMYK = (
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMcHCg3KSwwMTQ0"
    "NB8nOT04MjwuMzQy/8AAFAgABQAHBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIB"
    "AwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZH"
    "SElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV"
    "1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD3+vf69/r3+v/Z"
)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_picture_is_known_by_its_content(name):
    kind, encoded = SAMPLES[name]
    content = base64.b64decode(encoded)

    assert kind_of(content) == kind
    assert pixels(content) == 35


@pytest.mark.parametrize("name", SAMPLES)
def test_every_such_picture_can_be_set(name):
    kind, encoded = SAMPLES[name]
    file = a_file(name=f"bilde{kind}", content=base64.b64decode(encoded))

    assert made(composed('<p>Hei</p><img src="/attachment/download/3">', attachments=[file])).left_out == ()


def test_a_picture_in_printers_colours_is_told_of_since_pdf_a_refuses_it():
    file = a_file(name="trykk.jpg", content=base64.b64decode(CMYK))
    copy = made(composed('<p>Hei</p><img src="/attachment/download/3">', attachments=[file], style=PLAIN))

    assert copy.left_out == ("trykk.jpg",)
    assert "Disse kunne ikke tas med i denne kopien: trykk.jpg" in text_of(copy)


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", b"BM", PNG[:20], b"\xff\xd8\xff\xe0\x00", b"\xff\xd8\xff\x00", b"RIFFxxxxWEBP"]
)
def test_what_is_no_picture_that_can_be_set_is_left_out(content):
    assert settable([Part("a.png", "image/png", content, "a")]) == ({}, ["a.png"])


def test_a_picture_that_would_fill_the_memory_is_left_out():
    side = int(LARGEST**0.5) + 1
    content = a_png()[:16] + side.to_bytes(4, "big") * 2 + a_png()[24:]

    assert settable([Part("a.png", "image/png", content, "a")])[1] == ["a.png"]


def test_file_names_are_our_own():
    taken, _ = settable([Part("../../x.typ", "image/png", PNG, "a"), Part("y", "text/plain", PNG, "b")])

    assert list(taken) == ["picture-1.png", "picture-2.png"]


def drawn_sizes(content: bytes) -> list[tuple[float, float]]:
    """How wide and high each picture is drawn, in points."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    stack, now, sizes = [], (1.0, 1.0), []
    for operands, operator in ContentStream(reader.pages[0].get_contents(), reader).operations:
        if operator == b"q":
            stack.append(now)
        elif operator == b"Q":
            now = stack.pop()
        elif operator == b"cm":
            now = (now[0] * float(operands[0]), now[1] * float(operands[3]))
        elif operator == b"Do":
            sizes.append((round(abs(now[0]), 1), round(abs(now[1]), 1)))
    return sizes


def test_a_picture_is_drawn_as_large_as_the_letter_shows_it():
    html = (CASES / "L-image-sizes.html").read_text(encoding="utf-8")
    letter = composed(html, attachments=[a_file(content=a_png(600, 300))], style=PLAIN)

    # 40 pixels high; at most 200 pixels wide; a quarter of the line of 16 cm; 3 cm by 1 cm.
    assert drawn_sizes(set_here(letter).content) == [(60, 30), (150, 75), (113.4, 56.7), (85, 28.4)]
