"""Ids, keys and row versions: what one thing is known by."""

import base64
import hashlib
import re
import uuid
from datetime import UTC, datetime
from typing import NewType

from dispatch.core.states import Channel

DispatchKey = NewType("DispatchKey", str)
TicketId = NewType("TicketId", int)
CommunicationId = NewType("CommunicationId", int)
DISPATCH_KEY = r"\d{1,12}-e?\d{1,12}"  # as ``dispatch_key`` writes it, for routes and documentation
_DISPATCH_KEY = re.compile(DISPATCH_KEY, re.ASCII)


def is_dispatch_key(text: str) -> bool:
    """Whether a dispatch could have that key; only then may it be asked for."""
    return _DISPATCH_KEY.fullmatch(text) is not None


# Never changed: what was sent by another would not be found.
_OPERATIONS = uuid.UUID("1b6d8a52-6c1e-4c44-9a53-0f7a3f0f7c21")

NO_VERSION = ""  # a row that has never been written


def dispatch_key(ticket_id: TicketId, communication_id: CommunicationId) -> DispatchKey:
    """The identity of a dispatch: one ticket and one message in it, whatever else happens to the ticket."""
    return DispatchKey(f"{ticket_id}-{communication_id}")


def message_of(key: DispatchKey) -> str:
    """The part of the key that names the message, or the answer; empty where there is none."""
    named = key.partition("-")[2]
    return "" if named == "0" else named


def ticket_of(key: DispatchKey) -> TicketId:
    """The ticket that the key was made on. The message may have been moved since: the dispatch's row says where to."""
    return TicketId(int(key.partition("-")[0]))


def recipient_key(dispatch: DispatchKey, channel: Channel, identity: str) -> str:
    """26 lower-case base32 characters made from the dispatch, the channel and the recipient's normalised address.

    Lower-case base32 since Graph compares the marker's value without regard to case.
    """
    digest = hashlib.sha256(f"{dispatch}|{channel}|{identity}".encode()).digest()
    return base64.b32encode(digest).decode("ascii")[:26].lower()


def operation_id(key: str, begun: datetime) -> str:
    """The id of the sending of the letter of that key which began then; the same at every repeat of it.

    What certainly never left begins anew, and so does another round: those are sendings of their own.
    """
    return str(uuid.uuid5(_OPERATIONS, f"{key}|{int(begun.timestamp())}"))


def aware(moment: datetime) -> datetime:
    """The same moment in UTC; a naive one is a mistake.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)
