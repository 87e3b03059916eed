"""A surgery on this session's storage."""

from collections.abc import AsyncIterator

import pytest

from local.azurite import Azurite
from tests.flow.doctor.surgery import Surgery, a_surgery


@pytest.fixture
async def surgery(azurite: Azurite) -> AsyncIterator[Surgery]:
    async with a_surgery(azurite.connection_string) as opened:
        yield opened
