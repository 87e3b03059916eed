"""Twice the letter is twice the work: counted in calls, which no busy machine changes."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from dispatch.mail.plain_text import readable_text

SHAPES: dict[str, Callable[[int], str]] = {
    "paragraphs": lambda count: "<p>Hei <b>du</b></p>" * count,
    "spans": lambda count: "<p>" + "<span>ord </span>" * count,
    "looks": lambda count: "<p>" + "<b>a</b><i>b</i>" * count,
    "breaks": lambda count: "<p>" + "a<br>" * count,
    "rows of facts": lambda count: "<table>" + "<tr><th>a<td>b<td>c" * count,
    "rows of a layout": lambda count: "<table>" + "<tr><td>a" * count,
    "cells of a row": lambda count: "<table><tr>" + "<td>a" * count,
    "items": lambda count: "<ol type=a>" + "<li>a" * count,
    "definitions": lambda count: "<dl>" + "<dt>a<dd>b" * count,
    "lines": lambda count: "<pre>" + "a\n" * count,
    "links": lambda count: "<p>" + "<a href='https://x.example/a'>a</a> " * count,
    "bars in cells": lambda count: "<table>" + "<tr><th>|||<td>|" * count,
    "one bar": lambda count: "<table><tr><th>a<td>" + "|" * count + "<tr><td>a" * 50,
    "linked pictures": lambda count: "<p>" + "<a href='https://x.example/a'><img src=a.png alt=''></a> " * count,
    "styles": lambda count: "<p style='" + "color:red;" * count + "'>a",
    "pictures": lambda count: "<p>" + "<img src=a.png alt=a>" * count,
    "tables beside each other": lambda count: "<table><tr><th>a<tr><td>b</table>" * count,
}


def calls(html: str) -> int:
    count = 0

    def counted(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        readable_text(html)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_letter_is_twice_the_work(shape):
    readable_text("<p>a")  # what is imported once
    once, twice = (calls(SHAPES[shape](count)) for count in (200, 400))

    assert twice <= 2.2 * once + 200


@pytest.mark.parametrize("depth", [50, 100])
def test_what_lies_deep_is_read_once(depth):
    once, twice = (calls("<div>" * count + "a") for count in (depth, 2 * depth))

    assert twice <= 2.2 * once


def test_a_table_that_grows_with_every_row_is_still_read():
    html = "<table>" + "".join(f"<tr><th rowspan=0>a{row}<td>b{row}" for row in range(1500)) + "</table>"
    text = readable_text(html)

    assert [word for word in text.split() if word.startswith("a")] == [f"a{row}" for row in range(1500)]
