"""The covering arrays over the answers to the open questions."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from allpairspy import AllPairs

from local.simulators.pureservice.questions import QUESTIONS, Question
from local.simulators.pureservice.switches import Switches

SHADOW = "refused_lookup"
"""Most of its answers end a dispatch before anybody gets a letter, and would hide what the others do."""


@cache
def pairs() -> list[Mapping[str, Any]]:
    """Worlds in which every two answers meet at least once, the safest answer of each question among them.

    Those that get as far as letters come first: an array without refused look-ups, then one with them.
    """
    return [*letters_worlds(), *_array(QUESTIONS)]


@cache
def letters_worlds() -> list[Mapping[str, Any]]:
    """Those that get as far as letters."""
    return list(_array([one for one in QUESTIONS if one.switch != SHADOW]))


def _array(questions: Sequence[Question]) -> Iterator[Mapping[str, Any]]:
    safest = Switches()
    for row in AllPairs([[getattr(safest, one.switch), *one.values] for one in questions]):
        answers = {one.switch: value for one, value in zip(questions, row, strict=True)}
        yield {switch: value for switch, value in answers.items() if value != getattr(safest, switch)}
