"""Every reply of an SMTP server means one of six kinds of error, and which one depends on the stage."""

import asyncio
import ssl

import aiosmtplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.smtp_mail import replies
from dispatch.adapters.smtp_mail.replies import Stage
from dispatch.core import (
    MailError,
    MessageRefused,
    OutcomeUnknown,
    Reason,
    RecipientRefused,
    Throttled,
    TransportRefused,
    TryAgain,
)

CONNECT, SIGN_IN, MAIL, RCPT, DATA, END = Stage

REPLIES = [
    # the greeting and EHLO
    (CONNECT, 421, "4.3.0 Try again later", TransportRefused),
    (CONNECT, 554, "5.7.1 No service for you", TransportRefused),
    (CONNECT, 500, "EHLO what?", TransportRefused),
    (CONNECT, 220, "", TransportRefused),
    (CONNECT, 421, "4.3.2 Too many connections", Throttled),
    (CONNECT, 432, "4.3.2 Concurrent connections limit exceeded", Throttled),
    # sign-in
    (SIGN_IN, 535, "5.7.3 Authentication unsuccessful", TransportRefused),
    (SIGN_IN, 535, "5.7.8 Bad credentials", TransportRefused),
    (SIGN_IN, 534, "5.7.9 Mechanism too weak", TransportRefused),
    (SIGN_IN, 530, "5.7.0 Must issue STARTTLS first", TransportRefused),
    (SIGN_IN, 538, "5.7.11 Encryption required", TransportRefused),
    (SIGN_IN, 454, "4.7.0 Temporary failure", TransportRefused),
    (SIGN_IN, 421, "", TransportRefused),
    (SIGN_IN, 432, "4.3.2 Concurrent connections limit exceeded", Throttled),
    # the sender
    (MAIL, 421, "4.7.0 Closing", Throttled),
    (MAIL, 450, "4.7.1 Slow down", Throttled),
    (MAIL, 451, "", Throttled),
    (MAIL, 452, "4.3.1 Insufficient storage", Throttled),
    (MAIL, 451, "4.3.2 Not now", Throttled),
    (MAIL, 501, "5.1.7 Bad sender", TransportRefused),
    (MAIL, 530, "5.7.57 Client was not authenticated", TransportRefused),
    (MAIL, 550, "5.7.1 Sender not allowed", TransportRefused),
    (MAIL, 550, "", TransportRefused),
    (MAIL, 553, "5.1.8 Sender domain does not exist", TransportRefused),
    (MAIL, 554, "5.2.0 STOREDRV; SubmissionQuotaExceededException", TransportRefused),
    (MAIL, 552, "5.3.4 Message too big", MessageRefused),
    (MAIL, 552, "Message size exceeds fixed maximum", MessageRefused),
    (MAIL, 503, "5.5.1 Bad sequence", TransportRefused),
    (MAIL, 354, "", Throttled),
    # the recipient, for now
    (RCPT, 450, "4.7.1 Greylisted, come back", TryAgain),
    (RCPT, 450, "", TryAgain),
    (RCPT, 451, "4.3.2 Please try again", TryAgain),
    (RCPT, 451, "4.7.1 Greylisted", TryAgain),
    (RCPT, 452, "4.2.2 Mailbox full", TryAgain),
    (RCPT, 552, "5.2.2 Mailbox full", TryAgain),
    (RCPT, 552, "Mailbox full", TryAgain),
    (RCPT, 550, "5.2.2 Over quota", TryAgain),
    (RCPT, 421, "4.7.0 Closing", TryAgain),
    (RCPT, 550, "4.2.2 The enhanced code decides", TryAgain),
    (RCPT, 354, "", TryAgain),
    # the recipient, for good
    (RCPT, 550, "5.1.1 No such user", RecipientRefused),
    (RCPT, 550, "5.1.10 Recipient not found", RecipientRefused),
    (RCPT, 550, "", RecipientRefused),
    (RCPT, 551, "5.1.6 Moved", RecipientRefused),
    (RCPT, 553, "5.1.3 Bad address syntax", RecipientRefused),
    (RCPT, 450, "5.1.1 The enhanced code decides", RecipientRefused),
    (RCPT, 550, "5.2.1 Mailbox disabled", RecipientRefused),
    (RCPT, 550, "5.4.1 Access denied", RecipientRefused),
    (RCPT, 501, "5.5.4 Bad argument", RecipientRefused),
    (RCPT, 550, "5.7.1 Rejected by policy", RecipientRefused),
    (RCPT, 554, "5.7.1 Blocked", RecipientRefused),
    (RCPT, 554, "", RecipientRefused),
    # the recipient is refused, and it is about us
    (RCPT, 554, "5.7.1 Relay access denied", TransportRefused),
    (RCPT, 550, "5.7.54 Unable to relay", TransportRefused),
    (RCPT, 550, "5.7.1 Relaying denied", TransportRefused),
    (RCPT, 550, "5.1.90 Your message can't be sent because you've reached your daily limit", TransportRefused),
    (RCPT, 550, "5.7.233 Tenant exceeded its external recipients", TransportRefused),
    (RCPT, 530, "5.7.0 Authentication required", TransportRefused),
    (RCPT, 503, "5.5.1 Need MAIL", TransportRefused),
    (RCPT, 432, "4.3.2 Concurrent connections limit exceeded", Throttled),
    (RCPT, 450, "4.7.1 Error: too many recipients from 192.0.2.1", Throttled),
    (RCPT, 450, "4.7.25 Client host rejected: cannot find your hostname", TransportRefused),
    (RCPT, 450, "4.7.1 Client host greylisted", TryAgain),
    (RCPT, 450, "4.2.1 The user is receiving mail at a rate that prevents more", TryAgain),
    (CONNECT, 421, "4.7.0 Error: too many connections from 192.0.2.1", Throttled),
    (CONNECT, 421, "Too many concurrent SMTP connections", Throttled),
    # DATA refused before anything was written
    (DATA, 451, "", TryAgain),
    (DATA, 421, "", TryAgain),
    (DATA, 554, "5.5.1 No valid recipients", MessageRefused),
    (DATA, 250, "", TryAgain),
    # the message
    (END, 451, "4.3.0 Try later", TryAgain),
    (END, 452, "4.3.1 No space", TryAgain),
    (END, 432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", Throttled),
    (END, 550, "5.6.0 Bad content", MessageRefused),
    (END, 554, "5.6.0 Bad content", MessageRefused),
    (END, 554, "5.7.1 Looks like spam", MessageRefused),
    (END, 550, "5.7.1 Looks like spam", MessageRefused),
    (END, 554, "", MessageRefused),
    (END, 550, "", MessageRefused),
    (END, 552, "5.3.4 Too big", MessageRefused),
    (END, 552, "5.2.3 Too big", MessageRefused),
    (END, 552, "", MessageRefused),
    (END, 550, "5.1.1 No such user after all", RecipientRefused),
    (END, 554, "5.2.2 Mailbox full", TryAgain),
    (END, 554, "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", TransportRefused),
    (END, 554, "5.2.252 SendAsDenied", TransportRefused),
    (END, 550, "5.7.60 Client does not have permissions to send as this sender", TransportRefused),
    (END, 550, "5.7.515 Access denied", TransportRefused),
    # after the dot only a clear answer is one
    (END, 421, "4.7.0 Closing", OutcomeUnknown),
    (END, -1, "", OutcomeUnknown),
    (END, 221, "", OutcomeUnknown),
    (END, 354, "", OutcomeUnknown),
]


@pytest.mark.parametrize(("stage", "code", "text", "kind"), REPLIES)
def test_a_reply_means_one_kind(stage, code, text, kind):
    error = replies.error_of(stage, code, text)

    assert type(error) is kind
    assert str(code) in error.code


@given(stage=st.sampled_from(Stage), code=st.integers(-1, 999), text=st.text(max_size=40))
def test_any_reply_means_some_kind(stage, code, text):
    error = replies.error_of(stage, code, text)

    assert isinstance(error, MailError)
    assert not isinstance(error, OutcomeUnknown) or stage is END


@given(
    stage=st.sampled_from([CONNECT, SIGN_IN, MAIL, RCPT, DATA]), code=st.integers(-1, 999), text=st.text(max_size=40)
)
def test_before_the_final_dot_nothing_is_in_doubt(stage, code, text):
    assert not isinstance(replies.error_of(stage, code, text), OutcomeUnknown)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5.1.1 No such user", Reason.RECIPIENT_REFUSED),
        ("", Reason.RECIPIENT_REFUSED),
        ("5.7.1 Blocked", Reason.POLICY_REFUSED),
        ("5.7.133 Only senders inside", Reason.POLICY_REFUSED),
    ],
)
def test_a_refusal_by_policy_is_told_apart(text, reason):
    error = replies.error_of(RCPT, 550, text)

    assert isinstance(error, RecipientRefused)
    assert error.reason is reason


@pytest.mark.parametrize(
    ("stage", "code", "text", "seconds"),
    [
        (RCPT, 451, "4.7.1 Greylisted", 300.0),
        (RCPT, 452, "4.2.2 Full", 3600.0),
        (RCPT, 552, "5.2.2 Full", 3600.0),
        (RCPT, 421, "", 30.0),
        (MAIL, 450, "", 30.0),
    ],
)
def test_the_wait_fits_the_reason(stage, code, text, seconds):
    error = replies.error_of(stage, code, text)

    assert isinstance(error, (TryAgain, Throttled))
    assert error.retry_after == seconds


LOST = [
    aiosmtplib.SMTPServerDisconnected("gone"),
    aiosmtplib.SMTPReadTimeoutError("late"),
    aiosmtplib.SMTPConnectError("no"),
    aiosmtplib.SMTPConnectTimeoutError("late"),
    ConnectionResetError(),
    BrokenPipeError(),
    TimeoutError(),
    ssl.SSLError(),
    OSError(),
    asyncio.IncompleteReadError(b"", 1),
]


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        (CONNECT, TransportRefused),
        (SIGN_IN, TransportRefused),
        (MAIL, TryAgain),
        (RCPT, TryAgain),
        (DATA, TryAgain),
        (END, OutcomeUnknown),
    ],
)
def test_a_lost_connection_is_certain_until_the_final_dot(stage, kind, error):
    assert type(replies.lost(stage, error)) is kind


def test_an_error_holds_codes_and_no_text_of_the_server():
    error = replies.error_of(RCPT, 550, "5.1.1 <kari@eksempel.example>: no such user")

    assert str(error) == "smtp: 550 5.1.1 at RCPT"
