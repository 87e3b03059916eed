"""What a mail that came to the sender's mailbox says of letters that were sent from it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.core import ReturnCause


class MailKind(StrEnum):
    """What the mail is. Only the first two say anything of a letter's delivery."""

    NOT_DELIVERED = "not_delivered"
    DELAYED = "delayed"  # the server is still trying
    DELIVERY_NOTICE = "delivery_notice"  # delivered, relayed, or handed to a list
    READ_RECEIPT = "read_receipt"
    COMPLAINT = "complaint"  # delivered, and found unwanted
    AUTO_REPLY = "auto_reply"  # out of office, or a challenge that a person must answer
    OTHER = "other"


class Action(StrEnum):
    """What became of the letter to one recipient, as a report says it."""

    FAILED = "failed"
    DELAYED = "delayed"
    ARRIVED = "arrived"  # delivered, relayed or expanded
    NOT_SAID = "not_said"


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says of one recipient. ``final`` and ``original`` are as ``known_address`` makes them."""

    action: Action
    cause: ReturnCause
    code: str = ""  # the enhanced status code, such as 5.1.1; else the server's own, such as 550
    words: str = ""  # the server's, without the addresses that it repeats
    final: frozenset[str] = frozenset()
    original: frozenset[str] = frozenset()

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that the report names for the recipient."""
        return self.final | self.original


@dataclass(frozen=True, slots=True)
class Traces:
    """What tells which letter the report is about; those of the returned message weigh most."""

    keys: frozenset[str] = frozenset()  # our marker, in the returned message's own fields
    message_ids: frozenset[str] = frozenset()  # of the returned message
    answers: frozenset[str] = frozenset()  # the Message-ID that the report itself says it answers
    to: frozenset[str] = frozenset()  # whom the returned message was written to
    addressed: frozenset[str] = frozenset()  # the key in the address that the report came to
    sent: datetime | None = None  # when the returned message says that it was written: of two rounds, which
    hidden: bool = False  # the report holds, or held, more of the returned message than could be read

    @property
    def is_empty(self) -> bool:
        """Whether nothing but an address is left to tell."""
        return not (self.keys or self.message_ids or self.answers or self.addressed)


@dataclass(frozen=True, slots=True)
class MailReport:
    """One mail, read. Without a report in it, only the kind says anything."""

    kind: MailKind
    told: tuple[Told, ...] = ()
    traces: Traces = Traces()

    @property
    def keys(self) -> frozenset[str]:
        """The keys of letters that it could be about."""
        ids = self.traces.message_ids | self.traces.answers
        return self.traces.keys | self.traces.addressed | {one.strip("<>").partition("@")[0] for one in ids}

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of letters that it could be about, or that speak against it."""
        return self.traces.to.union(*(one.addresses for one in self.told))
