"""Runs of text in one look, pictures and line breaks: what a paragraph is made of."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

Run = dict[str, Any]

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LINE = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_SEPARATORS = re.compile("[\u2028\u2029]")
_KEPT = re.compile(r"(?<=[ \xa0])[ ]|^ ")
_TAB = "\xa0\xa0\xa0 "


def lines_of(text: str, white_space: str) -> list[str]:
    """The lines that the text is broken into where ``white-space`` says so; blanks that are kept don't collapse."""
    if white_space == "pre-line":
        return [_BLANKS.sub(" ", line).strip(" ") for line in _LINE.split(text)]
    if white_space in {"pre", "pre-wrap", "break-spaces"}:
        return [_KEPT.sub("\xa0", line.replace("\t", _TAB)) for line in _LINE.split(text)]
    return _SEPARATORS.split(_BLANKS.sub(" ", text))


def tidied(runs: Sequence[Run]) -> list[Run]:
    """Runs as a browser shows them: one blank between words, none at an edge; equal neighbours joined."""
    tidy: list[Run] = []
    after_blank = True
    for run in runs:
        if "break" in run:
            _end_line(tidy)
            if tidy:
                tidy.append(run)
            after_blank = True
        elif "unseen" in run:
            tidy.append(run)
        elif "text" in run:
            text = run["text"].lstrip(" ") if after_blank else run["text"]
            if text:
                tidy.append({**run, "text": text})
                after_blank = text.endswith(" ")
        else:
            tidy.append(run)
            after_blank = False
    while tidy and ("break" in tidy[-1] or _is_blank(tidy[-1])):
        tidy.pop()
    _end_line(tidy)
    return [] if all("unseen" in run for run in tidy) else list(_joined(tidy))


def _end_line(runs: list[Run]) -> None:
    if runs and "text" in runs[-1]:
        text = runs[-1]["text"].rstrip(" ")
        if text:
            runs[-1] = {**runs[-1], "text": text}
        else:
            runs.pop()


def _joined(runs: Sequence[Run]) -> Iterator[Run]:
    for look, group in groupby(runs, key=lambda run: {**run, "text": ""} if "text" in run else None):
        if look is None:
            yield from group
        else:
            yield {**look, "text": "".join(run["text"] for run in group)}


def _is_blank(run: Run) -> bool:
    return "text" in run and not run["text"].strip()
