"""Figures: what was measured, in which unit, against which target, and by which command. No I/O but one file."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.targets import bound_of

RESULTS = Path("build/bench/results.json")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. ``name`` is ``section.what.detail``; ``target`` is ``>= 0.95``, ``= 0`` or empty."""

    name: str
    value: float | str
    unit: str
    target: str = ""
    command: str = ""

    @property
    def section(self) -> str:
        """The part of the benchmark that it belongs to."""
        return self.name.split(".", 1)[0]

    @property
    def verdict(self) -> str:
        """``yes`` or ``no`` where there is a target; empty where there is none or nothing to compare."""
        if not self.target or isinstance(self.value, str):
            return ""
        sign, _, bound = self.target.partition(" ")
        limit = float(bound.split()[0])
        held = {
            ">=": self.value >= limit,
            "<=": self.value <= limit,
            "<": self.value < limit,
            "=": self.value == limit,
        }
        return "yes" if held[sign] else "no"

    @property
    def shown(self) -> str:
        """The value as a table shows it: three digits that mean something."""
        if isinstance(self.value, str):
            return self.value
        if self.value == int(self.value) or abs(self.value) >= 1000:
            return f"{self.value:,.0f}"
        for bound, digits in ((100, 0), (10, 1), (1, 2)):
            if abs(self.value) >= bound:
                return f"{self.value:.{digits}f}"
        return f"{self.value:.3g}"


@dataclass(slots=True)
class Collector:
    """Gathers the figures of one section, all by one command."""

    section: str
    command: str
    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float | str, unit: str, target: str = "") -> None:
        """One figure more."""
        full = f"{self.section}.{name}"
        rounded = value if isinstance(value, str) else round(float(value), 4)
        self.figures.append(Figure(full, rounded, unit, target or bound_of(full), self.command))

    def samples(self, name: str, values: Sequence[float], unit: str, target: str = "") -> float:
        """The median of the rounds, and beside it their range; returns the median."""
        middle = statistics.median(values)
        self.add(name, middle, unit, target)
        if len(values) > 1:
            self.add(f"{name}.range", f"{_short(min(values))} to {_short(max(values))} in {len(values)} rounds", unit)
        return middle


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Round by round, since a machine that drifts drifts for both; a round without theirs is left out."""
    return [mine / other for mine, other in zip(ours, theirs, strict=True) if other]


def growth(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The exponent of the growth between the smallest and the largest size: 1.0 is a straight line."""
    import math

    return math.log(seconds[-1] / seconds[0]) / math.log(sizes[-1] / sizes[0])


def merged(before: Sequence[Figure], now: Sequence[Figure]) -> list[Figure]:
    """The new figures, and the older ones of sections that were not measured anew."""
    measured = {figure.section for figure in now}
    return [figure for figure in before if figure.section not in measured] + list(now)


def load(path: Path = RESULTS) -> list[Figure]:
    """What was measured before; nothing where nothing was."""
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [Figure(**row) for row in rows]


def save(figures: Sequence[Figure], path: Path = RESULTS) -> None:
    """Writes the list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(figure) for figure in figures], indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _short(value: float) -> str:
    return Figure("x", round(value, 4), "").shown
