"""What the steps of one leased batch work with, and what a step is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from dispatch.core import Batch, Dispatch, Letter, OutgoingMail, OwnTicketTemplate, Recipient, numbered
from dispatch.sending.batch_rows import BatchRows
from dispatch.sending.breaker import Breaker
from dispatch.sending.carrier_shares import CarrierShares
from dispatch.sending.equal_refusals import NOBODY_ELSE, Others
from dispatch.sending.outcomes import DoubtPolicy
from dispatch.sending.outgoing_mail import outgoing
from dispatch.sending.own_contents import OwnContents
from dispatch.sending.request_gate import RequestGate
from dispatch.sending.rest import Brakes
from dispatch.sending.transport_choice import TransportChoice
from dispatch.services import Services
from dispatch.settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")


class Step(Protocol):
    """One thing that a recipient goes through. It writes an intent before it acts, and notes what came of it."""

    def wants(self, row: Recipient) -> bool:
        """Whether the recipient stands before this step."""
        ...

    async def run(self, rows: Sequence[Recipient]) -> None:
        """Takes such recipients through it."""
        ...


@dataclass(frozen=True, slots=True)
class BatchWork:
    """One worker's work on one leased batch. ``template`` is given where every recipient gets a ticket of its own."""

    services: Services
    dispatch: Dispatch
    letter: Letter
    template: OwnTicketTemplate | None
    rows: BatchRows
    gate: RequestGate
    brakes: Brakes
    shares: CarrierShares
    transports: TransportChoice
    doubt: DoubtPolicy
    breaker: Breaker
    own: OwnContents

    def now(self) -> datetime:
        """The moment."""
        return self.services.clock()

    def letter_to(self, row: Recipient) -> Letter:
        """The letter with what is the recipient's alone, the number of its own ticket among it where it has one."""
        letter = numbered(self.letter, row.own_ticket.number) if self.template else self.letter
        return self.own.letter(letter, row)

    def words_to(self, row: Recipient) -> Letter:
        """What it says, for where that is told: files that are the recipient's alone are named in it, and empty."""
        letter = numbered(self.letter, row.own_ticket.number) if self.template else self.letter
        return self.own.words(letter, row)

    def mail(self, row: Recipient) -> OutgoingMail:
        """The letter on its way to one recipient."""
        return outgoing(row, self.dispatch, self.letter_to(row), self.services, batch=self.rows.batch)

    def ids(self, row: Recipient) -> dict[str, Any]:
        """How a log line names the recipient."""
        return {"dispatch": self.dispatch.key, "batch": row.batch, "recipient": row.index}


def work_on(
    services: Services,
    dispatch: Dispatch,
    batch: Batch,
    recipients: Sequence[Recipient],
    letter: Letter,
    *,
    template: OwnTicketTemplate | None,
    permits: int,
    own: OwnContents | None = None,
    others: Others = NOBODY_ELSE,
) -> BatchWork:
    """The work on one leased batch, before its first step."""
    lease = timedelta(seconds=services.settings.dispatch_lease_seconds)
    rows, brakes = BatchRows(services.ledger, services.clock, batch, recipients, lease=lease), Brakes()
    return BatchWork(
        services=services,
        dispatch=dispatch,
        letter=letter,
        template=template,
        rows=rows,
        gate=RequestGate(permits, lease_is_over=lambda: rows.lease_ends_within(timedelta())),
        brakes=brakes,
        shares=CarrierShares(services, brakes),
        transports=TransportChoice(services, others),
        doubt=_doubt_policy(services.settings),
        breaker=Breaker(
            services.ledger, batch, services.settings.dispatch_break_share, dispatch.rounds.times.counted_from
        ),
        own=own or OwnContents(dispatch.key, services.letters),
    )


async def together(act: Callable[[Item], Awaitable[Result]], items: Iterable[Item]) -> list[Result]:
    """What ``act`` makes of each, all at once; the gate bounds how many requests leave at a time."""
    return list(await asyncio.gather(*(act(item) for item in items)))


def _doubt_policy(settings: Settings) -> DoubtPolicy:
    return DoubtPolicy(
        looks=settings.dispatch_reconcile_looks,
        resend=settings.dispatch_in_doubt == "resend",
        give_up=timedelta(hours=settings.dispatch_give_up_hours),
        first_question=timedelta(seconds=settings.ef_receipt_seconds),
    )
