"""Why a letter came back: whom the code and the words are about, and what we call that."""

import pytest

from dispatch.core import CURES, RETURN_REASONS, Cure, Reason, ReturnCause
from dispatch.report import RETURNS
from dispatch.returns.causes import cause_of, code_in

C = ReturnCause


@pytest.mark.parametrize(
    ("code", "words", "cause"),
    [
        ("5.1.1", "550 5.1.1 <kari@eksempel.example>: Recipient address rejected: User unknown", C.NO_SUCH_MAILBOX),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", C.NO_SUCH_MAILBOX),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", C.NO_SUCH_MAILBOX),
        ("5.4.1", "no answer from host", C.NO_ANSWER),
        ("5.1.2", "host not found", C.NO_SUCH_DOMAIN),
        ("5.4.310", "DNS domain does not exist", C.NO_SUCH_DOMAIN),
        ("5.2.1", "", C.MAILBOX_CLOSED),
        ("5.2.2", "", C.MAILBOX_FULL),
        ("4.2.2", "552 4.2.2 over quota", C.MAILBOX_FULL),
        ("5.2.3", "", C.TOO_LARGE),
        ("5.3.4", "", C.TOO_LARGE),
        ("5.2.0", "message too large for this recipient", C.TOO_LARGE),
        ("5.2.0", "STOREDRV.Submission.Exception:SubmissionQuotaExceededException", C.OUR_QUOTA),
        ("5.1.90", "", C.OUR_QUOTA),
        ("5.7.232", "", C.OUR_QUOTA),
        ("5.7.233", "", C.OUR_QUOTA),
        ("5.1.8", "550 5.1.8 Access denied, bad outbound sender", C.OUR_SENDER),
        ("5.7.501", "", C.OUR_SENDER),
        ("5.7.705", "", C.OUR_SENDER),
        ("5.7.750", "", C.OUR_SENDER),
        ("5.7.1", "Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org", C.OUR_SENDER),
        ("5.7.26", "", C.OUR_DOMAIN),
        ("5.7.515", "", C.OUR_DOMAIN),
        ("5.7.23", "", C.OUR_DOMAIN),
        ("5.7.509", "", C.OUR_DOMAIN),
        ("5.7.1", "550 5.7.1 SPF check failed for etat.example", C.OUR_DOMAIN),
        ("5.7.1", "550 5.7.1 message looks like spam", C.POLICY),
        ("5.7.133", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", C.POLICY),
        ("5.7.1", "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", C.POLICY),
        ("5.6.1", "", C.CONTENT),
        ("5.4.7", "", C.NO_ANSWER),
        ("5.4.300", "Message expired", C.NO_ANSWER),
        ("550", "550 User unknown", C.NO_SUCH_MAILBOX),
        ("550", "550 sorry, no mailbox here by that name", C.NO_SUCH_MAILBOX),
        ("552", "552 mailbox full", C.MAILBOX_FULL),
        ("", "I'm not going to try again; this message has been in the queue too long.", C.NO_ANSWER),
        ("5.0.0", "", C.NOT_SAID),
        ("", "", C.NOT_SAID),
    ],
)
def test_the_code_and_the_words_say_why(code, words, cause):
    assert cause_of(code, words) is cause


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        ("5.1.1", "550 5.2.1", "5.1.1"),
        ("5.0.0", "550 5.2.1 closed", "5.2.1"),
        ("5.0.0", "450 4.2.1 busy", "5.0.0"),
        ("5.1.1 (no such user)", "", "5.1.1"),
        ("", "550-5.7.26 not accepted", "5.7.26"),
        ("", "550 not here", "550"),
        ("", "host 192.0.2.1 and 5.6.7.8 said nothing", ""),
        ("", "", ""),
    ],
)
def test_the_code_that_says_most_is_taken(status, words, code):
    assert code_in(status, words) == code


@pytest.mark.parametrize("cause", [C.OUR_QUOTA, C.OUR_SENDER, C.OUR_DOMAIN])
def test_what_is_ours_is_never_told_as_a_wrong_address(cause):
    assert RETURN_REASONS[cause] is Reason.TRANSPORTS_REFUSED
    assert CURES[RETURN_REASONS[cause]] is Cure.TIME
    assert "rett den i Pureservice" not in RETURNS[cause].advice


@pytest.mark.parametrize("cause", [C.NO_SUCH_MAILBOX, C.NO_SUCH_DOMAIN, C.MAILBOX_CLOSED])
def test_what_only_another_address_helps_says_so(cause):
    assert CURES[RETURN_REASONS[cause]] is Cure.ADDRESS
    assert "rett den i Pureservice eller i mottakerfilen" in RETURNS[cause].advice
