"""The page of figures is filled by the benchmark alone, and every target stands on it with what was measured."""

import re
from pathlib import Path

import pytest

from bench import report
from bench.figures import Collector, Figure
from bench.targets import TARGETS, Target

PAGE = Path(__file__).resolve().parents[3] / "docs" / "performance.md"
SECTIONS = Path(__file__).resolve().parents[3] / "bench"


def measured(target: Target, value: float) -> Figure:
    return Figure(target.name, value, "", target.bound, "make bench ONLY=x")


def rows_of(page: str) -> list[str]:
    (found,) = report.REACHED.finditer(page)
    return [line for line in found[0].splitlines() if line.startswith("|")][2:]


def test_every_target_is_a_row_with_its_value_and_whether_it_holds():
    met = {target.name: measured(target, float(target.bound.split()[1])) for target in TARGETS}
    known = [*met.values(), Figure("work.x", 1.0, "")]

    page, _ = report.filled("<!-- targets -->\nyesterday\n<!-- end -->\n", known)

    assert [row.split("|")[4].strip() for row in rows_of(page)] == ["yes"] * len(TARGETS)
    assert all(f"`{target.name}`" in row for target, row in zip(TARGETS, rows_of(page), strict=True))
    assert "yesterday" not in page


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_target_that_is_missed_says_so(target: Target):
    sign, bound = target.bound.split()
    missed = float(bound) + (-0.01 if sign == ">=" else 1.0)

    table = report.targets({target.name: measured(target, missed)})

    assert f"| {target.bound} | no | `{target.name}` | `make bench ONLY=x` |" in table


def test_a_place_without_a_figure_is_named_and_says_so():
    page = "<!-- table limit.x. -->\n<!-- end -->\n<!-- work.y -->old<!-- /-->"

    text, empty = report.filled(page, [Figure("limit.other", 1.0, "")])

    assert "<!-- work.y -->not measured<!-- /-->" in text
    assert {"limit.x.", "work.y", TARGETS[0].name} <= set(empty)


def test_a_figure_is_judged_by_its_target_wherever_it_is_measured():
    section, _, name = TARGETS[0].name.partition(".")
    collector = Collector(section, "make bench")

    collector.add(name, 0.5, "of the bare loop")
    collector.add("of_no_target", 0.5, "")

    assert [(figure.target, figure.verdict) for figure in collector.figures] == [(TARGETS[0].bound, "no"), ("", "")]


def test_the_page_and_the_targets_name_sections_that_are_measured():
    page = PAGE.read_text(encoding="utf-8")
    names = {name for match in report.MARK.finditer(page) for name in match["names"].split()}
    names |= {match["name"] for match in report.INLINE.finditer(page)} | {target.name for target in TARGETS}
    modules = {path.stem.removesuffix("_figures") for path in SECTIONS.glob("*.py")}

    assert {name.split(".")[0] for name in names} <= modules
    assert len(list(report.REACHED.finditer(page))) == 1
    assert not re.search(r"<!-- (?:table [^>]+|targets) -->\n(?![|<])", page), "a table that is not one"
