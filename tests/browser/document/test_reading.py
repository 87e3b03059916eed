"""A letter's tables, list marks and visible words, as Chromium lays them out and as the outline has them."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from dispatch.document import outline_of
from dispatch.document.elements import tree_of
from dispatch.document.tables import grid_of
from tests.browser.conftest import NO_BROWSER, chromium
from tests.letter_samples import CASES, a_file, composed
from tests.random_letters import a_letter
from tests.sameness import has_in_order, squeezed

SAMPLES = 50
LETTERS = int(os.environ.get("LETTERS", "0"))
NUMBERS = [random.SystemRandom().randrange(10**9) for _ in range(LETTERS)] if LETTERS else list(range(SAMPLES))
BOXES = """() => [...document.querySelectorAll('td,th')].map(cell => {
  const box = cell.getBoundingClientRect();
  return [cell.innerText.trim(), Math.round(box.left), Math.round(box.top)];
})"""
# The words of what is drawn, in the order of the page's text; a table's groups of rows in that in which they lie.
SHOWN = """() => {
  // A picture that is all that a link has and says nothing itself says where the link leads.
  const ledTo = link => {
    const says = !link || link.textContent.trim() || [...link.querySelectorAll('img')].some(image => image.alt.trim());
    return says ? '' : link.getAttribute('href').replace(/^(mailto|tel|sms):/, '').replace(/^[/][/]/, 'https://');
  };
  const seen = node => {
    if (node.nodeType === 3) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const style = getComputedStyle(node.parentElement);
      const drawn = [...range.getClientRects()].some(box => box.height > 0);
      return style.visibility === 'visible' && drawn && style.fontSize !== '0px' ? node.data : '';
    }
    if (node.nodeType !== 1) return '';
    const style = getComputedStyle(node);
    const cut = node.clientHeight === 0 && style.overflow === 'hidden' && style.display !== 'inline';
    if (style.display === 'none' || style.opacity === '0' || cut) return '';
    if (node.tagName === 'IMG') {
      const told = node.alt.trim() || ledTo(node.closest('a[href]'));
      return style.visibility === 'visible' && told ? `[Bilde: ${told}]` : '';
    }
    const children = [...node.childNodes];
    const top = child => child.getBoundingClientRect ? child.getBoundingClientRect().top : 0;
    if (node.tagName === 'TABLE') children.sort((one, other) => top(one) - top(other));
    return children.map(seen).join(' ');
  };
  return seen(document.body);
}"""
SHEET = "<!doctype html><style>td,th{width:20px;height:20px;padding:1px}</style>"
ITEMS = [
    "", "", "", ' value="5"', ' value="-2"', ' type="A"', ' style="list-style-type:lower-roman"', " hidden",
    ' style="visibility:hidden"', ' style="display:none"', ' style="display:none" value="7"',
]  # fmt: skip
HIDING = [
    "display:none", "visibility:hidden", "font-size:0", "opacity:0", "mso-hide:all", "white-space:pre-wrap",
    "white-space:pre-line", "max-height:0;overflow:hidden", "visibility:visible", "font-size:12px", "display:block",
]  # fmt: skip


@pytest.fixture(scope="module")
def window() -> Iterator[Page]:
    path = chromium()
    if path is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def a_table(chance: random.Random) -> str:
    """Rows of any length, with spans that reach over each other, the group and the table."""
    text = iter(range(1000))

    def cell() -> str:
        kind = chance.choice(["td", "td", "th"])
        spans = "".join(
            f' {name}="{chance.choice([0, 1, 2, 3, 9])}"' for name in ("colspan", "rowspan") if chance.random() < 0.3
        )
        return f"<{kind}{spans}>c{next(text)}</{kind}>"

    def rows() -> str:
        return "".join(
            f"<tr>{''.join(cell() for _ in range(chance.randint(0, 4)))}</tr>" for _ in range(chance.randint(1, 4))
        )

    groups = chance.choices(["thead", "tbody", "tbody", "tfoot"], k=chance.randint(1, 3))
    return f"<table>{''.join(f'<{group}>{rows()}</{group}>' for group in groups)}</table>"


def a_list(chance: random.Random, depth: int = 0) -> str:
    tag = chance.choice(["ol", "ul"])
    types = ["", ' type="a"', ' type="A"', ' type="I"', ' type="i"', ' type="1"', " reversed", ' start="26" type="a"',
             ' start="-1"', ' style="list-style-type:lower-greek"', ' style="list-style:upper-roman inside"',
             ' start="3998" type="I"', ' style="list-style-type:decimal-leading-zero"'] if tag == "ol" else [
             "", ' type="square"', ' style="list-style:none"', ' style="list-style-type:circle"']  # fmt: skip
    items = []
    for number in range(chance.randint(1, 4)):
        value = chance.choice(ITEMS)
        words = "" if chance.random() < 0.1 else f"p{depth}{number}"
        inner = a_list(chance, depth + 1) if depth < 3 and chance.random() < 0.3 else ""
        items.append(f"<li{value}>{words}{inner}</li>")
    return f"<{tag}{chance.choice(types)}>{''.join(items)}</{tag}>"


def some_hidden(chance: random.Random, depth: int = 0) -> str:
    tag, style = chance.choice(["div", "p", "span", "b", "ul"]), chance.choice(HIDING)
    inner = "".join(
        some_hidden(chance, depth + 1) if depth < 4 and chance.random() < 0.4 else f" w{chance.randint(0, 999)} "
        for _ in range(chance.randint(1, 3))
    )
    return f'<{tag} style="{style}">{inner}</{tag}>'


def marks_of(blocks: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    for block in blocks:
        for item in block.get("items", []):
            found += [item["mark"]] if item["mark"] else []
            found += marks_of(item["blocks"])
    return found


def shown_marks(node: dict[str, Any], nodes: dict[str, Any]) -> Iterator[str]:
    if node["role"]["value"] == "ListMarker":
        yield node["name"]["value"].strip().replace("■", "▪")
    for child in node.get("childIds", []):
        yield from shown_marks(nodes[child], nodes)


def words_of(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["text"]) if "text" in value else words_of(list(value.values()))
    return "".join(map(words_of, value)) if isinstance(value, list) else ""


@pytest.mark.parametrize("seed", range(SAMPLES))
def test_every_cell_lies_where_a_browser_puts_it(window, seed):
    html = a_table(random.Random(seed))
    window.set_content(SHEET + html)
    boxes = window.evaluate(BOXES)
    columns, rows = (sorted({box[side] for box in boxes}) for side in (1, 2))
    shown = {text: (columns.index(left), rows.index(top)) for text, left, top in boxes}
    grid = grid_of(next(tree_of(SHEET + html).all("table")))

    assert {cell.node.text(): (cell.x, cell.y) for cell in grid.cells if cell.node} == shown


@pytest.mark.parametrize("seed", range(SAMPLES))
def test_every_item_has_the_mark_that_a_browser_gives_it(window, seed):
    html = a_list(random.Random(seed))
    window.set_content(SHEET + html)
    nodes = window.context.new_cdp_session(window).send("Accessibility.getFullAXTree")["nodes"]
    shown = list(shown_marks(nodes[0], {node["nodeId"]: node for node in nodes}))

    assert marks_of(outline_of(html, picture=lambda _: None).blocks) == shown


@pytest.mark.parametrize("seed", range(SAMPLES))
def test_what_is_seen_is_what_a_browser_shows(window, seed):
    html = some_hidden(random.Random(seed))
    window.set_content(SHEET + html)

    assert said_in(SHEET + html) == squeezed(window.evaluate(SHOWN))


@pytest.mark.parametrize("name", [path.stem for path in sorted(CASES.glob("*.html"))])
def test_a_letter_says_what_a_browser_shows_of_it(window, name):
    (case,) = CASES.glob(f"{name}.html")
    judge(window, composed(case.read_text(encoding="utf-8"), attachments=[a_file()]).html)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_letter_with_anything_in_anything_says_what_a_browser_shows_of_it(window, number):
    judge(window, composed(f"<p>Hei</p>{a_letter(number)}").html)


def judge(window: Page, letter: str) -> None:
    window.set_content(letter)
    shown, said = squeezed(window.evaluate(SHOWN)), said_in(letter)

    # The marks of a list that was laid out as a table are words to a browser, and marks to us.
    marks = squeezed("".join(marks_of(outline_of(letter, picture=lambda _: None).blocks)))
    assert has_in_order(shown, said)
    assert not Counter(shown) - Counter(said) - Counter(marks)


def said_in(html: str) -> str:
    return squeezed(words_of(outline_of(html, picture=lambda _: None).blocks))
