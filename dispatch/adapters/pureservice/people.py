"""Tickets with their end users, out of an answer that side-loads users and addresses."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dispatch.adapters.pureservice.reading import by_id, salvaged
from dispatch.adapters.pureservice.records import AddressRow, TicketRow, UserRow
from dispatch.adapters.pureservice.responses import Answer
from dispatch.core import Ticket, TicketId, UnreadableRow, text

CUSTOM_FIELD = re.compile(r"cf_\d{1,3}")


class TicketPage:
    """The tickets of one answer. What can't be read of one is named with it: whoever needs that field decides."""

    def __init__(self, answer: Answer, path: str) -> None:
        self._answer, self._path = answer, path
        self._users = by_id(UserRow, answer.side("users"), path=path)
        self._addresses = by_id(AddressRow, answer.side("emailaddresses"), path=path)

    def tickets(self) -> Iterator[Ticket | UnreadableRow]:
        """Every ticket that is not in the bin, and the error of every row that has no id."""
        for raw in self._answer.rows:
            try:
                row, faults = salvaged(TicketRow, raw, path=self._path)
            except UnreadableRow as error:
                yield error
                continue
            if not row.is_marked_for_deletion:
                yield self._ticket(row, faults, own_fields(raw))

    def _ticket(self, row: TicketRow, faults: tuple[str, ...], custom: tuple[tuple[str, str], ...]) -> Ticket:
        """The ticket; its user's address is the one on the ticket, or else the user's default."""
        address, name = row.email_address, ""
        try:
            user = self._users.get(row.user_id)
            name = name_of(user) if user else ""
            if not address and user and (default := self._addresses.get(user.email_address_id)):
                address = default.email
        except UnreadableRow as error:
            faults = faults if address else (*faults, error.noun)
        return Ticket(
            id=TicketId(row.id),
            number=row.request_number,
            subject=row.subject,
            status_id=row.status_id,
            user_address=address,
            solution=row.solution,
            user_name=name,
            faults=faults,
            modified_by=row.modified_by_id,
            custom=custom,
        )


def own_fields(raw: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The tenant's own fields of a row, as texts; what is neither text nor number says nothing."""
    return tuple(
        (str(name).lower(), text.line(str(value), most=text.Limit.NAME))
        for name, value in raw.items()
        if CUSTOM_FIELD.fullmatch(str(name).lower()) and isinstance(value, str | int | float)
    )


def name_of(user: UserRow) -> str:
    """The whole name, which may hold one more in the middle, where it agrees with its parts; else the parts."""
    whole, parts = user.full_name.split(), f"{user.first_name} {user.last_name}".split()
    return text.line(" ".join(whole if whole and set(parts) <= set(whole) else parts or whole), most=text.Limit.NAME)
