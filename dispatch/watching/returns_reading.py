"""How far the reading of returned mail has come in each mailbox, and whether we may read at all: outlives a process."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.core import DispatchKey
from dispatch.ports import ReturnedMails, ReturnsMark
from dispatch.services import Services


@dataclass(frozen=True, slots=True)
class ReturnsReading:
    """One mailbox. ``read`` is when all of it was last read; ``refused`` the code where we may not."""

    marks: Mapping[str, ReturnsMark] = field(default_factory=dict)  # by folder
    tried: datetime | None = None
    read: datetime | None = None
    refused: str = ""


def returns_document(mailbox: str) -> str:
    """The document's name: an address is no part of it."""
    return f"tenant/returns/{hashlib.sha256(mailbox.lower().encode()).hexdigest()[:16]}.json"


def parse_reading(content: bytes | None) -> ReturnsReading:
    """What the document says; a fresh one where there is none."""
    if content is None:
        return ReturnsReading()
    said = json.loads(content)
    marks = {folder: _mark(folder, kept) for folder, kept in said["marks"].items()}
    return ReturnsReading(marks, _moment(said["tried"]), _moment(said["read"]), said["refused"])


def written_reading(reading: ReturnsReading) -> bytes:
    """The document."""
    said = {
        "marks": {
            folder: {
                "since": mark.since.isoformat(),
                "seen": mark.seen,
                "at": _text(mark.at),
                "begun": _text(mark.begun),
            }
            for folder, mark in reading.marks.items()
        },
        "tried": _text(reading.tried),
        "read": _text(reading.read),
        "refused": reading.refused,
    }
    return json.dumps(said).encode()


async def read_returns_reading(mailbox: str, services: Services) -> ReturnsReading:
    """How the mailbox stands."""
    return parse_reading(await services.content.get(returns_document(mailbox)))


async def returning_mailboxes(dispatch: DispatchKey, services: Services) -> Mapping[str, ReturnedMails]:
    """The mailboxes that letters of the dispatch can come back to: those that send now, and those that did."""
    open_former = services.former_mailboxes
    if open_former is None:
        return services.returned_mails
    batches = await services.ledger.batches(dispatch)
    known = {mailbox.casefold() for mailbox in services.returned_mails}
    left = {batch.mailbox for batch in batches if batch.mailbox and batch.mailbox.casefold() not in known}
    return {**services.returned_mails, **{mailbox: open_former(mailbox) for mailbox in sorted(left)}}


async def returns_days(dispatch: DispatchKey, services: Services) -> int | None:
    """For how many days after a report returned mail is looked for; None where it is not, or where we may not.

    0 before a mailbox was read for the first time: whether we may is not known yet.
    """
    settings = services.settings
    mailboxes = await returning_mailboxes(dispatch, services)
    if not mailboxes and settings.hears_of_returns:
        return settings.dispatch_returns_days
    found = [await read_returns_reading(mailbox, services) for mailbox in mailboxes]
    if not found or any(one.refused for one in found):
        return None
    return services.settings.dispatch_returns_days if all(one.read for one in found) else 0


def _mark(folder: str, kept: Mapping[str, str]) -> ReturnsMark:
    return ReturnsMark(
        folder,
        datetime.fromisoformat(kept["since"]),
        tuple(kept["seen"]),
        at=_moment(kept["at"]),
        begun=_moment(kept["begun"]),
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
