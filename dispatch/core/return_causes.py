"""Why a letter came back, as far as the report tells, and which reason of ours that is."""

from collections.abc import Mapping
from enum import StrEnum

from dispatch.core.states import Reason
from dispatch.core.tables import for_every


class ReturnCause(StrEnum):
    """What a non-delivery report says; ``report/return_texts.py`` says it in Norwegian.

    The three of ours say nothing of the recipient: the letter was refused for what we are, or sent too much.
    """

    NO_SUCH_MAILBOX = "no_such_mailbox"
    NO_SUCH_DOMAIN = "no_such_domain"
    MAILBOX_CLOSED = "mailbox_closed"
    MAILBOX_FULL = "mailbox_full"
    TOO_LARGE = "too_large"
    NO_ANSWER = "no_answer"  # tried until the time was up
    POLICY = "policy"  # the recipient's own rules
    CONTENT = "content"  # the letter's form, or a word of the protocol
    OUR_QUOTA = "our_quota"
    OUR_SENDER = "our_sender"  # our mailbox, host or tenant is blocked
    OUR_DOMAIN = "our_domain"  # SPF, DKIM or DMARC
    NOT_SAID = "not_said"


RETURN_REASONS: Mapping[ReturnCause, Reason] = for_every(
    ReturnCause,
    {
        ReturnCause.NO_SUCH_MAILBOX: Reason.RECIPIENT_REFUSED,
        ReturnCause.NO_SUCH_DOMAIN: Reason.RECIPIENT_REFUSED,
        ReturnCause.MAILBOX_CLOSED: Reason.RECIPIENT_REFUSED,
        ReturnCause.MAILBOX_FULL: Reason.GAVE_UP,
        ReturnCause.NO_ANSWER: Reason.GAVE_UP,
        ReturnCause.NOT_SAID: Reason.GAVE_UP,
        ReturnCause.TOO_LARGE: Reason.MESSAGE_REFUSED,
        ReturnCause.CONTENT: Reason.MESSAGE_REFUSED,
        ReturnCause.POLICY: Reason.POLICY_REFUSED,
        ReturnCause.OUR_QUOTA: Reason.TRANSPORTS_REFUSED,
        ReturnCause.OUR_SENDER: Reason.TRANSPORTS_REFUSED,
        ReturnCause.OUR_DOMAIN: Reason.TRANSPORTS_REFUSED,
    },
)
"""Our reason for each, which decides what may let the letter reach the recipient another time."""
