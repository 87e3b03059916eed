"""Delivery reports of Communication Services: a queue brings them, and the next tick notes whose letters came back.

A report can come before our own note that the letter left, twice, late, or be of somebody else's letter. So each is
kept alone until a letter of ours is found that it names, or until it has waited long enough. What is kept names
nobody: the sending's id, what was said of it, and when.
"""

import base64
import binascii
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from dispatch.collecting import findings
from dispatch.collecting.findings import Finding
from dispatch.collecting.sent_letters import SentLetters
from dispatch.core import DispatchKey, ReturnCause, text
from dispatch.ports import StoredBlob
from dispatch.returns import cause_of, code_in, plain_words
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

EVENT = "Microsoft.Communication.EmailDeliveryReportReceived"
PREFIX = "tenant/delivery-reports/"
WAITS = timedelta(hours=6)  # for a letter of ours that it names
NOTHING_NEW = frozenset({"delivered", "expanded"})  # what was taken for delivered is; a list's own members are not ours
OF_RULES = frozenset({"quarantined", "filteredspam"})
RETURNED = frozenset({"bounced", "suppressed", "failed"}) | OF_RULES


class _Details(BaseModel):
    model_config = ConfigDict(extra="ignore")

    words: str = Field("", validation_alias="statusMessage")


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore")

    operation: str = Field("", validation_alias="messageId")
    message_id: str = Field("", validation_alias="internetMessageId")
    status: str
    details: _Details = Field(_Details(), validation_alias="deliveryStatusDetails")
    at: str = Field("", validation_alias=AliasChoices("deliveryAttemptTimestamp", "deliveryAttemptTimeStamp"))


class DeliveryEvent(BaseModel):
    """One event as the queue brings it."""

    model_config = ConfigDict(extra="ignore")

    kind: str = Field(validation_alias="eventType")
    data: _Data


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of one sending."""

    operation: str
    message_id: str
    status: str
    cause: ReturnCause
    code: str
    words: str
    at: datetime


Letters = Callable[[], Awaitable[SentLetters]]


def read(body: bytes) -> DeliveryEvent | None:
    """The event; None for what is none, which is taken away."""
    try:
        return DeliveryEvent.model_validate(_opened(body))
    except (ValidationError, ValueError, RecursionError):
        event(log, Action.MESSAGE_UNREADABLE, level=logging.ERROR, kind="DeliveryReport", bytes=len(body))
        return None


async def keep(said: DeliveryEvent, services: Services) -> None:
    """Handles one message of the queue. One that says nothing new is taken away."""
    report = _report(said, services.clock()) if services.settings.hears_of_returns else None
    if report is None:
        return
    await services.content.put(_name(report), _written(report), content_type="application/json")


def _report(said: DeliveryEvent, now: datetime) -> DeliveryReport | None:
    """What is kept of a letter that came back; None for anything else."""
    data = said.data
    status = data.status.lower()
    if said.kind != EVENT or status in NOTHING_NEW or not (data.operation or data.message_id):
        return None
    if status not in RETURNED:
        event(log, Action.RETURNS_UNREAD, level=logging.WARNING, what="status")
        return None
    words = plain_words(data.details.words)
    code = code_in("", words)
    return DeliveryReport(
        operation=data.operation.lower()[: text.Limit.CODE],
        message_id=data.message_id[: text.Limit.SHORT],
        status=status,
        cause=_cause(status, code, words),
        code=code,
        words=words or status,
        at=min(_moment(data.at) or now, now),
    )


async def tie(letters: Letters, services: Services) -> None:
    """Finds the letters that the kept reports are about, and notes what was said of them."""
    if not services.settings.hears_of_returns:
        return
    kept = await services.content.stored_under(PREFIX)
    if not kept:
        return
    known, now = await letters(), services.clock()
    found: dict[DispatchKey, list[Finding]] = {}
    done: list[StoredBlob] = []
    for blob in kept:
        report = _parsed(await services.content.get(blob.name))
        stands = known.by_sending(report.operation, report.message_id) if report else None
        if report and stands:
            finding = Finding(stands.spot, report.cause, report.code, report.words, report.at, sure=True)
            found.setdefault(stands.dispatch, []).append(finding)
        if report is None or stands or (known.whole and now - report.at > WAITS):
            done.append(blob)
    for key, some in found.items():
        await findings.add(key, some, services)
    for blob in done:  # only now: whoever dies before it ties them once more, which changes nothing
        await services.content.delete(blob)
    event(log, Action.RETURNS_READ, mails=len(kept))


def _cause(status: str, code: str, words: str) -> ReturnCause:
    if status in OF_RULES:
        return ReturnCause.POLICY
    if status == "suppressed":  # the service's list of addresses whose servers have said so before
        return ReturnCause.NO_SUCH_MAILBOX
    return cause_of(code, words)


def _moment(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _opened(body: bytes) -> Any:
    """The event: as it is, in base64, or alone in a list; which of them the queue holds is not documented."""
    stripped = body.strip()
    if stripped[:1] not in (b"{", b"["):
        try:
            stripped = base64.b64decode(stripped, validate=True)
        except binascii.Error as error:
            raise ValueError("neither JSON nor base64") from error
    found = text.everywhere(json.loads(stripped))
    return found[0] if isinstance(found, list) and len(found) == 1 else found


def _name(report: DeliveryReport) -> str:
    """By the sending, so that one that comes twice is one."""
    named = report.operation or report.message_id
    return f"{PREFIX}{''.join(sign for sign in named if sign.isalnum() or sign == '-')}.json"


def _written(report: DeliveryReport) -> bytes:
    said: Mapping[str, str] = {
        "operation": report.operation,
        "message_id": report.message_id,
        "status": report.status,
        "cause": report.cause,
        "code": report.code,
        "words": report.words,
        "at": report.at.isoformat(),
    }
    return json.dumps(said).encode()


def _parsed(content: bytes | None) -> DeliveryReport | None:
    if content is None:
        return None
    said = json.loads(content)
    return DeliveryReport(**{**said, "cause": ReturnCause(said["cause"]), "at": datetime.fromisoformat(said["at"])})
