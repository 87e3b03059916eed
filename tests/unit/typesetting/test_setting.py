"""The process that sets a letter: what it may use, and what is left when it may not use more."""

import struct
import zlib

import pytest

from dispatch.core import Letter
from dispatch.typesetting import Job, PdfError, set_letter
from tests.builders import NOON
from tests.letter_samples import a_file, a_png, composed, set_here
from tests.unit.report.test_pdf import text_of

SECONDS = 60.0


def a_job(letter: Letter) -> Job:
    return Job(letter=letter, title="x", author="x", created=NOON, language="nb", footer="", facts=())


def remark(number: int) -> bytes:
    """A chunk of text, so that each picture is one of its own."""
    data = b"tEXt" + f"Title\0{number}".encode()
    return struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))


def with_pictures(count: int, side: int) -> Letter:
    drawn = a_png(side, side)
    files = [
        a_file(number, f"b{number}.png", content=drawn[:-12] + remark(number) + drawn[-12:]) for number in range(count)
    ]
    images = "".join(f'<p><img src="/attachment/download/{file.id}" alt="{file.name}"></p>' for file in files)
    return composed(f"<p>Hei</p>{images}", attachments=files)


def test_pictures_that_are_too_many_to_draw_are_left_out_and_told_of():
    made = set_letter(a_job(with_pictures(24, 6300)), seconds=SECONDS)

    assert made.left_out == tuple(f"b{number}.png" for number in range(3, 24))
    assert "Disse kunne ikke tas med i denne kopien: b3.png" in text_of(made)


def test_what_asks_for_more_memory_than_there_is_is_set_without_its_pictures():
    # One picture alone takes it: whether two are decoded at once is the machine's affair.
    made = set_letter(a_job(with_pictures(1, 9000)), seconds=SECONDS, memory=350_000_000)

    assert made.left_out == ("b0.png",)
    assert "Hei" in text_of(made)


def test_a_machine_with_many_cores_sets_the_same(monkeypatch):
    monkeypatch.setenv("RAYON_NUM_THREADS", "64")

    assert set_letter(a_job(with_pictures(2, 6000)), seconds=SECONDS).left_out == ()


def test_what_can_not_be_set_in_the_memory_there_is_is_refused_and_nothing_else_ends():
    with pytest.raises(PdfError, match="MB") as refused:
        set_letter(a_job(composed("<p>Hei</p>")), seconds=SECONDS, memory=60_000_000)

    assert refused.value.why == "Meldingen er for stor."


@pytest.mark.parametrize(("text", "script"), [("李伟", "kinesisk"), ("བོད་", "tibetansk"), ("안녕", "koreansk")])
def test_a_letter_in_a_script_without_a_font_is_refused_in_words(text, script):
    with pytest.raises(PdfError) as refused:
        set_here(composed(f"<p>Hei {text}</p>"))

    assert refused.value.why == f"Skriften i PDF-en mangler tegn for {script} skrift."


READ_IN_NORWAY = (
    "يرجى الاتصال", "שלום", "โปรดจำวัน", "ትግርኛ", "नेपाली", "தமிழ்", "ಕನ್ನಡ", "ខ្មែរ", "ລາວ", "မြန်မာ", "Հայերեն", "ქართული",
    "Українська", "Ελληνικά", "čđŋšŧž", "Tiếng Việt", "বাংলা", "ਪੰਜਾਬੀ", "ગુજરાતી", "తెలుగు", "മലയാളം", "සිංහල",
)  # fmt: skip


def test_a_letter_in_the_scripts_that_are_read_in_norway_is_set():
    for text in READ_IN_NORWAY:
        assert set_here(composed(f"<p>{text}</p>")).left_out == (), text
