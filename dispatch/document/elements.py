"""HTML as a tree of elements, as a browser parses it, with each element's own styles read once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.document.css import NO_STYLES, styles_of

BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "caption", "center", "dd", "div", "dl", "dt", "figcaption", "figure"}
    | {"footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"}
    | {"table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)
GROWING = frozenset({"table", "tbody", "td", "tfoot", "th", "thead", "tr"})
"""Tables and their parts grow with what is in them, whatever height or width they are given."""
_BLOCK_DISPLAYS = frozenset({"block", "flex", "grid", "list-item", "table", "flow-root"})
_NOT_SHOWN = frozenset(
    {"head", "math", "noscript", "object", "script", "style", "svg", "template", "title", "xml", "iframe", "noframes"}
)


@dataclass(slots=True)
class Node:
    """An element with what is in it."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)
    css: Mapping[str, str] = field(default_factory=lambda: NO_STYLES)
    holds_blocks: bool = False

    def is_block(self) -> bool:
        """Whether it begins on a line of its own, or something in it does."""
        return self.tag != "img" and (self.holds_blocks or self.is_box())

    def is_box(self) -> bool:
        """Whether it has edges of its own, which may cut what is in it."""
        display = self.css.get("display", "")
        return display in _BLOCK_DISPLAYS or (self.tag in BLOCKS and not display.startswith("inline"))

    def is_rendered(self) -> bool:
        """Whether it has a box at all, seen or not: what has none is not counted in a list either."""
        return "hidden" not in self.attributes and self.css.get("display") != "none"

    def elements(self) -> Iterator["Node"]:
        """The elements straight inside."""
        return (child for child in self.children if isinstance(child, Node))

    def all(self, *tags: str) -> Iterator["Node"]:
        """Every element of these tags inside, in reading order."""
        for child in self.elements():
            if child.tag in tags:
                yield child
            yield from child.all(*tags)

    def text(self) -> str:
        """All text inside, as it is written."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def tree_of(html: str) -> Node:
    """The HTML's body as one node."""
    from turbohtml import parse

    body = parse(html, positions=False).find("body")
    return Node("div") if body is None else _node(body)


def _node(element: Any) -> Node:
    from turbohtml import Element, Text

    attributes = {
        name: value if isinstance(value, str) else " ".join(value or ()) for name, value in element.attrs.items()
    }
    node = Node(element.tag, attributes, css=styles_of(attributes.get("style", "")))
    for child in element.children:
        if isinstance(child, Text):
            node.children.append(child.data)
        elif isinstance(child, Element) and child.tag not in _NOT_SHOWN:
            inner = _node(child)
            node.children.append(inner)
            node.holds_blocks = node.holds_blocks or inner.is_block()
    return node
