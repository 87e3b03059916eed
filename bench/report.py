"""``python -m bench.report``: puts the measured figures into the tables of ``docs/performance.md``.

A table is what stands between ``<!-- table limit.graph_0ms ... -->`` and ``<!-- end -->``; the names in the mark are
beginnings of figures' names. So no figure on that page is written by hand.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import figures
from bench.figures import Figure

PAGE = Path("docs/performance.md")
MARK = re.compile(r"(<!-- table (?P<names>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)
INLINE = re.compile(r"(<!-- (?P<name>[\w.:-]+) -->)[^<]*(<!-- /-->)")


def main() -> int:
    """Rewrites the page."""
    known = figures.load()
    if not known:
        print(f"There is no {figures.RESULTS}: run make bench first.")
        return 1
    by_name = {figure.name: figure for figure in known}
    text = PAGE.read_text(encoding="utf-8")
    text = MARK.sub(lambda match: match[1] + table(known, match["names"].split()) + match[3], text)
    text = INLINE.sub(lambda match: match[1] + _one(by_name, match["name"]) + match[3], text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


def table(known: Sequence[Figure], names: Sequence[str]) -> str:
    """The figures whose names begin so, in the order in which they were measured."""
    lines = ["| Figure | Value | Unit | Target | Held |", "| --- | ---: | --- | --- | --- |"]
    ranges = {figure.name.removesuffix(".range"): figure for figure in known if figure.name.endswith(".range")}
    for name in names:
        for figure in known:
            if figure.name.startswith(name) and not figure.name.endswith(".range"):
                spread = ranges.get(figure.name)
                shown = f"{figure.shown} ({_spread(spread)})" if spread else figure.shown
                lines.append(f"| `{figure.name}` | {shown} | {figure.unit} | {figure.target} | {figure.verdict} |")
    return "\n".join(lines) + "\n"


def _spread(figure: Figure) -> str:
    return str(figure.value).split(" in ", maxsplit=1)[0].replace(" to ", "–")


def _one(by_name: dict[str, Figure], name: str) -> str:
    figure = by_name.get(name)
    return figure.shown if figure else "not measured"


if __name__ == "__main__":
    sys.exit(main())
