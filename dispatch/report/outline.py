"""Reads a letter's HTML as an outline of blocks and runs of text: plain data, for a page that is set by other means.

Tables that only hold a layout together are undone; tables with facts in them stay tables.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dispatch.report import styles
from dispatch.report.runs import Run, tidied
from dispatch.report.styles import Look
from dispatch.report.tree import BLOCKS, Node, tree_of

Block = dict[str, Any]
Picture = Callable[[str], str | None]
"""From an image's source to the name of a file that can be set; None where it can't."""

MOST_BLOCKS = 20_000
_WIDEST = 50
_DEEPEST = 10  # levels of lists, quotes and tables; the typesetter's own limit is some forty

_LINK = re.compile(r"(?:https?://|mailto:|tel:)\S+$", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")


class TooLarge(Exception):
    """The letter has more blocks than anybody reads."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The blocks in reading order, and the pictures that lie elsewhere and are not shown."""

    blocks: list[Block]
    remote: tuple[str, ...]


def outline_of(html: str, *, picture: Picture) -> Outline:
    """The letter as blocks.

    Raises:
        TooLarge: it has too many of them.
        RecursionError: they lie too deep in each other.
    """
    reader = _Reader(picture)
    blocks = _level_headings(reader.blocks(tree_of(html), Look(), 0))
    return Outline(blocks, tuple(dict.fromkeys(reader.remote)))


class _Reader:
    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._count = 0
        self.remote: list[str] = []

    def blocks(self, node: Node, look: Look, depth: int) -> list[Block]:
        """What stands in the node, text between blocks as paragraphs of its own."""
        found: list[Block] = []
        runs: list[Run] = []

        def flush() -> None:
            if tidy := tidied(runs):
                found.append(self._made({"kind": "paragraph", "align": look.align, "runs": tidy}))
            runs.clear()

        for child in node.children:
            if isinstance(child, str):
                runs.append(look.run(_BLANKS.sub(" ", child)))
            elif child.tag in BLOCKS or child.has_blocks():
                flush()
                found += self._block(child, look.inside(child.tag, child.attributes), depth)
            else:
                runs += self._runs(child, look.inside(child.tag, child.attributes))
        flush()
        return found

    def _made(self, block: Block) -> Block:
        self._count += 1
        if self._count > MOST_BLOCKS:
            raise TooLarge(f"more than {MOST_BLOCKS} blocks")
        return block

    def _block(self, node: Node, look: Look, depth: int) -> list[Block]:
        if look.hidden:
            return []
        if node.tag == "hr":
            return [self._made({"kind": "rule"})]
        if re.fullmatch("h[1-6]", node.tag) and not node.has_blocks():
            runs = tidied(self._inside(node, look))
            heading = {"kind": "heading", "level": int(node.tag[1]), "align": look.align, "runs": runs}
            return [self._made(heading)] if any("text" in run or "runs" in run for run in runs) else []
        if node.tag == "pre" and not node.has_blocks():
            text = "".join(_text(node)).strip("\n")
            return [self._made({"kind": "code", "text": text})] if text.strip() else []
        if depth >= _DEEPEST or node.tag not in {"ul", "ol", "blockquote", "table"}:
            return self.blocks(node, look, depth)
        if node.tag == "table":
            return self._table(node, look, depth)
        if node.tag == "blockquote":
            inner = self.blocks(node, look, depth + 1)
            return [self._made({"kind": "quote", "blocks": inner})] if inner else []
        return self._list(node, look, depth)

    def _list(self, node: Node, look: Look, depth: int) -> list[Block]:
        items: list[list[Block]] = []
        for child in node.children:
            item = child if isinstance(child, Node) else Node("li", children=[child])
            inside = self.blocks(Node("div", children=[item]), look, depth + 1)
            if item.tag != "li" and items:
                items[-1] += inside  # a list straight inside a list belongs to the item before it
            elif inside:
                items.append(inside)
        start = node.attributes.get("start", "")
        made = {"kind": "list", "ordered": node.tag == "ol", "start": int(start) if start.isdecimal() else 1}
        return [self._made({**made, "items": items})] if items else []

    def _table(self, node: Node, look: Look, depth: int) -> list[Block]:
        rows = [[cell for cell in row.children if isinstance(cell, Node)] for row in _rows(node)]
        rows = [row for row in rows if row]
        if _is_layout(node, rows):
            return [block for row in rows for block in self._side_by_side(row, look, depth)]
        header = _header_rows(node, rows)
        table = {
            "kind": "table",
            "columns": max(sum(_span(cell, "colspan") for cell in row) for row in rows),
            "header": [[self._cell(cell, look, depth) for cell in row] for row in rows[:header]],
            "rows": [[self._cell(cell, look, depth) for cell in row] for row in rows[header:]],
        }
        captions = [block for caption in node.all("caption") for block in self.blocks(caption, look, depth)]
        return [*captions, self._made(table)]

    def _side_by_side(self, row: Sequence[Node], look: Look, depth: int) -> list[Block]:
        cells = [self.blocks(cell, look.inside(cell.tag, cell.attributes), depth + 1) for cell in row]
        filled = [cell for cell in cells if cell]
        if len(filled) > 1:
            return [self._made({"kind": "columns", "cells": filled})]
        return filled[0] if filled else []

    def _cell(self, cell: Node, look: Look, depth: int) -> Block:
        inner = look.inside(cell.tag, cell.attributes)
        return self._made(
            {
                "blocks": self.blocks(cell, inner, depth + 1),
                "colspan": _span(cell, "colspan"),
                "rowspan": _span(cell, "rowspan"),
                "head": cell.tag == "th",
                "align": inner.align,
                "fill": styles.fill_of(cell.attributes),
            }
        )

    def _inside(self, node: Node, look: Look) -> list[Run]:
        runs: list[Run] = []
        for child in node.children:
            if isinstance(child, str):
                runs.append(look.run(_BLANKS.sub(" ", child)))
            else:
                runs += self._runs(child, look.inside(child.tag, child.attributes))
        return runs

    def _runs(self, node: Node, look: Look) -> list[Run]:
        if look.hidden:
            return []
        if node.tag == "br":
            return [{"break": True}]
        if node.tag == "img":
            return self._image(node, look)
        if node.tag == "a" and _LINK.match(node.attributes.get("href", "").strip()):
            runs = self._inside(node, replace(look, underlined=True, color=""))
            return (
                [{"to": node.attributes["href"].strip(), "runs": runs}] if any("text" in run for run in runs) else runs
            )
        return self._inside(node, look)

    def _image(self, node: Node, look: Look) -> list[Run]:
        alternative = node.attributes.get("alt", "").strip()
        source = node.attributes.get("src", "").strip()
        file = self._picture(source)
        if file is None:
            if alternative and not source.startswith("cid:"):
                self.remote.append(alternative)
            return [look.run(f"[Bilde: {alternative}]")] if alternative else []
        image = {"image": file, "alt": alternative, "width": styles.pixels_of(node.attributes)}
        alone = styles.declarations(node.attributes.get("style", "")).get("display") == "block"
        return [{"break": True}, image, {"break": True}] if alone else [image]


def _text(node: Node) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        elif child.tag == "br":
            yield "\n"
        else:
            yield from _text(child)


def _rows(table: Node) -> Iterator[Node]:
    """The table's own rows, not those of tables inside it."""
    for child in table.children:
        if isinstance(child, Node):
            if child.tag == "tr":
                yield child
            elif child.tag in {"thead", "tbody", "tfoot"}:
                yield from _rows(child)


def _is_layout(table: Node, rows: Sequence[Sequence[Node]]) -> bool:
    """Whether the table only puts things in their places: nobody would read it out as a table."""
    if not rows or table.attributes.get("role") in {"presentation", "none"}:
        return True
    if any(cell.tag == "th" for row in rows for cell in row):
        return False
    return next(table.all("table"), None) is not None or len(rows) == 1 or max(map(len, rows)) == 1


def _header_rows(table: Node, rows: Sequence[Sequence[Node]]) -> int:
    heads = [child for child in table.children if isinstance(child, Node) and child.tag == "thead"]
    said = sum(1 for head in heads for _ in _rows(head))
    first = 0
    while first < len(rows) and all(cell.tag == "th" for cell in rows[first]):
        first += 1
    return min(max(said, first), len(rows) - 1)


def _span(cell: Node, name: str) -> int:
    value = cell.attributes.get(name, "1")
    return min(max(int(value), 1), _WIDEST) if value.isdecimal() else 1


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
