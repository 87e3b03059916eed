"""The steps of an own ticket whose message Pureservice itself sends (``PURESERVICE_121_SEND_VIA=pureservice``).

Nobody knows whether a message that is written through the API is sent. So none counts as delivered before
Pureservice's own record of an outgoing e-mail says that it was sent; where no record appears, nobody knows.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import (
    NOTE_WRITTEN,
    Reason,
    Recipient,
    RecipientState,
    Route,
    SentRow,
    TicketId,
    TicketSystemBusy,
    TicketSystemError,
    Transport,
    addresses,
)
from dispatch.sending import outcomes
from dispatch.sending.batch_work import BatchWork
from dispatch.sending.doubt_bound import doubt_bound
from dispatch.sending.own_ticket_steps import is_refusal
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

R = RecipientState
FIRST_LOOK = timedelta(seconds=5)


class WriteMessages:
    """Writes the message on the recipient's ticket."""

    def __init__(self, work: BatchWork) -> None:
        assert work.template is not None
        self._work = work
        self._template = work.template
        self.bound = doubt_bound(Transport.PURESERVICE, work.services.settings)

    def wants(self, row: Recipient) -> bool:
        """Whether the ticket stands and its message is not written."""
        return row.state is R.PLANNED and bool(row.own_ticket.id)

    async def begin(self, rows: Sequence[Recipient], *, in_doubt: int) -> list[tuple[Recipient, Recipient]]:  # noqa: ARG002 - the step's own bound is all there is
        """Asks what stands on the tickets already, and notes the intents."""
        work = self._work
        try:
            marked = await self._marked(rows)
        except TicketSystemError as refusal:
            work.brakes.refused_by_tickets(refusal)
            return []
        now = work.now()
        route = Route(work.services.settings.pureservice_url)
        begun = [
            outcomes.begun(row, Transport.PURESERVICE, now, message_id="", draft_id="", route=route) for row in marked
        ]
        for row in begun:
            work.rows.note(row)
        return list(zip(rows, begun, strict=True))

    async def act(self, intent: tuple[Recipient, Recipient]) -> TicketSystemError | None:
        """Writes the message."""
        return await self._write(intent[1])

    def settle(self, answers: Sequence[tuple[tuple[Recipient, Recipient], TicketSystemError | None]]) -> None:
        """Notes what came of each."""
        for (_, begun), error in answers:
            self._settle(begun, error)

    def may_go(self, intent: tuple[Recipient, Recipient]) -> bool:  # noqa: ARG002 - what is refused says so
        """What another one's was answered changes nothing for it."""
        return True

    def take_back(self, intents: Sequence[tuple[Recipient, Recipient]]) -> None:
        """Those whose message was not written stand as before."""
        for before, _ in intents:
            self._work.rows.note(before)

    def is_refusal(self, answer: TicketSystemError | None) -> bool:
        """Whether Pureservice wants a pause, or will have nothing of us."""
        return is_refusal(answer)

    async def _marked(self, rows: Sequence[Recipient]) -> list[Recipient]:
        """The rows with what stands on their tickets already: an earlier round's message must not speak for ours."""
        tickets, own = {row.own_ticket.id for row in rows}, self._work.services.own_tickets
        async with self._work.gate.asking():
            emails = {
                sent.ticket_id: sent.id for sent in sorted(await own.sent_rows(tickets), key=lambda sent: sent.id)
            }
            messages = await own.newest_messages(tickets)
        return [
            replace(
                row,
                own_ticket=replace(
                    row.own_ticket,
                    email_before=emails.get(row.own_ticket.id, 0),
                    message_before=messages.get(row.own_ticket.id, 0),
                ),
            )
            for row in rows
        ]

    async def _write(self, row: Recipient) -> TicketSystemError | None:
        work = self._work
        own = self._template.numbered(row.own_ticket.number).filled(work.letter.fields, work.own.values(row))
        files = await work.own.all_files(work.letter, row)
        try:
            async with work.gate.acting():
                await work.services.own_tickets.post_message(
                    TicketId(row.own_ticket.id),
                    user_id=row.own_ticket.user_id,
                    subject=own.message_subject,
                    html=own.message,
                    files=files,
                )
        except TicketSystemError as error:
            return error
        finally:
            work.own.release([row])
        return None

    def _settle(self, row: Recipient, error: TicketSystemError | None) -> None:
        work, now = self._work, self._work.now()
        if error is None:
            waiting = outcomes.doubted(row, now, work.doubt, detail="waiting for the e-mail row")
            work.rows.note(replace(waiting, not_before=now + FIRST_LOOK))
        elif isinstance(error, TicketSystemBusy) and not error.undone:
            work.rows.note(outcomes.doubted(row, now, work.doubt, detail="no answer from Pureservice"))
            event(log, Action.IN_DOUBT, level=logging.WARNING, **work.ids(row), transport=Transport.PURESERVICE)
        elif isinstance(error, TicketSystemBusy) or error.is_about_our_key:
            work.rows.note(outcomes.not_begun(row, now))
            work.brakes.refused_by_tickets(error)
        else:
            work.rows.note(_failed(row, now, detail=(error.words or error.message)[:200]))


class LookForSentRows:
    """Reads Pureservice's own record of what it has sent from the ticket."""

    def __init__(self, work: BatchWork) -> None:
        self._work = work

    def wants(self, row: Recipient) -> bool:
        """Whether nobody knows what became of the message that Pureservice was given, whoever sends now."""
        by_pureservice = row.attempt.transport is Transport.PURESERVICE and bool(row.own_ticket.id)
        return row.state is R.IN_DOUBT and by_pureservice

    async def run(self, rows: Sequence[Recipient]) -> None:
        """Asks for the records of all of them in one question."""
        work = self._work
        try:
            async with work.gate.asking():
                sent = await work.services.own_tickets.sent_rows({row.own_ticket.id for row in rows})
            for row in rows:
                ours = [found for found in sent if _is_of(row, found)]
                after = await self._after(row, {found.state for found in ours})
                work.rows.note(_where_it_went(after, ours))
        except TicketSystemError as error:
            work.brakes.refused_by_tickets(error)

    async def _after(self, row: Recipient, states: set[bool | None]) -> Recipient:
        now, policy = self._work.now(), self._work.doubt
        if True in states:
            reached = outcomes.delivered(row, now, detail="sent by Pureservice")
            # The message itself stands on the ticket.
            return replace(reached, own_ticket=replace(reached.own_ticket, note=NOTE_WRITTEN))
        if states == {False}:
            return _failed(row, now, detail="the e-mail row says failed")
        looked = replace(row, doubt=replace(row.doubt, looks=row.doubt.looks + 1), changed=now)
        if looked.doubt.looks < len(policy.looks):
            return replace(looked, not_before=policy.look_at(looked))
        if states:
            return outcomes.ended(looked, R.UNCERTAIN, Reason.NOTHING_CAN_TELL, now, detail="the e-mail row is open")
        if await self._stands(row):
            # It may still come: that it was not sent, nobody has said.
            return outcomes.ended(
                looked, R.UNCERTAIN, Reason.NOT_SENT_BY_PURESERVICE, now, detail="no e-mail row appeared"
            )
        if outcomes.has_vanished_before(row):
            self._work.brakes.lost_by_tickets()
        return outcomes.vanished(looked, now, policy)

    async def _stands(self, row: Recipient) -> bool:
        """Whether our message was written after all."""
        number = row.own_ticket.id
        async with self._work.gate.asking():
            newest = await self._work.services.own_tickets.newest_messages({number})
        return newest.get(number, 0) > row.own_ticket.message_before


def _where_it_went(row: Recipient, sent: Sequence[SentRow]) -> Recipient:
    """Pureservice writes to the ticket's end user as they are then, whatever address was planned: that one is told."""
    went = next((found.to for found in reversed(sent) if found.state), "")
    try:
        address = addresses.bare(went) if went and row.state is R.DELIVERED else ""
    except addresses.InvalidAddress:
        address = ""
    same = not address or addresses.identity(address) == addresses.identity(row.address)
    return row if same else replace(row, address=address)


def _is_of(row: Recipient, sent: SentRow) -> bool:
    """Whether the record is of the message that we wrote last, and not of an older one on the same ticket."""
    return sent.ticket_id == row.own_ticket.id and sent.id > row.own_ticket.email_before


def _failed(row: Recipient, now: datetime, *, detail: str) -> Recipient:
    return outcomes.ended(row, R.FAILED, Reason.NOT_SENT_BY_PURESERVICE, now, detail=detail)
