"""A sample of the covering array; ``make questions`` runs all of it."""

import itertools

import pytest

from local.simulators.pureservice.questions import QUESTIONS
from local.simulators.pureservice.switches import Switches
from tests.questions.arrays import pairs
from tests.questions.worlds import JOBS, run

SAMPLE = 6  # worlds, each with one of the jobs in turn


def test_every_two_answers_meet_in_some_world() -> None:
    safest = Switches()
    worlds = [{**{one.switch: getattr(safest, one.switch) for one in QUESTIONS}, **world} for world in pairs()]

    for one, other in itertools.combinations(QUESTIONS, 2):
        met = {(world[one.switch], world[other.switch]) for world in worlds}
        wanted = itertools.product(
            (getattr(safest, one.switch), *one.values), (getattr(safest, other.switch), *other.values)
        )
        assert met >= set(wanted), f"{one.switch} and {other.switch}"


@pytest.mark.parametrize("number", range(SAMPLE))
async def test_it_ends_in_letters_for_everyone_once_and_in_words(number: int) -> None:
    worlds = pairs()

    ended = await run(JOBS[number % len(JOBS)], worlds[number * len(worlds) // SAMPLE // 4])

    assert not ended.fell, str(ended)
