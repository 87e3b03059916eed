"""Runs of text in one look, links, images and line breaks: what a paragraph is made of."""

from collections.abc import Sequence
from typing import Any

Run = dict[str, Any]


def tidied(runs: Sequence[Run]) -> list[Run]:
    """Runs as a browser shows them: one blank between words, none at an edge; equal neighbours joined."""
    tidy: list[Run] = []
    after_blank = _collect(runs, tidy, after_blank=True)
    while tidy and (tidy[-1] == {"break": True} or _is_blank(tidy[-1])):
        tidy.pop()
    if tidy and after_blank and "text" in tidy[-1]:
        tidy[-1] = {**tidy[-1], "text": tidy[-1]["text"].rstrip(" ")}
    return tidy


def _collect(runs: Sequence[Run], into: list[Run], *, after_blank: bool) -> bool:
    for run in runs:
        if "break" in run:
            if into:
                into.append(run)
            after_blank = True
        elif "runs" in run:
            inner: list[Run] = []
            after_blank = _collect(run["runs"], inner, after_blank=after_blank)
            into.append({**run, "runs": inner})
        elif "text" in run:
            text = run["text"].lstrip(" ") if after_blank else run["text"]
            if text:
                _join(into, {**run, "text": text})
                after_blank = text.endswith(" ")
        else:
            into.append(run)
            after_blank = False
    return after_blank


def _join(into: list[Run], run: Run) -> None:
    last = into[-1] if into else {}
    if "text" in last and {**last, "text": ""} == {**run, "text": ""}:
        into[-1] = {**run, "text": last["text"] + run["text"]}
    else:
        into.append(run)


def _is_blank(run: Run) -> bool:
    return "text" in run and not run["text"].strip()
