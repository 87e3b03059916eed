"""Pureservice, as scenario 2 needs it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from dispatch.core import CommunicationId, EndUser, NewUser, OwnTicket, OwnTicketTemplate, Part, SentRow, TicketId


class OwnTicketSystem(Protocol):
    """Pureservice, as scenario 2 needs it. Raises ``TicketSystemBusy`` and ``TicketSystemRefused``."""

    async def source(self, ticket_id: TicketId) -> Mapping[str, Any]:
        """The mother ticket as the API gives it: flat ids in camel case, and the custom fields."""
        ...

    async def named(self, resource: str, name: str) -> int:
        """The id of the look-up (``team``, ``source`` ...) of that name; 0 where there is none."""
        ...

    async def end_users(self, addresses: Collection[str]) -> Mapping[str, EndUser]:
        """Whom the addresses belong to, by casefolded address; unknown addresses are left out."""
        ...

    async def create_user(self, user: NewUser) -> int:
        """Creates the user, and its address where it has none; returns the id."""
        ...

    async def create(
        self, template: OwnTicketTemplate, *, user_id: int, reference: str, files: Sequence[Part], status_id: int
    ) -> OwnTicket:
        """Creates the case with its files, silently."""
        ...

    async def by_reference(self, references: Collection[str]) -> Mapping[str, OwnTicket]:
        """The tickets that carry these references, by reference."""
        ...

    async def post_message(
        self, ticket_id: TicketId, *, user_id: int, subject: str, html: str, files: Sequence[Part]
    ) -> None:
        """Writes an outgoing message, which Pureservice may or may not send."""
        ...

    async def sent_rows(self, ticket_ids: Collection[int]) -> Sequence[SentRow]:
        """Pureservice's records of outgoing e-mails from these tickets."""
        ...

    async def newest_messages(self, ticket_ids: Collection[int]) -> Mapping[int, CommunicationId]:
        """The id of the newest outgoing message on each ticket; tickets without one are left out."""
        ...
