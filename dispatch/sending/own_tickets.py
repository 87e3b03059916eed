"""Sends one batch of a dispatch in which every recipient gets a ticket of its own: user, ticket, letter, note.

Each step of a recipient is in the ledger before the next begins, so that a restart goes on in its middle. A ticket that
was perhaps made is looked for by its reference, a letter that was perhaps sent in the mailbox, a note on the ticket.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import timedelta

from dispatch.core import (
    NOTE_REFUSED,
    NOTE_WRITTEN,
    Batch,
    Channel,
    Dispatch,
    DispatchError,
    EndUser,
    Letter,
    LostRace,
    MemberKind,
    NewUser,
    OutgoingMail,
    OwnTicket,
    OwnTicketTemplate,
    Part,
    Reason,
    Recipient,
    RecipientState,
    Seen,
    Sighting,
    TicketId,
    TicketSystemBusy,
    TicketSystemError,
    TicketSystemRefused,
    Transport,
    UnsafeFilterValue,
    numbered,
    owes_note,
    own_ticket_reference,
)
from dispatch.report import own_ticket_note
from dispatch.sending import outcomes
from dispatch.sending.batch_run import Rest, WindowRun
from dispatch.sending.outgoing_mail import outgoing
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import NOTE_SUBJECT

log = logging.getLogger(__name__)

R = RecipientState
KEY_REFUSED = frozenset({401, 403})
POST_OFFICE = "Postmottak"  # the first name of users that stand for an organisation
BEFORE_A_SECOND_NOTE = timedelta(minutes=1)  # for a note whose writing may still be under way


class OwnTicketRun(WindowRun):
    """One worker's run through one leased batch of scenario 2."""

    def __init__(
        self,
        services: Services,
        dispatch: Dispatch,
        batch: Batch,
        recipients: Sequence[Recipient],
        letter: Letter,
        template: OwnTicketTemplate,
        *,
        permits: int,
    ) -> None:
        super().__init__(services, dispatch, batch, recipients, letter, permits=permits)
        self._template = template
        self._users: dict[str, EndUser] | None = None
        # A note is owed to these from before: it may have been written, and its record lost.
        self._perhaps_told = {row.index for row in recipients if owes_note(row)}

    def is_done(self, row: Recipient) -> bool:
        """Whether the recipient has its outcome, and its ticket has been told of it."""
        return row.has_outcome and not owes_note(row)

    def _step(self) -> Awaitable[None] | None:
        if lost := self._due(lambda row: row.state is R.IN_DOUBT and not row.case_id):
            return self._find_cases(lost)
        if looks := self._due(lambda row: row.state is R.IN_DOUBT):
            return self._look(looks)
        if travelling := self._due(lambda row: row.state is R.UNDER_WAY):
            return self._follow(travelling)
        if untold := self._due(owes_note):
            return self._tell(untold)
        if ready := self._due(lambda row: row.state is R.PLANNED and bool(row.case_id)):
            return self._send(ready)
        if fresh := self._due(lambda row: row.state is R.PLANNED):
            return self._open_cases(fresh)
        return None

    def _mail(self, row: Recipient) -> OutgoingMail:
        return outgoing(row, self._dispatch, numbered(self._letter, row.case_number), self._services)

    # --- user and ticket

    @property
    def _case_files(self) -> tuple[Part, ...]:
        """What is uploaded with the ticket."""
        return self._letter.attachments

    async def _open_cases(self, rows: Sequence[Recipient]) -> None:
        try:
            known = await self._known_users()
        except TicketSystemError as error:
            self._rest_for(error)
            return
        now = self._services.clock()
        begun = [
            replace(row, state=R.IN_FLIGHT, transport=Transport.PURESERVICE, looks=0, changed=now, detail="")
            for row in rows
        ]
        for row in begun:
            self._note(row)
        await self.write()
        made = await asyncio.gather(*(self._open_case(row, known) for row in begun))
        for row, result in zip(begun, made, strict=True):
            self._case_settled(row, result)

    async def _known_users(self) -> dict[str, EndUser]:
        """The users of the batch's organisations, asked for once. A person on a list is a user already."""
        if self._users is None:
            missing = [row for row in self.rows if not row.case_id and not row.user_id and not row.has_outcome]
            asked = {self._address(row) for row in missing if row.kind is MemberKind.ORGANISATION}
            self._users = dict(await self._services.own_tickets.end_users(asked)) if asked else {}
        return self._users

    async def _open_case(self, row: Recipient, known: dict[str, EndUser]) -> OwnTicket | DispatchError:
        status = await self._services.statuses.named(self._services.settings.pureservice_ticket_status_open)
        try:
            async with self._gate:
                if self._lease_is_over():
                    raise LostRace(f"the lease on batch {self.batch.number} ran out before a ticket was made")
                user_id = row.user_id or await self._user_of(row, known)
                if not user_id:
                    return TicketSystemRefused("POST", "ticket", message="the end user is disabled")
                return await self._services.own_tickets.create(
                    self._template,
                    user_id=user_id,
                    reference=self._reference(row),
                    files=self._case_files,
                    status_id=status.id if status else 0,
                )
        except TicketSystemError as error:
            return error

    async def _user_of(self, row: Recipient, known: dict[str, EndUser]) -> int:
        """The recipient's user, made where there is none; 0 where it may not be used."""
        if row.kind is MemberKind.PERSON:
            return row.source_id
        address = self._address(row)
        found = known.get(address.casefold(), EndUser(0, 0))
        if found.id:
            return found.id if found.usable else 0
        user = NewUser(POST_OFFICE, row.name, address, found.address_id, company_id=row.source_id)
        made = await self._services.own_tickets.create_user(user)
        known[address.casefold()] = EndUser(made, found.address_id)
        event(log, Action.USER_CREATED, **self._ids(row))
        return made

    def _address(self, row: Recipient) -> str:
        """The end user's address; answers to one that eFormidling reaches go that way as well."""
        if row.channel is Channel.EFORMIDLING:
            return f"{row.organization_number}@{self._services.settings.pureservice_ef_domain}"
        return row.address

    def _case_settled(self, row: Recipient, result: OwnTicket | DispatchError) -> None:
        now = self._services.clock()
        match result:
            case OwnTicket():
                opened = replace(row, user_id=result.user_id, case_id=result.id, case_number=result.number)
                self._note(replace(opened, state=R.PLANNED, transport=None, changed=now))
                event(log, Action.CASE_OPENED, **self._ids(row), case=result.id)
            case TicketSystemBusy(undone=True):
                self._note(replace(row, state=R.PLANNED, transport=None, changed=now))
                self._rest_for(result)
            case TicketSystemBusy():
                self._users = None  # whether a user was made is open as well
                self._note(outcomes.doubted(row, now, self._doubt, detail="no answer from Pureservice"))
                event(log, Action.IN_DOUBT, level=logging.WARNING, **self._ids(row), transport=Transport.PURESERVICE)
            case TicketSystemRefused(status=status) if status in KEY_REFUSED:
                self._note(replace(row, state=R.PLANNED, transport=None, changed=now))
                self.refused_by_all = True
            case TicketSystemRefused():
                reason = Reason.INVALID_ADDRESS if isinstance(result, UnsafeFilterValue) else Reason.CASE_REFUSED
                self._note(outcomes.ended(row, R.FAILED, reason, now, detail=(result.words or result.message)[:200]))
                event(log, Action.CASE_REFUSED, level=logging.WARNING, **self._ids(row), status=result.status)
            case _:
                raise result

    async def _find_cases(self, rows: Sequence[Recipient]) -> None:
        """Looks for tickets that were perhaps made; only when the last look finds none is one made anew."""
        try:
            found = await self._services.own_tickets.by_reference({self._reference(row) for row in rows})
        except TicketSystemError as error:
            self._rest_for(error)
            return
        now = self._services.clock()
        for row in rows:
            case = found.get(self._reference(row))
            if case:
                self._case_settled(row, case)
            else:
                self._note(outcomes.after_look(row, Seen(Sighting.ABSENT), now, self._doubt))

    def _reference(self, row: Recipient) -> str:
        return own_ticket_reference(self._dispatch.key, row.kind, row.source_id)

    # --- the note on the new ticket

    async def _tell(self, rows: Sequence[Recipient]) -> None:
        # The outcomes go to the ledger first: a note that comes twice is a blemish, a letter that does is not.
        if self._unwritten:
            await self.write()
        for row, result in zip(rows, await asyncio.gather(*(self._tell_one(row) for row in rows)), strict=True):
            if isinstance(result, TicketSystemBusy):
                later = self._services.clock() + (timedelta() if result.undone else BEFORE_A_SECOND_NOTE)
                self._note(replace(row, not_before=later))
                self._rest_for(result)
            else:
                self._note(replace(row, case_note=result, not_before=None))

    async def _tell_one(self, row: Recipient) -> str | TicketSystemBusy:
        tickets, ticket_id = self._services.tickets, TicketId(row.case_id)
        reference = f"{self._reference(row)}/{row.state}"
        note = own_ticket_note(
            row,
            letter=numbered(self._letter, row.case_number),
            reference=reference,
            redirected_to=self._services.settings.mail_redirect_to,
        )
        try:
            async with self._gate:
                if row.index in self._perhaps_told and any(
                    reference in known for known in await tickets.notes(ticket_id)
                ):
                    return NOTE_WRITTEN
                self._perhaps_told.add(row.index)
                await tickets.add_note(ticket_id, subject=NOTE_SUBJECT, html=note)
        except TicketSystemBusy as busy:
            if busy.undone:
                self._perhaps_told.discard(row.index)
            return busy
        except TicketSystemRefused as error:
            event(log, Action.CASE_REFUSED, level=logging.WARNING, **self._ids(row), status=error.status)
            return NOTE_REFUSED
        return NOTE_WRITTEN

    def _rest_for(self, error: TicketSystemError) -> None:
        """Gives the rest of the batch back for as long as Pureservice asks, or until the operator has mended it."""
        if isinstance(error, TicketSystemBusy):
            self._pause = Rest(error.retry_after, "pureservice is busy")
        else:
            self.refused_by_all = True
