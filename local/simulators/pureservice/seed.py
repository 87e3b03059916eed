"""Builders of a story: its people, mailing lists and tickets. ``seed_basics`` comes first."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from local.simulators.pureservice.basics import seed_basics
from local.simulators.pureservice.effects import INITIAL, INTERNAL, MESSAGE, OUT, TYPE_NAMES, send_message
from local.simulators.pureservice.names import (
    COMMUNICATION_TYPE,
    DISPATCH_EF,
    DISPATCH_EMAIL,
    DISPATCH_EMAIL_121,
    EF_USER,
    LIST_TYPE,
    MAIL_USER,
    OPEN,
    OTHER,
    READY,
    READY_121,
    SOLVED,
    TO_COMPANY,
    TO_TICKET,
    TO_USER,
    USER_121,
)
from local.simulators.pureservice.people import add_company, add_user, user_of
from local.simulators.pureservice.store import Row, Store

__all__ = [
    "COMMUNICATION_TYPE",
    "DISPATCH_EF",
    "DISPATCH_EMAIL",
    "DISPATCH_EMAIL_121",
    "EF_USER",
    "LIST_TYPE",
    "MAIL_USER",
    "OPEN",
    "OTHER",
    "READY",
    "READY_121",
    "SOLVED",
    "TO_COMPANY",
    "TO_TICKET",
    "TO_USER",
    "USER_121",
    "add_attachment",
    "add_company",
    "add_dispatch_text",
    "add_list",
    "add_member",
    "add_message",
    "add_ticket",
    "add_user",
    "relate_list_to_ticket",
    "seed_basics",
    "status_id",
    "user_of",
]

CUSTOM = 9
"""The number that one client gives custom communications; another source disagrees, so nobody may rely on it."""


# --- lists


def add_list(
    store: Store,
    name: str,
    members: Sequence[Row] = (),
    status: str = "Aktiv",
    *,
    deleted: bool = False,
    unique_id: str | None = None,
    **fields: Any,
) -> Row:
    """A mailing list with its members, users and companies alike."""
    kind = store.assettypes.named(LIST_TYPE)["id"]
    state = store.assetstatuses.named(status, assetTypeId=kind)["id"]
    row = store.add(
        "asset", name=name, uniqueId=unique_id, typeId=kind, statusId=state, isMarkedForDeletion=deleted, **fields
    )
    for member in members:
        add_member(store, row, member)
    return row


def add_member(
    store: Store, mailing_list: Row, member: Row, type_name: str | None = None, *, type_id: int | None = None
) -> Row:
    """Relates a user or a company to a list; returns the relationship as seen from the list."""
    side = member.resource.capitalize()
    name = type_name or {"User": TO_USER, "Company": TO_COMPANY}[side]
    return _relate(store, mailing_list, side, member["id"], type_id or store.relationshiptypes.named(name)["id"])


def relate_list_to_ticket(
    store: Store, mailing_list: Row, ticket: Row, type_name: str = TO_TICKET, *, type_id: int | None = None
) -> Row:
    """Makes the list one that the ticket draws recipients from."""
    kind = type_id or store.relationshiptypes.named(type_name)["id"]
    return _relate(store, mailing_list, "Ticket", ticket["id"], kind)


def _relate(store: Store, mailing_list: Row, side: str, number: int, type_id: int) -> Row:
    ends = {"fromAssetId": mailing_list["id"], f"to{side}Id": number}
    return store.relate(main="FromAssetId", inverseMain="ToAssetId", typeId=type_id, **ends)


# --- tickets


def add_ticket(
    store: Store,
    subject: str,
    user: Row | int | None = None,
    status: str = READY,
    description: str = "",
    *,
    initial_message: bool = False,
    **fields: Any,
) -> Row:
    """A ticket, of the user for dispatch by e-mail unless another is given, by row or by id.

    ``initial_message`` adds the communication that holds the description, as every ticket made over HTTP has it.
    """
    owner = user if isinstance(user, Row) else store.users[user or MAIL_USER]
    address = store.emailaddresses.get(owner.get("emailAddressId") or 0)
    usual = {
        "requestTypeId": 1,
        "ticketTypeId": 4,
        "priorityId": 4,
        "sourceId": 1,
        "assignedDepartmentId": 1,
        "assignedTeamId": 3,
        "visibility": 2,
        "emailAddress": address["email"] if address else None,
    }
    ticket = store.add(
        "ticket",
        subject=subject,
        description=description,
        userId=owner["id"],
        statusId=status_id(store, status),
        requestNumber=store.next_request_number(),
        **{**usual, **fields},
    )
    if initial_message:
        _communicate(store, ticket, type=INITIAL, direction=INTERNAL, text=description)
    return ticket


def status_id(store: Store, name: str) -> int:
    """The id of a ticket status."""
    number: int = store.statuses.named(name, requestTypeId=1)["id"]
    return number


def add_dispatch_text(
    store: Store, ticket: Row, html: str, subject: str | None = None, type_name: str = COMMUNICATION_TYPE
) -> Row:
    """The text to dispatch: a communication of the custom type."""
    kind = store.communicationtypes.named(type_name)["id"]
    return _communicate(
        store, ticket, type=CUSTOM, direction=INTERNAL, visibility=1, subject=subject, text=html, customTypeId=kind
    )


def add_message(
    store: Store, ticket: Row, html: str, subject: str | None = None, attachments: Sequence[Row] = ()
) -> tuple[Row, Row]:
    """An agent's message to the end user, and the e-mail that Pureservice tried to send of it."""
    numbers = [row["id"] for row in attachments]
    communication = _communicate(
        store, ticket, type=MESSAGE, direction=OUT, visibility=0, subject=subject, text=html, attachmentIds=numbers
    )
    return communication, send_message(store, communication)


def _communicate(store: Store, ticket: Row, **values: Any) -> Row:
    return store.add("communication", ticketId=ticket["id"], typeName=TYPE_NAMES.get(values["type"]), **values)


def add_attachment(
    store: Store,
    ticket: Row,
    file_name: str,
    content: bytes,
    content_type: str,
    *,
    is_part_of_current_solution: bool = False,
) -> Row:
    """A file on a ticket."""
    row = store.add(
        "attachment",
        ticketId=ticket["id"],
        name=PurePosixPath(file_name).stem,
        fileName=file_name,
        contentType=content_type,
        contentLength=len(content),
        size=f"{len(content) / 1024:.2f}K",
        isPartOfCurrentSolution=is_part_of_current_solution,
    )
    store.put_file(row["id"], content)
    return row
