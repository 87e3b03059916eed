"""What can go wrong, split by what the caller does next.

DispatchError
├── BadConfiguration      the operator must fix settings; nothing runs until then
├── Rejected              the case worker must fix the ticket; it gets one note
│   └── EmptyLetter           there is nothing in the message
├── HalfDone              a person's press came half-way; it says what was done, and pressing again finishes it
├── LostRace              another worker wrote first; stop quietly, it has the work
├── ContentMissing        the frozen content is gone or altered; nothing may be sent
├── TicketSystemError     Pureservice; carries method, path, status and the server's message, never the key
│   ├── TicketSystemBusy      throttled, down or out of time: try again after ``retry_after``
│   └── TicketSystemRefused   it understood and said no
│       ├── TooLarge              what was asked for is larger than what we take
│       ├── UnsafeFilterValue     a name that can't be put in a filter
│       └── UnreadableRow         one row can't be read, and leaving it out would lose somebody or something
└── MailError             a transport; carries its name and a code, never an address
    ├── RecipientRefused      final for this recipient; never fail over
    ├── MessageRefused        final for this letter: the next recipient would meet the same
    ├── TransportRefused      certain that nothing was sent, and that this transport won't: fail over
    ├── Throttled             certain that nothing was sent; the whole mailbox must rest
    ├── TryAgain              certain that nothing was sent; this recipient may be tried later
    └── OutcomeUnknown        nothing is certain: reconcile, never repeat blindly
"""

from collections.abc import Sequence

from dispatch.core import text
from dispatch.core.states import Reason, Refusal, Transport
from dispatch.core.text import Limit

UNAUTHORISED, FORBIDDEN = 401, 403
KEY_REFUSED = frozenset({UNAUTHORISED, FORBIDDEN})


class DispatchError(Exception):
    """The root of all errors that this application raises itself."""


class BadConfiguration(DispatchError):
    """Settings are missing or wrong; ``problems`` names every one of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The settings can't be used:\n" + "\n".join(f"  - {problem}" for problem in self.problems))


class Rejected(DispatchError):
    """A ticket can't be dispatched; ``problems`` are Norwegian sentences for the case worker."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problem(s) for the case worker to fix")


class EmptyLetter(Rejected):
    """There is nothing in the message to read or to see."""


class HalfDone(DispatchError):
    """The outside failed in the middle of a press; ``sentences`` say in Norwegian what was done and what was not."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("a press came half-way")


class LostRace(DispatchError):
    """A conditional write found that somebody else had written first."""


class ContentMissing(DispatchError):
    """The frozen content of a dispatch can't be read back as it was written."""


class TicketSystemError(DispatchError):
    """A call to Pureservice failed. ``status`` is 0 where no answer came.

    ``message`` is ours and may be logged; ``words`` are the server's own, which may name people: they go to the ticket
    and to who asks, never to a log.
    """

    def __init__(self, method: str, path: str, *, status: int = 0, message: str = "", words: str = "") -> None:
        self.method = method
        self.path = path
        self.status = status
        self.message = text.line(message, most=Limit.SENTENCE)
        self.words = text.line(words, most=Limit.SENTENCE)
        super().__init__(f"{method} {path} -> {status or 'no answer'}: {self.message}")

    @property
    def is_about_our_key(self) -> bool:
        """Whether the key was refused, or may not do this: nothing that a ticket could help."""
        return self.status in KEY_REFUSED

    @property
    def is_of_the_key_itself(self) -> bool:
        """Whether nothing can be read with the key. A key that may not read one row is about that row's ticket too."""
        return self.status == UNAUTHORISED


class TicketSystemBusy(TicketSystemError):
    """Throttled, unavailable or out of time; the same call may succeed after ``retry_after`` seconds.

    ``undone`` says that it is certain that nothing was done; otherwise a write may have been.
    """

    def __init__(
        self,
        method: str,
        path: str,
        *,
        status: int = 0,
        message: str = "",
        words: str = "",
        retry_after: float = 30.0,
        undone: bool = False,
    ) -> None:
        super().__init__(method, path, status=status, message=message, words=words)
        self.retry_after = retry_after
        self.undone = undone


class ListChanged(TicketSystemBusy):
    """A list is not any more what it was when its reading began; read from the beginning it is whole again."""


class TicketSystemRefused(TicketSystemError):
    """Pureservice understood the call and refused it; repeating it changes nothing."""


class AnswerLacking(TicketSystemRefused):
    """Pureservice answered, and not what we can go on with. ``words`` is a sentence of ours for the case worker."""


class UnsafeFilterValue(TicketSystemRefused):
    """A name holds a quote, a backslash or a control character, which no filter can carry safely."""


class TooLarge(TicketSystemRefused):
    """An answer or a file is larger than ``most`` bytes; nothing of it was kept."""

    def __init__(self, method: str, path: str, *, most: int) -> None:
        self.most = most
        size = f"{most / 1024 / 1024:.0f} MB"
        words = f"svaret er større enn {size}"
        super().__init__(method, path, status=200, message=f"the answer is larger than {size}", words=words)


class UnreadableRow(TicketSystemRefused):
    """A row that is needed can't be read. ``noun`` says of what kind it is, ``row`` is its id, 0 where it has none."""

    def __init__(self, path: str, *, noun: str, row: int, fields: Sequence[str]) -> None:
        self.noun, self.row, self.fields = noun, row, tuple(fields)
        which = row or "without an id"
        super().__init__("GET", path, status=200, message=f"{noun} {which} can't be read: {', '.join(fields)}")


class MailError(DispatchError):
    """A transport did not accept a message. ``code`` and ``detail`` are safe to log: they hold no address."""

    def __init__(self, transport: Transport, code: str, detail: str = "") -> None:
        self.transport = transport
        self.code = text.line(code, most=Limit.CODE)
        self.detail = text.line(detail, most=Limit.SHORT)
        super().__init__(f"{transport}: {self.code} {self.detail}".rstrip())


class RecipientRefused(MailError):
    """The recipient's address was refused for good."""

    def __init__(
        self, transport: Transport, code: str, detail: str = "", *, reason: Reason = Reason.RECIPIENT_REFUSED
    ) -> None:
        super().__init__(transport, code, detail)
        self.reason = reason


class MessageRefused(MailError):
    """The letter itself was refused: too large, not well formed, or found unwanted."""


class TransportRefused(MailError):
    """The transport certainly sent nothing and won't: unreachable, credentials, sender, mailbox, quota of the day."""

    def __init__(self, transport: Transport, code: str, detail: str = "", *, about: Refusal = Refusal.US) -> None:
        super().__init__(transport, code, detail)
        self.about = about


class Throttled(MailError):
    """The mailbox is over its rate; nothing was sent. ``retry_after`` is in seconds, from the server where it said."""

    def __init__(self, transport: Transport, code: str, detail: str = "", *, retry_after: float = 10.0) -> None:
        super().__init__(transport, code, detail)
        self.retry_after = retry_after


class TryAgain(MailError):
    """Nothing was sent, and only this recipient should wait; ``retry_after`` in seconds."""

    def __init__(self, transport: Transport, code: str, detail: str = "", *, retry_after: float = 300.0) -> None:
        super().__init__(transport, code, detail)
        self.retry_after = retry_after


class OutcomeUnknown(MailError):
    """The request left and no answer settled what became of it."""
