"""The open questions about Pureservice that decide how a dispatch ends: the switch of each, and what is known.

``docs/pureservice-questions.md`` is written from this table.
"""

from collections.abc import Iterator
from typing import Any

from local.simulators.pureservice.question import Question
from local.simulators.pureservice.questions_of_reading import READING
from local.simulators.pureservice.questions_of_writing import WRITING

__all__ = ["QUESTIONS", "Question", "singles"]

QUESTIONS = (*READING, *WRITING)


def singles() -> Iterator[tuple[Question, Any]]:
    """Every answer but the safest, one at a time."""
    return ((question, value) for question in QUESTIONS for value in question.values)
