"""The states of a dispatch, a batch and a recipient, and the moves between them.

The ledger that flow tests and small worlds run on refuses every other move, so that the tables say what the code does.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from dispatch.core.tables import for_every


class DispatchState(StrEnum):
    """Where one mass mailing stands."""

    PLANNING = "planning"  # claimed; content is being frozen and recipients written
    SENDING = "sending"  # the plan is whole; batches are released and sent
    STOPPED = "stopped"  # the case worker took the ticket out of the ready status
    RESOLVING = "resolving"  # every batch is recorded; the report is being written
    RESOLVED = "resolved"  # the report is on the ticket and the ticket is solved
    REJECTING = "rejecting"  # can't be dispatched; the case worker is being told
    REJECTED = "rejected"  # the case worker has been told what to fix


class BatchState(StrEnum):
    """Where one batch of recipients stands."""

    PLANNED = "planned"  # not on the queue
    RELEASED = "released"  # a queue message for it exists
    LEASED = "leased"  # one worker holds it until the lease ends
    RECORDED = "recorded"  # every recipient in it has an outcome


class RecipientState(StrEnum):
    """Where one recipient stands; the last five are outcomes. None is left, but what was delivered may come back."""

    PLANNED = "planned"  # nothing has been attempted, or an attempt certainly failed and may be repeated
    IN_FLIGHT = "in_flight"  # an attempt was begun
    UNDER_WAY = "under_way"  # eFormidling has it, and its receipt is waited for
    IN_DOUBT = "in_doubt"  # an attempt was begun and nothing says how it ended
    DELIVERED = "delivered"  # the transport accepted the message
    RETURNED = "returned"  # delivered to the mail system, and a report says since that it did not reach them
    FAILED = "failed"  # refused for good, or given up
    SKIPPED = "skipped"  # never attempted: no usable address, disabled, anonymised
    UNCERTAIN = "uncertain"  # nothing can tell; only a person may send again


FINISHED = frozenset({DispatchState.RESOLVED, DispatchState.REJECTED})

OUTCOMES = frozenset(
    {
        RecipientState.DELIVERED,
        RecipientState.RETURNED,
        RecipientState.FAILED,
        RecipientState.SKIPPED,
        RecipientState.UNCERTAIN,
    }
)
MISSED = OUTCOMES - {RecipientState.DELIVERED}  # whom the letter did not reach for certain

D, B, R = DispatchState, BatchState, RecipientState

DISPATCH_MOVES: Mapping[DispatchState, frozenset[DispatchState]] = for_every(
    DispatchState,
    {
        # Stopped as soon as it is planned where somebody must approve it.
        D.PLANNING: frozenset({D.PLANNING, D.SENDING, D.STOPPED, D.REJECTING, D.REJECTED}),
        D.SENDING: frozenset({D.SENDING, D.STOPPED, D.RESOLVING}),
        D.STOPPED: frozenset({D.STOPPED, D.SENDING, D.RESOLVING, D.RESOLVED}),  # resolved at once only by retention
        D.RESOLVING: frozenset({D.RESOLVING, D.RESOLVED}),
        D.RESOLVED: frozenset({D.RESOLVED, D.STOPPED}),  # stopped only when a person asks to send again
        D.REJECTING: frozenset({D.REJECTING, D.REJECTED}),
        D.REJECTED: frozenset({D.REJECTED, D.PLANNING}),
    },
)

BATCH_MOVES: Mapping[BatchState, frozenset[BatchState]] = for_every(
    BatchState,
    {
        B.PLANNED: frozenset({B.PLANNED, B.RELEASED, B.RECORDED}),
        B.RELEASED: frozenset({B.LEASED, B.RELEASED, B.PLANNED, B.RECORDED}),
        B.LEASED: frozenset({B.LEASED, B.RELEASED, B.PLANNED, B.RECORDED}),
        B.RECORDED: frozenset({B.RECORDED}),  # only to note what recipients' own tickets got, and who came back
    },
)

RECIPIENT_MOVES: Mapping[RecipientState, frozenset[RecipientState]] = for_every(
    RecipientState,
    {
        R.PLANNED: frozenset({R.PLANNED, R.IN_FLIGHT, R.FAILED, R.SKIPPED, R.UNCERTAIN}),
        R.IN_FLIGHT: frozenset({R.PLANNED, R.IN_DOUBT, R.UNDER_WAY, R.DELIVERED, R.FAILED, R.UNCERTAIN}),
        R.UNDER_WAY: frozenset({R.UNDER_WAY, R.DELIVERED, R.FAILED, R.UNCERTAIN}),
        # In flight again: the last look found nothing, and the next intent is in the same write.
        R.IN_DOUBT: frozenset({R.IN_DOUBT, R.PLANNED, R.IN_FLIGHT, R.UNDER_WAY, R.DELIVERED, R.FAILED, R.UNCERTAIN}),
        R.DELIVERED: frozenset({R.RETURNED}),
        R.RETURNED: frozenset(),
        R.FAILED: frozenset(),
        R.SKIPPED: frozenset(),
        R.UNCERTAIN: frozenset(),
    },
)


class Channel(StrEnum):
    """How a recipient is reached."""

    EMAIL = "email"
    EFORMIDLING = "eformidling"
    TICKET = "ticket"


class Transport(StrEnum):
    """What carries a message: its name in settings and ledger, its name for people, and what it carries.

    Tables of transports are made with ``for_every``: whoever adds one here learns at start where it is missing.
    """

    words: str
    carries: str

    GRAPH = "microsoft-graph", "Microsoft 365 (Graph)", "mail"
    SMTP = "smtp", "SMTP", "mail"
    COMMUNICATION = "azure-communication", "Azure Communication Services", "mail"
    EFORMIDLING = "eformidling", "eFormidling", "archive message"  # the integration point
    PURESERVICE = "pureservice", "Pureservice", "ticket message"  # which Pureservice itself sends

    def __new__(cls, value: str, words: str = "", carries: str = "") -> Self:
        """Called once for each line above; the defaults are there only to type ``Transport("smtp")``."""
        if not (words and carries):
            raise TypeError(f"{value}: must say its name for people and what it carries")
        member = str.__new__(cls, value)
        member._value_ = value
        member.words, member.carries = words, carries
        return member


MAILERS = tuple(transport for transport in Transport if transport.carries == "mail")  # MAIL_MAILER may name them


class Refusal(StrEnum):
    """What it is about when nothing takes letters. Each is ours to put right, and no recipient's outcome."""

    OUT_OF_REACH = "out_of_reach"  # no connection; it may pass
    US = "us"  # our host, domain, mailbox or credentials
    LETTER = "letter"  # the letter itself, the same for everybody
    PURESERVICE = "pureservice"  # it takes no tickets, users or messages from us
    SETTINGS = "settings"  # no way out is set up, or MAIL_REDIRECT_TO shuts it


class Detour(StrEnum):
    """Why a recipient of an eFormidling dispatch was written to by e-mail instead."""

    PERSON = "person"
    NO_NUMBER = "no_number"
    INVALID_NUMBER = "invalid_number"
    UNREACHABLE = "unreachable"
    FAILED = "failed"  # eFormidling did not deliver it, or would not take it
    EXPIRED = "expired"


class Scenario(StrEnum):
    """One message to many, one ticket per recipient, or one answer to one organisation."""

    ONE_TO_MANY = "one-to-many"
    ONE_TO_ONE = "one-to-one"
    REPLY = "reply"  # one answer to one organisation, through eFormidling


class Reason(StrEnum):
    """Why a recipient was skipped, failed or is uncertain; ``report/texts.py`` says it in Norwegian."""

    NO_ADDRESS = "no_address"
    INVALID_ADDRESS = "invalid_address"
    LOCAL_ADDRESS = "local_address"
    DISABLED = "disabled"
    ANONYMISED = "anonymised"
    RECIPIENT_REFUSED = "recipient_refused"
    MESSAGE_REFUSED = "message_refused"
    POLICY_REFUSED = "policy_refused"
    TRANSPORTS_REFUSED = "transports_refused"
    GAVE_UP = "gave_up"
    ABANDONED = "abandoned"
    EXPIRED = "expired"  # it could not be sent in time
    EF_UNREACHABLE = "ef_unreachable"
    EF_FAILED = "ef_failed"
    EF_EXPIRED = "ef_expired"
    ENDED_BY_PERSON = "ended_by_person"
    ENDED_UNSETTLED = "ended_unsettled"
    CASE_REFUSED = "case_refused"
    NOT_SENT_BY_PURESERVICE = "not_sent_by_pureservice"
    NOTHING_CAN_TELL = "nothing_can_tell"
