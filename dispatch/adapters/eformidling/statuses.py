"""How far a message has come, decided on the set of its statuses: they arrive in any order, and late ones count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.core import Standing, text

CREATED, FAILED, EXPIRED = "OPPRETTET", "FEIL", "LEVETID_UTLOPT"
DELIVERED = frozenset({"LEVERT", "LEST"})
# Any of these proves that the message was handed over; FEIL does not, and neither does the end of its time.
HANDED_OVER = DELIVERED | {"SENDT", "MOTTATT", "ANNET"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the integration point remembers of a message, long after it has left."""

    service: str
    statuses: frozenset[str]
    complaint: str = ""  # the description of FEIL
    created: datetime | None = None

    @property
    def handed_over(self) -> bool:
        """Whether the message has left, however it fared."""
        return not HANDED_OVER.isdisjoint(self.statuses)

    @property
    def failed(self) -> bool:
        """Whether it was accepted for sending, and could not be sent or was refused."""
        return FAILED in self.statuses

    @property
    def burned(self) -> str:
        """The status that ended a message that never left, so that its id is of no more use; empty where none did."""
        ends = () if self.handed_over else (FAILED, EXPIRED)
        return next((status for status in ends if status in self.statuses), "")

    @property
    def standing(self) -> Standing:
        """Delivered outweighs everything: a receipt may come after a failure or after the end of the time to live."""
        if not DELIVERED.isdisjoint(self.statuses):
            return Standing.DELIVERED
        if FAILED in self.statuses:
            return Standing.FAILED
        if EXPIRED in self.statuses:
            return Standing.EXPIRED
        return Standing.ON_ITS_WAY if self.handed_over else Standing.CREATED


def read(body: Mapping[str, Any] | None) -> Conversation:
    """A conversation.

    Raises:
        ValueError: the answer has no list of statuses.
    """
    rows = (body or {}).get("messageStatuses")
    if body is None or not isinstance(rows, list):
        raise ValueError("no list of statuses")  # the answer is wrong, not its type in Python
    told = [row for row in rows if isinstance(row, dict)]
    dates = [_date(row.get("lastUpdate")) for row in told if row.get("status") == CREATED]
    complaints = (str(row.get("description") or "") for row in told if row.get("status") == FAILED)
    complaint = text.line(next(complaints, ""), most=text.Limit.SHORT)
    return Conversation(
        text.line(str(body.get("serviceIdentifier") or ""), most=text.Limit.CODE),
        frozenset(str(row.get("status", "")) for row in told),
        complaint,
        next(iter(dates), None),
    )


def _date(told: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return found if found.tzinfo else None
