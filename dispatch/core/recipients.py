"""One recipient of a dispatch, as the ledger holds it."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.identifiers import operation_id
from dispatch.core.mailing_lists import MemberKind
from dispatch.core.return_causes import ReturnCause
from dispatch.core.routes import UNKNOWN_ROUTE, Route
from dispatch.core.states import MAILERS, OUTCOMES, Channel, Detour, Reason, RecipientState, Transport


@dataclass(frozen=True, slots=True)
class Returned:
    """That the letter came back after the mail system had taken it: what the report says, and when it came."""

    at: datetime | None = None
    cause: ReturnCause | None = None
    code: str = ""  # such as 5.1.1


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last attempt to send; Message-ID and date stay as they were at the first."""

    count: int = 0
    first: datetime | None = None
    transport: Transport | None = None
    message_id: str = ""
    date: datetime | None = None
    draft_id: str = ""
    refused_by: tuple[Transport, ...] = ()
    route: Route = UNKNOWN_ROUTE
    waited: float = 0.0  # seconds that this recipient was put off for between two attempts
    returned: Returned = Returned()

    def operation_id(self, key: str) -> str:
        """What the service knows the sending of the letter of that key by; empty where none was begun."""
        return operation_id(key, self.date) if self.date else ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Since when nobody knows how the attempt ended, and how often it was looked up."""

    since: datetime | None = None
    looks: int = 0
    waited: float = 0.0  # seconds of rest between look-ups that gave no answer
    resent: bool = False  # an earlier attempt may have arrived: no later refusal can prove that it did not


@dataclass(frozen=True, slots=True)
class RecipientTicket:
    """Scenario 2: the recipient's own ticket."""

    user_id: int = 0  # its end user
    id: int = 0
    number: int = 0  # the one that people see
    note: str = ""  # whether it got the note on how the sending ended
    # Where Pureservice sends: the newest that stood on the ticket before our message. Only newer ones are of it.
    email_before: int = 0
    message_before: int = 0


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """Where what is this recipient's alone was frozen: values and files stand in a blob of their batch's, by its hash.

    A hundred values of 2,000 signs for a hundred recipients fit in no transaction of the table, and a journal would
    write them again and again.
    """

    blob: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person or organisation that one dispatch is addressed to."""

    batch: int
    index: int
    kind: MemberKind
    source_id: int
    name: str
    address: str
    state: RecipientState
    organization_number: str = ""
    channel: Channel = Channel.EMAIL
    reason: Reason | None = None
    detail: str = ""
    not_before: datetime | None = None
    changed: datetime | None = None
    attempt: Attempt = Attempt()
    doubt: Doubt = Doubt()
    own_ticket: RecipientTicket = RecipientTicket()
    detour: Detour | None = None  # why it goes by e-mail, where eFormidling was wished
    own: OwnPlace = OwnPlace()
    superseded: bool = False  # a person asked to send again; a later row has the place, and this one is history

    def redirected_to(self, now: str) -> str:
        """Where its letter went, or was to go, instead of to the recipient. ``now`` is the setting of today.

        It holds for e-mail of an application that did not note the route.
        """
        if self.attempt.route.is_known:
            return self.attempt.route.redirect
        return now if self.attempt.transport in MAILERS else ""

    @property
    def has_outcome(self) -> bool:
        """Whether nothing more will happen to this recipient."""
        return self.state in OUTCOMES
