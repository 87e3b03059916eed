"""Scenario 2's side of the small Pureservice: users, tickets of one's own, and the messages on them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dispatch.core import (
    CommunicationId,
    EndUser,
    NewUser,
    OwnTicket,
    OwnTicketTemplate,
    Part,
    SentRow,
    TicketId,
    TicketSystemBusy,
)

LOST, HIDDEN = "lost", "hidden"


@dataclass
class SmallOwnTickets:
    """Makes tickets and sends messages; ``answers`` says for the next calls whether their answers get lost."""

    tickets: list[OwnTicket] = field(default_factory=list)
    messages: Counter[int] = field(default_factory=Counter)
    answers: list[str] = field(default_factory=list)

    async def source(self, ticket_id: TicketId) -> Mapping[str, Any]:
        links = ("ticketTypeId", "priorityId", "sourceId", "assignedTeamId", "assignedDepartmentId", "requestTypeId")
        return {"id": int(ticket_id), **dict.fromkeys(links, 1)}

    async def named(self, resource: str, name: str) -> int:
        return len(resource) + len(name)

    async def end_users(self, addresses: Collection[str]) -> Mapping[str, EndUser]:
        return {address.casefold(): EndUser(n + 1, n + 1) for n, address in enumerate(sorted(addresses))}

    async def create_user(self, user: NewUser) -> int:
        return abs(hash(user.address)) % 10_000

    async def create(
        self, template: OwnTicketTemplate, *, user_id: int, reference: str, files: Sequence[Part], status_id: int
    ) -> OwnTicket:
        assert (template, files, status_id) is not None
        self._before(LOST)
        number = len(self.tickets) + 1
        made = OwnTicket(TicketId(20_000 + number), 30_000 + number, user_id, reference)
        self.tickets.append(made)
        self._after()
        return made

    async def by_reference(self, references: Collection[str]) -> Mapping[str, OwnTicket]:
        return {ticket.reference: ticket for ticket in self.tickets if ticket.reference in references}

    async def post_message(
        self, ticket_id: TicketId, *, user_id: int, subject: str, html: str, files: Sequence[Part]
    ) -> None:
        assert (user_id, subject, html, files) is not None
        self._before(LOST)
        self.messages[int(ticket_id)] += 1
        self._after()

    async def sent_rows(self, ticket_ids: Collection[int]) -> Sequence[SentRow]:
        return [SentRow(n + 1, number, state=True) for number in ticket_ids for n in range(self.messages[number])]

    async def newest_messages(self, ticket_ids: Collection[int]) -> Mapping[int, CommunicationId]:
        return {number: CommunicationId(self.messages[number]) for number in ticket_ids if self.messages[number]}

    def _before(self, what: str) -> None:
        if self.answers and self.answers[0] == what:
            self.answers.pop(0)
            raise TicketSystemBusy("POST", "/", status=504)

    def _after(self) -> None:
        answer = self.answers.pop(0) if self.answers else ""
        if answer == HIDDEN:
            raise TicketSystemBusy("POST", "/", status=504)
