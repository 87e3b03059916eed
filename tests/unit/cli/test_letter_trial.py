"""``trial``: the command that sends one recipient's letter to somebody of our own."""

import pytest

from dispatch.cli import letter_trial_view
from dispatch.cli.texts import Texts
from tests.flow.planning.test_letter_trials import OURS, a_merge, letters
from tests.stage import a_stage


async def test_the_command_sends_it_and_says_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    async with a_stage() as stage:
        ticket = a_merge(stage)
        await letter_trial_view.send(
            ticket["requestNumber"],
            stage.services,
            Texts("en"),
            to=OURS,
            recipient="nr1@eksempel.example",
            as_json=False,
        )
        assert "as Nr 1 would get it" in capsys.readouterr().out
        assert "Nr 1: 1. mai" in letters(stage)[0].html
