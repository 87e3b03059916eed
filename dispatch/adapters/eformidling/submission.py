"""The order of a submission, from which a crash at any point can be taken up again.

Whatever was done before is met as such: a message that exists, a file that is there. Only the sending is never done
over anything that another attempt may have done.
"""

from datetime import datetime, timedelta

from dispatch.adapters.eformidling.envelope import Profile, envelope
from dispatch.adapters.eformidling.message_calls import Messages
from dispatch.adapters.eformidling.parcel import Parcel
from dispatch.adapters.eformidling.responses import EFORMIDLING
from dispatch.adapters.eformidling.statuses import Conversation
from dispatch.core import ExchangeMessage, MailError, MessageRefused, OutcomeUnknown, TryAgain

# An earlier attempt may have asked for the sending: so long does the integration point get to carry that out.
BEFORE_A_SECOND_SENDING = timedelta(seconds=30)


async def prepare(
    messages: Messages, message: ExchangeMessage, parcel: Parcel, profile: Profile, *, sender: str, now: datetime
) -> bool:
    """Creates and fills the message; False where it turns out to have been handed over before.

    Raises:
        MessageRefused: an earlier attempt ended the message without its having left; its id is of no more use.
        OutcomeUnknown: the message is gone, and nothing tells yet whether it left.
        MailError: as the answers say; nothing was sent by this attempt.
    """
    created = False
    if message.expires > now:
        document = envelope(message, profile, sender=sender, main_name=parcel.main_name)
        created = await messages.create(message.message_id, document)
    if not created:
        known = await messages.conversation(message.message_id)
        open_still = await messages.is_open(message.message_id)
        if not _may_go_on(known, message, open_still=open_still, now=now):
            return False
    stored = True
    for file in parcel.files:  # one at a time: the server loses files that arrive together
        uploaded = await messages.upload(message.message_id, file)
        if uploaded is None:
            return _settled(await messages.conversation(message.message_id))
        stored = uploaded
    if created or stored:
        return True
    return await _may_be_sent(messages, message, now)


def _may_go_on(known: Conversation | None, message: ExchangeMessage, *, open_still: bool, now: datetime) -> bool:
    """Whether a message that exists is ours to fill and send."""
    if known is None and message.expires <= now:
        raise MessageRefused(EFORMIDLING, "Expired", "before it was created")
    if known is not None and known.handed_over:
        return False
    if known is None or known.burned or not open_still:
        return _settled(known)
    if message.expires <= now:
        raise OutcomeUnknown(EFORMIDLING, "Expired", "before it was known to be sent")
    return True


async def _may_be_sent(messages: Messages, message: ExchangeMessage, now: datetime) -> bool:
    """Whether to send a message that had all its files: the one who stored the last may have sent it as well."""
    known = await messages.conversation(message.message_id)
    if known is None or known.handed_over or known.burned:
        return _settled(known)
    if known.created and now - known.created < BEFORE_A_SECOND_SENDING:
        wait = BEFORE_A_SECOND_SENDING.total_seconds()
        raise TryAgain(EFORMIDLING, "PerhapsOnItsWay", "all files were there", retry_after=wait)
    return True


def _settled(known: Conversation | None) -> bool:
    """False where the message was handed over; raises where it was not, or where nothing tells."""
    if known is None:
        raise OutcomeUnknown(EFORMIDLING, "MessageGone", "and no conversation about it")
    if known.handed_over:
        return False
    if known.burned:
        raise MessageRefused(EFORMIDLING, "MessageIdBurned", known.burned)
    raise OutcomeUnknown(EFORMIDLING, "MessageGone", "and no status after its creation")


async def send(messages: Messages, message: ExchangeMessage) -> None:
    """Hands the message over. An answer that settles nothing is checked once, and never met by a second sending.

    Raises:
        OutcomeUnknown: nothing tells whether it was accepted.
        MailError: certain that it was not.
    """
    try:
        if await messages.send(message.message_id):
            return
        doubt: OutcomeUnknown = OutcomeUnknown(EFORMIDLING, "MessageGone", "when it was to be sent")
    except OutcomeUnknown as error:
        doubt = error
    try:
        known = await messages.conversation(message.message_id)
    except MailError:
        raise doubt from None
    if known is None or not (known.handed_over or known.failed):
        raise doubt
