"""``python -m bench.report``: puts the measured figures into the tables of ``docs/performance.md``.

A table is what stands between ``<!-- table limit.graph_0ms ... -->`` and ``<!-- end -->``; the names in the mark are
beginnings of figures' names. ``<!-- targets -->`` is the table of what was to be reached. So no figure on that page is
written by hand. A place for which nothing was measured says so, and is named.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import figures
from bench.figures import Figure
from bench.targets import TARGETS, Target

PAGE = Path("docs/performance.md")
MARK = re.compile(r"(<!-- table (?P<names>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)
REACHED = re.compile(r"(<!-- targets -->\n).*?(<!-- end -->)", re.DOTALL)
INLINE = re.compile(r"(<!-- (?P<name>[\w.:-]+) -->)[^<]*(<!-- /-->)")
UNKNOWN = "not measured"


def main() -> int:
    """Rewrites the page; 1 where a place could not be filled."""
    known = figures.load()
    if not known:
        print(f"There is no {figures.RESULTS}: run make bench first.")
        return 1
    text, empty = filled(PAGE.read_text(encoding="utf-8"), known)
    PAGE.write_text(text, encoding="utf-8")
    for place in empty:
        print(f"{PAGE}: {UNKNOWN}: {place}")
    return 1 if empty else 0


def filled(page: str, known: Sequence[Figure]) -> tuple[str, list[str]]:
    """The page with these figures, and the places for which there are none."""
    by_name = {figure.name: figure for figure in known}
    text = MARK.sub(lambda match: match[1] + table(known, match["names"].split()) + match[3], page)
    text = REACHED.sub(lambda match: match[1] + targets(by_name) + match[2], text)
    text = INLINE.sub(lambda match: match[1] + _one(by_name, match["name"]) + match[3], text)
    wanted = [name for match in MARK.finditer(page) for name in match["names"].split()]
    empty = [name for name in wanted if not any(figure.name.startswith(name) for figure in known)]
    single = [match["name"] for match in INLINE.finditer(page)] + [target.name for target in TARGETS]
    return text, [*empty, *(name for name in dict.fromkeys(single) if name not in by_name)]


def table(known: Sequence[Figure], names: Sequence[str]) -> str:
    """The figures whose names begin so, in the order in which they were measured."""
    lines = ["| Figure | Value | Unit | Target | Held |", "| --- | ---: | --- | --- | --- |"]
    spreads = _spreads(known)
    for name in names:
        for figure in known:
            if figure.name.startswith(name) and not figure.name.endswith(".range"):
                shown = f"{figure.shown}{spreads.get(figure.name, '')}"
                lines.append(f"| `{figure.name}` | {shown} | {figure.unit} | {figure.target} | {figure.verdict} |")
    return "\n".join(lines) + "\n"


def targets(by_name: dict[str, Figure]) -> str:
    """What was to be reached: as it was measured, whether it holds, and by which command."""
    lines = ["| What | Value | Target | Held | Figure | Command |", "| --- | ---: | --- | --- | --- | --- |"]
    spreads = _spreads(list(by_name.values()))
    return "\n".join([*lines, *(_reached(target, by_name.get(target.name), spreads) for target in TARGETS)]) + "\n"


def _reached(target: Target, figure: Figure | None, spreads: dict[str, str]) -> str:
    if figure is None:
        return f"| {target.words} | {UNKNOWN} | {target.bound} |  | `{target.name}` |  |"
    judged = Figure(figure.name, figure.value, figure.unit, target.bound, figure.command)
    shown = f"{judged.shown}{spreads.get(target.name, '')}"
    return f"| {target.words} | {shown} | {target.bound} | {judged.verdict} | `{target.name}` | `{figure.command}` |"


def _spreads(known: Sequence[Figure]) -> dict[str, str]:
    """The range of each figure that has one, in brackets."""
    ranges = [figure for figure in known if figure.name.endswith(".range")]
    return {figure.name.removesuffix(".range"): f" ({_spread(figure)})" for figure in ranges}


def _spread(figure: Figure) -> str:
    return str(figure.value).split(" in ", maxsplit=1)[0].replace(" to ", "–")


def _one(by_name: dict[str, Figure], name: str) -> str:
    figure = by_name.get(name)
    return figure.shown if figure else UNKNOWN


if __name__ == "__main__":
    sys.exit(main())
