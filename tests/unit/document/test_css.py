"""Declarations, lengths, links and marks, as letters have them."""

import pytest

from dispatch.document import outline_of
from dispatch.document.css import color_of, pixels, share, styles_of
from dispatch.document.links import link_of
from dispatch.document.lists import mark_of


@pytest.mark.parametrize(
    ("style", "name", "value"),
    [
        ("color:red;color:blue", "color", "blue"),
        ("color:red !important;color:blue", "color", "red"),
        ("list-style: none", "list-style-type", "none"),
        ("list-style: inside lower-alpha", "list-style-type", "lower-alpha"),
        ("list-style:none;list-style-type:square", "list-style-type", "square"),
        ("background:#fff url(x.png) no-repeat", "background-color", "#fff"),
        ("font: italic bold 12px/1.5 Wingdings, serif", "font-weight", "bold"),
        ("font: italic bold 12px/1.5 Wingdings, serif", "font-family", "wingdings, serif"),
        ("font:0/0 a", "font-size", "0"),
        ("margin:0 auto", "margin-bottom", "0"),
        ("margin:0 auto 1em", "margin-bottom", "1em"),
    ],
)
def test_shorthands_are_spelled_out_and_the_last_important_one_wins(style, name, value):
    assert styles_of(style)[name] == value


def test_what_is_no_css_is_nothing():
    assert dict(styles_of("}{;;:")) == {} or "color" not in styles_of("}{;;:")
    assert pixels("auto") is None
    assert share("12px") is None
    assert color_of("inherit") == ""


@pytest.mark.parametrize(
    ("said", "length"), [("12", 12), ("12px", 12), ("9pt", 12), ("2.54cm", 96), ("1in", 96), ("25.4mm", 96)]
)
def test_lengths_are_pixels_of_the_screen(said, length):
    assert pixels(said) == pytest.approx(length)


@pytest.mark.parametrize(
    ("href", "to"),
    [
        ("https://x.example/a b", "https://x.example/a%20b"),
        (" HTTPS://x.example ", "HTTPS://x.example"),
        ("//x.example/a", "https://x.example/a"),
        ("sms:4712345678", "sms:4712345678"),
        ("mailto:a@x.example", "mailto:a@x.example"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("#a", ""),
        ("om-oss.html", ""),
        ("https://", ""),
        ("https://x.example/" + "a" * 3000, ""),
    ],
)
def test_a_link_leads_somewhere_from_anywhere(href, to):
    assert link_of(href) == to


@pytest.mark.parametrize(
    ("kind", "number", "mark"),
    [
        ("decimal", -3, "-3."), ("decimal-leading-zero", 7, "07."), ("lower-alpha", 27, "aa."),
        ("upper-alpha", 702, "ZZ."),
        ("lower-alpha", 0, "0."), ("lower-roman", 1994, "mcmxciv."), ("upper-roman", 4000, "4000."),
        ("lower-greek", 2, "β."),
        ("none", 1, ""), ("disc", 1, "•"), ('"- "', 1, "-"), ("made-up", 4, "4."),
    ],
)  # fmt: skip
def test_marks_are_those_of_the_counter_styles(kind, number, mark):
    assert mark_of(kind, number) == mark


@pytest.mark.parametrize(
    ("attributes", "sizes"),
    [
        ("width=200", {"width": 200}),
        ("width='25%'", {"width-share": 0.25}),
        ("width=200 style='width:300px'", {"width": 300}),
        ("style='width:3cm;height:1cm'", {"width": 113.39, "height": 37.8}),
        ("height=40", {"height": 40}),
        ("style='max-width:200px'", {"max-width": 200}),
        ("width=600 style='max-width:100%;height:auto'", {"width": 600, "max-width-share": 1.0}),
        ("width=auto height=x", {}),
    ],
)
def test_a_picture_is_as_large_as_it_says(attributes, sizes):
    (block,) = outline_of(f"<p><img src='cid:a' alt='x' {attributes}></p>", picture=lambda _: "a.png").blocks

    assert block["runs"] == [{"image": "a.png", "alt": "x", **sizes}]


def test_direction_is_handed_on_and_guessed_where_it_is_asked_for():
    outline = outline_of(
        "<div dir=rtl><p>a</p><ul><li>b</ul></div><p dir=auto>123 שלום</p><p>c</p>", picture=lambda _: None
    )

    assert [block.get("dir", "") for block in outline.blocks] == ["rtl", "rtl", "rtl", ""]
