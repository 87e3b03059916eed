"""Which transport takes a recipient's letter, by what has refused it and how the transports have answered."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from dispatch.core import (
    MAILERS,
    Accepted,
    Channel,
    MailError,
    Recipient,
    Refusal,
    Transport,
    TransportRefused,
    for_every,
)
from dispatch.ports import MailTransport
from dispatch.sending.equal_refusals import NOBODY_ELSE, EqualRefusals, Others, Result
from dispatch.services import Services

# Of several transports' refusals the one that a person has most to do about.
TELLING = (Refusal.LETTER, Refusal.US, Refusal.OUT_OF_REACH)
OF_A_MAILBOX = frozenset({Transport.GRAPH})  # what it refuses of us is said of the mailbox, not of all that we send
REFUSALS_THAT_TRIP = 3  # after so many in a row the rest of the batch goes straight to the next transport


class TransportChoice:
    """The transports that are set up, in their order, and what they have refused in this run."""

    def __init__(self, services: Services, others: Others = NOBODY_ELSE) -> None:
        self._refused: dict[Refusal, str] = {}  # what refusals were about, and the last code of each
        self.keeps_to_mailbox = False  # another mailbox of the pool is to have what this one refuses
        self.mailbox_took = False
        self._mailbox_refused = False
        self._exchange = services.exchange
        # A trial writes to nobody real: what was planned before the redirect was set waits until it is gone.
        self._exchange_is_shut = bool(services.settings.mail_redirect_to)
        self._mail = {transport.name: transport for transport in services.transports}
        self._refusals: Counter[Transport] = Counter()
        give_up = services.settings.dispatch_give_up_hours * 3600.0
        self._equal = EqualRefusals(others, give_up=give_up)
        self._next: Mapping[Channel, Callable[[Recipient], MailTransport | None]] = for_every(
            Channel,
            {
                Channel.EMAIL: self._next_mailer,
                Channel.TICKET: self._next_mailer,
                Channel.EFORMIDLING: self._next_exchange,
            },
        )

    @property
    def every(self) -> list[MailTransport]:
        """All that are set up."""
        return [*self._mail.values(), *([self._exchange] if self._exchange else [])]

    def next_for(self, row: Recipient) -> MailTransport | None:
        """The first that has not refused the recipient and is not left alone; None where every one refuses."""
        return self._next[row.channel](row)

    def _next_mailer(self, row: Recipient) -> MailTransport | None:
        # What one has perhaps sent is sent again by that one alone, so that a mail system can see that it is the same.
        if self.keeps_to_mailbox and any(self._is_shut(name, row) for name in self._mail if name in OF_A_MAILBOX):
            return None
        only = row.attempt.transport if row.doubt.resent and row.attempt.transport in MAILERS else None
        for name, transport in self._mail.items():
            if only in (None, name) and not self._is_shut(name, row):
                return transport
        return None

    def _is_shut(self, name: Transport, row: Recipient) -> bool:
        return name in row.attempt.refused_by or self._refusals[name] >= REFUSALS_THAT_TRIP

    @property
    def mailbox_refused(self) -> bool:
        """Whether the mailbox itself has refused somebody in this run."""
        return self._mailbox_refused

    @property
    def mailbox_refuses(self) -> bool:
        """Whether the mailbox itself refuses one after the other."""
        return any(self._refusals[name] >= REFUSALS_THAT_TRIP for name in self._mail if name in OF_A_MAILBOX)

    def _next_exchange(self, row: Recipient) -> MailTransport | None:
        exchange = self._exchange
        shut = self._exchange_is_shut or exchange is None or exchange.name in row.attempt.refused_by
        return None if shut else exchange

    def used_by(self, row: Recipient) -> MailTransport | None:
        """The one that the recipient's last attempt went by; None where it is not set up any more."""
        if row.channel is Channel.EFORMIDLING:
            return self._exchange
        return self._mail.get(row.attempt.transport) if row.attempt.transport else None

    def equal_as_one(self, results: Sequence[tuple[Recipient, Result]], now: datetime) -> list[Result]:
        """What results that are settled together come to: equal refusals in a row are the transport's."""
        as_one = self._equal.as_one(results, now)
        for (_, before), after in zip(results, as_one, strict=True):
            if isinstance(after, TransportRefused) and after is not before:
                self._refusals[after.transport] = REFUSALS_THAT_TRIP
        return as_one

    def refusal(self) -> tuple[Refusal, str]:
        """What it is about that every transport refuses, and the code; where nothing was tried, no way is open."""
        about = next((about for about in TELLING if about in self._refused), Refusal.SETTINGS)
        return about, self._refused.get(about, "")

    def saw(self, result: Accepted | MailError) -> None:
        """Counts refusals in a row; an acceptance ends the row."""
        if isinstance(result, TransportRefused):
            self._refusals[result.transport] += 1
            self._refused[result.about] = result.code
            of_mailbox = result.transport in OF_A_MAILBOX and result.about is Refusal.US
            self._mailbox_refused = self._mailbox_refused or of_mailbox
        elif isinstance(result, Accepted):
            self._refusals[result.transport] = 0
            self.mailbox_took = self.mailbox_took or result.transport in OF_A_MAILBOX
