"""Whatever comes in: nothing is raised, twice the mail is twice the work, and no letter is taken for another."""

import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatch.returns import SentLetter, TiedBy, read_item, read_mime, tie
from local.simulators import non_delivery as made
from local.simulators.non_delivery import SentMail, Verdict
from tests.builders import NOON

MAILBOXES = ("utsending@etat.example", "post@etat.example")
SOON = NOON + timedelta(hours=2)


def some_text(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()


def a_population(rng: random.Random, size: int) -> list[SentLetter]:
    """Letters of two mailboxes, to fewer addresses than there are letters."""
    found = []
    for number in range(size):
        key, address = some_text("key", number)[:26], f"{some_text('to', rng.randrange(size))[:12]}@eksempel.example"
        begun = NOON + timedelta(hours=rng.choice((0, 0, 0, 72)))
        found.append(SentLetter(key, f"<{key}@etat.example>", address, rng.choice(MAILBOXES), begun))
    return found


FORMS: tuple[Callable[..., bytes], ...] = (made.delivery_status, made.exchange, made.qmail, made.exim)
VERDICTS = (
    ("failed", "5.1.1"),
    ("failed", "4.4.7"),
    ("delayed", "4.4.1"),
    ("delivered", "2.0.0"),
    ("failed", "5.7.233"),
)


def a_report(rng: random.Random, letters: list[SentLetter]) -> tuple[bytes, SentLetter, bool]:
    """The report, a letter to its recipient, and whether it is about that letter or about a person's mail to him."""
    letter = rng.choice(letters)
    sent = SentMail(letter.mailbox, letter.address, letter.message_id, fields={"x-dispatch-key": letter.key})
    ours = rng.random() < 0.8
    if not ours:
        thread = {"References": letter.message_id, "In-Reply-To": letter.message_id}
        sent = replace(sent, message_id=f"<{some_text(rng.random())}@PROD.EXAMPLE>", fields=thread)
    elif rng.random() < 0.2:
        sent = replace(sent, fields={})
    action, status = rng.choice(VERDICTS)
    verdicts = [Verdict(letter.address, action, status, f"{status[0]}50 {status} Se {letter.address}")]
    if rng.random() < 0.2:
        verdicts.insert(rng.randrange(2), Verdict(rng.choice(letters).address, *rng.choice(VERDICTS)))
    if rng.random() < 0.1:
        verdicts = [Verdict(f"{some_text(rng.random())[:12]}@videre.example", original=letter.address)]
    form = rng.choice(FORMS)
    if form is made.delivery_status or form is made.exchange:
        options = {"returned": rng.choice(("message", "headers", "none") if ours else ("message", "headers"))}
        return form(sent, *verdicts, **options), letter, ours
    return form(sent, *verdicts), letter, ours


def mutated(rng: random.Random, mail: bytes) -> bytes:
    at, more = rng.randrange(len(mail)), rng.randrange(len(mail))
    match rng.randrange(7):
        case 0:
            return mail[:at]
        case 1:
            return mail[at:]
        case 2:
            return mail[:at] + bytes([rng.randrange(256)]) + mail[at + 1 :]
        case 3:
            return mail[: min(at, more)] + mail[max(at, more) :]
        case 4:
            return mail[:at] + mail[min(at, more) : max(at, more)] + mail[at:]
        case 5:
            lines = mail.split(b"\n")
            rng.shuffle(lines)
            return b"\n".join(lines)
        case _:
            return mail


@settings(derandomize="MODEL_RANDOM" not in os.environ, max_examples=200)
@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(0, 3))
@example(172, 1, 2)  # a piece of the thread got into the place of the returned message's own id
def test_a_report_is_never_tied_to_another_letter(seed, size, mutations):
    rng = random.Random(seed)
    letters = a_population(rng, size)
    reports = [a_report(rng, letters) for _ in range(4)]
    for mail, letter, ours in rng.sample([*reports, *reports], k=8):  # each twice, in any order
        for _ in range(mutations):
            mail = mutated(rng, mail) or b"x"  # noqa: PLW2901
        assert letter.begun is not None
        found = tie(read_mime(mail), letters, mailbox=letter.mailbox, received=letter.begun + timedelta(hours=2))
        # Of a report on another mail that lost all that names that mail, the address is left: and that is said.
        if found is not None and not (found.by is TiedBy.ADDRESS and not ours and mutations):
            assert ours
            assert found.letter == letter


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_a_whole_report_with_its_letter_is_tied_to_it(seed, size):
    rng = random.Random(seed)
    letters = a_population(rng, size)
    letter = rng.choice(letters)
    sent = SentMail(letter.mailbox, letter.address, letter.message_id, fields={"x-dispatch-key": letter.key})
    report = read_mime(rng.choice(FORMS)(sent, Verdict(letter.address)))
    others = rng.sample(letters, k=len(letters))

    found = tie(report, others, mailbox=letter.mailbox, received=letter.begun)
    assert found is not None
    assert (found.letter, found.by) == (letter, TiedBy.MARKER)


TOKENS = (
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n", b"\n--b\n", b"\n--b--\n", b"\n\n",
    b"Content-Type: message/delivery-status\n", b"Content-Type: message/rfc822\n", b"Action: failed\n",
    b"Status: 5.1.1\n", b"Final-Recipient: rfc822; a@b.example\n", b"Content-Transfer-Encoding: base64\n",
    b"From: mailer-daemon@x.example\n", b"Content-Type: text/html; charset=punycode\n",
    b"Content-Type: text/plain; charset*=''x\x00\n", b"<a@b.example>:\n", b"Message-ID: <a@b>\n", b"=?utf-8?b?/?=",
    b"\xff\xfe", b"\r", b" ", b";", b"<", b"x-failed-recipients: @\n", b":\n",
)  # fmt: skip


@given(st.binary(max_size=400) | st.lists(st.sampled_from(TOKENS), max_size=60).map(b"".join))
@example(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3000)
@example(b"Content-Type: multipart/report; boundary*=idna''x; report-type*=punycode''y\n\n--x\n")
def test_whatever_bytes_come_in_nothing_is_raised(mail):
    for message_class in ("", "REPORT.IPM.Note.NDR"):
        report = read_mime(mail, message_class=message_class)
        tie(report, a_population(random.Random(1), 3), received=SOON)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["from", "emailAddress", "address", "body", "content", "name", "value"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["from", "body", "internetMessageHeaders"]), JSON))
def test_whatever_json_comes_in_nothing_is_raised(item):
    read_item(item, message_class="REPORT.IPM.Note.NDR")


REPORT = b"From: mailer-daemon@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
STATUS = REPORT + b"--b\nContent-Type: message/delivery-status\n\n"
RETURNED = STATUS + b"Action: failed\n\n--b\nContent-Type: message/rfc822\n\n"
SERVER = b"From: mailer-daemon@x.example\n"
SHAPES = {  # the beginning, and what is repeated after it
    "semicolons": (b"Content-Type: multipart/report;", b";\n ;"),
    "fields": (SERVER, b"A:b\n"),
    "containers": (b"", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"),
    "parts": (REPORT, b"--b\n\nx\n"),
    "lines that begin alike": (REPORT, b"--bx\n"),
    "blocks": (STATUS, b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n"),
    "one long line": (STATUS + b"Final-Recipient: ", b"a"),
    "empty lines": (STATUS, b"\n"),
    "addresses": (SERVER + b"\n", b"<a@b.example>:\n5.1.1\n"),
    "one line of addresses": (RETURNED + b"To: ", b"<a@b.example>,"),
    "angles": (RETURNED + b"Message-ID: ", b"<"),
    "fields in a text": (SERVER + b"\nMessage-ID: x\n", b"A:b\n"),
    "tags": (SERVER + b"Content-Type: text/html\n\n", b"<p><b>a@b.example<br>"),
    "tags that never end": (SERVER + b"Content-Type: text/html\n\n", b"<p <b <!-- "),
    "base64": (
        REPORT + b"--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n",
        b"QUJD\n",
    ),
    "words": (SERVER + b"\na@b.example\n", b"user mailbox address "),
    "marks": (SERVER + b"Content-Type: text/plain; charset=utf-8\n\n", "a\u0301\u0301".encode()),
}


def seconds(mail: bytes) -> float:
    taken = []
    for _ in range(3):
        begun = time.process_time()
        read_mime(mail)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_mail_is_four_times_the_work(shape):
    first, repeated = SHAPES[shape]
    once, more = (seconds(first + repeated * (size // len(repeated))) for size in (200_000, 800_000))

    assert more <= 8 * once + 0.05
    assert more < 1.5  # a megabyte is the most that is read
