"""What the integration point's answers mean, and what it means that none came.

The simple name of the Java exception decides before the status. Texts are never read: they are for people, and name
receivers. An answer without JSON is not the integration point's own but a proxy's, or the address is wrong.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
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

EFORMIDLING = Transport.EFORMIDLING
BAD_REQUEST, NOT_FOUND, TIMED_OUT, TOO_MANY, SERVER_ERROR = 400, 404, 408, 429, 500
A_WHILE, WITHOUT_RETRY_AFTER = 60.0, 10.0  # seconds
SOONEST, LATEST = 1.0, 3600.0

ALREADY_EXISTS, DUPLICATE_FILE = "MessageAlreadyExistsException", "DuplicateFilenameException"
NO_SUCH_ORGANISATION = "IdentifierNotFoundException"
NO_SUCH_MESSAGE = frozenset({"MessageNotFoundException", "ConversationNotFoundException"})

Kind = type[MailError]


class Call(StrEnum):
    """What was asked. Only ``SEND`` makes anything leave."""

    LOOK_UP = "look-up"  # capabilities
    CREATE = "create"
    DESCRIBE = "describe"  # the upload of arkivmelding.xml, which is read on arrival
    UPLOAD = "upload"
    SEND = "send"
    FOLLOW = "follow"  # messages and conversations that exist


def _table(*rows: tuple[Kind, Iterable[str]]) -> dict[str, Kind]:
    return {f"{name}Exception": kind for kind, names in rows for name in names}


BY_NAME = _table(
    (RecipientRefused, ("ReceiverDoesNotAcceptProcess", "IdentifierNotFound")),
    (
        MessageRefused,
        (
            "MaxFileSizeExceeded",
            "MultipartFileToLarge",
            "MissingFileTitle",
            "MultiplePrimaryDocumentsNotAllowed",
            "ConstraintViolation",
            "MethodArgumentNotValid",
            "HttpMessageNotReadable",
            "MissingRequestHeader",
            "MissingHttpHeader",
            "TimeToLive",
        ),
    ),
    (
        TransportRefused,  # what the operator of the integration point, or of this application, must fix
        (
            "ServiceNotEnabled",
            "InvalidCertificate",
            "MissingSvarUtCredentials",
            "ForsendelseTypeNotFound",
            "MessageChannelInvalid",
            "MessageTypeDoesNotFitDocumentType",
            "UnknownMessageType",
            "MissingMessageType",
            "NoResourceFound",  # Spring's own: the address has a wrong prefix
            "NoHandlerFound",
        ),
    ),
    # A file is not there although we were told that it is: the next attempt uploads all of them again.
    (TryAgain, ("MissingFile", "MissingArkivmelding", "MissingArkivmeldingFile")),
)

# A fault of the server that is about what it was given, and would be met again. Any other is taken for passing: the
# storage of the integration point, its registry, its database.
CONTENT_FAULTS = {
    Call.CREATE: frozenset({"NullPointerException", "IllegalArgumentException"}),
    Call.UPLOAD: frozenset({"NullPointerException", "IllegalArgumentException"}),
    Call.DESCRIBE: frozenset(
        {
            "NextMoveRuntimeException",
            "ArkivmeldingRuntimeException",
            "NullPointerException",
            "IllegalArgumentException",
        }
    ),
}

TOO_LARGE = frozenset({413, 414, 431})


@dataclass(frozen=True, slots=True)
class Answer:
    """What of a response is kept. ``body`` is its JSON object; ``foreign`` where it is something that is not JSON."""

    status: int
    body: dict[str, Any] | None = None
    foreign: bool = False
    retry_after: float | None = None

    @property
    def exception(self) -> str:
        """The simple name of the Java exception; empty where none was given."""
        told = str((self.body or {}).get("exception", "")).rpartition(".")[2]
        return told if re.fullmatch(r"[A-Za-z0-9_$]{1,80}", told) else ""

    @property
    def ok(self) -> bool:
        """Whether it is a success of the integration point's own: a proxy's sign-in page is none."""
        return 200 <= self.status < 300 and not self.foreign  # noqa: PLR2004  # the class of successes

    @property
    def no_such_message(self) -> bool:
        """Whether the integration point itself says so; a wrong address answers 404 as well."""
        return self.status == NOT_FOUND and self.exception in NO_SUCH_MESSAGE

    def refused_as(self, exception: str) -> bool:
        """Whether it is a 400 for that reason."""
        return self.status == BAD_REQUEST and self.exception == exception


def read(status: int, headers: httpx.Headers, content: bytes) -> Answer:
    """The parts of a response that decisions need. Any content can be read."""
    wait = retry_after(headers.get("retry-after", ""))
    if not content.strip():
        return Answer(status, retry_after=wait)
    try:
        body = text.everywhere(json.loads(content))
    except (ValueError, RecursionError):
        return Answer(status, foreign=True, retry_after=wait)
    return Answer(status, body, retry_after=wait) if isinstance(body, dict) else Answer(status, None, True, wait)


def retry_after(header: str, *, now: datetime | None = None) -> float | None:
    """Seconds to wait, from a number or an HTTP date, between a second and an hour."""
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


def error_of(call: Call, answer: Answer) -> MailError:
    """What to raise for an answer that is not the one that the call waits for."""
    kind = kind_of(call, answer)
    code, detail = answer.exception or f"HTTP {answer.status}", f"status {answer.status} at {call}"
    if kind is Throttled:
        return Throttled(EFORMIDLING, code, detail, retry_after=answer.retry_after or WITHOUT_RETRY_AFTER)
    if kind is TryAgain:
        return TryAgain(EFORMIDLING, code, detail, retry_after=answer.retry_after or A_WHILE)
    return kind(EFORMIDLING, code, detail)


def kind_of(call: Call, answer: Answer) -> Kind:
    """The kind of error that an answer other than the awaited one is."""
    perhaps = OutcomeUnknown if call is Call.SEND else TryAgain
    if answer.status == TOO_MANY:
        return Throttled
    if answer.status >= SERVER_ERROR:
        content = answer.status == SERVER_ERROR and answer.exception in CONTENT_FAULTS.get(call, ())
        return MessageRefused if content else perhaps
    if answer.status == TIMED_OUT or answer.ok or answer.no_such_message:
        return perhaps
    if answer.status in TOO_LARGE:
        return MessageRefused
    if 200 <= answer.status < 300:  # noqa: PLR2004  # a page that somebody in between wrote
        return OutcomeUnknown if call is Call.SEND else TransportRefused
    known = BY_NAME.get(answer.exception)
    if known is None and answer.status == BAD_REQUEST and answer.exception:
        return MessageRefused
    return known or TransportRefused


def error_of_exception(call: Call, error: Exception) -> MailError:
    """What to raise when no answer came."""
    code, detail = type(error).__name__, f"at {call}"
    if isinstance(error, UNCONNECTED):
        return TransportRefused(EFORMIDLING, code, detail, about=Refusal.OUT_OF_REACH)
    if call is Call.SEND and not isinstance(error, httpx.PoolTimeout):
        return OutcomeUnknown(EFORMIDLING, code, detail)
    return TryAgain(EFORMIDLING, code, detail, retry_after=A_WHILE)
