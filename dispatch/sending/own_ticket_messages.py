"""Scenario 2 where Pureservice itself sends the message of each case (``PURESERVICE_121_SEND_VIA=pureservice``).

Nobody knows whether a message that is written through the API is sent. So none counts as delivered before
Pureservice's own record of an outgoing e-mail says that it was sent; where no record appears, the recipient has failed.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import (
    NOTE_WRITTEN,
    Part,
    Reason,
    Recipient,
    RecipientState,
    TicketId,
    TicketSystemBusy,
    TicketSystemError,
    Transport,
)
from dispatch.sending import outcomes
from dispatch.sending.own_tickets import KEY_REFUSED, OwnTicketRun
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

R = RecipientState
FIRST_LOOK = timedelta(seconds=5)


class OwnTicketMessageRun(OwnTicketRun):
    """A run whose messages Pureservice sends."""

    @property
    def _case_files(self) -> tuple[Part, ...]:
        return ()  # they come with the message

    async def _send(self, rows: Sequence[Recipient]) -> None:
        now = self._services.clock()
        begun = [outcomes.begun(row, Transport.PURESERVICE, now, message_id="", draft_id="") for row in rows]
        for row in begun:
            self._note(row)
        await self.write()
        for row, error in zip(begun, await asyncio.gather(*(self._post(row) for row in begun)), strict=True):
            self._posted(row, error)

    async def _post(self, row: Recipient) -> TicketSystemError | None:
        try:
            async with self._gate:
                await self._services.own_tickets.post_message(
                    TicketId(row.case_id),
                    user_id=row.user_id,
                    subject=self._template.message_subject,
                    html=self._template.message,
                    files=self._letter.attachments,
                )
        except TicketSystemError as error:
            return error
        return None

    def _posted(self, row: Recipient, error: TicketSystemError | None) -> None:
        now = self._services.clock()
        unsent = replace(row, state=R.PLANNED, transport=None, changed=now)
        if error is None:
            waiting = outcomes.doubted(row, now, self._doubt, detail="waiting for the e-mail row")
            self._note(replace(waiting, not_before=now + FIRST_LOOK))
        elif isinstance(error, TicketSystemBusy) and not error.undone:
            self._note(outcomes.doubted(row, now, self._doubt, detail="no answer from Pureservice"))
            event(log, Action.IN_DOUBT, level=logging.WARNING, **self._ids(row), transport=Transport.PURESERVICE)
        elif isinstance(error, TicketSystemBusy) or error.status in KEY_REFUSED:
            self._note(unsent)
            self._rest_for(error)
        else:
            self._note(_failed(row, now, detail=(error.words or error.message)[:200]))

    async def _look(self, rows: Sequence[Recipient]) -> None:
        try:
            sent = await self._services.own_tickets.sent_rows({row.case_id for row in rows})
            for row in rows:
                await self._judge(row, {found.state for found in sent if found.ticket_id == row.case_id})
        except TicketSystemError as error:
            self._rest_for(error)

    async def _judge(self, row: Recipient, states: set[bool | None]) -> None:
        now = self._services.clock()
        if True in states:
            reached = outcomes.delivered(row, now, detail="sent by Pureservice")
            self._note(replace(reached, case_note=NOTE_WRITTEN))  # the message itself stands on the case
            return
        if states == {False}:
            self._note(_failed(row, now, detail="the e-mail row says failed"))
            return
        looked = replace(row, looks=row.looks + 1, changed=now)
        if looked.looks < len(self._doubt.looks):
            self._note(replace(looked, not_before=self._doubt.look_at(looked)))
        elif states:
            self._note(
                outcomes.ended(looked, R.UNCERTAIN, Reason.NOTHING_CAN_TELL, now, detail="the e-mail row is open")
            )
        elif await self._services.own_tickets.has_message(TicketId(row.case_id)):
            self._note(_failed(looked, now, detail="no e-mail row appeared"))
        else:
            self._note(replace(looked, state=R.PLANNED, transport=None, looks=0, in_doubt_since=None, not_before=None))


def _failed(row: Recipient, now: datetime, *, detail: str) -> Recipient:
    return outcomes.ended(row, R.FAILED, Reason.NOT_SENT_BY_PURESERVICE, now, detail=detail)
