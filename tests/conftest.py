"""Fixtures of all tests: one Azurite a session, and an environment that no test can leave changed."""

import os
import uuid
from collections.abc import Iterator

import pytest

from local.azurite import Azurite


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """Storage shared by the session: use names of your own for queues, tables and containers."""
    with Azurite() as running:
        yield running


@pytest.fixture(scope="session")
def storage_connection_string(azurite: Azurite) -> str:
    return azurite.connection_string


@pytest.fixture(autouse=True)
def environment_is_put_back() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def unique() -> str:
    """Letters and digits that make a queue's, table's or container's name one's own."""
    return uuid.uuid4().hex[:12]
