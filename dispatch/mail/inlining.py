"""Style sheets written into the elements that they are about, so that whatever reads the letter sees how it looks.

A library does it; here are only its bounds, since what it writes is rules times elements.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dispatch.core import Rejected
from dispatch.mail.policy import is_inert, sanitised_sheet

if TYPE_CHECKING:
    from turbohtml import Document
    from turbohtml.cssom import StyleRule

MOST_TRIED = 10_000_000  # rules times elements: 0.6 s
MOST_WRITTEN = 8 * 1024 * 1024  # characters
LONGEST_SELECTOR = 1000
MOST_STEPS = 8  # from one element to another, in one selector
LONGEST_SHEET = 512 * 1024

TOO_STYLED = (
    "Meldingen har et stilark som er for stort for e-post. Det følger som regel med når en nettside eller et "
    "regneark limes inn. Lim inn teksten på nytt uten formatering."
)
# What no e-mail program knows, and what makes a selector dear to match.
_DEAR = ("~", ":has(", ":is(", ":not(", ":where(", ":nth-", "::")


def inlined(document: "Document") -> tuple["Document", str]:
    """The document with its rules in the elements, and the rules for some screens only, which must stay a sheet.

    Raises:
        Rejected: the sheets are too much for the letter they are about.
    """
    sheet = "\n".join(style.text for style in document.select("style"))
    document.remove("style")
    if not sheet.strip():
        return document, ""
    if len(sheet) > LONGEST_SHEET:
        raise Rejected([TOO_STYLED])
    sheet = sanitised_sheet(sheet)
    rules = _rules(sheet, document)
    return _written(document, rules), "\n".join(_for_screens(sheet))


def _rules(sheet: str, document: "Document") -> Sequence["StyleRule"]:
    from turbohtml.cssom import StyleSheet

    rules = [rule for rule in StyleSheet(sheet).rules if len(rule.style) and _is_usual(rule.selector_text)]
    elements = sum(1 for _ in document.iter_elements())
    if len(rules) * elements > MOST_TRIED:
        raise Rejected([TOO_STYLED])
    used, written = [], 0
    for rule in rules:
        matches = _matches(rule.selector_text, document)
        written += matches * len(rule.style.text)
        if written > MOST_WRITTEN:
            raise Rejected([TOO_STYLED])
        used += [rule] if matches else []
    return used


def _is_usual(selector: str) -> bool:
    usual = len(selector) <= LONGEST_SELECTOR and is_inert(selector) and not any(dear in selector for dear in _DEAR)
    return usual and all(len(one.replace(">", " ").split()) <= MOST_STEPS for one in selector.split(","))


def _matches(selector: str, document: "Document") -> int:
    from turbohtml import SelectorSyntaxError

    try:
        return len(document.select(selector))
    except SelectorSyntaxError:
        return 0


def _written(document: "Document", rules: Sequence["StyleRule"]) -> "Document":
    from css_inline import CSSInliner
    from turbohtml import parse

    if not rules:
        return document
    sheet = "\n".join(f"{rule.selector_text} {{{rule.style.text}}}" for rule in rules)
    inliner = CSSInliner(inline_style_tags=False, load_remote_stylesheets=False, extra_css=sheet)
    return parse(inliner.inline(document.html), positions=False)


def _for_screens(sheet: str) -> Iterator[str]:
    """The ``@media`` blocks of the sheet, each whole."""
    at = sheet.find("@media")
    while at >= 0:
        end = _end_of_block(sheet, at)
        block = sheet[at:end]
        if is_inert(block[1:]) and block.endswith("}"):
            yield block
        at = sheet.find("@media", end)


def _end_of_block(sheet: str, at: int) -> int:
    depth, first = 0, sheet.find("{", at)
    for place in range(first, len(sheet)) if first >= 0 else ():
        depth += {"{": 1, "}": -1}.get(sheet[place], 0)
        if not depth:
            return place + 1
    return len(sheet)
