"""One mass mailing, as the ledger holds it."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.identifiers import NO_VERSION, CommunicationId, DispatchKey, TicketId
from dispatch.core.states import Channel, DispatchState, Scenario


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One mass mailing. ``version`` is the row's ETag; empty where it was never written."""

    key: DispatchKey
    ticket_id: TicketId
    request_number: int
    communication_id: CommunicationId
    state: DispatchState
    created: datetime
    scenario: Scenario = Scenario.ONE_TO_MANY
    channel: Channel = Channel.EMAIL
    subject: str = ""
    content_hash: str = ""
    content_bytes: int = 0
    case_hash: str = ""  # scenario 2: what every recipient's own ticket is made of
    recipients: int = 0  # planned, the skipped ones included
    skipped: int = 0  # at planning
    duplicates: int = 0
    batches: int = 0
    lists: str = ""  # names, as the report says them
    attempt: int = 1  # times that a case worker has asked for it
    rounds: int = 1  # sendings; more than one where a person asked to send again to the failed
    stops: int = 0
    stops_told: int = 0
    start_told: int = 0  # the round whose expected end the ticket has been told
    half_told: int = 0  # the round of which the ticket has been told that half is done
    done_before: int = 0  # outcomes when that round began
    ended_round: int = 0  # the round whose report a person asked for before everyone was reached
    waiting_told: bool = False  # the case worker knows that receipts are waited for
    problems: str = ""  # of a rejection, one sentence a line
    email_id: int = 0
    owner: str = ""
    owner_until: datetime | None = None
    planned_at: datetime | None = None
    expected_done: datetime | None = None
    resolved_at: datetime | None = None
    changed: datetime | None = None
    version: str = NO_VERSION


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One line of the ledger's index: a dispatch, its row there, and since when it stands there."""

    key: DispatchKey
    row: str
    since: datetime
