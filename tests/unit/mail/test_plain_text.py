"""What a plain text draws is never taken for what it says, and the other way round."""

import pytest

from dispatch.mail.plain_text import readable_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>&gt; 10 kr", " > 10 kr\n"),
        ("<p>Beløp<br>&gt; 10 kr", "Beløp\n > 10 kr\n"),
        ("<blockquote>&gt; 10 kr", ">  > 10 kr\n"),
        ("<table><tr><th>&gt; 10<td>b<tr><th>c<td>d</table>", " > 10 | b\nc    | d\n"),
        ("<blockquote><p>sitat</blockquote><p>svar", "> sitat\n\nsvar\n"),
    ],
)
def test_a_line_that_begins_with_the_sign_of_a_quote_is_no_quote(html, text):
    assert readable_text(html) == text


@pytest.mark.parametrize(
    ("cell", "row"),
    [
        ("<blockquote><p>a</p><p>b</p></blockquote>", "x | a / b | y"),
        ("Ja | Nei", "x || Ja | Nei || y"),
        ("a || b | c", "x ||| a || b | c ||| y"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "x || a | b / 1 | 2 || y"),
        ("<table><tr><th>a<td>Ja | Nei</table>", "x ||| a || Ja | Nei ||| y"),
        ("<p>a<p>b", "x | a / b | y"),
    ],
)
def test_nothing_in_a_cell_looks_like_another_column(cell, row):
    assert readable_text(f"<table><tr><th>x<td>{cell}<td>y</table>") == f"{row}\n"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<a href='https://x.example/a'>Les mer<br></a>Neste", "Les mer (https://x.example/a)\nNeste\n"),
        ("<a href='https://x.example/a'>Les mer </a>nå", "Les mer (https://x.example/a) nå\n"),
        (
            "<a href='https://x.example/a'>a <bdi>שלום</bdi> <span dir=rtl>שלום</span></a>",
            "a \u2068שלום\u2069 \u2067שלום\u2069 (https://x.example/a)\n",
        ),
        ("<a href='https://x.example/a'><img src=a.png alt=''></a>", "[https://x.example/a]\n"),
        ("<a href='mailto:a@x.example'><div><img src=a.png></div></a>", "[a@x.example]\n"),
        ("<a href='https://x.example/a'><img src=a.png alt=''>Les mer</a>", "Les mer (https://x.example/a)\n"),
        ("<a href='https://x.example/a'><img src=a.png alt=Kart></a>", "[Kart] (https://x.example/a)\n"),
    ],
)
def test_where_a_link_leads_is_said_once_behind_its_words(html, text):
    assert readable_text(html) == text


def test_a_heading_stands_apart_whatever_its_margins():
    html = "<p style='margin:0'>Etaten</p><h1 style='margin:0'>Høring</h1><p style='margin:0'>Hei"

    assert readable_text(html) == "Etaten\n\nHøring\nHei\n"
