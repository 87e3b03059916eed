"""A private authority for the session, and dispatches whose letters go to a real mail server."""

import csv
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from dispatch.adapters.smtp_mail import SmtpMail
from dispatch.core import RecipientState
from dispatch.report import texts
from local.simulators.pureservice import Row
from tests.mail_servers.authority import Authority
from tests.mail_servers.server import MailServer, client_of
from tests.stage import Stage, a_stage


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("authority")
    return Authority(folder)


@dataclass
class Account:
    """What became of a dispatch: by our own rows, and by what the server holds."""

    stage: Stage
    ticket: Row
    server: MailServer

    @property
    def states(self) -> Counter[str]:
        return self.stage.states_of(self.ticket)

    @property
    def reasons(self) -> Counter[str]:
        return Counter(str(row.reason) for row in self.stage.rows_of(self.ticket) if row.reason)

    def addresses(self, state: str) -> set[str]:
        return {row.address for row in self.stage.rows_of(self.ticket) if str(row.state) == state}

    def told(self) -> dict[str, str]:
        """The report's list on the ticket: what it says of each address."""
        store = self.stage.pureservice.store
        rows = store.attachments.values()
        (file,) = [row["id"] for row in rows if row["ticketId"] == self.ticket["id"] and "csv" in row["fileName"]]
        table = csv.DictReader(store.file_bytes(file).decode("utf-8-sig").splitlines(), delimiter=";")
        return {row["Adresse"]: row["Resultat"] for row in table}

    def assert_true(self) -> None:
        """Nobody lost, doubled, wrongly failed or wrongly delivered: rows, report and server say the same."""
        held, told = self.server.held(), self.told()
        assert set(held.values()) <= {1}, "doubled"
        assert set(held) - self.addresses("uncertain") == self.addresses("delivered")
        for state in RecipientState:
            assert {address for address, words in told.items() if words == texts.STATES[state]} == self.addresses(state)
        (solution,) = self.stage.solutions_on(self.ticket)

        assert re.search(rf"\b{len(self.addresses('delivered'))}\b", solution)


Dispatched = Callable[..., Awaitable[Account]]


@asynccontextmanager
async def mailed_stage(server: MailServer, *, mail: SmtpMail | None = None, **settings: str) -> AsyncIterator[Stage]:
    """A stage whose only transport is the server."""
    patience = {"DISPATCH_GIVE_UP_HOURS": "4"}
    async with a_stage(MAIL_MAILER="smtp", MAIL_PORT=str(server.port), **patience, **settings) as stage:
        transport = mail or client_of(server)
        stage.services = replace(stage.services, transports=(transport,))
        stage.made.append(transport)
        yield stage


@pytest.fixture
def dispatched() -> Dispatched:
    """Runs a dispatch to ``members`` people to its end, through the server."""

    async def run(server: MailServer, *, members: int = 30, hours: float = 24.0, **options: Any) -> Account:
        async with mailed_stage(server, **options) as stage:
            ticket = stage.seed(members=members)
            await stage.run(hours=hours)
            return Account(stage, ticket, server)

    return run
