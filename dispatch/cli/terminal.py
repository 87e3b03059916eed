"""The terminal: plain tables in which a name from outside stays text, whatever it holds."""

import re
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def console() -> Console:
    """A console on stdout as it is now, without markup of its own."""
    return Console(markup=False, highlight=False, emoji=False)


def plain(value: str, *, lines: bool = False) -> Text:
    """Text without control characters: a name could otherwise move the cursor or colour the screen."""
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", value)
    return Text(text if lines else " ".join(text.split()))


def facts_table(rows: Sequence[tuple[str, str]]) -> Table:
    """Names and values, two columns."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        indent = len(name) - len(name.lstrip())
        table.add_row(Text(" " * indent) + plain(name), plain(value))
    return table


def rows_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table with a title and heads."""
    table = Table(title=plain(title), title_justify="left", box=None, pad_edge=False)
    for head in heads:
        table.add_column(plain(head), overflow="fold")
    for row in rows:
        table.add_row(*(plain(value) for value in row))
    return table
