"""What becomes of a recipient after an attempt or a look-up: pure decisions, which the loop writes to the ledger."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.core import (
    Accepted,
    Channel,
    Doubt,
    MailError,
    MessageRefused,
    Reason,
    Recipient,
    RecipientRefused,
    RecipientState,
    Route,
    Seen,
    Sighting,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
)

LONGEST_BACK_OFF = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class DoubtPolicy:
    """How a sending in doubt is settled. ``looks`` are seconds after the doubt began.

    ``give_up`` is measured in the rests that were granted between two tries, wherever it is used: a stop, a closed send
    window or the quota of the day uses up nobody's patience.

    ``first_question`` is when eFormidling is asked for a receipt, after it has a message.
    """

    looks: tuple[float, ...]
    resend: bool
    give_up: timedelta
    first_question: timedelta = timedelta(seconds=15)

    def look_at(self, recipient: Recipient) -> datetime:
        """When the recipient's next look-up is due."""
        since = recipient.doubt.since
        if since is None:
            raise ValueError("the recipient is not in doubt")
        return since + timedelta(seconds=self.looks[min(recipient.doubt.looks, len(self.looks) - 1)])


def begun(
    recipient: Recipient, transport: Transport, now: datetime, *, message_id: str, draft_id: str, route: Route
) -> Recipient:
    """The recipient with the intent to send by this route. To one address, date and Message-ID stay as they were."""
    kept = recipient.attempt.message_id if recipient.attempt.route.redirect == route.redirect else ""
    return replace(
        recipient,
        state=RecipientState.IN_FLIGHT,
        attempt=replace(
            recipient.attempt,
            transport=transport,
            message_id=kept or message_id,
            date=recipient.attempt.date or now.replace(microsecond=0),
            draft_id=draft_id,
            count=recipient.attempt.count + 1,
            first=recipient.attempt.first or now,
            route=route,
        ),
        doubt=replace(recipient.doubt, since=None, looks=0, waited=0.0),
        not_before=None,
        changed=now,
    )


def not_begun(recipient: Recipient, now: datetime) -> Recipient:
    """The recipient as before its intent: the request certainly had no effect."""
    return replace(
        recipient, state=RecipientState.PLANNED, attempt=replace(recipient.attempt, transport=None), changed=now
    )


def rested(recipient: Recipient, now: datetime, seconds: float) -> Recipient:
    """The recipient as before its intent, after a rest that counts as waited."""
    before = not_begun(recipient, now)
    waited = replace(before.attempt, waited=before.attempt.waited + seconds)
    return replace(before, attempt=waited, not_before=now + timedelta(seconds=seconds))


def doubted(recipient: Recipient, now: datetime, policy: DoubtPolicy, *, detail: str) -> Recipient:
    """The recipient in doubt, with its first look-up set."""
    lost = replace(
        recipient,
        state=RecipientState.IN_DOUBT,
        doubt=replace(recipient.doubt, since=now, looks=0, waited=0.0),
        detail=detail,
        changed=now,
    )
    return replace(lost, not_before=policy.look_at(lost))


def delivered(recipient: Recipient, now: datetime, *, message_id: str = "", detail: str = "") -> Recipient:
    """The recipient as reached."""
    return replace(
        recipient,
        state=RecipientState.DELIVERED,
        attempt=replace(recipient.attempt, message_id=message_id or recipient.attempt.message_id),
        reason=None,
        detail=detail,
        not_before=None,
        changed=now,
    )


def under_way(recipient: Recipient, now: datetime, policy: DoubtPolicy) -> Recipient:
    """The recipient whose message eFormidling has, with the first question for its receipt set."""
    return replace(
        recipient,
        state=RecipientState.UNDER_WAY,
        reason=None,
        detail="",
        doubt=replace(recipient.doubt, since=None, looks=0, waited=0.0),
        not_before=now + policy.first_question,
        changed=now,
    )


def ended(recipient: Recipient, state: RecipientState, reason: Reason, now: datetime, *, detail: str = "") -> Recipient:
    """The recipient with an outcome other than delivered.

    One that was sent to again while in doubt may have got the first letter: its failure is not certain.
    """
    if state is RecipientState.FAILED and recipient.doubt.resent:
        state, reason = RecipientState.UNCERTAIN, Reason.NOTHING_CAN_TELL
    return replace(recipient, state=state, reason=reason, detail=detail, not_before=None, changed=now)


def after_attempt(recipient: Recipient, result: Accepted | MailError, now: datetime, policy: DoubtPolicy) -> Recipient:
    """The recipient after one attempt; whatever is not certain is in doubt."""
    match result:
        case Accepted() if recipient.channel is Channel.EFORMIDLING:
            return under_way(recipient, now, policy)
        case Accepted():
            return delivered(recipient, now, message_id=result.message_id)
        case RecipientRefused():
            return ended(recipient, RecipientState.FAILED, result.reason, now, detail=_told(result))
        case MessageRefused():
            return ended(recipient, RecipientState.FAILED, Reason.MESSAGE_REFUSED, now, detail=_told(result))
        case TransportRefused():
            refused_by = (*recipient.attempt.refused_by, result.transport)
            unsent = _undated(_unsent(recipient, now, _told(result)))
            return replace(unsent, attempt=replace(unsent.attempt, refused_by=refused_by))
        case Throttled():
            return _undated(_unsent(recipient, now, _told(result)))
        case TryAgain():
            return _later(recipient, result, now, policy)
        case _:
            return doubted(recipient, now, policy, detail=_told(result))


def after_look(recipient: Recipient, seen: Seen, now: datetime, policy: DoubtPolicy) -> Recipient:
    """The recipient after one look in the sender's mailbox that gave an answer."""
    if seen.sighting is Sighting.SENT and recipient.channel is Channel.EFORMIDLING:
        return under_way(recipient, now, policy)
    if seen.sighting is Sighting.SENT:
        return delivered(recipient, now, message_id=seen.message_id, detail="found in the mailbox")
    if seen.sighting is Sighting.CANNOT_TELL:
        return _undecidable(recipient, now, policy)
    looked = replace(recipient, doubt=replace(recipient.doubt, looks=recipient.doubt.looks + 1), changed=now)
    if looked.doubt.looks < len(policy.looks):
        return replace(looked, not_before=policy.look_at(looked))
    if recipient.attempt.draft_id or seen.sighting is Sighting.DRAFT:
        # A draft of ours that is neither among the drafts nor among the sent has left by a door we can't see.
        return _undecidable(looked, now, policy)
    return vanished(looked, now, policy)


def vanished(recipient: Recipient, now: datetime, policy: DoubtPolicy) -> Recipient:
    """The recipient as before, where nothing came of the attempt; the time that the looks took counts as waited."""
    unsent = _unsent(recipient, now, "nothing came of it")
    waited = unsent.attempt.waited + max(1.0, policy.looks[-1])
    return replace(unsent, attempt=replace(unsent.attempt, waited=waited))


def has_vanished_before(recipient: Recipient) -> bool:
    """Whether an attempt has been waited for in vain: the next to vanish is no accident."""
    return recipient.attempt.waited > 0


def look_failed(recipient: Recipient, error: MailError | None, now: datetime, policy: DoubtPolicy) -> Recipient:
    """The recipient after a look-up that failed: it counts for nothing, and is tried again until we give up."""
    waited = recipient.doubt.waited
    if waited >= policy.give_up.total_seconds():
        return _undecidable(recipient, now, policy)
    wait = error.retry_after if isinstance(error, (Throttled, TryAgain)) else 60.0
    doubt = replace(recipient.doubt, waited=waited + wait)
    return replace(recipient, doubt=doubt, not_before=now + timedelta(seconds=wait), changed=now)


def _later(recipient: Recipient, error: TryAgain, now: datetime, policy: DoubtPolicy) -> Recipient:
    if recipient.attempt.waited >= policy.give_up.total_seconds():
        return ended(recipient, RecipientState.FAILED, Reason.GAVE_UP, now, detail=_told(error))
    # A greylisting server wants minutes, a full mailbox hours: the wait doubles.
    wait = min(timedelta(seconds=error.retry_after) * 2 ** min(recipient.attempt.count - 1, 10), LONGEST_BACK_OFF)
    later = replace(_undated(_unsent(recipient, now, _told(error))), not_before=now + wait)
    return replace(later, attempt=replace(later.attempt, waited=later.attempt.waited + wait.total_seconds()))


def _unsent(recipient: Recipient, now: datetime, detail: str) -> Recipient:
    return replace(
        recipient,
        state=RecipientState.PLANNED,
        doubt=replace(recipient.doubt, since=None, looks=0, waited=0.0),
        attempt=replace(recipient.attempt, draft_id=""),
        not_before=None,
        detail=detail,
        changed=now,
    )


def _undated(unsent: Recipient) -> Recipient:
    """What certainly never left gets the date of the attempt that sends it, and its time to live then begins.

    A letter that was refused for hours would else come as an old one. What has perhaps arrived keeps its date, as it
    keeps its Message-ID: a second copy is the same letter.
    """
    if unsent.doubt.resent:
        return unsent
    return replace(unsent, attempt=replace(unsent.attempt, date=None))


def _undecidable(recipient: Recipient, now: datetime, policy: DoubtPolicy) -> Recipient:
    if policy.resend:
        return replace(_unsent(recipient, now, "sent again after doubt"), doubt=Doubt(resent=True))
    return ended(recipient, RecipientState.UNCERTAIN, Reason.NOTHING_CAN_TELL, now, detail=recipient.detail)


def _told(error: MailError) -> str:
    return f"{error.code} {error.detail}".strip()[:200]
