"""The steps of a letter, by e-mail or eFormidling: look up what is in doubt, send what is planned."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.core import (
    Accepted,
    DispatchError,
    MailError,
    OutcomeUnknown,
    Recipient,
    RecipientState,
    Refusal,
    Seen,
    Throttled,
    Transport,
    TransportRefused,
)
from dispatch.ports import MailTransport
from dispatch.sending import outcomes
from dispatch.sending.batch_work import BatchWork, together
from dispatch.sending.carrier_shares import Chosen
from dispatch.sending.doubt_bound import doubt_bound
from dispatch.sending.outcomes import DoubtPolicy
from dispatch.sending.outgoing_mail import Settled, is_still_taken, seek
from dispatch.sending.passing_on import keep_to_the_pool
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

R = RecipientState
KNOWS_AT_ONCE = frozenset(
    {Transport.COMMUNICATION}
)  # asked by id: what it does not know it has not taken, and it forgets
ACTIONS = {TransportRefused: Action.TRANSPORT_REFUSED, OutcomeUnknown: Action.IN_DOUBT}


@dataclass(frozen=True, slots=True)
class Intent:
    """A letter that is about to go."""

    before: Recipient
    begun: Recipient
    transport: MailTransport


class LookUpDoubts:
    """Looks where a transport can be asked for letters that were perhaps sent."""

    def __init__(self, work: BatchWork) -> None:
        self._work = work

    def wants(self, row: Recipient) -> bool:
        """Whether nobody knows how the last attempt ended, and it was ours and not Pureservice's."""
        return row.state is R.IN_DOUBT and row.attempt.transport is not Transport.PURESERVICE

    async def run(self, rows: Sequence[Recipient]) -> None:
        """Looks for each once, and notes what was seen."""
        left = list(rows)
        while left:
            # What is found never to have left may be sent, with its files.
            some = left[: max(1, self._work.own.fitting(left))]
            await self._look(some)
            left = left[len(some) :]

    async def _look(self, rows: Sequence[Recipient]) -> None:
        work = self._work
        await work.own.fetch(rows)
        for row, result in zip(rows, await together(self._seek, rows), strict=True):
            work.own.release([row])
            after = self._after(row, result)
            work.rows.note(after)
            if after.state is not R.IN_DOUBT:
                event(log, Action.DOUBT_SETTLED, **work.ids(row), state=after.state, looks=row.doubt.looks + 1)

    def _after(self, row: Recipient, result: Seen | Settled | MailError | None) -> Recipient:
        work, now = self._work, self._work.now()
        if isinstance(result, MailError):
            work.brakes.throttled(result, now)
        if result is None or isinstance(result, MailError):
            return outcomes.look_failed(row, result, now, self._policy(row))
        if isinstance(result, Seen):
            return self._vanished_again(row, outcomes.after_look(row, result, now, self._policy(row)))
        # The draft that was found had never left, and has now been sent or certainly refused; or the letter was.
        work.transports.saw(result.outcome)
        return outcomes.after_attempt(row, result.outcome, now, work.doubt)

    def _vanished_again(self, row: Recipient, after: Recipient) -> Recipient:
        """A transport that never says what became of a letter, and of which nothing comes, takes none from us."""
        by = row.attempt.transport
        if after.state is not R.PLANNED or by is None or not outcomes.has_vanished_before(row):
            return after
        code, _, detail = row.detail.partition(" ")
        self._work.transports.saw(TransportRefused(by, code, detail, about=Refusal.OUT_OF_REACH))
        return replace(after, attempt=replace(after.attempt, refused_by=(*after.attempt.refused_by, by)))

    def _policy(self, row: Recipient) -> DoubtPolicy:
        """Where it is a changed setting that keeps us from telling, nothing is sent again automatically."""
        work = self._work
        taken = is_still_taken(row, work.rows.batch, work.services.settings)
        same = taken and work.transports.used_by(row) is not None
        policy = work.doubt if same else replace(work.doubt, resend=False)
        return replace(policy, looks=policy.looks[:1]) if row.attempt.transport in KNOWS_AT_ONCE else policy

    async def _seek(self, row: Recipient) -> Seen | Settled | MailError | None:
        """None where the transport of the last attempt is not set up any more, and nobody can be asked."""
        work = self._work
        transport = work.transports.used_by(row)
        if transport is None:
            return None
        last = row.doubt.looks + 1 >= len(work.doubt.looks)
        mail, redirect = work.mail(row), work.services.settings.mail_redirect_to
        # A draft from before the redirect was set is addressed to the recipient, and lies where it is.
        may_send = not redirect or mail.to.address == redirect
        draft_id = row.attempt.draft_id
        return await seek(transport, mail, gate=work.gate, draft_id=draft_id, last_look=last, may_send=may_send)


class SendLetters:
    """Sends the letter by the first transport that takes it."""

    def __init__(self, work: BatchWork) -> None:
        self._work = work

    def wants(self, row: Recipient) -> bool:
        """Whether nothing but the sending is left; a ticket of its own comes before it."""
        return row.state is R.PLANNED and (self._work.template is None or bool(row.own_ticket.id))

    @property
    def bound(self) -> int:
        """The doubt bound of the transport that can tell most; those of another that can't keep to their own."""
        return max(self._bound(transport.name) for transport in self._work.transports.every)

    async def begin(self, rows: Sequence[Recipient], *, in_doubt: int) -> list[Intent]:
        """Prepares each letter, and notes the intents of those that can go."""
        await keep_to_the_pool(self._work)
        chosen = [(row, transport) for row in rows if (transport := self._work.transports.next_for(row))]
        if not chosen and not in_doubt:
            self._refused_by_all()
        within = [pair for place, pair in enumerate(chosen) if in_doubt + place < self._bound(pair[1].name)]
        within = within[: self._work.own.fitting([row for row, _ in within])]
        await self._work.own.fetch([row for row, _ in within])
        if any(transport.needs_draft(self._work.mail(row)) for row, transport in within):
            within = within[: self._work.gate.permits]  # drafts take long, and the lease is not renewed meanwhile
            await self._work.rows.hold()  # or two that have the message both make them, and one's stay unsent
        allowed = await self._allowed(within) if within else []
        return self._begin(allowed, await together(self._draft, allowed))

    async def _allowed(self, within: Sequence[Chosen]) -> list[Chosen]:
        """Those that the day, the pace and the transport's own limits have room for."""
        brakes = self._work.brakes
        allowed = within[: brakes.allowed(len(within), self._work.now())]
        left = sum(row.state is R.PLANNED for row in self._work.rows.all)
        fit = await self._work.shares.fitting(allowed, left=left)
        brakes.give_back(len(allowed) - len(fit))
        going = {row.index for row, _ in fit}
        self._work.own.release([row for row, _ in within if row.index not in going])
        return fit

    def settle(self, answers: Sequence[tuple[Intent, Accepted | MailError]]) -> None:
        """Notes what became of each."""
        self._settle([(intent.begun, result) for intent, result in answers])
        self._work.own.release([intent.begun for intent, _ in answers])

    def may_go(self, intent: Intent) -> bool:
        """Whether the transport is still the one to send it by."""
        return self._work.transports.next_for(intent.before) is intent.transport

    def take_back(self, intents: Sequence[Intent]) -> None:
        """Those whose letter has not left stand as before."""
        for intent in intents:
            self._work.rows.note(intent.before)
        self._work.own.release([intent.before for intent in intents])
        self._work.brakes.give_back(len(intents))
        self._work.shares.take_back([intent.transport for intent in intents])

    def is_refusal(self, answer: Accepted | MailError) -> bool:
        """Whether the transport takes nothing more, as it says."""
        return isinstance(answer, (Throttled, TransportRefused))

    def _bound(self, transport: Transport) -> int:
        return doubt_bound(transport, self._work.services.settings)

    def _refused_by_all(self) -> None:
        """Every transport certainly refuses: nothing was sent, so the batch waits for the operator to fix it."""
        rows, brakes = self._work.rows, self._work.brakes
        brakes.refused, brakes.code = self._work.transports.refusal()
        refused = [row for row in rows.all if row.attempt.refused_by and not row.has_outcome]
        if refused and brakes.refused is Refusal.SETTINGS:  # a worker that died had met them
            brakes.refused, brakes.code = rows.batch.refusals.about or Refusal.US, rows.batch.refusals.code
        for row in refused:
            rows.note(replace(row, attempt=replace(row.attempt, refused_by=())))

    def _begin(
        self, chosen: Sequence[tuple[Recipient, MailTransport]], drafts: Sequence[str | MailError]
    ) -> list[Intent]:
        """Notes the intent of each whose letter can go; one that could not be prepared is settled."""
        now = self._work.now()
        intents, failed = [], []
        for (row, transport), draft in zip(chosen, drafts, strict=True):
            if isinstance(draft, str):
                mail = self._work.mail(row)
                begun = outcomes.begun(
                    row, transport.name, now, message_id=mail.message_id, draft_id=draft, route=mail.route
                )
                self._work.rows.note(begun)
                intents.append(Intent(row, begun, transport))
            else:
                attempt = replace(row.attempt, count=row.attempt.count + 1, first=row.attempt.first or now)
                failed.append((replace(row, attempt=attempt), draft))
        self._settle(failed)
        going = {intent.before.index for intent in intents}
        self._work.own.release([row for row, _ in chosen if row.index not in going])
        return intents

    async def _draft(self, chosen: tuple[Recipient, MailTransport]) -> str | MailError:
        row, transport = chosen
        mail = self._work.mail(row)
        if not transport.needs_draft(mail):
            return ""
        try:
            async with self._work.gate.acting():
                return await transport.prepare(mail)
        except MailError as error:
            return error

    async def act(self, intent: Intent) -> Accepted | MailError:
        """Sends the letter."""
        row, transport = intent.begun, intent.transport
        try:
            async with self._work.shares.turn(transport), self._work.gate.acting():
                return await transport.send(self._work.mail(row), draft_id=row.attempt.draft_id)
        except MailError as error:
            return error
        except DispatchError:
            raise
        except Exception as error:
            # An unforeseen error in a transport: the request may have left, so nothing is certain.
            log.exception("unforeseen error in %s", transport.name)
            return OutcomeUnknown(transport.name, type(error).__name__)

    def _settle(self, results: Sequence[tuple[Recipient, Accepted | MailError]]) -> None:
        as_one = self._work.transports.equal_as_one(results, self._work.now())
        for (row, _), result in zip(results, as_one, strict=True):
            self._settle_one(row, result)

    def _settle_one(self, row: Recipient, result: Accepted | MailError) -> None:
        work, now = self._work, self._work.now()
        work.transports.saw(result)
        work.rows.note(outcomes.after_attempt(row, result, now, work.doubt))
        if isinstance(result, MailError):
            work.brakes.throttled(result, now)
            action = ACTIONS.get(type(result))
            if action:
                said = {"transport": result.transport, "code": result.code}
                event(log, action, level=logging.WARNING, **work.ids(row), **said)
