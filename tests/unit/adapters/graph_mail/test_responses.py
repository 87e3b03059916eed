"""Every answer of Graph, and every way of getting none, means one of six kinds of error."""

import inspect
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.graph_mail import responses
from dispatch.core import (
    MailError,
    MessageRefused,
    OutcomeUnknown,
    RecipientRefused,
    Throttled,
    TransportRefused,
    TryAgain,
)

CODES = [
    # the recipient
    ("ErrorInvalidRecipients", 400, RecipientRefused),
    ("ErrorInvalidSmtpAddress", 400, RecipientRefused),
    ("ErrorRecipientNotFound", 400, RecipientRefused),
    ("ErrorNonExistentMailbox", 404, RecipientRefused),
    # the message
    ("InvalidInternetMessageHeader", 400, MessageRefused),
    ("ErrorInvalidInternetMessageHeader", 400, MessageRefused),
    ("InvalidInternetMessageHeaderCollection", 400, MessageRefused),
    ("ErrorInvalidInternetMessageHeaderCollection", 400, MessageRefused),
    ("UnableToDeserializePostBody", 400, MessageRefused),
    ("ErrorMimeContentInvalidBase64String", 400, MessageRefused),
    ("ErrorInvalidRequest", 400, MessageRefused),
    ("BadRequest", 400, MessageRefused),
    ("RequestBodyRead", 400, MessageRefused),
    ("ErrorMessageSizeExceeded", 400, MessageRefused),
    ("ErrorMessageSizeExceeded", 413, MessageRefused),
    ("ErrorAttachmentSizeLimitExceeded", 413, MessageRefused),
    ("ErrorExceededMaxRecipientLimit", 400, MessageRefused),
    # the mailbox, the sign-in, the sender
    ("InvalidAuthenticationToken", 401, TransportRefused),
    ("TokenExpired", 401, TransportRefused),
    ("ErrorAccessDenied", 403, TransportRefused),
    ("AccessDenied", 403, TransportRefused),
    ("Authorization_RequestDenied", 403, TransportRefused),
    ("Forbidden", 403, TransportRefused),
    ("ErrorSendAsDenied", 403, TransportRefused),
    ("MailboxNotEnabledForRESTAPI", 404, TransportRefused),
    ("MailboxNotSupportedForRESTAPI", 404, TransportRefused),
    ("ErrorInvalidUser", 404, TransportRefused),
    ("Request_ResourceNotFound", 404, TransportRefused),
    ("ResourceNotFound", 404, TransportRefused),
    ("ErrorMessageSubmissionBlocked", 403, TransportRefused),
    ("ErrorAccountSuspend", 403, TransportRefused),
    ("ErrorAccountSuspendShowTierUpgrade", 403, TransportRefused),
    # the quota of the day; seen with several statuses
    *(
        (code, status, TransportRefused)
        for code in (
            "ErrorExceededMessageLimit",
            "ErrorExceededHourlyMessageLimit",
            "ErrorSubmissionQuotaExceeded",
            "RecipientRateLimitExceeded",
            "ErrorQuotaExceeded",
        )
        for status in (400, 403, 429, 507)
    ),
    # the pace
    ("ApplicationThrottled", 429, Throttled),
    ("TooManyRequests", 429, Throttled),
    ("activityLimitReached", 429, Throttled),
    ("ActivityLimitReached", 503, Throttled),
    ("CommandConcurrencyLimitReached", 429, Throttled),
    ("MailboxConcurrency", 429, Throttled),
    ("UnknownError", 429, Throttled),
    ("ErrorServerBusy", 429, Throttled),
    # nothing certain
    ("ErrorServerBusy", 503, OutcomeUnknown),
    ("ErrorMailboxStoreUnavailable", 503, OutcomeUnknown),
    ("ErrorMailboxMoveInProgress", 503, OutcomeUnknown),
    ("ErrorInternalServerTransientError", 503, OutcomeUnknown),
    ("ErrorConnectionFailed", 503, OutcomeUnknown),
    ("serviceNotAvailable", 503, OutcomeUnknown),
    ("ErrorInternalServerError", 500, OutcomeUnknown),
    ("UnknownError", 500, OutcomeUnknown),
    ("ErrorTimeoutExpired", 500, OutcomeUnknown),
    ("ErrorInternalServerError", 400, OutcomeUnknown),
    # a code that nobody has told us of: its status decides
    ("ErrorSomethingNew", 400, MessageRefused),
    ("ErrorSomethingNew", 403, TransportRefused),
    ("ErrorSomethingNew", 429, Throttled),
    ("ErrorSomethingNew", 503, OutcomeUnknown),
]

STATUSES = [
    *((status, OutcomeUnknown) for status in (200, 201, 203, 204, 206, 300, 303, 304)),
    *((status, TransportRefused) for status in (301, 302, 307, 308)),
    *((status, MessageRefused) for status in (400, 411, 413, 414, 415, 422, 431)),
    *((status, TransportRefused) for status in (401, 402, 403, 404, 405, 406, 407, 410, 418, 421, 451)),
    *((status, TryAgain) for status in (409, 412, 423)),
    *((status, OutcomeUnknown) for status in (408, 499)),
    (429, Throttled),
    *((status, OutcomeUnknown) for status in (500, 501, 502, 503, 504, 507, 509, 520, 599)),
]

NOTHING_LEFT = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
    "InvalidURL",
}


def answer(status: int, code: str = "", *, retry_after: float | None = None) -> responses.Answer:
    return responses.Answer(status, code, request_id="", retry_after=retry_after)


def every_httpx_exception() -> list[type[Exception]]:
    found = [value for value in vars(httpx).values() if inspect.isclass(value) and issubclass(value, Exception)]
    return sorted(found, key=lambda each: each.__name__)


@pytest.mark.parametrize(("code", "status", "kind"), CODES)
def test_an_error_code_means_one_kind(code, status, kind):
    assert type(responses.error_of(answer(status, code))) is kind


@pytest.mark.parametrize(("code", "status", "kind"), CODES)
def test_the_case_of_a_code_does_not_matter(code, status, kind):
    assert type(responses.error_of(answer(status, code.upper()))) is kind


@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_a_status_without_a_code_means_one_kind(status, kind):
    assert type(responses.error_of(answer(status))) is kind


@given(status=st.integers(200, 599), code=st.text(max_size=30))
def test_any_answer_means_some_kind(status, code):
    error = responses.error_of(answer(status, code))

    assert type(error) in {
        RecipientRefused,
        MessageRefused,
        TransportRefused,
        Throttled,
        TryAgain,
        OutcomeUnknown,
    }


@given(status=st.integers(500, 599))
def test_a_fault_of_the_server_is_never_certain_without_a_code(status):
    assert type(responses.error_of(answer(status))) is OutcomeUnknown


@pytest.mark.parametrize("exception", every_httpx_exception(), ids=lambda each: each.__name__)
def test_every_exception_of_httpx_means_one_kind(exception):
    error = exception.__new__(exception)

    kind = type(responses.error_of_exception(error))

    assert kind is (TransportRefused if exception.__name__ in NOTHING_LEFT else OutcomeUnknown)


@pytest.mark.parametrize(("status", "code"), [(404, "ErrorItemNotFound"), (404, ""), (409, ""), (412, "ErrorX")])
def test_a_draft_that_is_gone_may_have_left(status, code):
    assert type(responses.error_of(answer(status, code), draft=True)) is OutcomeUnknown


@pytest.mark.parametrize("error", [responses.error_of(answer(status)) for status in (200, 408, 500, 502, 503, 504)])
def test_what_can_not_send_leaves_nothing_in_doubt(error):
    certain = responses.unsent(error)

    assert type(certain) is TryAgain
    assert certain.code == error.code


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("0", 1.0),
        ("0.2", 1.0),
        ("-3", 1.0),
        ("179", 179.0),
        ("99999999", 86_400.0),
        ("inf", 86_400.0),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 1.0),
        ("Mon, 23 Nov 2026 12:00:30", 30.0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_a_hot_loop(header, seconds):
    assert responses.retry_after(header, now=datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) == seconds


def test_a_throttled_mailbox_rests_as_long_as_the_server_says():
    told = responses.error_of(answer(429, "ApplicationThrottled", retry_after=42.0))
    silent = responses.error_of(answer(429))

    assert isinstance(told, Throttled)
    assert isinstance(silent, Throttled)
    assert (told.retry_after, silent.retry_after) == (42.0, 10.0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>504 Gateway Timeout</html>",
        b"[]",
        b"null",
        b'"text"',
        b'{"error": null}',
        b'{"error": "text"}',
        b'{"error": {}}',
        b'{"error": {"code": 5}}',
        b'{"error": {"code": "kari@eksempel.example is bad"}}',
        b"\xff\xfe",
    ],
)
def test_any_body_can_be_read(body):
    read = responses.read(httpx.Response(504, content=body))

    assert read.code == ""
    assert read.label == "HTTP 504"


def test_an_error_holds_ids_and_no_text_of_the_server():
    response = httpx.Response(
        400,
        headers={"request-id": "0a1b-2c"},
        json={
            "error": {"code": "ErrorInvalidRecipients", "message": "Recipient 'kari@eksempel.example' is not resolved"}
        },
    )

    error = responses.error_of(responses.read(response))

    assert isinstance(error, MailError)
    assert str(error) == "microsoft-graph: ErrorInvalidRecipients status 400, request 0a1b-2c"
