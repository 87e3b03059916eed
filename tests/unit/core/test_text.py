"""Text from outside: whatever comes in, what comes out can be encoded, compared and kept."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import text
from dispatch.core.text import Limit

# Hypothesis leaves surrogates out of its usual text, and controls are rare in it.
HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs"]),
        st.characters(max_codepoint=0xA0),
        st.sampled_from("e\u0301\u0316\u1100\u1161\u11a8\u2028\ufffe\ufeff\u202e👩\u200d"),
    ),
    max_size=300,
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@given(HOSTILE, st.integers(1, 200))
def test_a_line_is_valid_composed_and_within_its_limit(raw, most):
    clean = text.line(raw, most=most)

    clean.encode()
    assert unicodedata.is_normalized("NFC", clean)
    assert not CONTROLS.search(clean)
    assert not set("\t\n\u2028\u2029") & set(clean)
    assert len(clean) <= most
    assert text.line(clean, most=most) == clean, "the gate may be passed twice"


@given(HOSTILE, st.integers(1, 400))
def test_lines_keep_their_ends_and_nothing_else_that_can_not_be_seen(raw, most):
    clean = text.lines(raw, most=most)

    clean.encode()
    assert unicodedata.is_normalized("NFC", clean)
    assert not CONTROLS.search(clean)
    assert len(clean) <= most
    assert text.lines(clean, most=most) == clean


@given(HOSTILE, st.integers(20, 300))
def test_a_file_name_keeps_what_says_of_what_kind_it_is(raw, most):
    clean = text.file_name(f"{raw}x.docx", most=most)

    clean.encode()
    assert len(clean) <= most
    assert clean.endswith(".docx")


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=100))
def test_ordinary_text_is_left_as_it_is(raw):
    composed = unicodedata.normalize("NFC", raw)

    if not re.search(r"[^\x00-\x7f]{60}", raw):
        assert text.lines(raw, most=1000) == composed


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Kari \ud83d Nordmann", "Kari \ufffd Nordmann"),
        ("po\x00st@x.no", "po st@x.no"),
        ("\x93Hei\x94 \x96 vi", "“Hei” – vi"),
        ("a\r\nb\u2028c\td", "a b c d"),
        ("Bla\u030aba\u0308r", "Blåbär"),
        ("  Kari  ", "Kari"),
    ],
)
def test_what_is_broken_leaves_a_mark_and_joins_no_words(raw, clean):
    assert text.line(raw, most=Limit.NAME) == clean


def test_what_is_too_long_ends_with_a_mark():
    assert text.line("x" * 32_001, most=5) == "xxxx…"
    assert text.file_name("x" * 400 + ".docx", most=12) == "x" * 6 + "….docx"


def test_a_long_list_of_names_says_how_many_are_left_out():
    names = [f"Liste {number}" for number in range(400)]

    told = text.joined(names, most=60, between=", ")

    assert told == "Liste 0, Liste 1, Liste 2, Liste 3, Liste 4, … og 395 til"
    assert text.joined(names[:3], most=60) == "Liste 0\nListe 1\nListe 2"
    assert len(text.joined(["x" * 100, "y"], most=20)) <= 20


def _steps(raw: str) -> int:
    """Bytecodes that the gate runs; the library's own work in between is told by its cost below."""
    count = 0

    def step(frame, event, _):
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        text.lines(raw, most=10**9)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("unit", ["a", "\u0301\u0316", "é", "\ud83d", "\x80\r", "\u1100\u1161"])
def test_twice_the_text_is_twice_the_work(unit):
    once, twice = _steps(unit * 1000), _steps(unit * 2000)

    assert twice <= 2 * once + 200


def test_no_run_of_marks_is_left_that_would_make_normalising_quadratic():
    clean = text.lines("a" + "\u0301\u0316" * 5000, most=10**9)

    runs = "".join("m" if unicodedata.combining(sign) else " " for sign in unicodedata.normalize("NFD", clean))
    assert max(map(len, runs.split())) <= text.COMBINING_IN_A_ROW + 1
