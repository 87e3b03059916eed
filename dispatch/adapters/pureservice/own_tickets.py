"""The port ``OwnTicketSystem``: users and tickets of their own for recipients, on Pureservice's REST API."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.emails import emails_of_tickets
from dispatch.adapters.pureservice.end_users import EndUsers
from dispatch.adapters.pureservice.filters import either_of, equals, every
from dispatch.adapters.pureservice.reading import concerning, parse, read, salvaged
from dispatch.adapters.pureservice.records import MessageRow, NamedRow, OwnTicketRow, SentMailRow, same_name
from dispatch.adapters.pureservice.responses import Answer, row_id
from dispatch.adapters.pureservice.ticket_files import attachment
from dispatch.core import (
    AnswerLacking,
    CommunicationId,
    EndUser,
    NewUser,
    OwnTicket,
    OwnTicketTemplate,
    Part,
    SentRow,
    TicketId,
    TicketSystemBusy,
    TicketSystemError,
    TicketSystemRefused,
    text,
)

MESSAGE, OUTGOING, SHOWN, SILENT = 2, 2, 1, 1
SENT, FAILED = 4, 5  # states of an e-mail row
END_USER, TELL_BY_MAIL = 10, 1  # role and notification scheme of the users that we create
LONGEST_NAME = 100
MAIN, INVERSE = "ToTicketId", "FromTicketId"


class OwnTickets:
    """See ``dispatch.ports.OwnTicketSystem``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    # --- reading

    async def source(self, ticket_id: TicketId) -> Mapping[str, Any]:
        """The mother ticket; a reference that stands only among the links is given as a flat id as well."""
        path = f"ticket/{ticket_id}"
        answer = await self._client.one(path)
        if answer is None:
            words = "Saken finnes ikke lenger i Pureservice."
            raise AnswerLacking("GET", path, status=404, message="the ticket is gone", words=words)
        row = answer.rows[0]
        links = row.get("links")
        named = links.items() if isinstance(links, Mapping) else ()
        flat = {f"{name}Id": link["id"] for name, link in named if isinstance(link, Mapping) and link.get("id")}
        valid: Mapping[str, Any] = text.everywhere({**flat, **row})
        return valid

    async def named(self, resource: str, name: str) -> int:
        """The id of an enabled look-up of that name; request types go by their key."""
        column = "key" if resource == "requesttype" else "name"
        asked = equals(column, name, what=f"the name of a {resource}")
        async for page, _ in self._client.pages_from(f"{resource}/", None, filter=asked):
            found = read(NamedRow, page.rows, path=resource).or_skipped()
            ids = (row.id for row in found if same_name(getattr(row, column), name) and not row.disabled)
            if number := next(ids, 0):
                return number
        return 0

    async def end_users(self, addresses: Collection[str]) -> Mapping[str, EndUser]:
        """Whom the addresses belong to."""
        return await EndUsers(self._client).of(addresses)

    async def by_reference(self, references: Collection[str]) -> Mapping[str, OwnTicket]:
        """By customerReference, those in the bin too: a case that somebody has deleted is not made again."""
        found: dict[str, OwnTicket] = {}
        wanted = {reference.casefold(): reference for reference in references}
        for asked in either_of(sorted(references), lambda reference: equals("customerReference", reference)):
            rows = await self._client.rows("ticket/", filter=asked)
            for row in concerning(OwnTicketRow, rows, "customer_reference", wanted, path="ticket"):
                reference = wanted[row.customer_reference.casefold()]
                found.setdefault(reference, _own_ticket(row, reference))
        return found

    async def sent_rows(self, ticket_ids: Collection[int]) -> Sequence[SentRow]:
        """Outgoing e-mail rows of these tickets, oldest first."""
        found: list[SentRow] = []
        for some in either_of(sorted(ticket_ids), lambda number: equals("ticketId", number)):
            asked = every(some, equals("direction", OUTGOING))
            for raw in await emails_of_tickets(self._client, partial(asked.replace, "ticketId")):
                row, _ = salvaged(SentMailRow, raw, path="email")
                state = {SENT: True, FAILED: False}.get(row.status)
                found.append(SentRow(row.id, row.ticket_id, state, row.status_message[:100], row.to))
        return found

    async def newest_messages(self, ticket_ids: Collection[int]) -> Mapping[int, CommunicationId]:
        """The newest outgoing message of each ticket; one question for many."""
        found: dict[int, CommunicationId] = {}
        for some in either_of(sorted(ticket_ids), lambda number: equals("ticketId", number)):
            # By the tickets alone: no client has been seen to ask by type or direction.
            for raw in await self._client.rows("communication/", filter=some):
                row, faults = salvaged(MessageRow, raw, path="communication")
                # One that can't be read is perhaps ours, and a second letter would be worse than none.
                if faults or (row.type == MESSAGE and row.direction == OUTGOING):
                    for number in {row.ticket_id} & set(ticket_ids) or ticket_ids:
                        found[number] = CommunicationId(max(row.id, found.get(number, 0)))
        return found

    async def _known(self, address: str) -> EndUser:
        return (await self.end_users({address})).get(address.casefold(), EndUser(0, 0))

    # --- writing

    async def create_user(self, user: NewUser) -> int:
        """The address first, then the user that has it as default.

        A server that answers that it did, and not what it made, is asked at once: nobody is in doubt for that.
        """
        address_id = user.address_id
        if not address_id:
            made = await self._client.create("emailaddress", {"emailaddresses": [{"email": user.address}]})
            address_id = _new(made.rows) or (await self._known(user.address)).address_id
            if not address_id:
                raise _unnamed("emailaddress")
        links: dict[str, Any] = {"emailAddress": {"id": address_id, "type": "emailaddress"}}
        row: dict[str, Any] = {
            "firstName": user.first_name[:LONGEST_NAME],
            "lastName": user.last_name[:LONGEST_NAME],
            "role": END_USER,
            "disabled": False,
            "notificationScheme": TELL_BY_MAIL,
            "emailAddressId": address_id,
            "links": links,
        }
        if user.company_id:
            row["companyId"] = user.company_id
            links["company"] = {"id": user.company_id, "type": "company"}
        made = await self._client.create("user/", {"users": [row]})
        user_id = _new(made.rows) or (await self._known(user.address)).id
        if not user_id:
            raise _unnamed("user")
        return user_id

    async def create(
        self, template: OwnTicketTemplate, *, user_id: int, reference: str, files: Sequence[Part], status_id: int
    ) -> OwnTicket:
        """One call for the ticket, its files and its relation to the mother ticket."""
        links: dict[str, Any] = {name: {"id": number} for name, number in template.links.items()}
        links["user"], links["status"] = {"id": user_id}, {"id": status_id}
        linked: dict[str, Any] = {}
        if files:
            linked["attachments"] = [{**attachment(part), "temporaryId": f"file-{n}"} for n, part in enumerate(files)]
            links["attachments"] = _temporary(linked["attachments"], "attachment")
        if template.relation_type:
            linked["relationships"] = [_relation(template)]
            links["relationships"] = _temporary(linked["relationships"], "relationship")
        ticket = {
            **template.custom_fields,
            "subject": template.subject,
            "description": template.description,
            "visibility": SILENT,
            "customerReference": reference,
            "links": links,
        }
        body: dict[str, Any] = {"tickets": [ticket]}
        if linked:
            body["linked"] = linked
        own, answering_agent = await self._made(await self._client.create("ticket/", body), reference, user_id)
        agent = template.links.get("assignedAgent", 0)
        if agent and answering_agent != agent:
            # Some servers leave the agent out of a new ticket. The case stands without one as well.
            with suppress(TicketSystemError):
                await self._client.patch(f"ticket/{own.id}", {"assignedAgentId": agent})
        return own

    async def _made(self, answer: Answer, reference: str, user_id: int) -> tuple[OwnTicket, int]:
        """The ticket and its agent, 0 where nobody said."""
        if _new(answer.rows) is not None:
            row = _created(answer.rows)
            return _own_ticket(row, reference, user_id), row.assigned_agent_id
        found = (await self.by_reference({reference})).get(reference)
        if found is None:
            raise _unnamed("ticket")
        return found, 0

    async def post_message(
        self, ticket_id: TicketId, *, user_id: int, subject: str, html: str, files: Sequence[Part]
    ) -> None:
        """A message of the kind that an agent writes; whether the API sends it is not documented."""
        message: dict[str, Any] = {
            "text": html,
            "subject": subject,
            "type": MESSAGE,
            "direction": OUTGOING,
            "visibility": SHOWN,
            "ticketId": ticket_id,
        }
        recipients = [{"temporaryId": "to", "userId": user_id, "type": "recipient"}]
        linked: dict[str, Any] = {"communicationrecipients": recipients}
        links: dict[str, Any] = {"recipients": _temporary(recipients, "communicationrecipient")}
        if files:
            linked["attachments"] = [
                {**attachment(part), "temporaryId": f"file-{n}", "ticketId": ticket_id} for n, part in enumerate(files)
            ]
            links["attachments"] = _temporary(linked["attachments"], "attachment")
        message["links"] = links
        await self._client.post("communication/", {"communications": [message], "linked": linked})


def _own_ticket(row: OwnTicketRow, reference: str, user_id: int = 0) -> OwnTicket:
    return OwnTicket(TicketId(row.id), row.request_number, user_id or row.user_id, reference)


def _created(rows: Sequence[Mapping[str, Any]]) -> OwnTicketRow:
    try:
        return parse(OwnTicketRow, rows[0], path="ticket")
    except TicketSystemRefused as error:
        raise TicketSystemBusy("POST", "ticket", status=200, message=error.message) from error


def _relation(template: OwnTicketTemplate) -> dict[str, Any]:
    return {
        "temporaryId": "mother",
        "toTicketId": template.mother,
        "main": MAIN,
        "inverseMain": INVERSE,
        "solvingRelationship": False,
        "links": {"type": {"id": template.relation_type}, "toTicket": {"id": template.mother}},
    }


def _temporary(rows: Sequence[Mapping[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [{"temporaryId": row["temporaryId"], "type": kind} for row in rows]


def _new(rows: Sequence[Mapping[str, Any]]) -> int | None:
    number = row_id(rows[0]) if rows else None
    return int(str(number)) if str(number).isdecimal() else None


def _unnamed(path: str) -> TicketSystemBusy:
    """Busy, not refused: the row was perhaps made, and only a later look can tell."""
    return TicketSystemBusy("POST", path, status=200, message=f"the answer names no new {path}")
