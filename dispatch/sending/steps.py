"""The steps that each kind of recipient goes through: the one place to add a kind or a step.

The order is the order of need: what a crash left in doubt is settled before anything new is begun. Each doubt is
settled where its attempt was made, so a kind has the looks of the others as well: settings change between two runs.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial

from dispatch.core import Channel, Scenario, for_every
from dispatch.sending.batch_work import BatchWork
from dispatch.sending.exchange_steps import FollowReceipts
from dispatch.sending.letter_steps import LookUpDoubts, SendLetters
from dispatch.sending.own_ticket_message_steps import LookForSentRows, WriteMessages
from dispatch.sending.own_ticket_notes import WriteNotes
from dispatch.sending.own_ticket_steps import FindLostTickets, OpenTickets
from dispatch.sending.pipeline import AnyStep


class Kind(StrEnum):
    """What a batch's recipients get, and by whom."""

    EMAIL = "email"
    EXCHANGE = "exchange"
    OWN_TICKET = "own_ticket"  # and our letter, by e-mail or eFormidling
    OWN_TICKET_MESSAGE = "own_ticket_message"  # and a message that Pureservice sends


STEPS: Mapping[Kind, tuple[Callable[[BatchWork], AnyStep], ...]] = for_every(
    Kind,
    {
        Kind.EMAIL: (LookUpDoubts, SendLetters),
        Kind.EXCHANGE: (LookUpDoubts, FollowReceipts, SendLetters),
        Kind.OWN_TICKET: (
            FindLostTickets,
            LookForSentRows,
            LookUpDoubts,
            FollowReceipts,
            WriteNotes,
            SendLetters,
            OpenTickets,
        ),
        Kind.OWN_TICKET_MESSAGE: (
            FindLostTickets,
            LookForSentRows,
            LookUpDoubts,
            WriteNotes,
            WriteMessages,
            partial(OpenTickets, with_files=False),  # they come with the message
        ),
    },
)

_WITHOUT_OWN_TICKETS: Mapping[Channel, Kind] = for_every(
    Channel,
    {
        Channel.EMAIL: Kind.EMAIL,
        Channel.EFORMIDLING: Kind.EXCHANGE,
        Channel.TICKET: Kind.OWN_TICKET,
    },
)


def steps_of(work: BatchWork) -> tuple[AnyStep, ...]:
    """The steps of the batch's kind, ready to run."""
    return tuple(step(work) for step in STEPS[kind_of(work)])


def kind_of(work: BatchWork) -> Kind:
    """Every recipient of a batch is of one kind."""
    channel = work.rows.batch.channel
    if work.dispatch.scenario is not Scenario.ONE_TO_ONE:
        return _WITHOUT_OWN_TICKETS[channel]
    settings = work.services.settings
    by_pureservice = settings.pureservice_121_send_via == "pureservice" and channel is Channel.TICKET
    # What Pureservice sends can't be redirected, so in a trial our own transports carry it.
    return Kind.OWN_TICKET_MESSAGE if by_pureservice and not settings.mail_redirect_to else Kind.OWN_TICKET
