"""HTML's table model: which cell lies where, whatever the rows say of themselves.

The steps are those of the HTML standard's "forming a table", with a row of bounds in place of its map of slots: rows
come one by one, so that a slot is taken where a cell from above, or from the left, reaches further down than this row.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from dispatch.document.elements import Node

WIDEST = 1000  # columns, as in browsers
_TALLEST = 65_534
_GROUPS = ("thead", "tbody", "tfoot")
_MARKS = frozenset("•·▪■◦●○–-*✓✔➢§")
_LONGEST_MARK = 5
_SCOPES = {"row": "Row", "rowgroup": "Row", "col": "Column", "colgroup": "Column"}


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell in its place; one without a node fills a slot that no cell was given for."""

    x: int
    y: int
    width: int
    height: int
    node: Node | None = None
    around: tuple[Node, ...] = ()  # its row and that one's group: what CSS hands on passes through them

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The cell with what it lies in, from the outside in."""
        return () if self.node is None else (*self.around, self.node)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's cells by row and column, without the rows and columns in which none begins."""

    columns: int
    rows: int
    header: int
    cells: tuple[Placed, ...]

    def filled(self) -> Iterator[Placed]:
        """Every slot's cell in reading order, empty ones where the table has none."""
        taken: set[tuple[int, int]] = set()
        placed = {(cell.x, cell.y): cell for cell in self.cells}
        for y in range(self.rows):
            for x in range(self.columns):
                if cell := placed.get((x, y)):
                    taken |= {(x + right, y + down) for right in range(cell.width) for down in range(cell.height)}
                    yield cell
                elif (x, y) not in taken:
                    yield Placed(x, y, 1, 1)


def grid_of(table: Node) -> Grid:
    """The table's own cells, not those of tables inside it."""
    cells: list[Placed] = []
    reach: list[int] = []
    bottom = head = 0
    for group, rows in _groups(table):
        end = bottom + len(rows)
        for row in rows:
            around = (row,) if row is group else (group, row)
            cells += _row(around, bottom, end, reach)
            bottom += 1
        head = end if group.tag == "thead" and head == bottom - len(rows) else head
    return _without_gaps(cells, head)


def _groups(table: Node) -> Iterator[tuple[Node, list[Node]]]:
    """The groups of rows in the order in which they are shown: the first head above all, the first foot below."""
    groups = [child for child in table.elements() if child.tag in {*_GROUPS, "tr"} and child.is_rendered()]
    for child in [*_first(groups, "thead"), *_others(groups), *_first(groups, "tfoot")]:
        rows = [child] if child.tag == "tr" else [row for row in child.elements() if row.tag == "tr"]
        yield child, [row for row in rows if row.is_rendered()]


def _first(groups: Sequence[Node], tag: str) -> list[Node]:
    return [group for group in groups if group.tag == tag][:1]


def _others(groups: Sequence[Node]) -> list[Node]:
    moved = [id(group) for tag in ("thead", "tfoot") for group in _first(groups, tag)]
    return [group for group in groups if id(group) not in moved]


def _row(around: tuple[Node, ...], y: int, end: int, reach: list[int]) -> Iterator[Placed]:
    x = 0
    for cell in around[-1].elements():
        while x < len(reach) and reach[x] > y:
            x += 1
        wanted = min(_number(cell, "colspan", WIDEST) or 1, max(WIDEST - x, 1))
        width = next((free for free in range(1, wanted) if x + free < len(reach) and reach[x + free] > y), wanted)
        height = min(_number(cell, "rowspan", _TALLEST) or end - y, end - y)
        reach += [0] * (x + wanted - len(reach))
        reach[x : x + wanted] = [max(before, y + height) for before in reach[x : x + wanted]]
        # What it shares with a cell from above, it leaves to that one; no page can show both.
        yield Placed(x, y, width, height, cell, around)
        x += wanted


def _number(cell: Node, name: str, most: int) -> int:
    """The attribute by the standard's rules for numbers, one where it says none."""
    digits = cell.attributes.get(name, "1").strip().removeprefix("+")
    digits = digits[: next((at for at, sign in enumerate(digits) if sign not in "0123456789"), len(digits))]
    return min(int(digits[:6]), most) if digits else 1


def _without_gaps(cells: Sequence[Placed], head: int) -> Grid:
    """Columns and rows in which no cell begins have no room of their own on a page."""
    columns = sorted({cell.x for cell in cells})
    rows = sorted({cell.y for cell in cells})
    squeezed = []
    for cell in cells:
        x, y = bisect_left(columns, cell.x), bisect_left(rows, cell.y)
        right, below = bisect_left(columns, cell.x + cell.width), bisect_left(rows, cell.y + cell.height)
        squeezed.append(replace(cell, x=x, y=y, width=right - x, height=below - y))
    squeezed.sort(key=lambda cell: (cell.y, cell.x))
    return Grid(len(columns), len(rows), _header(squeezed, bisect_left(rows, head), len(rows)), tuple(squeezed))


def _header(cells: Sequence[Placed], said: int, rows: int) -> int:
    """How many rows head the columns: those of thead, else the first with th and no data; never all of them."""
    heads = {cell.y for cell in cells if _is_head(cell)}
    data = [cell.y for cell in cells if cell.node is not None and not _is_head(cell) and not _is_corner(cell, heads)]
    header = min(max(said, min(data, default=rows)), max(rows - 1, 0))
    while any(cell.y < header < cell.y + cell.height for cell in cells):
        header -= 1
    return header


def _is_head(cell: Placed) -> bool:
    return cell.node is not None and cell.node.tag == "th"


def _is_corner(cell: Placed, heads: AbstractSet[int]) -> bool:
    """Whether it is the empty one above the heads of rows, which many write as td."""
    node = cell.node
    return node is not None and cell.x == 0 and cell.y in heads and not node.text().strip() and not any(node.all("img"))


def scope_of(cell: Placed, grid: Grid) -> str:
    """What a head below those of the columns heads, by its ``scope`` and HTML's rules for heads that have none."""
    if cell.node is None or not _is_head(cell) or cell.y < grid.header:
        return ""
    said = cell.node.attributes.get("scope", "").strip().lower()
    if said in _SCOPES:
        return _SCOPES[said]
    return "Column" if cell.width == grid.columns > 1 else "Row"


def is_layout(table: Node, grid: Grid) -> bool:
    """Whether the table only puts things in their places: nobody would read it out as a table."""
    if not grid.cells or table.attributes.get("role") in {"presentation", "none"}:
        return True
    if any(cell.node is not None and cell.node.tag == "th" for cell in grid.cells):
        return False
    return next(table.all("table"), None) is not None or grid.rows == 1 or grid.columns == 1


def has_lines(table: Node, grid: Grid) -> bool:
    """Tables of facts are ruled unless they say that they have no lines, and none of their cells says otherwise."""
    without = table.attributes.get("border", "") == "0" or table.css.get("border", "").startswith(("0", "none"))
    nodes = [cell.node for cell in grid.cells if cell.node is not None]
    return not without or any(
        "solid" in value for node in nodes for name, value in node.css.items() if "border" in name
    )


def list_marks(grid: Grid) -> list[str] | None:
    """The marks of a list that was laid out as a table: one beside each text. None where it is no such thing."""
    first = [cell.node for cell in grid.cells if cell.x == 0]
    marks = [" ".join(node.text().split()) for node in first if node is not None]
    whole = grid.columns == 2 and len(grid.cells) == 2 * grid.rows and len(marks) == grid.rows  # noqa: PLR2004
    return marks if whole and all(map(_is_mark, marks)) else None


def _is_mark(text: str) -> bool:
    if text in _MARKS:
        return True
    return len(text) <= _LONGEST_MARK and text[-1:] in {".", ")"} and text[:-1].strip("(").isalnum()
