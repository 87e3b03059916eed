"""How text looks where the reader has come to: what CSS hands on from an element to what lies in it.

Styles are inline by then; what a browser's own sheet says of a tag stands here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any
from unicodedata import bidirectional

from dispatch.document.css import color_of, is_nothing
from dispatch.document.elements import GROWING, Node
from dispatch.document.links import link_of, shown
from dispatch.document.lists import kind_of_marks
from dispatch.document.runs import Run, lines_of
from dispatch.document.symbols import from_symbol_font

_BOLD = frozenset({"b", "strong", "th", "dt"})
_ITALIC = frozenset({"i", "em", "cite", "dfn", "var", "address"})
_UNDERLINED = frozenset({"u", "ins"})
_STRUCK = frozenset({"s", "strike", "del"})
_TYPED = frozenset({"code", "kbd", "samp", "tt", "pre"})
_SCRIPTS = {"sub": "sub", "super": "sup"}
_ALIGNMENTS = {
    "center": "center",
    "right": "right",
    "left": "left",
    "start": "",
    "justify": "",
    "-webkit-center": "center",
}
_DIRECTIONS = frozenset({"ltr", "rtl"})
_STRONG = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_CHANGING = _BOLD | _ITALIC | _UNDERLINED | _STRUCK | _TYPED | {"a", "center", "ol", "sub", "sup", "table", "ul"}
_MEANT = frozenset({"align", "color", "dir", "face", "href", "type"})
_BOLD_FROM = 600
_READABLE_ON_WHITE = 3.0  # pure red is 4.0; what is lighter came with a dark ground that the page has not
_AS_GOOD_AS_BLACK = 15.0
_LIGHT = 11.0  # a fill that black text reads well on, as contrast with black
_SHOWN_IN_RUN = ("bold", "italic", "underlined", "struck", "typed", "script", "color", "to")


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks, and whether it is seen at all."""

    bold: bool = False
    italic: bool = False
    underlined: bool = False
    struck: bool = False
    typed: bool = False
    script: str = ""
    color: str = ""
    align: str = ""
    direction: str = ""
    white_space: str = "normal"
    marks: str = "disc"
    lists: int = 0
    to: str = ""
    picture: str = ""  # what a picture without a text of its own says here
    symbols: bool = False
    invisible: bool = False
    tiny: bool = False

    def inside(self, node: Node) -> "Look":
        """The look inside an element."""
        tag, css = node.tag, node.css
        if tag not in _CHANGING and not css and _MEANT.isdisjoint(node.attributes):
            return self
        weight, slant = css.get("font-weight", ""), css.get("font-style", "")
        lines = css.get("text-decoration", "") + css.get("text-decoration-line", "")
        font = css.get("font-family", "") + node.attributes.get("face", "").lower()
        to = link_of(node.attributes.get("href", "")) if tag == "a" else ""
        direction = _direction(node) or self.direction
        return replace(
            self,
            bold=_is_bold(weight, self.bold) if weight else self.bold or tag in _BOLD,
            italic=slant in {"italic", "oblique"} if slant else self.italic or tag in _ITALIC,
            underlined="underline" in lines
            or bool(to)
            or (lines != "none" and (self.underlined or tag in _UNDERLINED)),
            struck=self.struck or tag in _STRUCK or "line-through" in lines,
            typed=self.typed or tag in _TYPED,
            script=tag if tag in {"sub", "sup"} else _SCRIPTS.get(css.get("vertical-align", ""), self.script),
            color="" if to else _readable(css.get("color") or node.attributes.get("color", "")) or self.color,
            align=_alignment(node, direction, self.align),
            direction=direction,
            white_space=_white_space(node, self.white_space),
            marks=kind_of_marks(tag, node.attributes, css, self.marks, self.lists),
            lists=self.lists + (tag in {"ol", "ul"}),
            to=to or self.to,
            picture=_picture_in_link(node, to) if to else self.picture,
            symbols="wingdings" in font or "symbol" in font if font else self.symbols,
            invisible=_inherited(css.get("visibility", ""), {"hidden", "collapse"}, self.invisible),
            tiny=_is_tiny(css.get("font-size", ""), self.tiny),
        )

    def within(self, nodes: Iterable[Node]) -> "Look":
        """The look inside elements that lie in each other, from the outside in."""
        return reduce(Look.inside, nodes, self)

    def runs(self, text: str) -> Iterator[Run]:
        """The text in this look, with its lines where it keeps them; nothing where it isn't seen."""
        if self.invisible or self.tiny:
            return
        shown = from_symbol_font(text) if self.symbols else text
        for at, line in enumerate(lines_of(shown, self.white_space)):
            if at:
                yield self.marked({"break": True})
            yield self.marked({"text": line})

    def marked(self, run: Run) -> Run:
        """The run with what this look adds; what is as usual is left out."""
        names = _SHOWN_IN_RUN if "text" in run else ("to",)
        return run | {name: value for name in names if (value := getattr(self, name))}

    def placed(self) -> dict[str, Any]:
        """How a block in this look stands on the page."""
        return {"align": self.align} | ({"dir": self.direction} if self.direction else {})


def is_left_out(node: Node) -> bool:
    """Whether nothing of the element is shown, whatever lies in it says. ``mso-hide`` hides from one program alone."""
    css = node.css
    if not node.is_rendered():
        return True
    has_room = not any(is_nothing(css.get(side, "")) for side in ("height", "max-height", "width", "max-width"))
    grows = node.tag in GROWING and not css.get("display", "").startswith(("block", "inline"))
    cuts = not grows and (node.is_box() or css.get("display") == "inline-block")
    return is_nothing(css.get("opacity", "")) or (not has_room and cuts and css.get("overflow") in {"hidden", "clip"})


def fill_of(node: Node) -> str:
    """A cell's background, where text reads well on it."""
    color = color_of(node.css.get("background-color") or node.attributes.get("bgcolor", ""))
    return color if color and color != "#ffffff" and _luminance(color) * 20 + 1 >= _LIGHT else ""


def _is_bold(weight: str, before: bool) -> bool:  # noqa: FBT001 - the weight of what it lies in
    if weight == "inherit":
        return before
    return weight in {"bold", "bolder"} or (weight.isdecimal() and int(weight[:4]) >= _BOLD_FROM)


def _inherited(value: str, yes: set[str], before: bool) -> bool:  # noqa: FBT001 - as above
    return before if value in {"", "inherit"} else value in yes


def _is_tiny(size: str, before: bool) -> bool:  # noqa: FBT001 - as above
    """Nothing times anything is nothing; a size of its own is seen again."""
    if not size or (before and size.endswith(("em", "%", "larger", "smaller")) and not size.endswith("rem")):
        return before
    return is_nothing(size)


def _alignment(node: Node, direction: str, before: str) -> str:
    if node.tag == "center":
        return "center"
    # What these say places the box, not the text in it.
    said = "" if node.tag in {"table", "img"} else node.attributes.get("align", "").lower()
    value = node.css.get("text-align", "") or said
    if value == "end":
        return "left" if direction == "rtl" else "right"
    return _ALIGNMENTS.get(value, "" if node.tag == "table" else before)


def _direction(node: Node) -> str:
    said = node.css.get("direction", "") or node.attributes.get("dir", "").strip().lower()
    if said == "auto":
        return next((_STRONG[kind] for kind in map(bidirectional, node.text()) if kind in _STRONG), "ltr")
    return said if said in _DIRECTIONS else ""


def _white_space(node: Node, before: str) -> str:
    value = node.css.get("white-space", "")
    if value and value != "inherit":
        return value
    return {"pre": "pre", "table": "normal"}.get(node.tag, before) if not value else before


def _picture_in_link(link: Node, to: str) -> str:
    """Where it leads, if nothing else in the link says anything: it is no ornament."""
    says = link.text().strip() or any(picture.attributes.get("alt", "").strip() for picture in link.all("img"))
    return "" if says else shown(to)


def _readable(color: str) -> str:
    """The colour, where it can be read on white paper: white text on a button's blue ground can't."""
    found = color_of(color)
    contrast = 1.05 / (_luminance(found) + 0.05) if found else 0.0
    return found if _READABLE_ON_WHITE <= contrast < _AS_GOOD_AS_BLACK else ""


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
