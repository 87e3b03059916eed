"""A stage with everything at its default."""

from collections.abc import AsyncIterator

import pytest

from tests.stage import Stage, a_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with a_stage() as opened:
        yield opened
