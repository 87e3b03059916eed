"""Reads a letter's HTML as an outline of blocks and runs of text: plain data, for what sets a page or writes a text.

Tables that only hold a layout together are undone; tables with facts in them stay tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dispatch.document import lists, tables
from dispatch.document.css import is_nothing
from dispatch.document.directions import without_idle
from dispatch.document.elements import Node, tree_of
from dispatch.document.inline import InlineReader, Picture
from dispatch.document.look import Look, fill_of, is_left_out
from dispatch.document.runs import Run, tidied

Block = dict[str, Any]

_DEEPEST = 8  # levels of lists, quotes and tables; the typesetter's own limit is some forty
_MOST_SLOTS = 400_000  # of a table; one with more is read row by row, as it stands
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_APART = frozenset({"p", "dl", "blockquote", "pre", "figure", "hr", "table"}) | _HEADINGS


class TooManyBlocks(Exception):
    """The letter has more blocks than anybody reads."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The blocks in reading order, and the pictures that lie elsewhere and are not shown."""

    blocks: list[Block]
    remote: tuple[str, ...]


def outline_of(html: str, *, picture: Picture, most: int = 1_000_000) -> Outline:
    """The letter as blocks.

    Raises:
        TooManyBlocks: it has too many of them.
        RecursionError: they lie too deep in each other.
    """
    inline = InlineReader(picture)
    reader = _Reader(inline, most)
    body = tree_of(html)
    blocks = _level_headings(reader.blocks(body, Look().inside(body), 0))
    return Outline(blocks, tuple(dict.fromkeys(inline.remote)))


class _Reader:
    def __init__(self, inline: InlineReader, most: int) -> None:
        self._inline = inline
        self._left = self._most = most
        self._apart = False  # whether the next block stands apart from the one before it

    def blocks(self, node: Node, look: Look, depth: int) -> list[Block]:
        """What stands in the node, text between blocks as paragraphs of its own."""
        found: list[Block] = []
        runs: list[Run] = []

        def flush() -> None:
            if tidy := tidied(without_idle(runs, look.direction)):
                found.append(self._made("paragraph", **look.placed(), runs=tidy))
            elif any("break" in run or "\xa0" in run.get("text", "") for run in runs):
                self._apart = True  # an empty line
            runs.clear()

        for child in node.children:
            if isinstance(child, str):
                runs += look.runs(child)
            elif is_left_out(child):
                continue
            elif child.is_block():
                flush()
                found += self._block(child, look.inside(child), depth)
            else:
                runs += self._inline.runs_of(child, look.inside(child))
        flush()
        return found

    def _made(self, kind: str, **values: Any) -> Block:
        self._left -= 1
        if self._left < 0:
            raise TooManyBlocks(f"more than {self._most} blocks")
        close = {"close": True} if not values.pop("apart", self._apart) else {}
        self._apart = False
        return {"kind": kind, **close, **values}

    def _block(self, node: Node, look: Look, depth: int) -> list[Block]:
        self._apart = self._apart or _has_margin(node, look, "margin-top")
        found = self._of_kind(node, look, depth)
        self._apart = self._apart or _has_margin(node, look, "margin-bottom")
        return found

    def _of_kind(self, node: Node, look: Look, depth: int) -> list[Block]:
        if node.tag == "hr":
            return [self._made("rule")]
        if node.tag in _HEADINGS and not node.holds_blocks:
            return self._heading(node, look)
        if depth >= _DEEPEST:
            return self.blocks(node, look, depth)
        if node.tag == "table":
            return self._table(node, look, depth)
        if node.tag in {"ul", "ol"}:
            return self._list(node, look, depth)
        if node.tag in {"blockquote", "dd"}:
            apart, inner = self._within(node, look, depth)
            kind = "quote" if node.tag == "blockquote" else "indent"
            return [self._made(kind, apart=apart, blocks=inner)] if inner else []
        return self.blocks(node, look, depth)

    def _heading(self, node: Node, look: Look) -> list[Block]:
        """One that is only a picture heads nothing in a page's structure, but is shown."""
        runs = tidied(without_idle(self._inline.inside(node, look), look.direction))
        if any("text" in run for run in runs):
            return [self._made("heading", level=int(node.tag[1]), **look.placed(), runs=runs)]
        return [self._made("paragraph", **look.placed(), runs=runs)] if runs else []

    def _within(self, node: Node, look: Look, depth: int) -> tuple[bool, list[Block]]:
        """The blocks in something that has its own edge, and whether that stands apart from what is before it."""
        apart, self._apart = self._apart, False
        inner = self.blocks(node, look, depth + 1)
        self._apart = False
        return apart, inner

    def _list(self, node: Node, look: Look, depth: int) -> list[Block]:
        apart = self._apart
        items: list[dict[str, Any]] = []
        owned = sum(child.tag == "li" and child.is_rendered() for child in node.elements())
        ordinal, step = lists.first_ordinal(node.attributes, owned)
        for child in node.children:
            item = child if isinstance(child, Node) else Node("li", children=[child])
            if item is child and item.tag == "li" and item.is_rendered():
                ordinal = lists.integer(item.attributes.get("value", ""), ordinal)
                items += [] if is_left_out(item) else [self._item(item, look.inside(item), depth, ordinal)]
                ordinal += step
            elif is_left_out(item):
                continue
            elif inside := self._within(Node("li", children=[child], holds_blocks=item.is_block()), look, depth)[1]:
                # A list, or text, straight inside a list belongs to the item before it.
                items[-1:] = [{**items[-1], "blocks": items[-1]["blocks"] + inside}] if items else [_unmarked(inside)]
        return self._marked_list([item for item in items if item["blocks"] or item["mark"]], look, apart=apart)

    def _item(self, node: Node, look: Look, depth: int, ordinal: int) -> dict[str, Any]:
        mark = "" if look.invisible or look.tiny else lists.mark_of(look.marks, ordinal)
        return {"mark": mark, "blocks": self._within(node, look, depth)[1]}

    def _marked_list(self, items: Sequence[dict[str, Any]], look: Look, *, apart: bool) -> list[Block]:
        return [self._made("list", apart=apart, **_directed(look), items=list(items))] if items else []

    def _table(self, node: Node, look: Look, depth: int) -> list[Block]:
        grid = tables.grid_of(node)
        captions = [block for caption in node.elements() if caption.tag == "caption" and not is_left_out(caption)
                    for block in self._block(caption, look.inside(caption), depth)]  # fmt: skip
        if all(not cell.nodes or any(map(is_left_out, cell.nodes)) for cell in grid.cells):
            return captions
        if tables.is_layout(node, grid) or grid.columns * grid.rows > _MOST_SLOTS:
            return captions + self._layout(grid, look, depth)
        apart = self._apart or bool(captions)
        if marks := tables.list_marks(grid):
            texts = [cell for cell in grid.cells if cell.x]
            items = [{"mark": mark, "blocks": self._cell(text, look, depth)["blocks"]}
                     for mark, text in zip(marks, texts, strict=True)]  # fmt: skip
            return captions + self._marked_list(items, look, apart=apart)
        cells = [self._cell(cell, look, depth, tables.scope_of(cell, grid)) for cell in grid.filled()]
        shape = {"columns": grid.columns, "header": grid.header, "lines": tables.has_lines(node, grid)}
        table = self._made("table", apart=apart, **shape, **_directed(look), cells=cells)
        return [*captions, table]

    def _layout(self, grid: tables.Grid, look: Look, depth: int) -> list[Block]:
        found: list[Block] = []
        for _, row in groupby(grid.cells, key=lambda cell: cell.y):
            found += self._side_by_side([cell for cell in row if cell.nodes], look, depth)
        return found

    def _side_by_side(self, row: Sequence[tables.Placed], look: Look, depth: int) -> list[Block]:
        row = [cell for cell in row if not any(map(is_left_out, cell.nodes))]
        if len(row) == 1:
            return self._block(row[0].nodes[-1], look.within(row[0].nodes), depth)
        apart = self._apart
        cells = [self._within(cell.nodes[-1], look.within(cell.nodes), depth)[1] for cell in row]
        filled = [cell for cell in cells if cell]
        if len(filled) > 1:
            return [self._made("columns", apart=apart, cells=filled)]
        self._apart = apart
        return filled[0] if filled else []

    def _cell(self, cell: tables.Placed, look: Look, depth: int, scope: str = "") -> Block:
        node = cell.node or Node("td")
        inner = look.within(cell.nodes)
        blocks = [] if any(map(is_left_out, cell.nodes)) else self._within(node, inner, depth)[1]
        placed = {"x": cell.x, "y": cell.y, "colspan": cell.width, "rowspan": cell.height, "scope": scope}
        return self._made("cell", **placed, align=inner.align, fill=fill_of(node), blocks=blocks)


def _directed(look: Look) -> dict[str, str]:
    return {"dir": look.direction} if look.direction else {}


def _unmarked(blocks: list[Block]) -> dict[str, Any]:
    return {"mark": "", "blocks": blocks}


def _has_margin(node: Node, look: Look, side: str) -> bool:
    """Whether there is room above or below, by its own styles or a browser's."""
    if said := node.css.get(side, ""):
        return not is_nothing(said)
    return node.tag in _APART or (node.tag in {"ul", "ol"} and look.lists == 1)


def _level_headings(blocks: Sequence[Block]) -> list[Block]:
    """Headings without a skipped level, the first being a first one: what readers of the page's structure expect."""
    before = 0
    levelled = []
    for block in blocks:
        if block["kind"] == "heading":
            before = min(block["level"], before + 1)
            levelled.append({**block, "level": before})
        else:
            levelled.append(block)
    return levelled
