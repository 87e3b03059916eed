"""What nobody outside the vendor knows, asked of one tenant. For the doctor; no verb asks this."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dispatch.adapters.pureservice.asked_by_reading import BY_READING
from dispatch.adapters.pureservice.asked_by_writing import BY_WRITING
from dispatch.adapters.pureservice.asked_of_lists import Tenant
from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.probing import Probe, Untold
from dispatch.adapters.pureservice.trial_ticket import FileTry, TrialTicket
from dispatch.core import FileWay, SentRow, TicketId

NOT_ASKED = {
    "unique_email_addresses": "not asked: an address that is taken twice could not be removed again",
    "retry_after": "not asked: it would use up the key's requests of a minute",
}


@dataclass(frozen=True, slots=True)
class TenantAnswer:
    """How this tenant answers one question, in the words of the questions' page; or why it can't be told."""

    value: Any = None
    untold: str = ""


class OpenQuestions:
    """Asks them one by one. What takes a ticket is asked of the one that was given."""

    def __init__(self, client: Client, *, list_type: str, message_type: str, inactive: Sequence[str]) -> None:
        self._probe = Probe(client)
        names = frozenset(name.strip().casefold() for name in inactive)
        self._tenant = Tenant(self._probe, list_type, message_type, names)
        self._ticket: TrialTicket | None = None

    @property
    def names(self) -> Sequence[str]:
        """Every question, those that are not asked last."""
        return [*BY_READING, *BY_WRITING, *NOT_ASKED]

    def try_on(self, ticket_id: TicketId, *, reference: str, open_id: int, solved_id: int) -> None:
        """Gives the ticket."""
        self._ticket = TrialTicket(self._probe, ticket_id, reference, open_id, solved_id)

    @property
    def references(self) -> Sequence[str]:
        """What tickets that the questions make are called."""
        return [self._ticket.second] if self._ticket is not None else []

    def met_file(self, way: FileWay, *, refusal: int, tied: bool = False) -> None:
        """What became of a file that was sent to the ticket."""
        if self._ticket is not None:
            self._ticket.files[way] = FileTry(refusal, tied)

    def met_message(self, email: SentRow | None) -> None:
        """A message to an address that leads nowhere was written; None where no e-mail came of it."""
        if self._ticket is not None:
            self._ticket.message_sent = True
            self._ticket.email_id = email.id if email else 0
            self._ticket.email_settled = email is not None and email.state is not None

    async def a_list(self) -> int:
        """A mailing list with two members at least; 0 where there is none."""
        try:
            list_id, _ = await self._tenant.a_list()
        except Untold:
            return 0
        return list_id

    async def ask(self, name: str) -> TenantAnswer:
        """One of them."""
        if name in NOT_ASKED:
            return TenantAnswer(untold=NOT_ASKED[name])
        try:
            if name in BY_READING:
                return TenantAnswer(await BY_READING[name](self._tenant))
            if self._ticket is None:
                raise Untold("no ticket was made to try it on")
            return TenantAnswer(await BY_WRITING[name](self._ticket))
        except Untold as why:
            return TenantAnswer(untold=str(why))
