"""Fixtures of all tests: one Azurite a session, and an environment that no test can leave changed."""

import logging
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from dispatch.settings import STORAGE, Settings
from local.azurite import Azurite
from local.world import World
from tests.leaks import Listener, leaks_in_files

# How long one example takes says how busy the machine is; what hangs is ended by pytest's own time limit.
hypothesis_settings.register_profile("ours", deadline=None)
hypothesis_settings.load_profile("ours")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says plainly that the browser tests did not run, where they did not: a row of dots would not."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "tests/browser/" in report.nodeid]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} browser tests were SKIPPED: there is no Chromium. make browser installs one.", yellow=True
        )


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """Storage shared by the session: use names of your own for queues, tables and containers."""
    with Azurite() as running:
        yield running


@pytest.fixture(scope="session")
def storage_connection_string(azurite: Azurite) -> str:
    return azurite.connection_string


@pytest.fixture(scope="session", autouse=True)
def nobody_elses_settings() -> None:
    """Settings that whoever started the tests has in the environment are not the tests'."""
    ours = {str(field.alias).upper() for field in Settings.model_fields.values()} | {"DISPATCH_SCHEDULE"}
    for name in list(os.environ):
        if name.upper() in ours or name.upper().startswith(STORAGE.upper()):
            del os.environ[name]


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


@pytest.fixture(autouse=True)
def nothing_personal_is_logged() -> Iterator[None]:
    """Fails a test during which our code logged a secret, an address, or a line that the host loses."""
    listener = Listener()
    ours = logging.getLogger("dispatch")
    level = ours.level
    ours.addHandler(listener)
    ours.setLevel(logging.DEBUG)
    yield
    ours.setLevel(level)
    ours.removeHandler(listener)
    assert not listener.leaks()
    assert not listener.lost, "said by a thread without a loop"


@pytest.fixture(scope="session", autouse=True)
def no_host_prints_anything_personal() -> Iterator[None]:
    """Fails the session if the output of a host process that any test started holds a secret or an address."""
    logs: set[Path] = set()
    start = World.start_host

    def listening(world: World, *, log: Path, **options: Any) -> None:
        logs.add(log)
        start(world, log=log, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "start_host", listening)
        yield
    assert not leaks_in_files(logs)
