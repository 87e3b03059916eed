"""A trial that is asked for in the terminal, for tests of every way to ask."""

import pytest

from dispatch.cli.letter_trial_view import send
from dispatch.cli.outcome import explained
from dispatch.cli.texts import Texts
from dispatch.core import DispatchError
from dispatch.services import Services


async def refusal_of_trial(number: int, services: Services, *, to: str) -> str:
    """What the terminal says of a trial that is refused."""
    texts = Texts("nb")
    with pytest.raises(DispatchError) as refused:
        await send(number, services, texts, to=to, recipient="", as_json=False)
    return " ".join(explained(refused.value, texts)[1])
