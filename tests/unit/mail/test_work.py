"""How much work a letter is: twice the input is at most twice the work, for every kind of input that once was more.

Work is counted, never timed: the lines of ours that run, and what each library is given to read. What the libraries
make of that has been measured to be linear, and the largest inputs here would take them minutes if it weren't.
"""

import sys
from collections.abc import Callable

import pytest

from dispatch.core import Rejected
from dispatch.mail import inlining, markup, policy, reading
from dispatch.mail.markup import cleaned
from dispatch.mail.reading import MOST_ELEMENTS

OURS = {module.__file__ for module in (markup, reading, policy, inlining)}

SHAPES: dict[str, Callable[[int], str]] = {
    "comments at the head": lambda n: "<!--a-->" * n + "<html><body><p>Hei</p>",
    "comments never ended": lambda n: "<!--a" * n,
    "a data URI in CSS": lambda n: f"<p style=\"background:url('data:image/png;base64,{'iVBOR/' * n}')\">Hei</p>",
    "a data URI in a sheet": lambda n: f"<style>p{{background:url(data:image/png;base64,{'iVBOR/' * n})}}</style><p>x",
    "body begun again": lambda n: "<p>Hei</p>" + "<body " * n,
    "html begun again": lambda n: "<p>Hei</p>" + "<html " * n,
    "body begun again and ended": lambda n: "<p>Hei</p>" + "<body class=a>" * n,
    "nested div": lambda n: "<div>" * n + "Hei",
    "nested tables": lambda n: "<table><tr><td>" * n + "Hei",
    "attributes of one tag": lambda n: "<p " + " ".join(f"a{i}=b" for i in range(n)) + ">Hei</p>",
    "attributes of a tag for Outlook": lambda n: f"<!--[if mso]><table {'a=b ' * n}><![endif]--><p>Hei</p>",
    "tags for Outlook": lambda n: "<!--[if mso]><table><tr><td><![endif]-->" * n + "<p>Hei</p>",
    "formatting elements opened again": lambda n: (
        "<p>" + "".join(f"<font size={i}>" for i in range(n)) + "</p><p>x" * n
    ),
    "links and bold never ended": lambda n: "<a><b>" * n + "Hei",
    "paragraphs with formatting never ended": lambda n: "<p><b>Hei</p>" * n,
    "ends of what never began": lambda n: "<b>" * 50 + "</i>" * n + "Hei",
    "words in angle brackets": lambda n: "<p>" + "".join(f"<ord{i}>" for i in range(n)),
    "addresses in angle brackets": lambda n: "<p>" + "<kari@etat.example> " * n,
    "rows of a table": lambda n: "<table>" + "<tr><td>a<td style='color:red'>b" * n + "</table>",
    "text in a table": lambda n: "<table>" + "<b>x" * n + "</table>",
    "declarations": lambda n: f'<p style="{"color:red;" * n}">Hei</p>',
    "rules": lambda n: "<style>" + "".join(f".a{i} {{color:red}}" for i in range(n)) + "</style><p class=a1>Hei</p>",
    "braces never closed": lambda n: "<style>" + "@media x {" * n + "</style><p>Hei</p>",
    "sheets for screens": lambda n: "<style>" + "@media x {p{color:red}}" * n + "</style><p>Hei</p>",
    "a selector of many steps": lambda n: f"<style>{'div ' * n}{{color:red}}</style><p>Hei</p>",
    "entities": lambda n: "<p>" + "&amp;&#8364;&aring" * n,
    "quotes never closed": lambda n: "<p title='" + 'x> <p title="' * n,
    "lines of bare text": lambda n: "Hei\n\n" * n,
    "line separators": lambda n: "<p>" + "a\u2028" * n,
    "pictures of nothing": lambda n: "<p>" + "<img src=blob:x alt=Kart>" * n,
    "links to nowhere": lambda n: "<p>" + "<a href=x.html>x</a>" * n,
    "control characters": lambda n: "<p>" + "\x00\x93\x0b" * n,
}


def work_of(html: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """The lines of ours that run until the letter is clean or refused, and the characters that libraries read."""
    lines = given = 0

    def in_ours(_frame, event, _argument):
        nonlocal lines
        lines += event == "line"
        return in_ours

    def tracer(frame, _event, _argument):
        return in_ours if frame.f_code.co_filename in OURS else None

    def counted(function):
        def counts(first, *rest, **named):
            nonlocal given
            given += len(first if isinstance(first, str) else first.html)
            return function(first, *rest, **named)

        return counts

    with monkeypatch.context() as patched:
        for name in ("read", "sanitised", "gated"):
            patched.setattr(markup, name, counted(getattr(markup, name)))
        sys.settrace(tracer)
        try:
            cleaned(html)
        except Rejected:
            pass
        finally:
            sys.settrace(None)
    return lines, given


def cleaned_or_refused(html: str) -> str:
    try:
        return cleaned(html).body
    except Rejected as refused:
        return " ".join(refused.problems)


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_input_is_at_most_twice_the_work(shape, monkeypatch):
    once, twice = (work_of(SHAPES[shape](n), monkeypatch) for n in (1_000, 2_000))

    assert twice[0] <= 2.1 * once[0] + 200
    assert twice[1] <= 2.1 * once[1] + 2000


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.timeout(20)
def test_half_a_megabyte_of_it_is_a_letter_or_a_refusal_in_words(shape):
    make = SHAPES[shape]
    html = make(500_000 // max(len(make(200)) // 200, 1))

    assert len(cleaned_or_refused(html)) <= 4 * len(html)


def test_formatting_that_would_be_opened_again_is_refused_before_there_is_a_tree(monkeypatch):
    import turbohtml

    monkeypatch.setattr(turbohtml, "parse", lambda *_, **__: pytest.fail("a tree was made"))

    with pytest.raises(Rejected):
        cleaned(SHAPES["formatting elements opened again"](1_400))


def test_the_largest_table_that_people_paste_is_a_letter():
    rows = "<tr><td>Kommune</td><td>Frist</td><td>Beløp</td><td>Merknad</td></tr>" * 17_000

    assert cleaned(f"<table>{rows}</table>").body.count("<tr>") == 17_000


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("x" * (reading.LONGEST + 1), reading.TOO_LARGE),
        ("<p>x" * (MOST_ELEMENTS + 1), reading.TOO_LARGE),
        ("<div>" * 300, reading.TOO_DEEP),
        ("<div><span>" * 150 + "x", reading.TOO_DEEP),
        ("<div>" * 100_000, reading.TOO_DEEP),
        (
            "<style>" + "".join(f".a{i}{{color:red}}" for i in range(2_000)) + "</style>" + "<p>x" * 6_000,
            inlining.TOO_STYLED,
        ),
        (f"<style>p{{font-family:{'a' * 20_000}}}</style>" + "<p>x" * 1_000, inlining.TOO_STYLED),
        ("<style>" + "p{color:red}" * 50_000 + "</style><p>x", inlining.TOO_STYLED),
    ],
)
def test_what_is_too_much_is_refused_in_words(html, told):
    with pytest.raises(Rejected) as raised:
        cleaned(html)

    assert raised.value.problems == (told,)


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "<p><b>Hei</b>" * 5_000,
        "<ul>" + "<li>Hei" * 5_000,
        "<p><b>Hei</p>" * 300,
        "<div><span>Hei</div>" * 5_000,
        "<table>" + "<tr><td><font color=red>Hei" * 5_000 + "</table>",
        "<div>" * 190 + "Hei",
    ],
)
def test_careless_html_is_no_deep_html(html):
    assert "Hei" in cleaned(html).body
