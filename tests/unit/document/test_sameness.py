"""A letter says the same in its HTML, its plain text and its PDF: words, numbers, links and cells, in the same places.

Each of ``tests/cases`` is an input that once went wrong; ``README`` says of each what is right.
"""

import os
import random
from pathlib import Path

import pytest

from dispatch.core import Letter
from dispatch.mail import LetterStyle
from tests.letter_samples import ORDINARY, OUTLOOK, a_file, a_png, composed, set_here
from tests.random_letters import a_letter
from tests.sameness import (
    Reading,
    Table,
    has_in_order,
    has_tables,
    is_drawn_of,
    squeezed,
    told_by_html,
    told_by_pdf,
    told_by_text,
    without_addresses,
)

CASES = Path(__file__).parents[2] / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.html"))
# Always the same letters, and with LETTERS as many others.
LETTERS = int(os.environ.get("LETTERS", "0"))
NUMBERS = [random.SystemRandom().randrange(10**9) for _ in range(LETTERS)] if LETTERS else [*range(80), 141]
BEGINNING = 6  # signs, of the sender's name, before anything that a letter's author wrote
REMARK = squeezed("Bilder Disse kunne ikke tas med i denne kopien:")


def read(letter: Letter) -> tuple[Reading, Reading, Reading]:
    return told_by_html(letter.html), told_by_text(letter.text), told_by_pdf(set_here(letter).content)


def remark_before(words: str, letter: str) -> str:
    """What the archive copy says of itself before the letter."""
    return words[: words.index(letter[:BEGINNING], len(REMARK))] if words.startswith(REMARK) else ""


def wide(tables: list[Table]) -> list[Table]:
    """A single column needs no bars in a text."""
    return [table for table in tables if any(x for x, _ in table)]


def judge(letter: Letter) -> None:
    html, text, pdf = read(letter)
    remark = remark_before(pdf.words, html.words)
    words, unmarked = pdf.words.removeprefix(remark), pdf.unmarked.removeprefix(remark)

    assert is_drawn_of(text.words, without_addresses(words))
    assert has_tables(text.rows, wide(pdf.outer), pdf.marks)
    if html.words == unmarked:
        # Of a table in which nothing is shown, nothing is left.
        assert [*filter(None, html.tables)] == [*filter(None, pdf.unmarked_tables)]
        # thead's cells are heads too, and the empty corner above heads of rows.
        told = [heads for heads, table in zip(html.heads, html.tables, strict=True) if table]
        made = [heads for heads, table in zip(pdf.heads, pdf.unmarked_tables, strict=True) if table]
        assert all(said <= tagged for said, tagged in zip(told, made, strict=True))
    else:
        # A list that was laid out as a table has its marks in the HTML's cells; of others they are the browser's own.
        assert has_in_order(html.words, unmarked)
        assert has_in_order(words, html.words)
    assert html.led() == pdf.led()
    assert [said for said in text.addresses() if said not in "".join([*html.addresses(), html.words])] == []


def case(name: str) -> Letter:
    html = (CASES / f"{name}.html").read_text(encoding="utf-8")
    return composed(html, attachments=[a_file(content=a_png(600, 300))], style=LetterStyle("Etaten"))


@pytest.mark.parametrize("name", NAMES)
def test_is_the_same_of_every_input_that_once_went_wrong(name):
    judge(case(name))


@pytest.mark.parametrize("html", [ORDINARY, OUTLOOK.replace("font-family:Wingdings'>J", "'>☺")])
def test_is_the_same_of_letters_as_people_write_them(html):
    judge(composed(html, attachments=[a_file(), a_file(5, "image001.png")]))


@pytest.mark.parametrize("number", NUMBERS)
def test_is_the_same_of_letters_with_anything_in_anything(number):
    judge(composed(f"<p>Hei</p>{a_letter(number)}", style=LetterStyle("Etaten")))


@pytest.mark.parametrize(
    "html",
    [
        "<p><i>مرحبا</i> og <b><i>كيف</i></b>",
        '<p style="font-size:0"><img src="https://x.example/a.png" alt="Kart">',
        '<p style="visibility:hidden"><img src="https://x.example/a.png" alt="Kart"> x',
        '<p><a href="https://etat.example/a"><img src="https://x.example/a.png" alt=""></a>',
        '<p><a href="https://etat.example/a"><img src="/attachment/download/3" alt=""></a>',
        "<table><tr><th>a<td><table><tr><th>b<td>c<tr><th>d<td>e | f</table><td>g</table>",
        "<table><tr><td><blockquote>a</blockquote><th>b</table>",
    ],
)
def test_is_the_same_of_what_random_letters_once_told_apart(html):
    judge(composed(f"<p>Hei</p>{html}", attachments=[a_file()], style=LetterStyle("Etaten")))


def test_a_row_of_a_layout_with_an_ornament_is_a_line():
    assert "\nTekst\n" in composed('<table><tr><td><img src="https://x.example/a.png" alt=""><td>Tekst</table>').text


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
