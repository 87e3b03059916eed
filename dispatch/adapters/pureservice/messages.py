"""A ticket's communications: the message to dispatch, our notes, and which files came with which."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.emails import emails_of_tickets
from dispatch.adapters.pureservice.filters import equals, every
from dispatch.adapters.pureservice.reading import read, salvaged
from dispatch.adapters.pureservice.records import CommunicationRow, Number, Record, same_name
from dispatch.adapters.pureservice.responses import Rows
from dispatch.core import (
    AnswerLacking,
    Communication,
    CommunicationId,
    FileOrigin,
    TicketId,
    TicketSystemRefused,
    UnreadableRow,
    is_named_in,
)

PATH = "communication/"
NOTE, SOLUTION, FORMER_SOLUTION, HISTORY, INITIAL_MESSAGE = 1, 4, 5, 6, 7  # types of communications
INCOMING, OUTGOING, INTERNAL = 1, 2, 3  # directions
SHOWN = 1
BAD_REQUEST = 400
FILES = "attachments"
ORIGIN = frozenset({"direction", "type"})  # the fields that tell where a message came from
MOST_DIGITS = 10  # of an id

Read = tuple[dict[str, Any], CommunicationRow, tuple[str, ...]]  # a row as it came, as a record, and its faults


class EmailRow(Record):
    """An e-mail, as far as needed to know who wrote it."""

    direction: Number = 0


class Messages:
    """Reads communications by ticket, and writes notes."""

    def __init__(self, client: Client, message_type: str) -> None:
        self._client, self._type = client, message_type

    async def of_dispatch(self, ticket_id: TicketId) -> list[Communication]:
        """Those of the configured type, oldest first."""
        named = equals("customtype.name", self._type, what="PURESERVICE_DISPATCH_COMMTYPE_NAME")
        asked = every(named, equals("ticketId", ticket_id))
        try:
            rows = await self._client.rows(PATH, filter=asked, include="attachments")
        except TicketSystemRefused as refused:
            if refused.status != BAD_REQUEST:
                raise
            rows = await self._compared_here(ticket_id)
        found = _read(rows, ticket_id)
        return [_message(raw, row, ticket_id, faults) for raw, row, faults in found if faults or _may_be_custom(row)]

    async def _compared_here(self, ticket_id: TicketId) -> Rows:
        """The same where the server can't ask for the type's name: every message is read, and its type compared."""
        try:
            pages = [
                page
                async for page in self._client.pages(
                    PATH, filter=equals("ticketId", ticket_id), include="customtype,attachments"
                )
            ]
        except TicketSystemRefused as refused:
            if refused.status != BAD_REQUEST:
                raise
            pages = [page async for page in self._client.pages(PATH, filter=equals("ticketId", ticket_id))]
        found: Rows = []
        for page in pages:
            names = _names(page.linked)
            for raw, row, faults in _read(page.rows, ticket_id):
                # One whose type can't be read is perhaps the one to send: the case worker is told of it.
                if "customTypeId" in faults or self._is_ours(raw, row, names):
                    found.append(raw)
        return found

    def _is_ours(self, raw: Mapping[str, Any], row: CommunicationRow, names: Mapping[int, str]) -> bool:
        if row.custom_type_id:
            name = names.get(row.custom_type_id) or str(_under(raw, "typename") or "")
            if not name:
                message = "the type of a message can't be told from its answer"
                words = "Svaret fra Pureservice sier ikke hvilken type en melding i saken har."
                raise AnswerLacking("GET", PATH, status=200, message=message, words=words)
            return same_name(name, self._type)
        return same_name(str(_under(raw, "typename") or ""), self._type)

    async def ticket_of(self, message: CommunicationId) -> TicketId | None:
        """The ticket that the communication stands on now; tickets may be merged."""
        rows = await self._client.rows(PATH, filter=equals("id", message))
        found = read(CommunicationRow, rows, path="communication").or_skipped()
        return next((TicketId(row.ticket_id) for row in found if row.id == message and row.ticket_id), None)

    async def notes(self, ticket_id: TicketId) -> list[str]:
        """The HTML of internal notes, newest first."""
        return [row.text for row in await self._notes(ticket_id)]

    async def note_authors(self, ticket_id: TicketId, references: Collection[str]) -> frozenset[int]:
        """Who wrote the notes that name one of the references, as far as that is said."""
        notes = await self._notes(ticket_id)
        ours = [row for row in notes if any(is_named_in(reference, row.text) for reference in references)]
        return frozenset(row.created_by_id for row in ours) - {0}

    async def _notes(self, ticket_id: TicketId) -> list[CommunicationRow]:
        # By the ticket alone: no client has been seen to ask by the type.
        rows = await self._client.rows(PATH, filter=equals("ticketId", ticket_id), sort="id DESC")
        found = read(CommunicationRow, rows, path="communication").or_skipped()
        return [row for row in found if row.type == NOTE and row.ticket_id in (0, ticket_id)]

    async def add_note(self, ticket_id: TicketId, *, subject: str, html: str) -> None:
        """Writes an internal note; names the ticket by a link where the flat id is refused, as another client does."""
        note = {"text": html, "subject": subject, "type": NOTE, "direction": INTERNAL, "visibility": SHOWN}
        try:
            await self._client.post(PATH, {"communications": [{**note, "ticketId": ticket_id}]})
        except TicketSystemRefused as refused:
            if refused.status != BAD_REQUEST:
                raise
            link = {"links": {"ticket": {"id": ticket_id, "type": "ticket"}}}
            await self._client.post(PATH, {"communications": [{**note, **link}]})

    async def origins(self, ticket_id: TicketId) -> Mapping[int, FileOrigin]:
        """Where the ticket's files came from, by file, as far as messages and e-mails tell.

        Raises:
            UnreadableRow: one of those that have files can't be read: a file that came in must not go to a whole list.
        """
        found: dict[int, FileOrigin] = {}
        emails = await emails_of_tickets(self._client, lambda column: equals(column, ticket_id), include="attachments")
        for raw in _with_files(emails):
            email, faults = salvaged(EmailRow, raw, path="email")
            files = _readable_files(raw, email, faults)
            if email.direction == INCOMING:
                found.update(dict.fromkeys(files, FileOrigin.RECEIVED))
        rows = await self._client.rows(PATH, filter=equals("ticketId", ticket_id), include=FILES)
        for raw, row, faults in _read(_with_files(rows), ticket_id):
            files = _readable_files(raw, row, faults)
            if row.direction == INCOMING:
                found.update(dict.fromkeys(files, FileOrigin.RECEIVED))
            elif row.type in (SOLUTION, FORMER_SOLUTION):
                found.update(dict.fromkeys(files, FileOrigin.SOLUTION))
        return found


def _read(rows: Rows, ticket_id: TicketId) -> list[Read]:
    found = [(raw, *salvaged(CommunicationRow, raw, path="communication")) for raw in rows]
    return [(raw, row, faults) for raw, row, faults in found if row.ticket_id in (0, ticket_id)]


def _files(raw: Mapping[str, Any]) -> list[int]:
    """The ids of a row's files, in either form of link; 0 for each that can't be read."""
    links = _under(raw, "links")
    files = _under(links, FILES) if isinstance(links, Mapping) else None
    given = files.get("ids") if isinstance(files, Mapping) else files
    listed = given if isinstance(given, list) else []
    return [_whole(one.get("id") if isinstance(one, Mapping) else one) for one in listed]


def _with_files(rows: Rows) -> Rows:
    return [raw for raw in rows if _files(raw)]


def _readable_files(raw: Mapping[str, Any], row: Record, faults: tuple[str, ...]) -> list[int]:
    """The files of a row that can be read as far as needed to know where they came from."""
    files = _files(raw)
    lacking = (*(name for name in faults if name in ORIGIN), *(() if all(files) else (FILES,)))
    if lacking:
        raise UnreadableRow("communication", noun=row.noun(), row=row.id, fields=lacking)
    return files


def _may_be_custom(row: CommunicationRow) -> bool:
    # The filter decides. Should it ever let through what has no type of its own, no note goes to a whole list.
    return bool(row.custom_type_id) or row.type not in (NOTE, HISTORY, INITIAL_MESSAGE)


def _message(
    raw: Mapping[str, Any], row: CommunicationRow, ticket_id: TicketId, faults: tuple[str, ...]
) -> Communication:
    files = _files(raw)
    return Communication(
        id=CommunicationId(row.id),
        ticket_id=ticket_id,
        html=row.text,
        subject=row.subject,
        email_id=row.message_id if row.direction == OUTGOING and row.message_id else None,
        attachments=tuple(number for number in files if number),
        # A file that can't be read is not left out of the letter.
        faults=faults if all(files) else (*faults, FILES),
    )


def _names(linked: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[int, str]:
    """Names of side-loaded types: what they are called in the plural is not known."""
    rows = [row for plural, group in linked.items() if plural != "attachments" for row in group]
    return {_whole(_under(row, "id")): str(_under(row, "name") or "") for row in rows}


def _under(row: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in row.items() if key.lower() == name), None)


def _whole(value: Any) -> int:
    """The number; 0 for what no id can be."""
    said = str(value)
    return int(said) if said.isdecimal() and len(said) <= MOST_DIGITS else 0
