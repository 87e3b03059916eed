"""Styles of a sheet stand in the elements, as a browser would have them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from turbohtml import parse
from turbohtml.cssom import computed_style

from dispatch.mail import LetterStyle
from dispatch.mail.inlining import inlined
from dispatch.mail.markup import cleaned
from tests.letter_samples import composed

TREE = (
    '<div id="a" class="x"><p class="x y">en<b>to</b></p><ul class="y"><li>tre</li><li class="x" style="color:black">'
    'fire</li></ul><p style="color:red !important;white-space:pre">fem</p></div>'
)
SIMPLE = st.sampled_from(["*", "p", "b", "li", "div", "ul", ".x", ".y", "#a", "p.x", "[class]", "li:first-child"])
SELECTOR = st.builds(" ".join, st.lists(SIMPLE, min_size=1, max_size=3))
DECLARATION = st.sampled_from(
    (
        "color:blue",
        "color:green !important",
        "white-space:pre-wrap",
        "white-space:nowrap",
        "display:none",
        "font-weight:normal",
        "font-weight:bold !important",
        "text-align:center",
    )
)
RULE = st.builds(
    lambda selectors, declarations: f"{','.join(selectors)}{{{';'.join(declarations)}}}",
    st.lists(SELECTOR, min_size=1, max_size=2),
    st.lists(DECLARATION, min_size=1, max_size=3),
)


def styles_of(document):
    return [
        [computed_style(element)[name] for name in ("color", "white-space", "display", "font-weight", "text-align")]
        for element in document.select("body *")
    ]


@given(st.lists(RULE, max_size=8))
@settings(max_examples=150, deadline=None)
def test_elements_look_the_same_with_the_sheet_and_without_it(rules):
    html = f"<!doctype html><head><style>{''.join(rules)}</style></head><body>{TREE}</body>"

    written, left = inlined(parse(html))

    assert left == ""
    assert not written.select("style")
    assert styles_of(written) == styles_of(parse(html))


def body_of(sheet: str, body: str = '<p class="a">Hei</p>') -> str:
    return cleaned(f"<style>{sheet}</style>{body}").body


def test_white_space_that_a_class_gives_is_the_elements_own():
    assert body_of(".a{white-space:pre-line}") == '<p class="a" style="white-space: pre-line;">Hei</p>'


@pytest.mark.parametrize(
    "sheet",
    [
        ".a:hover{color:red}",
        ".a::before{color:red}",
        ".b{color:red}",
        ".a{background-image:url(https://x.example/a)}",
        ".a{background:url(//x.example/a)}",
        ".a{background:image-set('https://x.example/a' 1x)}",
        ".a{position:fixed}",
        ".a{mso-hide:all}",
        ".a{behavior:url(x)}",
        "@import 'https://x.example/a.css';",
        "@font-face{font-family:x;src:url(https://x.example/a)}",
        ".a:has(b){color:red}",
        "p ~ .a{color:red}",
        f"{'div ' * 20}.a{{color:red}}",
        ".a[{color:red}",
        "}}}{{{",
        "</style",
    ],
)
def test_what_can_not_or_may_not_be_written_leaves_the_element_as_it_was(sheet):
    assert body_of(sheet) == '<p class="a">Hei</p>'


def test_rules_for_some_screens_stay_a_sheet_without_anything_that_fetches():
    styles = cleaned(
        "<style>@media (max-width:600px){.a{width:100% !important;background:url(https://x.example/a)}} "
        "@media print{.a{background:image-set('https://x.example' 1x)}} @media x{.a{color:red} .b{color:blue}} "
        "@font-face{font-family:x} .a{color:red}</style><p class=a>Hei</p>"
    ).styles

    assert styles.splitlines() == [
        "@media (max-width:600px){.a{width:100% !important;}}",
        "@media x{.a{color:red;}.b{color:blue;}}",
    ]


def test_the_messages_sheet_touches_nothing_but_the_message():
    letter = composed("<style>td{padding:99px} h1{color:red} body{background:red}</style><p>Hei</p>")

    assert "99px" not in letter.html
    assert "red" not in letter.html


def test_a_whole_documents_body_has_what_its_sheet_says():
    letter = composed("<html><head><style>body{margin:0;color:#111}</style></head><body><p>Hei</p></body></html>")

    assert '<body style="margin: 0;color: #111;">' in letter.html


def test_the_messages_colour_of_a_link_is_stronger_than_the_templates():
    letter = composed(
        "<style>.knapp{color:#fff}</style><p><a class=knapp href='https://x.example'>Svar</a></p>",
        style=LetterStyle("Etaten"),
    )

    assert '<a class="knapp" href="https://x.example" style="color: #fff;">Svar</a>' in letter.html
