"""What our transports write on a letter is what it is known by when it comes back."""

import pytest

from dispatch.adapters.mime import as_bytes
from dispatch.returns import SentLetter, TiedBy, read_mime, tie
from local.simulators import non_delivery as made
from local.simulators.non_delivery import SentMail, Verdict
from tests.mail_builders import KARI, KEY, MAILBOX, a_mail

LETTER = SentLetter(KEY, f"<{KEY}@etat.example>", KARI.address, MAILBOX)


@pytest.mark.parametrize("media", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize(
    ("lost", "by"),
    [(b"nothing", TiedBy.MARKER), (b"Message-ID:", TiedBy.MARKER), (b"x-dispatch-key:", TiedBy.MESSAGE_ID)],
)
def test_a_letter_by_smtp_is_known_by_each_of_its_marks(media, lost, by):
    letter = as_bytes(a_mail())
    if media == "text/rfc822-headers":
        letter = letter.partition(b"\r\n\r\n")[0]
    report = made.mail(
        made.fields_of(SentMail(MAILBOX, KARI.address, "")),
        "multipart/report; report-type=delivery-status",
        made.part("message/delivery-status", f"Reporting-MTA: dns; a.example\n\n{Verdict(KARI.address).block()}"),
        made.part(media, letter.replace(lost, b"X-Lost:").decode()),
    )

    found = tie(read_mime(report), [LETTER])

    assert found is not None
    assert (found.letter, found.by) == (LETTER, by)
