"""The letter as plain text, for readers and clients that don't show HTML."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Any

from dispatch.document import Block, Run, outline_of, shown

_WIDEST = 78  # columns of signs that any client shows on one line
_LONGEST_BAR = 9  # one more than tables can lie in each other
_BARS = re.compile(r"[|]+")
_UNSEEN = str.maketrans({"\xa0": " ", "\xad": None, "\u200b": None, "\u2060": None, "\ufeff": None})


def readable_text(html: str) -> str:
    """The HTML as text: lists and tables laid out, pictures by their text, links with where they lead."""
    blocks = outline_of(html, picture=lambda source: source or "-").blocks
    text = "\n".join(line.rstrip() for line in _Writer().lines(blocks))
    return text.translate(_UNSEEN).strip("\n") + "\n"


class _Writer:
    def __init__(self) -> None:
        self._last = ""  # the link written last: a link around several blocks is written once
        self._cells = 0  # how many cells of tables it writes inside of: there all is one line

    def lines(self, blocks: Sequence[Block]) -> list[str]:
        """The blocks' lines, an empty one between those that stand apart."""
        lines: list[str] = []
        for block in blocks:
            inner: list[str] = getattr(self, f"_{block['kind']}")(block)
            if any(inner):
                apart = block["kind"] == "heading" or not block.get("close")
                lines += ["", *inner] if lines and apart else inner
        return lines

    def _paragraph(self, block: Block) -> list[str]:
        return [_not_a_quote(line) for line in "".join(self._text(block["runs"])).split("\n")]

    _heading = _paragraph

    def _text(self, runs: Sequence[Run]) -> Iterator[str]:
        for to, group in groupby(runs, key=lambda run: run.get("to", "")):
            linked = list(group)
            text = "".join(map(_said, linked))
            words = text.rstrip()
            yield words
            seen = words or any("image" in run for run in linked)
            if to and seen and to != self._last and not _names(text, shown(to)):
                yield f" ({shown(to)})" if words else shown(to)
            yield text[len(words) :]
            self._last = to or ("" if words.strip() else self._last)

    def _list(self, block: Block) -> list[str]:
        lines: list[str] = []
        for item in block["items"]:
            inner = self.lines(item["blocks"]) or [""]
            mark = f"{item['mark']} " if item["mark"] else ""
            lines += [(" " * len(mark) if at else mark) + line for at, line in enumerate(inner)]
        return lines

    def _quote(self, block: Block) -> list[str]:
        # Its mark means something at the beginning of a line alone.
        return [line if self._cells else f"> {line}" for line in self.lines(block["blocks"])]

    def _indent(self, block: Block) -> list[str]:
        return [f"    {line}" for line in self.lines(block["blocks"])]

    def _rule(self, _block: Block) -> list[str]:
        return ["-" * 20]

    def _columns(self, block: Block) -> list[str]:
        cells = [lines for cell in block["cells"] if (lines := self.lines(cell))]  # an ornament has none
        side_by_side = "  ".join(cell[0] for cell in cells)
        quoted = any(inner["kind"] == "quote" for cell in block["cells"] for inner in cell)
        if len(side_by_side) <= _WIDEST and all(len(cell) == 1 for cell in cells) and (self._cells or not quoted):
            return [side_by_side]
        return [line for cell in cells for line in cell]

    def _table(self, block: Block) -> list[str]:
        """A line a row, every cell in its column; what a cell covers besides is empty."""
        rows = [[""] * block["columns"] for _ in range(1 + max(cell["y"] for cell in block["cells"]))]
        for cell in block["cells"]:
            rows[cell["y"]][cell["x"]] = self._cell(cell)
        widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
        if self._cells or sum(widths) + 3 * len(widths) > _WIDEST:
            widths = [0] * len(widths)
        bar = _bar_beside(rows)
        lines = [
            _not_a_quote(f" {bar} ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)))
            for row in rows
        ]
        rule = [f"-{bar}-".join("-" * max(width, 1) for width in widths)] if block["header"] and not self._cells else []
        return [*lines[: block["header"]], *rule, *lines[block["header"] :]]

    def _cell(self, cell: Block) -> str:
        self._cells += 1
        lines = self.lines(cell["blocks"])
        self._cells -= 1
        return " / ".join(filter(None, map(str.strip, lines)))


def _bar_beside(rows: Sequence[Sequence[str]]) -> str:
    """Longer than any in the cells: neither what is written there nor a table in it may look like another column."""
    written = (len(run) for row in rows for text in row if "|" in text for run in _BARS.findall(text))
    return "|" * min(1 + max(written, default=0), _LONGEST_BAR)


def _not_a_quote(line: str) -> str:
    """Where a line begins with the sign of a quote, mail programs show a bar in its place: ``> 10 kr`` as ``10 kr``."""
    return f" {line}" if line.startswith(">") else line


def _said(run: dict[str, Any]) -> str:
    if "break" in run:
        return "\n"
    if "image" in run:
        return f"[{run['alt']}]" if run["alt"] else ""
    return str(run["text"])


def _names(text: str, address: str) -> bool:
    """Whether the text is the address itself, or as much of it as people write."""
    bare = address.split("://", 1)[-1].removeprefix("www.").removesuffix("/").casefold()
    return bool(bare) and bare in "".join(text.split()).casefold()
