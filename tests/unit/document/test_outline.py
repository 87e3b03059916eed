"""How a letter's HTML is read for the archive copy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.document import outline_of


def blocks(html: str) -> list[dict[str, Any]]:
    return outline_of(html, picture={"cid:a": "picture-1.png"}.get).blocks


def runs(html: str) -> list[dict[str, Any]]:
    (block,) = blocks(html)
    return list(block["runs"])


def words(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["text"]) if "text" in value else words(list(value.values()))
    return " ".join(filter(None, map(words, value))) if isinstance(value, list) else ""


def test_blanks_are_those_that_a_browser_shows():
    assert runs("<p>\n  Hei  <b> du </b>\n der <br> \n nede <br></p>") == [
        {"text": "Hei "},
        {"text": "du ", "bold": True},
        {"text": "der"},
        {"break": True},
        {"text": "nede"},
    ]


def test_neighbours_that_look_the_same_are_one():
    assert runs("<p><span>Hei</span><span> du</span></p>") == [{"text": "Hei du"}]


def test_paragraphs_that_are_only_there_for_the_gap_are_left_out():
    assert len(blocks("<p>a</p><p>&nbsp;</p><p> </p><p><br></p><p>b</p>")) == 2


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "visibility:hidden",
        "font-size:0",
        "font:0/0 a",
        "opacity:0",
        "display:inline-block;max-height:0;overflow:hidden",
        "display:inline-block;height:0px; overflow: hidden",
        "DISPLAY: NONE !important; display:block",
    ],
)
def test_hidden_text_stays_hidden(style):
    for html in (
        f"<div style='{style}'>b</div>",
        f"<p>x<span style='{style}'>b</span></p>",
        f"<ul><li style='{style}'>b</ul>",
    ):
        assert "b" not in words(blocks(f"<p>a</p>{html}<p>c</p>"))
    assert "b" not in words(blocks(f"<table><tr><th>x<th>y<tr><td>1<td style='{style}'>b</table>"))


def test_what_is_hidden_from_one_program_alone_is_shown():
    assert words(blocks("<p>a</p><a href='https://x.example' style='mso-hide:all'>b</a>")) == "a b"


def test_what_lies_in_something_invisible_may_be_seen():
    assert words(blocks("<div style='visibility:hidden'>a<span style='visibility:visible'>b</span></div>")) == "b"
    assert (
        words(
            blocks(
                "<div style='font-size:0'>a<span style='font-size:14px'>b</span><b style='font-size:2em'>c</b></div>"
            )
        )
        == "b"
    )


@pytest.mark.parametrize(
    ("html", "look"),
    [
        ("<b>x</b>", {"bold": True}),
        ("<span style='font-weight:700'>x</span>", {"bold": True}),
        ("<b><span style='font-weight:normal'>x</span></b>", {}),
        ("<em>x</em>", {"italic": True}),
        ("<u>x</u>", {"underlined": True}),
        ("<span style='text-decoration: line-through'>x</span>", {"struck": True}),
        ("<code>x</code>", {"typed": True}),
        ("<sup>x</sup>", {"script": "sup"}),
        ("<font color=red>x</font>", {"color": "#ff0000"}),
        ("<span style='color:#C00'>x</span>", {"color": "#cc0000"}),
        ("<span style='color:rgb(192, 0, 0)'>x</span>", {"color": "#c00000"}),
        ("<span style='color:white'>x</span>", {}),
        ("<span style='color:#111'>x</span>", {}),
        ("<span style='color:windowtext'>x</span>", {}),
    ],
)
def test_the_look_of_text_is_kept_where_paper_can_show_it(html, look):
    assert runs(f"<p>{html}</p>") == [{"text": "x", **look}]


def test_typed_text_keeps_its_lines():
    typed = {"typed": True}
    assert runs("<pre>a\n  <b>b</b><br>c</pre>") == [
        {"text": "a", **typed},
        {"break": True},
        {"text": "\xa0\xa0", **typed},
        {"text": "b", "bold": True, **typed},
        {"break": True},
        {"text": "c", **typed},
    ]


def test_links_lead_where_they_said():
    assert runs("<p><a href='https://etat.example'>Les</a></p>") == [
        {"text": "Les", "underlined": True, "to": "https://etat.example"}
    ]
    assert runs("<p><a href='javascript:x'>Les</a><a href='#a'> mer</a></p>") == [{"text": "Les mer"}]


def test_alignment_ends_at_a_table():
    html = "<div align=center><p>a</p><table><tr><th>b</th></tr><tr><td>c</td></tr></table></div>"
    paragraph, table = blocks(html)

    assert paragraph["align"] == "center"
    assert table["cells"][1]["blocks"][0]["align"] == ""


@pytest.mark.parametrize(
    "layout",
    [
        "<table role=presentation><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
        "<table><tr><td>a</td></tr><tr><td>b</td></tr></table>",
        "<table><tr><td>a</td><td>b</td></tr></table>",
        "<table><tr><td>a</td><td><table><tr><td>b</td></tr></table></td></tr><tr><td>c</td><td>d</td></tr></table>",
    ],
)
def test_a_table_that_only_holds_a_layout_is_none(layout):
    assert "table" not in {block["kind"] for block in blocks(layout)}
    assert words(blocks(layout)).split() == sorted(words(blocks(layout)).split())


def test_a_table_of_facts_keeps_its_header_and_its_spans():
    (table,) = blocks("<table><tr><th>a<th>b</tr><tr><td colspan=2>c</tr><tr><td>d<td bgcolor=yellow>e</table>")

    assert table["columns"] == 2
    assert [table["header"], len(table["cells"])] == [1, 5]
    assert table["cells"][2]["colspan"] == 2
    assert table["cells"][4]["fill"] == "#ffff00"


def test_headings_skip_no_level():
    levels = [block["level"] for block in blocks("<h2>a</h2><h5>b</h5><h1>c</h1><h3>d</h3>")]

    assert levels == [1, 2, 1, 2]


def test_a_picture_elsewhere_is_told_of_and_shown_by_its_text():
    outline = outline_of("<p><img src='https://x.example/a.png' alt='Kart'></p>", picture=lambda _: None)

    assert outline.remote == ("Kart",)
    assert words(outline.blocks) == "[Bilde: Kart]"


def test_a_picture_that_goes_with_the_letter_is_shown():
    assert runs("<p><img src='cid:a' alt='Kart' width='200'></p>") == [
        {"image": "picture-1.png", "alt": "Kart", "width": 200}
    ]


def test_signs_of_symbol_fonts_are_what_they_show():
    assert words(blocks("<p><span style='font-family:Wingdings'>J ü</span></p>")) == "☺ ✓"


@given(
    st.recursive(
        st.text(alphabet="abcæøå", min_size=1, max_size=6),
        lambda inner: st.tuples(
            st.sampled_from(
                ["p", "b", "div", "span", "li", "ul", "td", "table", "tr", "h2", "a", "blockquote", "font"]
            ),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=12,
    )
)
def test_no_word_is_lost_whatever_the_tags(tree):
    import nh3

    def html(node: Any) -> str:
        return node if isinstance(node, str) else f"<{node[0]}>{''.join(html(child) for child in node[1])}</{node[0]}>"

    letters = "".join(nh3.clean_text(nh3.clean(html(tree), tags=set())).split())

    assert sorted("".join(words(blocks(html(tree))).split())) == sorted(letters)


RTL, LTR, FIRST, END = "\u2067", "\u2066", "\u2068", "\u2069"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Hei <span dir=rtl>שלום (12)!</span> du", f"Hei {RTL}שלום (12)!{END} du"),
        ("Hei <span dir=rtl>ab!</span> du", f"Hei {RTL}ab!{END} du"),
        ("שלום <bdi>ab (1)</bdi>", f"שלום {FIRST}ab (1){END}"),
        ("שלום <span dir=ltr>1 - 2</span>", f"שלום {LTR}1 - 2{END}"),
        ("שלום <b dir=auto>1</b>", f"שלום {FIRST}1{END}"),
        ("<bdo dir=rtl>abc</bdo>", f"{RTL}\u202eabc\u202c{END}"),
        ("<span style='unicode-bidi:bidi-override;direction:rtl'>abc</span>", "\u202eabc\u202c"),
        ("<span style='unicode-bidi:embed;direction:rtl'>abc</span>", "\u202babc\u202c"),
        ("<span style='direction:rtl'>abc</span>", "abc"),
        ("<span dir=rtl>a<br>b</span>", f"{RTL}a{END}\n{RTL}b{END}"),
        ("a <span dir=ltr>b</span> <bdi>c</bdi> <bdo>d</bdo>", "a b c d"),
        ("a <span dir=rtl> </span>", "a"),
    ],
)
def test_the_direction_of_a_part_of_a_line_is_said_where_it_changes_anything(html, text):
    found = runs(f"<p>{html}</p>")

    assert "".join("\n" if "break" in run else run["text"] for run in found).strip() == text


def test_what_is_only_signs_of_direction_is_nothing():
    assert blocks("<p dir=rtl><bdi> </bdi></p><p>a</p>") == blocks("<p>a</p>")


def test_an_empty_table_of_hidden_cells_is_nothing():
    html = "<table border=1><tr><th style='display:none'>a</th><td hidden>b</td></tr></table>"

    assert blocks(f"<p>a</p>{html}") == blocks("<p>a</p>")


@pytest.mark.parametrize(
    "part", ["<table><tr><td style='{}'>ord", "<table><tr style='{}'><td>ord", "<table style='{}'><tr><td>ord"]
)
def test_tables_grow_with_what_is_in_them(part):
    assert "ord" in str(outline_of(part.format("height:0;overflow:hidden"), picture=lambda _: None).blocks)


@pytest.mark.parametrize("style", ["opacity:0", "visibility:collapse", "font-size:0", "display:none"])
@pytest.mark.parametrize("part", ["<tr style='{}'>", "<tbody style='{}'><tr>"])
def test_rows_hide_what_lies_in_them(part, style):
    html = f"<table>{part.format(style)}<td>ord<td>b</table>"

    assert "ord" not in str(outline_of(html, picture=lambda _: None).blocks)
