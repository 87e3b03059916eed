"""The step of recipients whose message eFormidling has. They are handed over as any letter is sent."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from dispatch.core import Journey, MailError, OutcomeUnknown, Recipient, RecipientState, Transport
from dispatch.sending import receipts
from dispatch.sending.batch_work import BatchWork, together
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)


class FollowReceipts:
    """Asks eFormidling how far messages have come."""

    def __init__(self, work: BatchWork) -> None:
        self._work = work

    def wants(self, row: Recipient) -> bool:
        """Whether the recipient's receipt is waited for."""
        return row.state is RecipientState.UNDER_WAY

    async def run(self, rows: Sequence[Recipient]) -> None:
        """Asks for each, and notes what the receipts say."""
        work = self._work
        s = work.services.settings
        life, late = timedelta(hours=s.ef_ttl_hours), timedelta(hours=s.ef_late_hours)
        for row, result in zip(rows, await together(self._ask, rows), strict=True):
            now = work.now()
            if isinstance(result, MailError):
                work.brakes.throttled(result, now)
            after = receipts.after_question(
                row, result, now, life=life, late=late, first=work.doubt.first_question, give_up=work.doubt.give_up
            )
            work.rows.note(after)
            if after.has_outcome:
                event(log, Action.RECEIPT_SEEN, **work.ids(row), state=after.state)

    async def _ask(self, row: Recipient) -> Journey | MailError:
        exchange = self._work.services.exchange
        if exchange is None:
            return OutcomeUnknown(Transport.EFORMIDLING, "transport_not_configured")
        try:
            async with self._work.gate.asking():
                return await exchange.journey(row.attempt.message_id)
        except MailError as error:
            return error
