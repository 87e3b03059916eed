"""What the answers of Communication Services mean, and what it means that none came.

Their texts are read for what they are about, since one code stands for many things, and never kept: they name
addresses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dispatch.core import (
    MailError,
    MessageRefused,
    OutcomeUnknown,
    Reason,
    RecipientRefused,
    Refusal,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
)

COMMUNICATION = Transport.COMMUNICATION
OK, ACCEPTED, BAD_REQUEST, NOT_FOUND, CONFLICT, PRECONDITION, TOO_MANY = 200, 202, 400, 404, 409, 412, 429
PERHAPS_A_REPEAT = frozenset({BAD_REQUEST, CONFLICT, PRECONDITION})
"""Answers that a repeat of what was accepted may get: nobody is refused by one before the sending was asked for."""
WITHOUT_RETRY_AFTER = 60.0  # seconds; what the subscription rests where the service doesn't say
BEFORE_ANOTHER_LOOK = 60.0
SOONEST, LATEST = 1.0, 24 * 3600.0
NOT_SENT = frozenset({"failed", "canceled"})
SUPPRESSED = "emaildroppedallrecipientssuppressed"

Kind = type[MailError]
BY_STATUS: Mapping[int, Kind] = {
    400: MessageRefused,
    408: OutcomeUnknown,
    409: OutcomeUnknown,
    412: TryAgain,
    413: MessageRefused,
    414: MessageRefused,
    415: MessageRefused,
    422: MessageRefused,
    429: Throttled,
    431: MessageRefused,
    499: OutcomeUnknown,
}
_OF_THE_ID = re.compile(r"\b(operation|message|repeatability|request)[ -]?id\b")
_IN_USE = re.compile(r"already|duplicate|in use|exists|conflict|been used|not unique")
_OF_THE_RECIPIENT = re.compile(r"invalid format for email address|invalid ?recipient|recipient.{0,40}invalid")
_OF_US = re.compile(
    r"domain.{0,40}(not linked|not verified)|domainnotlinked|sender.{0,60}(domain|username|verified|invalid)"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``words`` are the service's own, in lower case, and go nowhere from here."""

    status: int
    code: str = ""
    request_id: str = ""
    retry_after: float | None = None
    words: str = ""
    body: Mapping[str, Any] | None = None

    @property
    def label(self) -> str:
        """The error code, or the status where there is none."""
        return self.code or f"HTTP {self.status}"

    @property
    def detail(self) -> str:
        """Status and request id, for a support case."""
        return f"status {self.status}" + (f", request {self.request_id}" if self.request_id else "")


@dataclass(frozen=True, slots=True)
class Operation:
    """A sending that the service knows of."""

    status: str
    code: str = ""

    def refusal(self) -> MailError | None:
        """What became of it, where it took the letter and sent it to nobody."""
        if self.status not in NOT_SENT:
            return None
        if self.code.lower() == SUPPRESSED:
            return RecipientRefused(
                COMMUNICATION, self.code, "its address is on the service's list of those that bounce"
            )
        return RecipientRefused(
            COMMUNICATION, self.code or self.status, "taken, and sent to nobody", reason=Reason.MESSAGE_REFUSED
        )


def read(status: int, headers: Mapping[str, str], body: object) -> Answer:
    """The parts of an answer that decisions and logs need."""
    whole = body if isinstance(body, Mapping) else {}
    found = whole.get("error")
    error = found if isinstance(found, Mapping) else {}
    return Answer(
        status,
        _safe(error.get("code"), r"[A-Za-z0-9_.-]{1,64}")
        or _safe(headers.get("x-ms-error-code"), r"[A-Za-z0-9_.-]{1,64}"),
        _safe(headers.get("x-ms-client-request-id"), r"[A-Za-z0-9-]{1,64}"),
        _seconds(headers.get("retry-after", "")),
        f"{error.get('code', '')} {error.get('message', '')}".lower()[:1000],
        whole,
    )


def operation_of(answer: Answer) -> Operation | None:
    """What the service says of a sending that it was asked for; None where it knows none of that id.

    Raises:
        MailError: it says neither; ``Throttled`` and ``TryAgain`` only.
    """
    body = answer.body or {}
    if answer.status == OK and isinstance(body.get("status"), str):
        return Operation(body["status"].lower(), answer.code)
    if answer.status == NOT_FOUND and answer.code:  # a proxy's or a wrong path's has no code of the service
        return None
    if answer.status == TOO_MANY:
        raise error_of(answer)
    raise TryAgain(COMMUNICATION, answer.label, answer.detail, retry_after=answer.retry_after or BEFORE_ANOTHER_LOOK)


def is_of_a_used_id(answer: Answer) -> bool:
    """Whether it says that the id is in use. Nobody else can have made one of ours, so it is the letter's own."""
    return bool(_OF_THE_ID.search(answer.words) and _IN_USE.search(answer.words))


def error_of(answer: Answer) -> MailError:
    """What to raise where a request to send was answered with anything but 202."""
    kind = _kind_of(answer)
    if kind is Throttled:
        return Throttled(
            COMMUNICATION, answer.label, answer.detail, retry_after=answer.retry_after or WITHOUT_RETRY_AFTER
        )
    if kind is TryAgain:
        return TryAgain(
            COMMUNICATION, answer.label, answer.detail, retry_after=answer.retry_after or BEFORE_ANOTHER_LOOK
        )
    return kind(COMMUNICATION, answer.label, answer.detail)


def _kind_of(answer: Answer) -> Kind:
    if answer.status in (BAD_REQUEST, NOT_FOUND):
        if _OF_US.search(answer.words):
            return TransportRefused
        if _OF_THE_RECIPIENT.search(answer.words):
            return RecipientRefused
    found = BY_STATUS.get(answer.status)
    if found is not None:
        return found
    # A redirect or a refusal of us: nothing was sent. Anything else, another success too, says nothing.
    return TransportRefused if 300 <= answer.status < 500 else OutcomeUnknown  # noqa: PLR2004  # classes of answers


def unreached(error: BaseException) -> MailError:
    """What to raise where nothing left this machine."""
    return TransportRefused(COMMUNICATION, type(error).__name__, about=Refusal.OUT_OF_REACH)


def _seconds(header: str) -> float | None:
    """Whole seconds, which is what the service says."""
    return min(max(float(header), SOONEST), LATEST) if re.fullmatch(r"\d{1,9}", header.strip()) else None


def _safe(value: object, pattern: str) -> str:
    return value if isinstance(value, str) and re.fullmatch(pattern, value) else ""
