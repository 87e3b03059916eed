"""What becomes of a message that eFormidling has, by its receipts: pure decisions, and when to ask again."""

from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.core import Journey, MailError, Reason, Recipient, RecipientState, Standing, Throttled, TryAgain
from dispatch.sending import outcomes

QUESTIONS = (  # so long after the message was handed over, it is asked for so often
    (timedelta(minutes=1), timedelta(seconds=30)),
    (timedelta(hours=1), timedelta(minutes=5)),
)
AFTERWARDS = timedelta(hours=1)
PATIENCE = timedelta(hours=1)  # the integration point itself notices within a minute that a message has expired
WITHOUT_ANSWER = timedelta(minutes=1)


def after_question(
    recipient: Recipient,
    said: Journey | MailError,
    now: datetime,
    *,
    life: timedelta,
    late: timedelta,
    first: timedelta,
    give_up: timedelta,
) -> Recipient:
    """The recipient after one question for its receipt. Delivered only when a receipt of delivery was seen.

    The receipt of a message that has left may be ``late``: it is waited for so much longer than the message lives.
    An integration point that gives no answer is asked for ``give_up`` longer than a message lives: it may be gone.
    """
    if isinstance(said, MailError):
        if now > (recipient.attempt.date or now) + life + PATIENCE + give_up:
            return outcomes.ended(recipient, RecipientState.UNCERTAIN, Reason.NOTHING_CAN_TELL, now, detail=said.code)
        wait = timedelta(seconds=said.retry_after) if isinstance(said, (Throttled, TryAgain)) else WITHOUT_ANSWER
        return replace(recipient, not_before=now + wait)
    match said.standing:
        case Standing.DELIVERED:
            return outcomes.delivered(recipient, now, detail=said.service)
        case Standing.FAILED:
            return outcomes.ended(recipient, RecipientState.FAILED, Reason.EF_FAILED, now, detail=said.service)
        case Standing.EXPIRED if said.has_left and now < (recipient.attempt.date or now) + life + late:
            return replace(recipient, not_before=now + _wait(recipient, now, first))
        case Standing.EXPIRED:
            return outcomes.ended(recipient, RecipientState.FAILED, Reason.EF_EXPIRED, now, detail=said.service)
        case _ if now > (recipient.attempt.date or now) + life + PATIENCE:
            return outcomes.ended(
                recipient, RecipientState.UNCERTAIN, Reason.NOTHING_CAN_TELL, now, detail=said.service
            )
        case _:
            return replace(recipient, not_before=now + _wait(recipient, now, first))


def _wait(recipient: Recipient, now: datetime, first: timedelta) -> timedelta:
    since = now - (recipient.changed or now)
    if since <= first:
        return first
    return next((wait for until, wait in QUESTIONS if since <= until), AFTERWARDS)
