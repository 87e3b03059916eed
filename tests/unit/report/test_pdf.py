"""The archive copy: what it claims to be, what it shows, and what a letter can't make it do."""

import asyncio
import io
from typing import Any

import pypdf
import pytest

from dispatch.core import Letter, Mailbox, Part
from dispatch.mail import LetterStyle
from dispatch.report import PdfError, render_pdf
from dispatch.typesetting import LARGEST_HTML, PdfFile, page
from tests.builders import NOON
from tests.letter_samples import LOGO, ORDINARY, OUTLOOK, PNG, a_file, a_png, composed, set_here

PLAIN = LetterStyle("Etaten")


def made(letter: Letter, **overrides: Any) -> PdfFile:
    values: dict[str, Any] = {
        "author": "Etaten",
        "created": NOON,
        "senders": [Mailbox("post@etat.example", "Etaten <sønn>")],
        "request_number": 10234,
        **overrides,
    }
    return asyncio.run(render_pdf(letter, **values))


def read(file: PdfFile) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(file.content))


def text_of(file: PdfFile) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(file).pages).replace("\xa0", " ").split())


def root_of(file: PdfFile) -> Any:
    return read(file).trailer["/Root"]


def xmp_of(file: PdfFile) -> str:
    return str(root_of(file)["/Metadata"].get_data().decode())


def elements_of(file: PdfFile) -> list[Any]:
    """The elements of the structure tree, in reading order."""
    found: list[Any] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(node)
            walk(node.get("/K"))

    walk(root_of(file)["/StructTreeRoot"].get("/K"))
    return found


def structure_of(file: PdfFile) -> list[str]:
    return [str(element["/S"]) for element in elements_of(file)]


@pytest.fixture(scope="module")
def ordinary() -> PdfFile:
    return made(composed(ORDINARY, attachments=[a_file(), a_file(4, "Notat æøå.pdf", content_type="application/pdf")]))


@pytest.fixture(scope="module")
def outlook() -> PdfFile:
    return made(composed(OUTLOOK, attachments=[a_file(5, "image001.png")]))


class TestWhatItIs:
    def test_claims_pdf_a_2a_and_pdf_ua(self, ordinary):
        assert ordinary.standard == "PDF/A-2a og PDF/UA-1"
        assert "<pdfaid:part>2</pdfaid:part>" in xmp_of(ordinary)
        assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp_of(ordinary)
        assert "<pdfuaid:part>1</pdfuaid:part>" in xmp_of(ordinary)

    def test_has_every_font_in_it(self, ordinary):
        resources: list[Any] = [page["/Resources"] for page in read(ordinary).pages]
        fonts = [font.get_object() for found in resources for font in found["/Font"].values()]

        assert fonts
        for font in fonts:
            descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
            assert "/ToUnicode" in font

    def test_says_its_language_title_and_author(self, ordinary):
        root = root_of(ordinary)

        assert root["/Lang"] == "nb"
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        said = read(ordinary).metadata
        assert said is not None
        assert (said.title, said.author) == ("Høring [Sak ID# 10234]", "Etaten")

    def test_is_tagged_with_headings_lists_tables_links_and_pictures(self, ordinary):
        assert {"/H1", "/H2", "/L", "/LI", "/Table", "/TH", "/TD", "/Link", "/Figure"} <= set(structure_of(ordinary))

    def test_names_heads_of_rows_and_of_columns(self):
        html = (
            "<table><tr><td></td><th>2025<th>2026<tr><th>Inn<td><table><tr><th>x<td>y<tr><th>z<td>w</table><td>2"
            "<tr><th colspan=3>Sum<tr><th scope=row>Ut<td>3<td>4</table>"
        )
        file = made(composed(html))

        cells = [element for element in elements_of(file) if element["/S"] in {"/TH", "/TD"}]
        scopes = [
            "".join(str(said["/Scope"]) for said in cell["/A"] if "/Scope" in said.get_object()) for cell in cells
        ]
        assert scopes == ["/Column"] * 3 + ["/Row", "", *["/Row", ""] * 2, "", "/Column", "/Row", "", ""]
        assert [cell["/S"] == "/TH" for cell in cells] == [scope != "" for scope in scopes]
        assert file.standard == "PDF/A-2a og PDF/UA-1"
        assert file.content.startswith(b"%PDF-1.7\n")

    def test_is_the_same_but_for_its_heads_of_rows(self, monkeypatch):
        letter = composed("<table><tr><th>a<th>b<tr><th>c<td>Hei <a href='https://etat.example/x'>x</a></table>")
        named = set_here(letter)
        monkeypatch.setattr(page, "with_row_heads", lambda content, _: content)
        plain = set_here(letter)

        assert xmp_of(named) == xmp_of(plain)
        assert (read(named).metadata, text_of(named)) == (read(plain).metadata, text_of(plain))
        assert read(named).trailer["/ID"] == read(plain).trailer["/ID"]
        assert len(elements_of(named)) == len(elements_of(plain))
        heads = [
            str(new["/S"])
            for new, old in zip(elements_of(named), elements_of(plain), strict=True)
            if new["/S"] != old["/S"]
        ]
        assert heads == ["/TH"]

    def test_is_the_same_bytes_for_the_same_letter(self, ordinary):
        files = [a_file(), a_file(4, "Notat æøå.pdf", content_type="application/pdf")]

        assert made(composed(ORDINARY, attachments=files)).content == ordinary.content

    def test_takes_its_language_from_the_letter(self, outlook):
        assert root_of(outlook)["/Lang"] == "nb"
        assert root_of(made(composed("<html lang=NO-NYN><body><p>Eg</p>")))["/Lang"] == "nn"


class TestWhatItShows:
    def test_is_who_sent_what_when_and_to_how_many(self, ordinary):
        text = text_of(ordinary)

        assert "Avsender Etaten <sønn> <post@etat.example>" in text
        assert "Emne Høring [Sak ID# 10234]" in text
        assert "Klargjort 23. november 2026 kl. 13.00" in text
        assert "Vedlegg Notat æøå.pdf" in text
        assert "Sak 10234 Side 1 av 1" in text

    def test_is_the_letter_in_its_order(self, ordinary):
        text = text_of(ordinary)
        words = ["Etaten for blåbær", "Hei,", "Frister", "15. januar", "Under ett", "Kåre Ødegård", "Vår referanse"]

        assert [text.index(word) for word in words] == sorted(text.index(word) for word in words)

    def test_is_outlooks_facts_as_a_table_and_its_layout_as_none(self, outlook):
        assert structure_of(outlook).count("/Table") == 1
        assert structure_of(outlook).count("/TD") == 4
        assert "Hei ☺" in text_of(outlook)

    def test_is_norwegian_and_sami_letters(self):
        assert "æøå ÆØÅ čđŋšŧž é – «»" in text_of(made(composed("<p>æøå ÆØÅ čđŋšŧž é – «»</p>")))

    def test_is_a_picture_by_its_text(self, ordinary):
        assert "Kart over området" in [element.get("/Alt") for element in elements_of(ordinary)]

    def test_is_a_name_for_a_sign_that_no_font_has(self):
        file = made(composed("<p>Hei 🂡 og 𝄞</p>", style=PLAIN))

        assert "Hei [playing card ace of spades] og [musical symbol g clef]" in text_of(file)
        assert "Tegn som skriften her mangler" in text_of(file)
        assert file.left_out == ("[musical symbol g clef]", "[playing card ace of spades]")

    def test_is_the_scripts_and_signs_that_people_write(self):
        said = "😀 ✅ ⚠️ ትግርኛ โปรดจำวัน नेपाली தமிழ் Հայերեն ქართული"
        file = made(composed(f"<p>{said}</p>", style=PLAIN))

        assert file.left_out == ()
        assert all(word in text_of(file) for word in ("😀", "✅", "ትግርኛ", "Հայերեն", "ქართული"))

    def test_is_a_note_on_pictures_that_could_not_be_taken_in(self):
        files = [
            a_file(3, "brutt.png", content=PNG[:40]),
            a_file(4, "tegning.svg", content_type="image/svg+xml", content=b"<svg/>"),
            a_file(5, "bombe.png", content=a_png()[:16] + b"\x00\x01\x00\x00" * 2 + a_png()[24:]),
        ]
        images = "".join(f'<img src="/attachment/download/{file.id}" alt="{file.name}">' for file in files)
        file = made(
            composed(f"<p>Hei</p>{images}<img src='https://x.example/b.png' alt='Fra nettet'>", attachments=files)
        )

        assert set(file.left_out) == {"brutt.png", "tegning.svg", "bombe.png", "Fra nettet"}
        assert "Disse kunne ikke tas med i denne kopien" in text_of(file)
        assert "[Bilde: Fra nettet]" in text_of(file)
        assert file.standard == "PDF/A-2a og PDF/UA-1"

    @pytest.mark.parametrize(
        "html",
        [
            "<ul><li>a" * 60,
            "<blockquote>a" * 60,
            "<table><tr><th>a<td>" * 20,
            "<table><tr><td colspan=9 rowspan=9>a<td>b<tr><td>x</table>",
            "<table><tr><th rowspan=9>a<th>b<tr><td>x<td>y</table>",
            "<table><tr><th>a<th>b<tr><th>c<th>d</table>",
            "<table><tr><td>a<td>b<tr><td>x</table>",
            "<table><tr><td colspan=0 rowspan=x>a<td colspan=99999>b<tr><td>c</table>",
            "<h1></h1><h4>a</h4><h2>b</h2><p>c</p>",
            "<p>" + "x" * 500 + " https://etat.example/" + "a/" * 200,
            "<p>a</p><hr><pre> b\n  c</pre><dl><dt>d<dd>e</dl><sub>f</sub><sup>g</sup><s>h</s><code>i</code>",
            '<p><a href="https://x.example"><img src="/attachment/download/3"></a></p><a href="#x">y</a>',
            "<ol start=7 type=a><ol><li>a</ol><li>b</ol>",
            "<p>\x00\x07\u202e\u2028\ufeff\u0301\uf0b7 a",
        ],
    )
    def test_is_made_of_any_letter(self, html):
        assert set_here(composed(html, attachments=[a_file()])).standard == "PDF/A-2a og PDF/UA-1"


class TestWhatALetterCanNotDo:
    CODE = '#read("/etc/passwd") #import "@preview/x:1.0.0" *fet* _k_ $x$ = H @ref <lab> // k `r` \\u{41} "+"'

    def test_is_call_upon_typst(self):
        escaped = self.CODE.replace("<", "&lt;")
        letter = composed(f"<p>{escaped}</p><h2>{escaped}</h2><pre>{escaped}</pre>", subject=self.CODE, style=PLAIN)
        text = text_of(made(letter, author=self.CODE))

        assert text.count('#read("/etc/passwd")') >= 4
        assert "root:" not in text

    def test_is_make_it_read_another_file(self):
        letter = composed(
            '<p>Hei</p><img src="file:///etc/passwd" alt="a"><img src="../letter.json" alt="b">', style=PLAIN
        )

        assert "/Figure" not in structure_of(made(letter))

    def test_is_name_a_file_of_its_own_by_a_pictures_name(self):
        part = Part("../../x.typ", "image/png", PNG, 'a"),read("/etc/passwd")')

        assert made(Letter("x", "<p>Hei</p>", "Hei", inline=(part,))).left_out == ()


class TestWhenItCanNotBeMade:
    def test_says_that_the_fonts_lack_the_script(self):
        with pytest.raises(PdfError, match="script") as refused:
            made(composed("<p>Kjære 李伟, hei</p>"))

        assert refused.value.why == "Skriften i PDF-en mangler tegn for kinesisk skrift."

    def test_says_that_the_letter_is_too_long(self):
        with pytest.raises(PdfError, match="too long"):
            made(Letter("x", "x" * (LARGEST_HTML + 1), "x"))

    def test_says_that_the_letter_has_too_many_blocks(self):
        with pytest.raises(PdfError, match="blocks"):
            made(Letter("x", "<p>x</p>" * 20_001, "x"))

    def test_says_that_time_ran_out(self):
        with pytest.raises(PdfError, match="not done"):
            made(composed("<p>" + "ord " * 50_000), seconds=0.01)


def test_the_logo_is_an_ornament_beside_the_name():
    assert LOGO.content.startswith(b"\x89PNG")
    assert "/Figure" not in structure_of(made(composed("<p>Hei</p>")))
