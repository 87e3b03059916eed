"""Tickets with their end users, out of an answer that side-loads users and addresses."""

from collections.abc import Mapping

from dispatch.adapters.pureservice.records import AddressRow, TicketRow, UserRow, by_id
from dispatch.adapters.pureservice.responses import Answer
from dispatch.core import Ticket, TicketId


def ticket_of(row: TicketRow, default_addresses: Mapping[int, str], names: Mapping[int, str]) -> Ticket:
    """The ticket; its user's address is the one on the ticket, or else the user's default."""
    return Ticket(
        id=TicketId(row.id),
        number=row.request_number,
        subject=row.subject,
        status_id=row.status_id,
        user_address=row.email_address.strip() or default_addresses.get(row.user_id, "").strip(),
        solution=row.solution,
        user_name=names.get(row.user_id, ""),
    )


def names_of(answer: Answer, path: str) -> dict[int, str]:
    """The names of the side-loaded users, by user id."""
    users = by_id(UserRow, answer.side("users"), path=path)
    return {
        user.id: " ".join((user.full_name or f"{user.first_name} {user.last_name}").split()) for user in users.values()
    }


def default_addresses(answer: Answer, path: str) -> dict[int, str]:
    """The default address of each side-loaded user, by user id."""
    addresses = by_id(AddressRow, answer.side("emailaddresses"), path=path)
    users = by_id(UserRow, answer.side("users"), path=path)
    return {user.id: row.email for user in users.values() if (row := addresses.get(user.email_address_id))}
