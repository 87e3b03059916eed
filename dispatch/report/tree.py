"""HTML as a tree of nodes, with only the tags and attributes that a printed page has a use for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_KEPT = """
a abbr address article aside b big blockquote br caption center cite code dd del div dl dt em figcaption figure font
footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span strike strong sub sup
table tbody td tfoot th thead tr tt u ul var
"""
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "caption", "center", "dd", "div", "dl", "dt", "figcaption", "figure"}
    | {"footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table"}
    | {"tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)
_ATTRIBUTES = {
    "*": {"style", "align", "role"},
    "a": {"href"},
    "img": {"src", "alt", "width", "border"},
    "font": {"color", "face"},
    "table": {"border"},
    "td": {"colspan", "rowspan", "bgcolor"},
    "th": {"colspan", "rowspan", "bgcolor", "scope"},
    "ol": {"start"},
}
_DROPPED_WITH_CONTENT = "head math noscript object script style svg template title xml"
_VOID = frozenset({"br", "hr", "img"})


@dataclass(slots=True)
class Node:
    """An element with what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator["Node"]:
        """Every element of these tags inside, in reading order."""
        for child in self.children:
            if isinstance(child, Node):
                if child.tag in tags:
                    yield child
                yield from child.all(*tags)

    def has_blocks(self) -> bool:
        """Whether a block lies inside, which text can't flow around."""
        return next(self.all(*BLOCKS), None) is not None


class _Tree(HTMLParser):
    """nh3 writes every tag in its place, so that a stack is all that is needed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("div")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, _tag: str) -> None:
        if len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def tree_of(html: str) -> Node:
    """The HTML's body as one node."""
    import nh3

    clean = nh3.clean(
        html,
        tags=set(_KEPT.split()),
        clean_content_tags=set(_DROPPED_WITH_CONTENT.split()),
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel=None,
    )
    tree = _Tree()
    tree.feed(clean)
    tree.close()
    return tree.root
