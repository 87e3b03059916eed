"""The letter that every recipient gets: template, subject, text and what is not let through."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import BadConfiguration, Rejected
from dispatch.mail import LetterStyle
from dispatch.mail.letter import subject_line
from tests.letter_samples import OUTLOOK, PNG, STYLE, Tags, a_file, composed

PLAIN = LetterStyle("Etaten")
HARMFUL_TAGS = {"script", "iframe", "object", "embed", "form", "input", "button", "link", "base", "svg", "math"}

PIECES = [
    "<script>", "</script>", "<!--[if mso]>", "<![endif]-->", "<!--", "-->", "<img src=", "<a href=", "javascript:",
    " onerror=alert(1)", '"', "'", ">", "<style>", "</style>", "<svg>", "<math>", "<table>", "<td>", "</table>",
    "<p title=", "<iframe>", "<xmp>", "<textarea>", "</textarea>", "url(", ")", "\\", "&quot;", "&lt;", "x",
]  # fmt: skip


def is_harmless(html: str) -> bool:
    for tag, attributes in Tags(html).found:
        if tag in HARMFUL_TAGS or any(name.startswith("on") for name in attributes):
            return False
        for name in ("href", "src"):
            value = re.sub(r"\s", "", attributes.get(name) or "").lower()
            if value.startswith(("javascript:", "vbscript:", "data:text", "file:")):
                return False
        if re.search(r"url\s*\(|expression|@import", attributes.get("style") or "", re.IGNORECASE):
            return False
    return True


class TestTheTemplate:
    def test_carries_the_organisation_the_logo_and_the_reference(self):
        letter = composed("<p>Hei</p>")

        assert "<strong>Etaten for blåbær</strong>" in letter.html
        assert [part.name for part in letter.inline] == ["logo.png"]
        assert f'src="cid:{letter.inline[0].content_id}"' in letter.html
        assert "Vår referanse: 10234" in letter.html
        assert 'href="mailto:post@etat.example"' in letter.html

    def test_is_a_norwegian_document_that_fits_a_narrow_screen(self):
        letter = composed("<p>Hei</p>")

        assert letter.html.startswith("<!doctype html>")
        assert '<html lang="nb"' in letter.html
        assert 'name="viewport"' in letter.html
        tables = [attributes for tag, attributes in Tags(letter.html).found if tag == "table"]
        assert all(attributes.get("role") == "presentation" for attributes in tables)
        assert all("alt" in attributes for tag, attributes in Tags(letter.html).found if tag == "img")

    def test_has_the_subject_as_its_heading_unless_the_message_brings_one(self):
        assert ">Høring</h1>" in composed("<p>Hei</p>").html
        assert composed("<h1>Vår egen</h1>").html.count("<h1") == 1

    def test_shows_a_logo_from_the_web_only_over_https(self):
        assert (
            "https://etat.example/l.png" in composed(style=LetterStyle("E", logo_url="https://etat.example/l.png")).html
        )
        assert "javascript" not in composed(style=LetterStyle("E", logo_url="javascript:alert(1)")).html

    def test_escapes_what_the_settings_say(self):
        letter = composed("<p>Hei</p>", style=LetterStyle("<b>E</b>", footer="<script>x</script>"))

        assert "<strong>&lt;b&gt;E&lt;/b&gt;</strong>" in letter.html
        assert is_harmless(letter.html)

    def test_leaves_braces_in_the_message_alone(self):
        assert "{{ 7*7 }} {% raw %}" in composed("<p>{{ 7*7 }} {% raw %}</p>").html

    def test_of_the_operators_own_is_filled_in(self):
        own = LetterStyle("Etaten", template="<html><body>{{ organisation }}: {{ content }}</body></html>")

        assert composed("<p>Hei</p>", style=own).html == "<html><body>Etaten: <p>Hei</p></body></html>\n"

    def test_of_the_operators_own_gets_the_style_sheet_with_the_message(self):
        own = LetterStyle("Etaten", template="<body>{{ content }}</body>")

        narrow = "<style>p{color:red} @media (max-width:600px){p{color:blue}}</style><p>Hei</p>"

        assert composed(narrow, style=own).html == (
            '<body><style>\n@media (max-width:600px){p{color:blue;}}\n</style>\n<p style="color: red;">Hei</p></body>\n'
        )

    @pytest.mark.parametrize(
        ("template", "said"),
        [
            ("<p>{{ content }", "line 1"),
            ("{{ content }}\n{% if %}", "line 2"),
            ("<p>uten</p>", "no place for the message"),
            ("{{ content }} {{ avsender }}", "avsender"),
            ("{{ content }} {{ ''.__class__.__mro__ }}", "unsafe"),
            ("{{ content }} {{ 1 // 0 }}", "division"),
            ("{% include 'x' %}{{ content }}", "loader"),
            ("{{ content }}{% for i in range(99999999) %}{% endfor %}", "Range too big"),
        ],
    )
    def test_that_is_broken_says_what_is_wrong(self, template, said):
        with pytest.raises(BadConfiguration, match=re.escape(said)) as raised:
            composed("<p>Hei</p>", style=LetterStyle("E", template=template))

        assert all(problem.startswith("MAIL_TEMPLATE") for problem in raised.value.problems)


class TestAWholeDocument:
    def test_keeps_its_own_layout(self):
        letter = composed("<!DOCTYPE html><html lang=en><body bgcolor=white style='margin:0'><p>Hi</p></body></html>")

        assert "Etaten for blåbær" not in letter.html
        assert letter.inline == ()
        assert '<html lang="en">' in letter.html
        assert '<body style="margin:0">\n<p>Hi</p>' in letter.html
        assert "<title>Høring [Sak ID# 10234]</title>" in letter.html

    def test_from_outlook_keeps_tables_styles_and_classes(self):
        letter = composed(OUTLOOK, attachments=[a_file(5, "image001.png")])

        assert '<html lang="nb">' in letter.html
        assert '<p class="MsoNormal" style="margin: 0cm;font-size: 11.0pt;">Mer informasjon kommer.' in letter.html
        assert 'class="MsoTableGrid"' in letter.html
        assert "width:450.0pt; background:white" in letter.html
        assert "behavior" not in letter.html
        assert is_harmless(letter.html)

    @pytest.mark.parametrize(
        ("said", "meant"),
        [
            ("NO-BOK", "nb"),
            ("no", "nb"),
            ("nb-NO", "nb"),
            ("NO-NYN", "nn"),
            ("nn", "nn"),
            ("en-GB", "en-GB"),
            ("x", "nb"),
        ],
    )
    def test_gets_a_language_that_is_one(self, said, meant):
        assert f'<html lang="{meant}">' in composed(f"<html lang='{said}'><body><p>Hei</p>").html


class TestWhatIsNotLetThrough:
    @pytest.mark.parametrize(
        "harm",
        [
            "<script>alert(1)</script>",
            "<img src=x.png onerror=alert(1)>",
            "<a href=javascript:alert(1)>x</a>",
            "<a href=' JaVaScRiPt:alert(1)'>x</a>",
            "<a href='data:text/html,<script>x</script>'>x</a>",
            "<iframe src=https://x.example></iframe>",
            "<form action=https://x.example><input name=a><button>x</button></form>",
            "<div style='background:url(https://x.example/p)'>x</div>",
            "<div style='background:u\\72l(x)'>x</div>",
            "<div style='width:expression(alert(1))'>x</div>",
            "<style>@import 'https://x.example/a.css'; p{background:url(x)}</style>",
            "<!--[if mso]><script>alert(1)</script><![endif]-->",
            "<!--[if mso]><img src=x onerror=alert(1)><![endif]-->",
            "<!--[if mso]><td style='background:url(x)'><![endif]-->",
            "<svg><script>alert(1)</script></svg>",
            "<meta http-equiv=refresh content='0;url=https://x.example'>",
            "<base href=https://x.example>",
            "<p title='--><script>alert(1)</script>'>x</p>",
            '<p title="<style>"></p><img title="</style><script>x</script>" src=a.png>',
        ],
    )
    def test_is_anything_active(self, harm):
        letter = composed(f"<p>Hei</p>{harm}", style=PLAIN)
        content = letter.html.partition("</h1>")[2]

        assert is_harmless(letter.html)
        assert "alert" not in re.sub(r'title="[^"]*"', "", content)
        assert not re.search(r"url\(|@import|expression", re.sub(r'title="[^"]*"', "", content))

    @given(st.lists(st.sampled_from(PIECES), max_size=30))
    def test_however_it_is_put_together(self, pieces):
        assert is_harmless(composed(f"<p>Hei</p>{''.join(pieces)}", style=PLAIN).html)

    def test_are_comments_of_the_writer(self):
        assert "hemmelig" not in composed("<p>Hei</p><!-- hemmelig -->").html

    def test_but_outlooks_ghost_tables_are(self):
        opened = '<!--[if mso]><table width="600"><tr><td><![endif]-->'
        closed = "<!--[if mso]></td></tr></table><![endif]-->"

        assert f"{opened}<p>Hei</p>{closed}" in composed(f"{opened}<p>Hei</p>{closed}").html

    @pytest.mark.parametrize(
        "half",
        [
            "<!--[if mso]><table><tr><td><![endif]--><p>Hei</p>",
            "<p>Hei</p><!--[if mso]></td></tr></table><![endif]-->",
            "<!--[if mso]><table><tr><td><![endif]--><p>Hei<!--[if mso]></td></tr></table><![endif]--></p>",
            "<!--[if mso]><table><tr><td>Bare her<![endif]--><p>Hei</p><!--[if mso]></td></tr></table><![endif]-->",
            "<!--[if mso]><table><tr><td><![endif]--><p>Hei</p><!--[if mso]></tr></td></table><![endif]-->",
            "<!--[if mso]><table x='--'><tr><td><![endif]-->" * 2 + "<p>Hei</p><!--[if mso]></table><![endif]-->",
        ],
    )
    def test_halves_of_ghost_tables_go_together(self, half):
        assert composed(half, style=PLAIN).html.count("<!--") == composed("<p>Hei</p>", style=PLAIN).html.count("<!--")

    def test_is_a_message_without_anything_in_it(self):
        for empty in ("", "<p>&nbsp;</p>", "<script>alert(1)</script>", "<p> </p><!-- x -->"):
            with pytest.raises(Rejected, match="1 problem"):
                composed(empty)

    def test_is_a_message_that_readers_would_cut(self):
        with pytest.raises(Rejected) as raised:
            composed("<div>" * 300 + "x")

        assert "uten formatering" in raised.value.problems[0]


class TestTheSubject:
    def test_ends_with_the_number(self):
        assert composed().subject == "Høring [Sak ID# 10234]"

    def test_is_left_alone_if_it_has_the_number(self):
        assert composed(subject="[Sak ID# 10234] Svar").subject == "[Sak ID# 10234] Svar"

    def test_follows_the_template(self):
        assert composed(number_template="(sak {{ RequestNumber }})").subject == "Høring (sak 10234)"

    def test_keeps_room_for_the_number(self):
        subject = subject_line("x" * 400, "[Sak ID# 10234]")

        assert len(subject) == 250
        assert subject.endswith("… [Sak ID# 10234]")

    def test_can_not_begin_a_header(self):
        assert composed(subject="Hei\r\nBcc: alle@x.example").subject == "Hei Bcc: alle@x.example [Sak ID# 10234]"

    @given(st.text(max_size=300))
    def test_is_one_visible_line_whatever_it_was(self, subject):
        made = subject_line(subject, "[Sak ID# 10234]")

        assert "[Sak ID# 10234]" in made or len(made) == 250
        assert not any(unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029" for sign in made)
        assert made == made.strip()
        assert len(made) <= 250


class TestTheText:
    def test_tells_where_links_lead(self):
        text = composed('<p><a href="https://etat.example/a">Les mer</a> <a href="mailto:a@b.no">a@b.no</a></p>').text

        assert "Les mer (https://etat.example/a) a@b.no\n" in text
        assert "a@b.no (" not in text

    def test_has_lists_tables_and_picture_texts(self):
        text = composed(attachments=[a_file()]).text

        assert "• Ett\n  ◦ Under ett\n• To" in text
        assert "15. januar | Frist på høringssiden (https://etat.example/horing)" in text
        assert "[Kart over området]" in text
        assert "Kåre Ødegård" in text

    def test_undoes_the_layout_of_outlooks_tables(self):
        lines = composed(OUTLOOK, attachments=[a_file(5, "image001.png")]).text.splitlines()

        assert "[Etatens merke]  Nyhetsbrev" in lines
        assert "Mer informasjon kommer." in lines

    def test_has_no_markup(self):
        assert "<" not in composed(OUTLOOK).text

    def test_does_not_repeat_style_sheets(self):
        assert "MsoNormal" not in composed(OUTLOOK).text


class TestProblems:
    def test_are_pictures_without_a_text(self):
        letter = composed('<p>Hei</p><img src="/attachment/download/3">', attachments=[a_file()], style=PLAIN)

        assert letter.problems == ("Bildet «kart.png» mangler en tekst som sier hva det viser.",)

    def test_are_pictures_that_nobody_will_see(self):
        assert composed('<p>Hei</p><img src="borte.png" alt="Kart">').problems == (
            "Bildet «Kart» vises ikke for mottakerne. Legg det ved saken eller lim det inn på nytt.",
        )

    def test_are_none_in_a_good_letter(self):
        assert composed(attachments=[a_file()]).problems == ()


def test_the_same_ticket_gives_the_same_letter():
    files = [a_file(), a_file(4, "brev.pdf", content_type="application/pdf", content=b"%PDF")]

    assert composed(attachments=files) == composed(attachments=files)
    assert composed(OUTLOOK, attachments=files) == composed(OUTLOOK, attachments=files)


def test_a_very_different_logo_is_a_different_part():
    assert composed(style=STYLE).inline[0].content != PNG
