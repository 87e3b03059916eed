"""The inputs that once went wrong (tests/cases), as letters."""

import pytest

from dispatch.core import Letter
from dispatch.mail import LetterStyle
from tests.letter_samples import Tags, a_case, a_file, composed

OWN = LetterStyle("Etaten", template="{{ content }}")


def a_letter(name: str) -> Letter:
    return composed(a_case(name), attachments=[a_file()], style=OWN)


def the_letter(name: str) -> str:
    return a_letter(name).html


def test_a_button_is_seen_by_everybody_once():
    html = the_letter("A")

    assert html.count("Send inn svaret ditt") == 1
    assert 'href="https://etat.example/svar"' in html
    assert "mso-hide" not in html
    assert "<!--" not in html


def test_what_all_but_outlook_see_outlook_sees_too():
    html = the_letter("B")

    assert "<p>Hei</p><p>Vises for alle utenom Outlook</p><p>Slutt <span>1." in html
    assert "[if" not in html
    assert "endif" not in html


def test_words_settings_for_itself_are_gone_and_the_text_is_not():
    assert the_letter("C") == '<div>Første avsnitt</div><a href="#DAB4">lenke</a><p>Siste avsnitt</p>\n'


def test_bullets_in_a_table_stay():
    assert the_letter("D").count('<td valign="top">•</td>') == 2


def test_froalas_sizes_are_outlooks_too():
    assert [tag["width"] for name, tag in Tags(the_letter("E")).found if name == "img"] == ["300", "50%"]


def test_an_address_between_angle_brackets_stays():
    assert "Kari Nordmann &lt;kari.nordmann@etat.example&gt; innen fredag. Beløp &lt; 1000 kr og &gt; 10 kr." in (
        the_letter("F")
    )


def test_text_without_any_tag_keeps_its_lines():
    assert the_letter("F2") == (
        "<p>Hei,</p><p>Spørsmål sendes til Kari Nordmann &lt;kari.nordmann@etat.example&gt; innen fredag.</p>"
        "<p>Fra: Ola &lt;mailto:ola@etat.example&gt;<br>Hilsen<br>Etaten</p>\n"
    )


@pytest.mark.parametrize("name", ["G1", "G10", "G11", "G2", "G3", "G4", "G6", "G7", "G9"])
def test_tables_keep_their_rows_cells_and_spans(name):
    def cells(html):
        kept = ("rowspan", "colspan")
        return [
            (tag, {key: value for key, value in attributes.items() if key in kept})
            for tag, attributes in Tags(html).found
            if tag in {"tr", "td", "th", "thead"}
        ]

    assert cells(the_letter(name)) == cells(a_case(name))


def test_list_marks_stay():
    html = the_letter("H")

    assert '<ol style="list-style-type: lower-alpha">' in html
    assert '<ol type="A">' in html
    assert '<ol start="3" type="i"><li>Tre</li><li value="7">Sju</li></ol>' in html


def test_white_space_that_means_something_stays():
    html = the_letter("I")

    assert '<div style="white-space: pre-wrap">Skatteetaten\nPostboks 9200\n0134 Oslo\n\nFrist: 1. mai</div>' in html
    assert '<p style="white-space:pre-line">Linje en\nLinje to</p>' in html


def test_links_round_blocks_and_tables_hold_what_they_held():
    html = the_letter("J")

    assert '<a href="https://etat.example/svar"><div style="' in html
    assert '<a href="https://etat.example/les"><table role="presentation">' in html
    assert '<h2><a href="https://etat.example/x">Overskrift som lenke</a></h2>' in html
    assert html.count("<a ") == 3


def test_pictures_that_lie_on_somebodys_disk_leave_their_text_and_are_told():
    letter = a_letter("K")

    assert letter.html == "<p>Se bildet:</p><p>[Kart over området]</p><p>[Flytskjema]</p><p></p><p>Slutt</p>\n"
    assert [problem.partition(" vises")[0] for problem in letter.problems] == [
        "Bildet «Kart over området»",
        "Bildet «Flytskjema»",
        "Bildet «image.png»",
    ]


def test_sizes_in_css_are_attributes_too():
    found = [(tag.get("width"), tag.get("height")) for name, tag in Tags(the_letter("L")).found if name == "img"]

    assert found == [("80", "40"), ("4", None), ("25%", None), ("113", "38")]


def test_links_are_whole_by_the_letters_base_and_those_that_lead_nowhere_are_told():
    letter = a_letter("M")

    assert '<a href="https://etat.example/sider/om-oss.html">om oss</a>' in letter.html
    assert '<a href="https://etat.example/personvern">personvern</a>' in letter.html
    assert [part.name for part in letter.inline] == ["kart.png"]  # it lies on the ticket
    assert "gjort hele etter «https://etat.example/sider/»" in letter.problems[0]
    assert [problem.partition(", og dit")[0] for problem in letter.problems[1:]] == [
        "Lenken «Rutinen» går til «file://server01/felles/rutine.docx»",
        "Lenken «www.etat.example/side» går til «www.etat.example/side»",
    ]


@pytest.mark.parametrize(
    ("base", "href", "whole"),
    [
        ("https://x.no/a/b", "c?d=1#e", "https://x.no/a/c?d=1#e"),
        ("//x.no/a/", "../c", "https://x.no/c"),
        (" http://x.no ", "c", "http://x.no/c"),
        ("https://x.no/", "?d", "https://x.no/?d"),
        ("https://x.no/", "mailto:a@x.no", "mailto:a@x.no"),
        ("https://x.no/", "#e", "#e"),
        ("https://x.no/", "//y.no/c", "https://y.no/c"),
    ],
)
def test_relative_links_go_by_a_base_on_the_web(base, href, whole):
    letter = composed(f'<base href="{base}"><base href="https://z.no/"><p><a href="{href}">x</a></p>', style=OWN)

    assert f'<a href="{whole}">x</a>' in letter.html
    assert len(letter.problems) == 1


@pytest.mark.parametrize(
    "base", ["/a/", "a", "javascript:alert(1)", "data:text/html,x", "file://s/x/", "https://[x", "https:"]
)
@pytest.mark.parametrize("href", ["c.html", "/c", "javascript:alert(1)", "file://s/x", "http://[", "https:c"])
def test_what_leads_nowhere_from_a_letter_is_told(base, href):
    letter = composed(f'<base href="{base}"><p><a href="{href}">x</a><img src="a.png" alt="Kart"></p>', style=OWN)

    assert [problem.partition(" ")[0] for problem in letter.problems] == ["Meldingen", "Lenken", "Bildet"]
    assert "[Kart]" in letter.html


def test_a_picture_on_the_ticket_is_taken_before_one_that_lies_by_the_base():
    letter = composed('<base href="https://x.no/"><img src="kart.png" alt="Kart">', attachments=[a_file()], style=OWN)

    assert [part.name for part in letter.inline] == ["kart.png"]


def test_what_is_hidden_is_hidden_from_outlook_too_and_nothing_else_is():
    html = the_letter("N")

    hidden, shown = html.index("Skjult forhåndstekst"), html.index("Synlig")
    assert "display: none; mso-hide: all" in html[:hidden]
    assert "mso-hide" not in html[shown:]
    assert "Ord skjult i Outlook, synlig ellers" in html


@pytest.mark.parametrize(
    "hidden",
    [
        "<div hidden>x</div>",
        '<div hidden style="color:red">x</div>',
        '<div style="visibility:hidden">x</div>',
        '<div style="font-size:0">x</div>',
        '<div style="font-size:0px; line-height:0">x</div>',
        '<div style="opacity:0">x</div>',
        '<div style="max-height:0;overflow:hidden">x</div>',
        '<div style="display:none !important">x</div>',
        '<style>.skjul {display:none}</style><div class="skjul">x</div>',
    ],
)
def test_every_way_of_hiding_is_said_in_every_way(hidden):
    assert "display: none; mso-hide: all" in composed(f"<p>Hei</p>{hidden}", style=OWN).html


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="font-size:0"><div style="font-size:16px">x</div></div>',
        '<div style="font-size:0"><img src="kart.png" alt="Kart"></div>',
        '<div style="visibility:hidden"><b style="visibility:visible">x</b></div>',
        '<div style="max-height:0">x</div>',
        '<div style="mso-hide:all">x</div>',
        '<div style="font-size:10px;opacity:0.5;height:0">x</div>',
    ],
)
def test_what_is_seen_stays_seen(shown):
    assert "none" not in composed(f"<p>Hei</p>{shown}", attachments=[a_file()], style=OWN).html


def test_windows_quotes_and_line_separators_are_what_they_were_meant_to_be():
    assert the_letter("O") == ("<p>Kari’s møte – kl. 10 “sitat” ’ok– \u00adsoft\u00adhyphen a\u200bb <br>linje</p>\n")


@pytest.mark.parametrize("name", ["P1", "P2", "P3", "P5", "P6"])
def test_other_scripts_and_their_direction_stay(name):
    assert the_letter(name) == f"{a_case(name)}\n"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Skriv til <Kari@X.no> nå", "&lt;Kari@X.no&gt;"),
        ("<p>Se <https://x.no/a?b=1&c=2></p>", "&lt;https://x.no/a?b=1&amp;c=2&gt;"),
        ("<p>Hei <navn>, frist <fyll inn dato></p>", "Hei &lt;navn&gt;, frist &lt;fyll inn dato&gt;"),
        ("<p>En <o:p>to</o:p> <st1:place>tre</st1:place> <x-y>fire</p>", "En to tre fire"),
        ("<p>En <foo>to</foo></p>", "En to"),
        ("<p>a < b og c > d</p>", "a &lt; b og c &gt; d"),
    ],
)
def test_words_between_angle_brackets_are_words_and_elements_are_elements(written, read):
    assert read in composed(written, style=OWN).html


def test_a_link_without_a_scheme_before_its_host_is_made_whole():
    assert 'href="https://etat.example/a"' in composed('<p><a href="//etat.example/a">a</a></p>', style=OWN).html


def test_only_so_many_problems_are_told():
    letter = composed("".join(f'<p><a href="side{number}.html">x</a></p>' for number in range(100)), style=OWN)

    assert len(letter.problems) == 21
    assert letter.problems[-1] == "Og 80 til av samme slag."
