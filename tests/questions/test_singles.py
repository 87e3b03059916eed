"""Every answer but the safest, one at a time, for each of the three jobs."""

from typing import Any

import pytest

from local.simulators.pureservice.questions import Question, singles
from tests.questions.worlds import JOBS, run

EVERY = [
    pytest.param(job, question, value, id=f"{job.replace(' ', '-')}-{question.switch}-{value}".replace(" ", "-"))
    for question, value in singles()
    for job in JOBS
]


@pytest.mark.parametrize(("job", "question", "value"), EVERY)
async def test_it_ends_in_letters_for_everyone_once_and_in_words(job: str, question: Question, value: Any) -> None:
    ended = await run(job, {**question.along, question.switch: value})

    assert not ended.fell, str(ended)


@pytest.mark.parametrize("job", JOBS)
async def test_with_the_safest_answers_the_ticket_is_solved_with_its_files(job: str) -> None:
    ended = await run(job, {})

    assert not ended.fell, str(ended)
    assert ended.solved
