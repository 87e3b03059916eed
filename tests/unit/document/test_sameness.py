"""A letter says the same in its HTML, its plain text and its PDF: words, numbers, links and cells, in the same places.

Each of ``tests/cases`` is an input that once went wrong; ``README`` says of each what is right.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core import Letter
from dispatch.mail import LetterStyle
from tests.letter_samples import ORDINARY, OUTLOOK, a_file, a_png, composed, set_here
from tests.sameness import Reading, Table, squeezed, told_by_html, told_by_pdf, told_by_text

CASES = Path(__file__).parents[2] / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.html"))
WORDS = ["Etat", "frist", "15.", "100", "kr", "Bærum", "2027-01-15", "svar", "Ærlig", "høring", "nr."]

REMARK = squeezed("Bilder Disse kunne ikke tas med i denne kopien:")


def read(letter: Letter) -> tuple[Reading, Reading, Reading]:
    return told_by_html(letter.html), told_by_text(letter.text), told_by_pdf(set_here(letter).content)


def wide(tables: list[Table]) -> list[Table]:
    return [table for table in tables if any(x for x, _ in table)]


def judge(letter: Letter) -> None:
    html, text, pdf = read(letter)

    # What the archive copy says of itself stands before the letter.
    assert pdf.words.endswith(text.words)
    assert pdf.words == text.words or pdf.words.startswith(REMARK)
    remark = len(pdf.words) - len(text.words)
    # A list that was laid out as a table has its marks in the HTML's cells; of others the marks are the browser's own.
    assert html.words in {pdf.unmarked[remark:], text.words}
    if html.words == pdf.unmarked[remark:]:
        # Of a table in which nothing is shown, nothing is left.
        assert [*filter(None, html.tables)] == [*filter(None, pdf.unmarked_tables)]
        # thead's cells are heads too, and the empty corner above heads of rows.
        told = [heads for heads, table in zip(html.heads, html.tables, strict=True) if table]
        made = [heads for heads, table in zip(pdf.heads, pdf.tables, strict=True) if table]
        assert all(said <= tagged for said, tagged in zip(told, made, strict=True))
    # A single column needs no bars in a text.
    assert wide(text.tables) == wide(pdf.tables)
    assert html.led() == pdf.led()
    assert [said for said in text.addresses() if said not in "".join(html.addresses())] == []


def case(name: str) -> Letter:
    html = (CASES / f"{name}.html").read_text(encoding="utf-8")
    return composed(html, attachments=[a_file(content=a_png(600, 300))], style=LetterStyle("Etaten"))


@pytest.mark.parametrize("name", NAMES)
def test_is_the_same_of_every_input_that_once_went_wrong(name):
    judge(case(name))


@pytest.mark.parametrize("html", [ORDINARY, OUTLOOK.replace("font-family:Wingdings'>J", "'>☺")])
def test_is_the_same_of_letters_as_people_write_them(html):
    judge(composed(html, attachments=[a_file(), a_file(5, "image001.png")]))


words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
targets = st.sampled_from(["https://etat.example/a", "mailto:post@etat.example", "//etat.example/b", "tel:22334455"])
inlines = st.one_of(
    words,
    words.map(lambda text: f"<b>{text}</b>"),
    words.map(lambda text: f"<span style='display:none'>{text}</span>"),
    words.map(lambda text: f"<span style='visibility:hidden'>{text}</span>"),
    words.map(lambda text: f"{text}<br>{text}"),
    st.tuples(targets, words).map(lambda pair: f'<a href="{pair[0]}">{pair[1]}</a>'),
    words.map(lambda text: f'<img src="https://x.example/a.png" alt="{text}">'),
)
texts = st.lists(inlines, min_size=1, max_size=3).map(" ".join)
spans = st.sampled_from(
    ["", "", "", ' colspan="2"', ' rowspan="2"', ' colspan="2" rowspan="2"', ' rowspan="0"', ' colspan="3"']
)
cells = st.tuples(st.sampled_from(["td", "td", "th"]), spans, texts).map("<{0[0]}{0[1]}>{0[2]}</{0[0]}>".format)
rows = st.lists(cells, max_size=4).map(lambda found: f"<tr>{''.join(found)}</tr>")
groups = st.tuples(st.sampled_from(["thead", "tbody", "tbody", "tfoot"]), st.lists(rows, min_size=1, max_size=3)).map(
    lambda group: f"<{group[0]}>{''.join(group[1])}</{group[0]}>"
)
grids = st.lists(groups, min_size=1, max_size=3).map(lambda found: f"<table>{''.join(found)}</table>")
lists = st.tuples(
    st.sampled_from(["ul", "ol", 'ol type="a"', 'ol start="3" type="i"', "ol reversed", 'ul style="list-style:none"']),
    st.lists(texts, min_size=1, max_size=3),
).map(lambda made: f"<{made[0]}>{''.join(f'<li>{text}</li>' for text in made[1])}</{made[0][:2]}>")
blocks = st.one_of(
    texts.map(lambda text: f"<p>{text}</p>"),
    texts.map(lambda text: f"<div>{text}</div>"),
    texts.map(lambda text: f"<h2>{text}</h2>"),
    texts.map(lambda text: f"<blockquote><p>{text}</p></blockquote>"),
    texts.map(lambda text: f"<dl><dt>{text}</dt><dd>{text}</dd></dl>"),
    words.map(lambda text: f'<div style="white-space:pre-wrap">{text}\n  {text}</div>'),
    st.tuples(targets, words).map(lambda pair: f'<a href="{pair[0]}"><div>{pair[1]}</div></a>'),
    lists,
    grids,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(blocks, min_size=1, max_size=4).map("".join))
def test_is_the_same_of_any_letter(html):
    judge(composed(f"<p>Hei</p>{html}", style=LetterStyle("Etaten")))


ORNAMENT = '<img src="https://x.example/a.png" alt="">'
odd = st.recursive(
    st.one_of(
        texts.map(lambda text: f"<p>{text}</p>"),
        texts.map(lambda text: f"<!--[if mso]><p>{text}</p><![endif]--><![if !mso]><p>{text}</p><![endif]>"),
        words.map(lambda text: f"<pre>{text}\n {text}</pre>"),
        words.map(lambda text: f"<p><bdi>{text}</bdi> <span hidden>{text}</span><sup>{text}</sup>&#8364;&nbsp;</p>"),
        st.just(f"<p>{ORNAMENT}</p>"),
        st.just('<p><a href="https://etat.example/c">&nbsp;</a></p>'),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda cells: f"<table><tr><td>{'<td>'.join(cells)}</table>"),
        st.lists(inner, min_size=1, max_size=3).map(lambda rows: f"<table><tr><td>{'<tr><td>'.join(rows)}</table>"),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: f"<ol type=i><li>x{'<li>x'.join(found)}</ol>"),
        inner.map(lambda made: f"<ul><li>x{made}<ul><li>x{made}</ul></ul>"),
        inner.map(lambda made: f"<dl><dt>x<dd>{made}<dd>{made}</dl>"),
        inner.map(lambda made: f"<blockquote><p>x</p>{made}</blockquote>"),
        inner.map(lambda made: f"<div>{ORNAMENT}{made}x</div>"),
    ),
    max_leaves=5,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(odd, min_size=1, max_size=3).map("".join))
def test_is_the_same_of_letters_with_anything_in_anything(html):
    judge(composed(f"<p>Hei</p>{html}", style=LetterStyle("Etaten")))


def test_a_row_of_a_layout_with_an_ornament_is_a_line():
    assert "\nTekst\n" in composed(f"<table><tr><td>{ORNAMENT}<td>Tekst</table>").text


def test_the_judge_sees_a_cell_under_another_heading():
    html = "<table><tr><th>Post</th><th>Antall</th></tr><tr><td>{}</td><td>{}</td></tr></table>"
    right, wrong = (told_by_html(html.format(*cells)) for cells in (("Kopi", ""), ("", "Kopi")))

    assert right.words == wrong.words == squeezed("Post Antall Kopi")
    assert right.tables != wrong.tables


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("A-bulletproof-button", "Send inn svaret ditt (https://etat.example/svar)\n"),
        ("B-downlevel-revealed", "Vises for alle utenom Outlook\n"),
        ("C-mso-xml", "Første avsnitt\nlenke\n\nSiste avsnitt\n"),
        ("D-bullet-table", "• Legitimasjon med bilde\n• Kvittering for betalt gebyr\n"),
        ("G1-header-rowspan", "1. mai  |\n2. mai  |\nBærum   | 3. mai\n"),
        (
            "G10-colspan-short",
            "Sum gebyr |        |\nKopi      | 2      | 100 kr\nPorto     |        |\nFrakt     | 1      | 50 kr\n",
        ),
        ("G11-header-short", "Kopi  | 2      | 100 kr\nPorto | 1      | 50 kr\n"),
        ("G2-rowheader", "Asker   | 1. mai\n        | 2. mai\n"),
        ("G3-rowspan-over-end", "A | 1\n  | 2\n"),
        ("G4-rowspan-two-wide", "A |   | 1\n  |   | 2\nx | y | z\n"),
        ("G6-short-row", "Kari |         |\nOla  | 22 33   | o@x.example\n"),
        ("G7-two-header-rows", "Kommune | Frist     |\n        | Skriftlig | Muntlig\n"),
        ("G9-all-th", "Navn    | Kari\nAdresse | Gata 1\n"),
        ("H-list-marks", "a. Søknad\nb. Vedlegg\n\nA. Alfa\nB. Beta\n\niii. Tre\nvii. Sju\n"),
        ("I-prewrap", "Skatteetaten\nPostboks 9200\n0134 Oslo\n\nFrist: 1. mai\n\nLinje en\nLinje to\n"),
        ("J-block-link", "Svar på høringen (https://etat.example/svar)\n"),
        ("F-raw-address", "Kari Nordmann <kari.nordmann@etat.example> innen fredag. Beløp < 1000 kr og > 10 kr.\n"),
        (
            "F2-plain-text",
            "Hei,\n\nSpørsmål sendes til Kari Nordmann <kari.nordmann@etat.example> innen fredag.\n\nFra: Ola",
        ),
        ("J-block-link", "Les mer (https://etat.example/les)\n"),
        ("K-lost-images", "[Kart over området]\n\n[Flytskjema]\n\nSlutt\n"),
        (
            "M-base-relative",
            "Les om oss (https://etat.example/sider/om-oss.html) og personvern (https://etat.example/personvern) "
            "[Kart]\n",
        ),
        ("O-c1", "Kari’s møte – kl. 10 “sitat” ’ok–"),
        ("J-block-link", "Overskrift som lenke (https://etat.example/x)\n"),
        ("N-hidden", "Synlig\n\nOrd skjult i Outlook, synlig ellers\n"),
    ],
)
def test_is_what_is_right(name, shown):
    letter = case(name)

    assert shown in letter.text
    assert "Skjult forhåndstekst" not in letter.text
