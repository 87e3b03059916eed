"""The mails that came back to the mailbox that letters are sent from."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class ReturnsMark:
    """How far the reading of one folder has come; kept between readings, as it is.

    What came before ``since`` is done with. ``seen`` holds what came later and was looked at, so that none is fetched
    again: a mail can appear a little late, so each reading begins a little early. ``at`` is how far a reading has come
    that is not at its end, and ``begun`` when it began.
    """

    folder: str
    since: datetime
    seen: tuple[str, ...] = ()
    at: datetime | None = None
    begun: datetime | None = None

    def with_seen(self, mail: "ReturnedMail") -> "ReturnsMark":
        """The mark once one mail of a page is dealt with, so that a fault at the next does not begin the page anew."""
        return replace(self, seen=(*self.seen, mail.short_name))


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """A mail that looks like a report on delivery; what it is only its content says."""

    id: str
    received: datetime
    message_class: str = ""

    @property
    def short_name(self) -> str:
        """What a mark remembers of it; names sort by when the mails came."""
        return f"{moment_name(self.received)}-{hashlib.sha256(self.id.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class ReturnsPage:
    """Some of the mails, the mark to keep once they are dealt with, and whether there are more to be read now."""

    mails: tuple[ReturnedMail, ...]
    mark: ReturnsMark
    more: bool


@dataclass(frozen=True, slots=True)
class RawMail:
    """A mail as it is kept: the beginning of its MIME or, where none can be had, the service's own form of it."""

    mime: bytes = b""
    item: Mapping[str, Any] = field(default_factory=dict)


def moment_name(moment: datetime) -> str:
    """How the names of all mails of that second begin."""
    return f"{int(moment.timestamp()):08x}"


class ReturnedMails(Protocol):
    """Returned mail in one mailbox.

    Raises ``Throttled``, ``TryAgain`` and, where we may not, ``TransportRefused``.

    Nothing is ever deleted, and nothing that a person wrote is fetched.
    """

    folders: Sequence[str]
    """Where returned mail can lie; each has a mark of its own."""

    async def page(self, mark: ReturnsMark, *, now: datetime) -> ReturnsPage:
        """What came since the mark, oldest first. Repeating it with the same mark is harmless."""
        ...

    async def fetch(self, mail: ReturnedMail) -> RawMail | None:
        """The mail; None where it is gone meanwhile."""
        ...

    async def has_folder(self, name: str) -> bool:
        """Whether mails can be put into a folder of that name."""
        ...

    async def move(self, mail: ReturnedMail, folder: str) -> bool:
        """Puts the mail into the folder of that name; False where it is gone meanwhile."""
        ...
