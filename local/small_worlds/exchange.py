"""A small integration point: what was handed over, and a receipt at the second question."""

from collections import Counter, deque
from dataclasses import dataclass, field

from dispatch.core import ExchangeMessage, Journey, OutcomeUnknown, RecipientRefused, Standing, Transport
from local.small_worlds.mailbox import HIDDEN, LOST

RECIPIENT = "recipient"


@dataclass
class SmallExchange:
    """See ``dispatch.ports.MessageExchange``. ``answers`` are those of the next submissions."""

    answers: deque[str] = field(default_factory=deque)
    received: Counter[str] = field(default_factory=Counter)  # by organisation number
    asked: Counter[str] = field(default_factory=Counter)
    known: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """A new world begins."""
        for kept in (self.answers, self.received, self.asked, self.known):
            kept.clear()

    async def service_for(self, organisation: str) -> str:
        return "DPO" if organisation else ""

    async def submit(self, message: ExchangeMessage) -> str:
        answer = self.answers.popleft() if self.answers else ""
        if answer == LOST:
            raise OutcomeUnknown(Transport.EFORMIDLING, "504")
        if answer == RECIPIENT:
            raise RecipientRefused(Transport.EFORMIDLING, "400")
        if message.message_id not in self.known:
            self.known.add(message.message_id)
            self.received[message.receiver] += 1
        if answer == HIDDEN:
            raise OutcomeUnknown(Transport.EFORMIDLING, "504")
        return "DPO"

    async def journey(self, message_id: str) -> Journey:
        if message_id not in self.known:
            return Journey(Standing.UNKNOWN)
        self.asked[message_id] += 1
        return Journey(Standing.DELIVERED if self.asked[message_id] > 1 else Standing.ON_ITS_WAY, "DPO")

    async def close(self) -> None:
        """Nothing to give back."""
