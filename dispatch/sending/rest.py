"""Why a batch rests: what the loop returns, and what its steps have met outside."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.core import MailError, Refusal, Throttled, TicketSystemBusy, TicketSystemError


@dataclass(frozen=True, slots=True)
class Rest:
    """Why and for how long the batch goes back to the queue; None as ``seconds`` means that it is done."""

    seconds: float | None
    why: str = ""


DONE = Rest(None)
UNTIL_ASKED_AGAIN = 60.0  # seconds; who comes back then learns when the day has room


@dataclass(slots=True)
class Brakes:
    """What makes the batch rest after the step that is running."""

    refused: Refusal | None = None  # nothing takes letters: what it is about
    code: str = ""  # the last refusal's
    throttled_until: datetime | None = None
    throttled_by: str = ""  # the code that asked for the rest
    may_send: int | None = None  # letters that the day's limit or the pace leaves this run; None where it leaves all
    next_portion: datetime | None = None  # where it is the pace: when more may leave
    _pause: Rest | None = None

    def throttled(self, error: MailError, now: datetime) -> None:
        """Rests for as long as a server that throttles asks for; other errors are no reason."""
        if isinstance(error, Throttled):
            until = now + timedelta(seconds=error.retry_after)
            self.throttled_until = max(until, self.throttled_until or until)
            self.throttled_by = error.code

    def refused_by_tickets(self, error: TicketSystemError) -> None:
        """Rests for as long as Pureservice asks, or until the operator has fixed what it refuses."""
        if isinstance(error, TicketSystemBusy):
            self._pause = Rest(error.retry_after, "pureservice is busy")
        else:
            self.refused, self.code = Refusal.PURESERVICE, str(error.status or "")

    def lost_by_tickets(self) -> None:
        """What Pureservice was asked to make, and gave no answer about, is not there: it is given time."""
        self.refused, self.code = Refusal.PURESERVICE, "no answer"

    def waits_for(self, rest: Rest) -> None:
        """Rests after this step, where nothing more may begin before something outside has room."""
        self._pause = rest

    def allowed(self, wanted: int, now: datetime) -> int:
        """How many of so many letters may begin now; with none the batch rests until the day or the pace has room."""
        if self.may_send is None:
            return wanted
        begun = min(wanted, self.may_send)
        self.may_send -= begun
        if not begun:
            self._pause = self._until_more(now)
        return begun

    def _until_more(self, now: datetime) -> Rest:
        if self.next_portion is None:
            return Rest(UNTIL_ASKED_AGAIN, "the quota of the day is used")
        return Rest(max(0.0, (self.next_portion - now).total_seconds()), "the pace of the mailbox")

    def give_back(self, letters: int) -> None:
        """So many of those that were allowed have not begun after all."""
        if self.may_send is not None:
            self.may_send += letters

    def rest(self, now: datetime) -> Rest | None:
        """The rest that is due now; None where the batch may go on."""
        if self.throttled_until and self.throttled_until > now:
            return Rest((self.throttled_until - now).total_seconds(), "throttled")
        if self.refused:
            return Rest(0.0, "refused")
        return self._pause
