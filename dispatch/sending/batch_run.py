"""Sends the recipients of one leased batch, a window at a time.

The order of writes is what makes a crash harmless: the intents of a window are recorded before its first request
leaves, in the same transaction as the outcomes of the window before. Whatever was in flight when a process died is
therefore known, and is at most one window.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from dispatch.core import (
    Accepted,
    Batch,
    Channel,
    Dispatch,
    DispatchError,
    Journey,
    Letter,
    LostRace,
    MailError,
    OutcomeUnknown,
    Recipient,
    RecipientState,
    Seen,
    Throttled,
    Transport,
    TransportRefused,
)
from dispatch.ports import MailTransport
from dispatch.sending import outcomes, receipts
from dispatch.sending.batch_rows import BatchRows
from dispatch.sending.outcomes import DoubtPolicy
from dispatch.sending.outgoing_mail import Health, SentDraft, seek
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

R = RecipientState


@dataclass(frozen=True, slots=True)
class Rest:
    """Why and for how long the batch goes back to the queue; None as ``seconds`` means that it is done."""

    seconds: float | None
    why: str = ""


DONE = Rest(None)


class WindowRun(BatchRows):
    """One worker's run through one leased batch."""

    def __init__(
        self,
        services: Services,
        dispatch: Dispatch,
        batch: Batch,
        recipients: Sequence[Recipient],
        letter: Letter,
        *,
        permits: int,
    ) -> None:
        super().__init__(services, dispatch, batch, recipients, letter)
        self.refused_by_all = False
        self._health = Health()
        self._throttled_until: datetime | None = None
        self._pause: Rest | None = None
        self._gate = asyncio.Semaphore(permits)
        self._transports = {transport.name: transport for transport in services.transports}
        settings = services.settings
        self._doubt = DoubtPolicy(
            looks=settings.dispatch_reconcile_looks,
            resend=settings.dispatch_in_doubt == "resend",
            give_up=timedelta(hours=settings.dispatch_give_up_hours),
            first_question=timedelta(seconds=settings.ef_receipt_seconds),
        )
        self._doubt_what_a_crash_left()

    async def run(self, *, until: datetime, go_on: Callable[[], Awaitable[Rest | None]]) -> Rest:
        """Works until everyone has an outcome, something says wait, or time is up; asks ``go_on`` at each window."""
        while True:
            if all(self.is_done(row) for row in self._rows.values()):
                return DONE
            rest = self._must_rest(until) or await go_on()
            if rest:
                return rest
            step = self._step()
            if step is None:
                return self._nothing_due()
            await step

    def is_done(self, row: Recipient) -> bool:
        """Whether nothing is left to do for the recipient."""
        return row.has_outcome

    # --- what to do next

    def _doubt_what_a_crash_left(self) -> None:
        now = self._services.clock()
        for row in list(self._rows.values()):
            if row.state is R.IN_FLIGHT:
                self._note(outcomes.doubted(row, now, self._doubt, detail="the worker was lost"))

    def _must_rest(self, until: datetime) -> Rest | None:
        now = self._services.clock()
        if self._throttled_until and self._throttled_until > now:
            return Rest((self._throttled_until - now).total_seconds(), "throttled")
        if self.refused_by_all:
            return Rest(0.0, "refused")
        if self._pause:
            return self._pause
        return Rest(0.0, "time is up") if now >= until else None

    def _due(self, wanted: Callable[[Recipient], bool]) -> list[Recipient]:
        """Up to a window of the recipients that need not wait any more and of which ``wanted`` is true."""
        now = self._services.clock()
        due = (row for row in self._rows.values() if row.not_before is None or row.not_before <= now)
        return list(islice((row for row in due if wanted(row)), self._services.settings.dispatch_window_size))

    def _step(self) -> Awaitable[None] | None:
        """The next window: doubts are settled before anything new is begun. None where nothing is due."""
        if looks := self._due(lambda row: row.state is R.IN_DOUBT):
            return self._look(looks)
        if travelling := self._due(lambda row: row.state is R.UNDER_WAY):
            return self._follow(travelling)
        if sends := self._due(lambda row: row.state is R.PLANNED):
            return self._send(sends)
        return None

    def _nothing_due(self) -> Rest:
        now = self._services.clock()
        waits = [row.not_before for row in self._rows.values() if not self.is_done(row) and row.not_before]
        return Rest(max(0.0, (min(waits) - now).total_seconds()), "waiting for recipients")

    def _choose(self, row: Recipient) -> MailTransport | None:
        if row.channel is Channel.EFORMIDLING:
            exchange = self._services.exchange
            return None if exchange is None or exchange.name in row.refused_by else exchange
        for name, transport in self._transports.items():
            if name not in row.refused_by and not self._health.tripped(name):
                return transport
        return None

    # --- one window

    async def _send(self, rows: Sequence[Recipient]) -> None:
        chosen = [(row, transport) for row in rows if (transport := self._choose(row))]
        if not chosen:
            # Every transport certainly refuses: nothing was sent, so the batch waits for the operator to mend it.
            for row in self._rows.values():
                if row.refused_by and not row.has_outcome:
                    self._note(replace(row, refused_by=()))
            self.refused_by_all = True
            return
        drafts = await self._together(self._draft, chosen)
        ready = [(row, transport, draft) for (row, transport), draft in zip(chosen, drafts, strict=True)]
        now = self._services.clock()
        intents = []
        for row, transport, draft in ready:
            if isinstance(draft, str):
                mail = self._mail(row)
                begun = outcomes.begun(row, transport.name, now, message_id=mail.message_id, draft_id=draft)
                self._note(begun)
                intents.append((begun, transport))
            else:
                self._settle(replace(row, attempts=row.attempts + 1, first_attempt=row.first_attempt or now), draft)
        if intents:
            await self.write()
            results = await self._together(self._attempt, intents)
            for (row, _), result in zip(intents, results, strict=True):
                self._settle(row, result)

    async def _draft(self, row: Recipient, transport: MailTransport) -> str | MailError:
        mail = self._mail(row)
        if not transport.needs_draft(mail):
            return ""
        try:
            async with self._gate:
                return await transport.prepare(mail)
        except MailError as error:
            return error

    async def _attempt(self, row: Recipient, transport: MailTransport) -> Accepted | MailError:
        try:
            async with self._gate:
                if self._lease_is_over():
                    raise LostRace(f"the lease on batch {self.batch.number} ran out before a request left")
                return await transport.send(self._mail(row), draft_id=row.draft_id)
        except MailError as error:
            return error
        except DispatchError:
            raise
        except Exception as error:
            # An unforeseen error in a transport: the request may have left, so nothing is certain.
            log.exception("unforeseen error in %s", transport.name)
            return OutcomeUnknown(transport.name, type(error).__name__)

    def _lease_is_over(self) -> bool:
        # A process that was frozen between its intent and its request: by now another may have settled the matter.
        until = self.batch.lease_until
        return until is not None and self._services.clock() >= until

    async def _look(self, rows: Sequence[Recipient]) -> None:
        for row, result in zip(rows, await self._together(self._seek, [(row, None) for row in rows]), strict=True):
            now = self._services.clock()
            if isinstance(result, MailError):
                self._hold_if_throttled(result)
                after = outcomes.look_failed(row, result, now, self._doubt)
            elif isinstance(result, Seen):
                after = outcomes.after_look(row, result, now, self._doubt)
            else:
                # The draft that was found had never left, and has now been sent or certainly refused.
                after = outcomes.after_attempt(row, result.outcome, now, self._doubt)
                self._health.saw(result.outcome)
            self._note(after)
            if after.state is not R.IN_DOUBT:
                event(log, Action.DOUBT_SETTLED, **self._ids(row), state=after.state, looks=row.looks + 1)

    async def _seek(self, row: Recipient, _: None) -> Seen | SentDraft | MailError:
        transport = self._transports.get(row.transport) if row.transport else None
        if row.channel is Channel.EFORMIDLING:
            transport = self._services.exchange
        if transport is None:
            return OutcomeUnknown(row.transport or Transport.GRAPH, "transport_not_configured")
        last = row.looks + 1 >= len(self._doubt.looks)
        async with self._gate:
            return await seek(transport, self._mail(row), draft_id=row.draft_id, last_look=last)

    async def _follow(self, rows: Sequence[Recipient]) -> None:
        """Asks eFormidling how far messages have come."""
        life = timedelta(hours=self._services.settings.ef_ttl_hours)
        asked = await self._together(self._ask, [(row,) for row in rows])
        for row, result in zip(rows, asked, strict=True):
            now = self._services.clock()
            if isinstance(result, MailError):
                self._hold_if_throttled(result)
            after = receipts.after_question(row, result, now, life=life, first=self._doubt.first_question)
            self._note(after)
            if after.has_outcome:
                event(log, Action.RECEIPT_SEEN, **self._ids(row), state=after.state)

    async def _ask(self, row: Recipient) -> Journey | MailError:
        if self._services.exchange is None:
            return OutcomeUnknown(Transport.EFORMIDLING, "transport_not_configured")
        try:
            async with self._gate:
                return await self._services.exchange.journey(row.message_id)
        except MailError as error:
            return error

    @property
    def only_waits(self) -> bool:
        """Whether all that is left is receipts that are not due to be asked for."""
        return all(row.state is R.UNDER_WAY for row in self.rows if not self.is_done(row))

    async def _together(self, act: Callable[..., Awaitable[Any]], pairs: Sequence[tuple[Any, ...]]) -> list[Any]:
        return list(await asyncio.gather(*(act(*pair) for pair in pairs)))

    # --- what came of it

    def _settle(self, row: Recipient, result: Accepted | MailError) -> None:
        now = self._services.clock()
        self._health.saw(result)
        self._note(outcomes.after_attempt(row, result, now, self._doubt))
        if isinstance(result, MailError):
            self._hold_if_throttled(result)
            action = {TransportRefused: Action.TRANSPORT_REFUSED, OutcomeUnknown: Action.IN_DOUBT}.get(type(result))
            if action:
                event(
                    log, action, level=logging.WARNING, **self._ids(row), transport=result.transport, code=result.code
                )

    def _hold_if_throttled(self, error: MailError) -> None:
        if isinstance(error, Throttled):
            until = self._services.clock() + timedelta(seconds=error.retry_after)
            self._throttled_until = max(until, self._throttled_until or until)

    @property
    def throttled_until(self) -> datetime | None:
        """Until when the server told the mailbox to rest."""
        return self._throttled_until

    @property
    def last_refusal(self) -> str:
        """The code of the last certain refusal by a transport."""
        return self._health.last_refusal
