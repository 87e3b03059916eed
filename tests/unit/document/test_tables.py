"""Which cell lies where: by HTML's algorithm, whatever a table's rows say of themselves."""

import pytest

from dispatch.document.elements import tree_of
from dispatch.document.tables import Grid, grid_of, scope_of


def grid(rows: str) -> Grid:
    return grid_of(next(tree_of(f"<table>{rows}</table>").all("table")))


def places(rows: str) -> dict[str, tuple[int, int, int, int]]:
    return {
        cell.node.text(): (cell.x, cell.y, cell.width, cell.height)
        for cell in grid(rows).cells
        if cell.node is not None
    }


def test_a_short_row_pulls_nothing_up():
    assert places("<tr><td>a<td>b<tr><td>c<tr><td>d<td>e") == {
        "a": (0, 0, 1, 1), "b": (1, 0, 1, 1), "c": (0, 1, 1, 1), "d": (0, 2, 1, 1), "e": (1, 2, 1, 1),
    }  # fmt: skip


def test_what_a_row_lacks_is_empty_cells():
    assert [(cell.x, cell.y) for cell in grid("<tr><td>a<td>b<tr><td>c").filled() if cell.node is None] == [(1, 1)]


@pytest.mark.parametrize("span", ["9", "0", "65535", "2"])
def test_a_cell_reaches_no_further_than_its_group(span):
    found = places(f"<thead><tr><td rowspan={span}>a<td>b</thead><tbody><tr><td>c<td>d</tbody>")

    assert found["a"] == (0, 0, 1, 1)
    assert found["c"] == (0, 1, 1, 1)


@pytest.mark.parametrize(("said", "wide"), [("2", 2), (" 2", 2), ("+2", 2), ("2px", 2), ("x", 1), ("-2", 1), ("", 1)])
def test_spans_are_read_as_numbers_in_html_are(said, wide):
    assert places(f'<tr><td colspan="{said}">a<tr><td>b<td>c')["a"][2] == wide


def test_columns_in_which_no_cell_begins_take_no_room():
    assert grid("<tr><td colspan=1000>a<td>b<tr><td>c").columns == 2


def test_a_thousand_rows_of_the_widest_cells_are_read():
    assert grid("<tr><td colspan=1000 rowspan=0>a" * 1000).rows == 1000


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ("<thead><tr><td>a</thead><tbody><tr><td>b", 1),
        ("<tr><th>a<th>b<tr><td>c<td>d", 1),
        ("<tr><th>a<th>b<tr><th>c<td>d", 1),
        ("<tr><th rowspan=2>a<th>b<tr><td>c", 0),
        ("<tr><th rowspan=2>a<th colspan=2>b<tr><th>c<th>d<tr><td>e<td>f<td>g", 2),
        ("<tr><th>a<tr><th>b", 1),
        ("<tr><th>a<td>b", 0),
        ("<tr><td> <th>a<th>b<tr><th>c<td>d<td>e", 1),
        ("<tr><td>x<th>a<tr><th>c<td>d", 0),
        ("<tr><td><td><tr><td>c<td>d", 0),
        ("<tr><td><img src=a.png><th>a<tr><th>c<td>d", 0),
    ],
)
def test_headers_are_whole_rows_that_no_cell_reaches_out_of(rows, header):
    assert grid(rows).header == header


@pytest.mark.parametrize(
    ("rows", "scopes"),
    [
        ("<tr><th>a<th>b<tr><th>c<td>d", {"c": "Row"}),
        ("<tr><th>a<td>b<tr><th>c<td>d", {"a": "Row", "c": "Row"}),
        ("<tr><th>a<th>b<tr><th colspan=2>c<tr><td>d<td>e", {}),
        ("<tr><td>x<td>y<tr><th colspan=2>c<tr><td>d<td>e", {"c": "Column"}),
        (
            "<tr><th>a<td>b<tr><th scope=col>c<td>d<tr><th scope=ROWGROUP rowspan=2>e<td>f",
            {"a": "Row", "c": "Column", "e": "Row"},
        ),
    ],
)
def test_what_a_head_below_the_first_rows_heads_is_said(rows, scopes):
    found = grid(rows)

    assert {cell.node.text(): scope for cell in found.cells if cell.node and (scope := scope_of(cell, found))} == scopes
