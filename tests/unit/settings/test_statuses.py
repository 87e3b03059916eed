"""A status that means two things is refused at start: nothing could leave a ready status for itself."""

import itertools

import pytest

from dispatch.core import BadConfiguration
from tests.builders import some_settings

NAMES = (
    "PURESERVICE_DISPATCH_STATUS",
    "PURESERVICE_121_STATUS",
    "PURESERVICE_DISPATCH_PREVIEW_STATUS",
    "PURESERVICE_DISPATCH_SOLVED_STATUS",
    "PURESERVICE_TICKET_STATUS_OPEN",
)
ENDS = set(NAMES[3:])  # where a ticket is left in the same status whichever of them it gets


@pytest.mark.parametrize("pair", list(itertools.combinations(NAMES, 2)), ids="-".join)
def test_two_settings_with_the_same_status(pair: tuple[str, str]):
    same = dict(zip(pair, ("Venter", "venter"), strict=True))
    if set(pair) == ENDS:
        some_settings(**same)
        return
    with pytest.raises(BadConfiguration) as told:
        some_settings(**same)
    assert any(name in str(told.value) for name in pair)
