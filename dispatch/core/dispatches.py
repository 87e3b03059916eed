"""One mass mailing, as the ledger holds it."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.identifiers import NO_VERSION, CommunicationId, DispatchKey, TicketId, ticket_of
from dispatch.core.leases import NOT_HELD, Lease
from dispatch.core.states import Channel, DispatchState, Scenario


@dataclass(frozen=True, slots=True)
class DispatchContent:
    """What was frozen when the dispatch was planned; the hashes name it in the content store."""

    subject: str = ""
    letter_hash: str = ""
    letter_bytes: int = 0
    own_ticket_hash: str = ""  # scenario 2: what every recipient's own ticket is made of
    purged: datetime | None = None  # since when it and the recipients are gone, or about to go
    without_files: int = 0  # who get the letter and no file of their own, where the recipients' file names some
    has_own_files: bool = False  # somebody gets a file of their own


@dataclass(frozen=True, slots=True)
class DispatchPlan:
    """The recipients as they were planned."""

    recipients: int = 0  # the skipped ones included
    skipped: int = 0  # at planning
    duplicates: int = 0
    batches: int = 0
    lists: str = ""  # names, as the report says them
    follows: str = ""  # the key of the dispatch that it is a follow-up of: only who got that one gets it
    made: datetime | None = None
    asked: datetime | None = None  # when the ticket was seen standing ready
    tries: int = 0  # plannings that were begun and came to no end
    put_off: int = 0  # times that the outside had planning wait


@dataclass(frozen=True, slots=True)
class Times:
    """When it may be sent, as the ticket says, where it may be moved; and since when refusals and days count."""

    not_before: datetime | None = None
    not_after: datetime | None = None
    counted_from: datetime | None = None  # then a person let it go on


@dataclass(frozen=True, slots=True)
class Approval:
    """A second pair of eyes, where so many recipients want one: who asked, and who let it go."""

    wanted: bool = False
    asked: datetime | None = None
    asked_by: int = 0  # the agent's id in Pureservice; 0 where that is not known
    asked_name: str = ""
    untold: bool = False  # asked for, and the ticket has not been told and put aside yet: no status of it approves
    approved: datetime | None = None
    approved_name: str = ""


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often a person has asked for it, sent again, stopped it, or ended it."""

    asked: int = 1  # times that a case worker has asked for it
    current: int = 1  # sendings; more than one where a person asked to send again to the failed
    ended: int = 0  # the round whose report a person asked for before everyone was reached
    stops: int = 0
    opening: int = 0  # the round that is planned, and whose ticket may not stand ready yet
    going_on: datetime | None = None  # since when a person has let a stopped one go on, and the timer has not yet
    stop_pressed: bool = False  # it was stopped by a press; else by the ticket's status
    broken: bool = False  # it stops itself, or has, since too many were refused
    times: Times = Times()
    approval: Approval = Approval()


@dataclass(frozen=True, slots=True)
class Notes:
    """Which notes the ticket has got, so that none is written twice."""

    stops: int = 0
    start: int = 0  # the round whose expected end stands in a note
    half: int = 0  # the round of which a note says that half is done
    done_before: int = 0  # outcomes when that round began
    waiting: bool = False  # the case worker knows that receipts are waited for
    again: datetime | None = None  # when the ticket was told that its message was sent before; it has not left since
    returned: int = 0  # so many came back of whom the report, or the note on returned mail, has told
    watched: int = 0  # the round whose returned mail is told, and is waited for no longer
    beside: int = 0  # the newest message that the ticket has been told to wait for the end of this dispatch


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
    content: DispatchContent = DispatchContent()
    plan: DispatchPlan = DispatchPlan()
    rounds: Rounds = Rounds()
    notes: Notes = Notes()
    lease: Lease = NOT_HELD
    problems: str = ""  # of a rejection, one sentence a line
    email_id: int = 0  # the e-mail row that a reply through eFormidling answers
    resolved_at: datetime | None = None
    changed: datetime | None = None
    version: str = NO_VERSION


def has_set_aside(dispatch: Dispatch) -> bool:
    """Whether rows of it may have been set aside: by another round, or by e-mail in place of eFormidling."""
    return dispatch.rounds.current > 1 or dispatch.channel is Channel.EFORMIDLING


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One line of the ledger's index: a dispatch, its row there, and since when it stands there."""

    key: DispatchKey
    row: str
    since: datetime
    ticket_id: TicketId | None = None

    @property
    def ticket(self) -> TicketId:
        """The dispatch's ticket; lines of the version before only have the key that it was begun with."""
        return self.ticket_id or ticket_of(self.key)

    def is_of(self, dispatch: "Dispatch") -> bool:
        """Whether an active line is the dispatch's own.

        Two planners that begin one message within the same second each write a line, and one of them the dispatch.
        """
        return self.since == dispatch.created.replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class TicketHold:
    """Which dispatch of a ticket may run. It lasts until that dispatch is finished; nobody where none has begun."""

    ticket_id: TicketId
    dispatch: DispatchKey | None = None
    version: str = NO_VERSION
