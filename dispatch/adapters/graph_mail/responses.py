"""What Graph's answers mean, and what it means that none came.

The error code decides before the status, since reports of the quota codes differ in their status. Texts are never
read: they name addresses.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from dispatch.adapters.http_client import UNCONNECTED
from dispatch.core import (
    MailError,
    MessageRefused,
    OutcomeUnknown,
    RecipientRefused,
    Refusal,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
    text,
)

GRAPH = Transport.GRAPH
ACCEPTED, CREATED, UNAUTHORISED, FORBIDDEN, NOT_FOUND, TOO_MANY = 202, 201, 401, 403, 404, 429
WITHOUT_RETRY_AFTER = 10.0  # seconds; what a throttled mailbox rests when the server doesn't say
BEFORE_A_NEW_DRAFT = 60.0
SOONEST, LATEST = 1.0, 24 * 3600.0

Kind = type[MailError]


def _table(*rows: tuple[Kind, Iterable[str]]) -> dict[str, Kind]:
    return {_bare(code): kind for kind, codes in rows for code in codes}


def _bare(code: str) -> str:
    """Lower case and without ``Error`` in front: both spellings are seen for the same condition."""
    return code.lower().removeprefix("error")


BY_CODE = _table(
    (
        RecipientRefused,
        ("ErrorInvalidRecipients", "ErrorInvalidSmtpAddress", "ErrorRecipientNotFound", "ErrorNonExistentMailbox"),
    ),
    (
        MessageRefused,
        (
            "InvalidInternetMessageHeader",
            "InvalidInternetMessageHeaderCollection",
            "UnableToDeserializePostBody",
            "ErrorMimeContentInvalidBase64String",
            "ErrorInvalidRequest",
            "BadRequest",
            "RequestBodyRead",
            "ErrorMessageSizeExceeded",
            "ErrorAttachmentSizeLimitExceeded",
            "ErrorExceededMaxRecipientLimit",
        ),
    ),
    (
        TransportRefused,
        (
            "InvalidAuthenticationToken",
            "TokenExpired",
            "ErrorAccessDenied",
            "Authorization_RequestDenied",
            "Forbidden",
            "ErrorSendAsDenied",
            "MailboxNotEnabledForRESTAPI",
            "MailboxNotSupportedForRESTAPI",
            "ErrorInvalidUser",
            "Request_ResourceNotFound",
            "ResourceNotFound",
            "ErrorMessageSubmissionBlocked",
            "ErrorAccountSuspend",
            # The quota of the day is used up: hours, so another transport rather than a rest.
            "ErrorExceededMessageLimit",
            "ErrorExceededHourlyMessageLimit",
            "ErrorSubmissionQuotaExceeded",
            "RecipientRateLimitExceeded",
            "ErrorQuotaExceeded",
        ),
    ),
    (
        Throttled,
        (
            "ApplicationThrottled",
            "TooManyRequests",
            "ActivityLimitReached",
            "CommandConcurrencyLimitReached",
            "MailboxConcurrency",
        ),
    ),
    (
        OutcomeUnknown,
        (
            "ErrorServerBusy",
            "ErrorMailboxStoreUnavailable",
            "ErrorMailboxMoveInProgress",
            "ErrorInternalServerTransientError",
            "ErrorConnectionFailed",
            "ServiceNotAvailable",
            "ErrorInternalServerError",
            "UnknownError",
            "ErrorTimeoutExpired",
        ),
    ),
)

BY_STATUS: dict[int, Kind] = {
    301: TransportRefused,  # the base URL points to somewhere else; 303 would mean that the request was carried out
    302: TransportRefused,
    307: TransportRefused,
    308: TransportRefused,
    400: MessageRefused,
    401: TransportRefused,
    403: TransportRefused,
    404: TransportRefused,
    405: TransportRefused,
    407: TransportRefused,
    408: OutcomeUnknown,
    409: TryAgain,
    411: MessageRefused,
    412: TryAgain,
    413: MessageRefused,
    414: MessageRefused,
    415: MessageRefused,
    422: MessageRefused,
    423: TryAgain,
    429: Throttled,
    431: MessageRefused,
    499: OutcomeUnknown,
}

NOTHING_LEFT = (*UNCONNECTED, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Answer:
    """What of a response may be kept: nothing in it names anybody."""

    status: int
    code: str
    request_id: str
    retry_after: float | None

    @property
    def label(self) -> str:
        """The error code, or the status where there is none."""
        return self.code or f"HTTP {self.status}"

    @property
    def detail(self) -> str:
        """Status and request id, for a support case."""
        return f"status {self.status}" + (f", request {self.request_id}" if self.request_id else "")


def read(response: httpx.Response) -> Answer:
    """The parts of a response that decisions and logs need."""
    error = json_of(response).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return Answer(
        response.status_code,
        _safe(code, r"[A-Za-z0-9_.-]{1,64}"),
        _safe(response.headers.get("request-id"), r"[A-Za-z0-9-]{1,64}"),
        retry_after(response.headers.get("retry-after", "")),
    )


def json_of(response: httpx.Response) -> dict[str, Any]:
    """The body as an object; an empty one for HTML, nothing, or anything else."""
    try:
        body = text.everywhere(response.json())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _safe(value: object, pattern: str) -> str:
    return value if isinstance(value, str) and re.fullmatch(pattern, value) else ""


def retry_after(header: str, *, now: datetime | None = None) -> float | None:
    """Seconds to wait, from a number or an HTTP date; at least one second, so that ``0`` is no hot loop."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = parsedate_to_datetime(header)
        except ValueError:
            return None
        moment = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, SOONEST), LATEST)


def kind_of(answer: Answer, *, draft: bool = False) -> Kind:
    """The kind of error that an answer other than success is.

    ``draft``: the request was to send a draft. That the draft isn't there, or changed meanwhile, may mean that it left.
    """
    if draft and (answer.status in (NOT_FOUND, 409, 412) or _bare(answer.code) == "itemnotfound"):
        return OutcomeUnknown
    code = _bare(answer.code)
    by_code = TransportRefused if code.startswith("accountsuspend") else BY_CODE.get(code)
    if by_code is not None and by_code is not OutcomeUnknown:
        return by_code
    if answer.status == TOO_MANY:  # throttling also comes as UnknownError or ErrorServerBusy
        return Throttled
    return by_code or BY_STATUS.get(answer.status) or _by_class(answer.status)


def _by_class(status: int) -> Kind:
    return TransportRefused if 400 <= status < 500 else OutcomeUnknown  # noqa: PLR2004  # the class of client errors


def error_of(answer: Answer, *, draft: bool = False) -> MailError:
    """What to raise when a request that sends was answered with anything but 202."""
    kind = kind_of(answer, draft=draft)
    if kind is Throttled:
        return Throttled(GRAPH, answer.label, answer.detail, retry_after=answer.retry_after or WITHOUT_RETRY_AFTER)
    if kind is TryAgain:
        return TryAgain(GRAPH, answer.label, answer.detail, retry_after=answer.retry_after or BEFORE_A_NEW_DRAFT)
    return kind(GRAPH, answer.label, answer.detail)


def unsent(error: MailError, *, wait: float | None = None) -> MailError:
    """The same error from a request that can't send: what would be unknown is certain, and may be tried again."""
    if isinstance(error, OutcomeUnknown):
        return TryAgain(GRAPH, error.code, error.detail, retry_after=wait or BEFORE_A_NEW_DRAFT)
    return error


def error_of_exception(error: Exception) -> MailError:
    """What to raise when no answer came."""
    if isinstance(error, NOTHING_LEFT):
        return TransportRefused(GRAPH, type(error).__name__, about=Refusal.OUT_OF_REACH)
    return OutcomeUnknown(GRAPH, type(error).__name__)
