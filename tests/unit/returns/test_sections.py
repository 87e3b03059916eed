"""A mail taken apart: parts, heads and texts, whatever their encoding and however they are cut."""

import pytest

from dispatch.returns.html_lines import lines_of_html
from dispatch.returns.sections import head_of, readable, section_of

TWO = (
    b'Content-Type: multipart/mixed; boundary="a b"\n\nbefore\n'
    b"--a b\n\nfirst\n--a b  \nX-A: 1\n\nsecond\n%s--a b--\nafter"
)


def test_parts_stand_between_the_lines_that_divide():
    mail = section_of(TWO % b"")

    assert [part.body for part in mail.parts] == [b"first", b"second"]
    assert [part.head.first("x-a") for part in mail.parts] == ["", "1"]
    assert mail.whole


def test_a_line_that_only_begins_alike_divides_nothing():
    mail = section_of(TWO % b"--a bc\nstill second\n")

    assert [part.body for part in mail.parts] == [b"first", b"second\n--a bc\nstill second"]


def test_what_is_cut_short_is_not_whole():
    assert not section_of((TWO % b"").partition(b"--a b--")[0]).whole
    assert not section_of(b"Content-Type: multipart/mixed\n\nx").whole


def test_a_head_is_read_with_its_folds_and_in_any_letter_case():
    head = head_of(b"TO: a@b.example,\n\tc@d.example\nto: e@f.example\nSubject: \xc3\xa5\n\nTo: body")

    assert head.all("to") == ["a@b.example, c@d.example", "e@f.example"]
    assert head.first("subject") == "\u00e5"


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        ("blåbær".encode(), "utf-8"),
        ("blåbær".encode("latin-1"), "iso-8859-1"),
        ("blåbær".encode("cp1252"), "windows-1252"),
        ("blåbær".encode("latin-1"), ""),
        ("blåbær".encode(), "no-such"),
        ("blåbær".encode(), "iso-no-such"),
        ("blåbær".encode(), "punycode"),
    ],
)
def test_a_text_is_read_by_its_charset_or_by_what_it_must_be(content, charset):
    assert readable(content, charset) == "blåbær"


def test_html_is_read_as_its_lines():
    html = (
        "<html><head><title>x</title><style>p{}</style></head><p>a <b>b</b><br>c&lt;d<!-- e --><p>f<script>g</script>"
    )

    assert [line for line in lines_of_html(html).split("\n") if line] == ["a b", "c<d", "f"]
