"""The covering array over the answers to the open questions."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from allpairspy import AllPairs

from local.simulators.pureservice.questions import QUESTIONS
from local.simulators.pureservice.switches import Switches


@cache
def pairs() -> list[Mapping[str, Any]]:
    """Worlds in which every two answers meet at least once, the safest answer of each question among them."""
    safest = Switches()
    answers = [[getattr(safest, question.switch), *question.values] for question in QUESTIONS]
    return [
        {
            question.switch: value
            for question, value in zip(QUESTIONS, row, strict=True)
            if value != getattr(safest, question.switch)
        }
        for row in AllPairs(answers)
    ]
