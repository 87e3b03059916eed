"""Reports as servers write them, and mails that only look alike: each is its own letter's, or nobody's."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import ReturnCause
from dispatch.returns import Action, MailKind, SentLetter, TiedBy, read_item, read_mime, tie
from local.simulators import non_delivery as made
from local.simulators.non_delivery import SentMail, Verdict
from tests.builders import NOON

MAILBOX = "utsending@etat.example"


def a_letter(name: str, number: int) -> SentLetter:
    key = f"{name}{number}".ljust(26, "a")
    return SentLetter(key, f"<{key}@etat.example>", f"{name}@eksempel.example", MAILBOX, NOON)


KARI, OLA, PER, TWICE, AGAIN = (a_letter(name, 2) for name in ("kari", "ola", "per", "begge", "begge"))
AGAIN = replace(AGAIN, key="b" * 26, message_id=f"<{'b' * 26}@etat.example>")
ELSEWHERE = replace(a_letter("mona", 3), mailbox="annen@etat.example")
IDN = replace(a_letter("idn", 4), address="anne@xn--blbr-roah.example")
LATER = replace(a_letter("senere", 5), begun=NOON + timedelta(days=2))
LETTERS = (KARI, OLA, PER, TWICE, AGAIN, ELSEWHERE, IDN, LATER)
NOBODY = Verdict(KARI.address)
OLAS = Verdict(OLA.address)


def sent(letter: SentLetter = KARI, *, key: bool = True, **overrides: Any) -> SentMail:
    mail = SentMail(MAILBOX, letter.address, letter.message_id, fields={"x-dispatch-key": letter.key} if key else {})
    return replace(mail, **overrides)


@dataclass(frozen=True)
class Made:
    """A report, and what is to come of it."""

    name: str
    mail: bytes
    letter: SentLetter | None
    cause: ReturnCause | None = None
    kind: MailKind = MailKind.NOT_DELIVERED
    by: TiedBy = TiedBy.MARKER
    message_class: str = ""


def nobody(name: str, mail: bytes, kind: MailKind = MailKind.NOT_DELIVERED, *, message_class: str = "") -> Made:
    return Made(name, mail, None, kind=kind, message_class=message_class)


C, K, T = ReturnCause, MailKind, TiedBy
FORGED = sent(replace(KARI, address=OLA.address))
THEIRS = sent(key=False, message_id="<F00.BA4@PROD.EXAMPLE>")
OUR_ID_ONLY = {"returned": "headers"}
EXPIRED = Verdict(KARI.address, "failed", "4.4.7", "smtp; 450 4.4.7 Message expired, giving up")
DELAYED = Verdict(KARI.address, "delayed", "4.4.1", "450 4.4.1 No answer from host")
QUOTA = Verdict(KARI.address, status="5.7.233", words="550 5.7.233 tenant exceeded its external recipient rate limit")
DMARC = Verdict(
    "kari.n@gmail.example", status="5.7.26", words="550-5.7.26 Unauthenticated email is not accepted (DMARC policy)"
)
MDN = made.mail(
    made.fields_of(sent(), From=f"Kari <{KARI.address}>"),
    "multipart/report; report-type=disposition-notification",
    made.part("text/plain", "Lest."),
    made.part("message/disposition-notification", f"Final-Recipient: rfc822;{KARI.address}\nDisposition: x; displayed"),
    *made.returned_part(sent(), "headers"),
)
ARF = made.mail(
    made.fields_of(sent()),
    "multipart/report; report-type=feedback-report",
    made.part("message/feedback-report", "Feedback-Type: abuse"),
    *made.returned_part(sent(), "message"),
)
FORWARDED_BY_A_PERSON = made.mail(
    made.fields_of(sent(), From="Sekretær <sekretar@etat.example>", Auto_Submitted=""),
    "multipart/mixed",
    made.part("text/plain; charset=utf-8", f"Se her:\n{KARI.address}\n550 5.1.1 User unknown"),
    made.part("message/rfc822", made.delivery_status(sent(), NOBODY).decode()),
)
CHALLENGE = made.from_recipient(sent(), "Trykk her for å levere: https://x.example/1", Auto_Submitted="auto-replied")
LIST_MAIL = made.delivery_status(sent(), NOBODY, List_Id="<liste.eksempel.example>")
TWO_MARKERS = sent(message_id="<X@PROD.EXAMPLE>", fields={"x-dispatch-key": KARI.key, "X-Dispatch-Key": "c" * 26})
UNREADABLE = made.mail(
    made.fields_of(sent()),
    "multipart/report; report-type=delivery-status",
    made.part("message/delivery-status", f"Reporting-MTA: dns; a.example\n\n{NOBODY.block()}"),
    made.part("application/octet-stream", THEIRS.head()),
)
COPY_SAYS_SO = made.mail(
    made.fields_of(sent(), Auto_Submitted=""),
    "text/plain; charset=utf-8",
    f"Your message was delivered.\n\n{sent().head()}\n\n{KARI.address}\n550 5.1.1 User unknown",
)
FULL = Verdict(KARI.address, status="5.2.2", words="552 5.2.2 Mailbox full")
NORWEGIAN = "Postkassen finnes ikke. Blåbærsyltetøy".encode("utf-16-be").decode("latin-1")

MADE = (
    Made("Postfix with the letter", made.delivery_status(sent(), NOBODY), KARI, C.NO_SUCH_MAILBOX),
    Made("Postfix with its head", made.delivery_status(sent(), NOBODY, returned="headers"), KARI, C.NO_SUCH_MAILBOX),
    Made("without the letter", made.delivery_status(sent(), NOBODY, returned="none"), KARI, by=T.ADDRESS),
    Made("without a text", made.delivery_status(sent(), NOBODY, words=None), KARI),
    Made("marker lost", made.delivery_status(sent(key=False), NOBODY), KARI, by=T.MESSAGE_ID),
    Made("Message-ID replaced", made.delivery_status(sent(message_id="<X@PROD.EXAMPLE>"), NOBODY), KARI),
    Made("Exchange", made.exchange(sent(), replace(NOBODY, status="5.1.10")), KARI, C.NO_SUCH_MAILBOX),
    Made("Exchange, only In-Reply-To", made.exchange(sent(), NOBODY, returned="none"), KARI, by=T.MESSAGE_ID),
    Made("Exchange, our quota", made.exchange(sent(), QUOTA), KARI, C.OUR_QUOTA),
    Made("Exchange, too large", made.exchange(sent(), replace(NOBODY, status="5.2.3")), KARI, C.TOO_LARGE),
    Made("mailbox full", made.delivery_status(sent(), FULL), KARI, C.MAILBOX_FULL),
    Made("gave up after days", made.delivery_status(sent(), EXPIRED), KARI, C.NO_ANSWER),
    Made("still trying", made.delivery_status(sent(), DELAYED), KARI, C.NO_ANSWER, K.DELAYED),
    Made("forwarded, then DMARC", made.delivery_status(sent(), DMARC), KARI, C.OUR_DOMAIN),
    Made("two, of whom one arrived", made.delivery_status(sent(), NOBODY, replace(OLAS, action="delivered")), KARI),
    Made("several of one letter", made.delivery_status(sent(), NOBODY, Verdict("x@fremmed.example")), KARI),
    Made("original recipient", made.delivery_status(
        sent(), Verdict("kari@intern.example", original=KARI.address), returned="none"), KARI, by=T.ADDRESS),
    Made("base64", made.delivery_status(sent(), NOBODY, encoding="base64"), KARI),
    Made("quoted-printable", made.delivery_status(sent(), NOBODY, encoding="quoted-printable"), KARI),
    Made("international", made.delivery_status(
        sent(IDN), Verdict("anne@blåbær.example"), media="message/global-delivery-status"), IDN),
    Made("Windows line ends", made.delivery_status(sent(), NOBODY).replace(b"\n", b"\r\n"), KARI),
    Made("no closing line", made.delivery_status(sent(), NOBODY).replace(b"--=_report-4f2a--", b""), KARI),
    Made("envelope id", made.delivery_status(sent(), NOBODY, returned="none").replace(
        b"Reporting-MTA", f"Original-Envelope-Id: {KARI.key}\nReporting-MTA".encode()), KARI),
    Made("another's envelope id", made.exchange(sent(), NOBODY, returned="none").replace(
        b"Reporting-MTA", b"Original-Envelope-Id: 7f00@x.example\nReporting-MTA"), KARI, by=T.MESSAGE_ID),
    Made("letter case", made.delivery_status(sent(), Verdict("KARI@Eksempel.EXAMPLE")), KARI),
    Made("status says its class only", made.delivery_status(
        sent(), replace(NOBODY, status="5.0.0", words="550 5.2.1 closed")), KARI, C.MAILBOX_CLOSED),
    Made("qmail", made.qmail(sent(), NOBODY), KARI, C.NO_SUCH_MAILBOX),
    Made("qmail, foreign signs", made.qmail(
        sent(), replace(NOBODY, words="550 brukeren ukjent")), KARI, C.NOT_SAID),
    Made("Exim", made.exim(sent(), NOBODY), KARI, C.NO_SUCH_MAILBOX),
    Made("Exim, two", made.exim(sent(), NOBODY, Verdict("x@fremmed.example")), KARI),
    Made("Exchange, HTML alone", made.mail(
        made.fields_of(sent(), **made.exchange_fields(sent())), "text/html; charset=utf-8",
        made.exchange_html(sent(), NOBODY)), KARI, message_class="REPORT.IPM.Note.NDR"),
    nobody("forged: never sent to that address", made.delivery_status(sent(), OLAS)),
    nobody("forged: another recipient in its head", made.delivery_status(FORGED, OLAS)),
    nobody("forged: a stranger", made.delivery_status(sent(), Verdict("x@fremmed.example"), returned="none",
                                                      In_Reply_To=KARI.message_id)),
    nobody("forged: marker of one, Message-ID of another", made.delivery_status(
        sent(message_id=OLA.message_id), NOBODY)),
    nobody("forged: answers another letter", made.delivery_status(sent(), NOBODY, In_Reply_To=OLA.message_id)),
    nobody("somebody else's mail to the same address", made.delivery_status(THEIRS, NOBODY)),
    nobody("an answer of a person, in the same thread", made.delivery_status(
        replace(THEIRS, fields={"In-Reply-To": KARI.message_id, "References": KARI.message_id}), NOBODY,
        References=f"{KARI.message_id} {THEIRS.message_id}", In_Reply_To=THEIRS.message_id)),
    nobody("a person's mail that answers the letter", made.delivery_status(
        THEIRS, NOBODY, In_Reply_To=KARI.message_id)),
    nobody("two reports in one, without a letter", made.delivery_status(sent(), NOBODY, returned="none").replace(
        b"--=_report-4f2a--", f"--=_report-4f2a\nContent-Type: message/delivery-status\n\n{OLAS.block()}\n"
        "--=_report-4f2a--".encode())),
    nobody("a field with two ids", made.delivery_status(
        sent(key=False, message_id=f"<F00.BA4 {KARI.message_id}"), NOBODY)),
    nobody("two markers", made.delivery_status(TWO_MARKERS, NOBODY)),
    nobody("a marker of nobody", made.delivery_status(sent(fields={"x-dispatch-key": "d" * 26}), NOBODY)),
    nobody("the letter was written to somebody else", made.delivery_status(sent(to="x@fremmed.example"), NOBODY)),
    nobody("a returned message that can't be read", UNREADABLE),
    nobody("a copy that is torn, in an answer to the letter", made.qmail(THEIRS, NOBODY).replace(
        b"Message-ID: ", b"", 1).replace(b"\n\nHi.", f"\nIn-Reply-To: {KARI.message_id}\n\nHi.".encode())),
    nobody("delivered, and the letter itself speaks of failures", COPY_SAYS_SO, K.OTHER),
    nobody("two letters to that address", made.delivery_status(sent(TWICE), Verdict(TWICE.address), returned="none")),
    nobody("several, without the letter", made.delivery_status(sent(), NOBODY, OLAS, returned="none")),
    nobody("another mailbox's letter", made.delivery_status(sent(ELSEWHERE), Verdict(ELSEWHERE.address))),
    nobody("a letter that was sent afterwards", made.delivery_status(sent(LATER), Verdict(LATER.address))),
    nobody("two members of a list", made.delivery_status(
        sent(), Verdict("x@fremmed.example"), Verdict("y@fremmed.example"))),
    nobody("cut short before the letter", made.delivery_status(sent(), NOBODY, returned="none")[:-30]),
    nobody("delivered", made.delivery_status(sent(), replace(NOBODY, action="delivered")), K.DELIVERY_NOTICE),
    nobody("relayed", made.delivery_status(sent(), replace(NOBODY, action="relayed")), K.DELIVERY_NOTICE),
    nobody("failed with the code of success", made.delivery_status(sent(), replace(NOBODY, status="2.0.0")), K.OTHER),
    nobody("out of office", made.out_of_office(sent()), K.AUTO_REPLY),
    nobody("out of office by Exchange", made.from_recipient(sent(), "Borte."), K.AUTO_REPLY,
           message_class="IPM.Note.Rules.OofTemplate.Microsoft"),
    nobody("challenge", CHALLENGE, K.AUTO_REPLY),
    nobody("a person's answer", made.from_recipient(sent(), f"Hei\n{KARI.address}\n550 5.1.1"), K.OTHER),
    nobody("read receipt", MDN, K.READ_RECEIPT),
    nobody("complaint", ARF, K.COMPLAINT),
    nobody("a report that a person passes on", FORWARDED_BY_A_PERSON, K.OTHER),
    nobody("by a mailing list", LIST_MAIL, K.OTHER),
    nobody("nothing", b"", K.OTHER),
    nobody("no mail", NORWEGIAN.encode("latin-1"), K.OTHER),
)  # fmt: skip


def tied(mail: bytes, message_class: str = "", *, letters: tuple[SentLetter, ...] = LETTERS):
    report = read_mime(mail, message_class=message_class)
    return report, tie(report, letters, mailbox=MAILBOX, received=NOON + timedelta(hours=1))


@pytest.mark.parametrize("one", MADE, ids=lambda one: one.name)
def test_a_report_is_its_own_letters_or_nobodys(one: Made):
    report, found = tied(one.mail, one.message_class)

    assert report.kind is one.kind
    assert (found and found.letter) == one.letter
    if found is not None:
        assert found.by is one.by
        assert found.told.action is (Action.DELAYED if one.kind is K.DELAYED else Action.FAILED)
        assert one.cause in {None, found.told.cause}
        assert "@" not in found.told.words


def test_there_are_more_than_forty():
    assert len({one.name for one in MADE}) == len({one.mail for one in MADE}) == len(MADE) > 40


@pytest.mark.parametrize("one", [one for one in MADE if one.letter], ids=lambda one: one.name)
def test_a_report_names_all_that_must_be_looked_up_for_it(one: Made):
    """The letters that have one of its keys or addresses are enough; the caller need not hold all."""
    report, found = tied(one.mail, one.message_class)
    asked = tuple(letter for letter in LETTERS if letter.key in report.keys or letter.address in report.addresses)

    assert 1 <= len(asked) < len(LETTERS)
    assert tied(one.mail, one.message_class, letters=asked)[1] == found


def test_an_address_alone_is_not_enough_after_a_week():
    report = read_mime(made.delivery_status(sent(), NOBODY, returned="none"))

    assert tie(report, LETTERS, mailbox=MAILBOX, received=NOON + timedelta(days=5)) is not None
    assert tie(report, LETTERS, mailbox=MAILBOX, received=NOON + timedelta(days=7)) is None


def test_only_those_count_whom_the_reports_own_fields_name():
    report = read_mime(made.exim(sent(), NOBODY, OLAS).replace(f",\n\t{OLA.address}".encode(), b"", 1))

    assert [one.final for one in report.told] == [{KARI.address}]


def as_item(sent_mail: SentMail, *verdicts: Verdict, headers: bool = True, **fields: str):
    head = made.fields_of(sent_mail, **made.exchange_fields(sent_mail, **fields))
    return {
        "from": {"emailAddress": {"address": f"{made.EXCHANGE}@etat.example"}},
        "internetMessageHeaders": [{"name": name, "value": value} for name, value in head.items()],
        "body": {"contentType": "html", "content": made.exchange_html(sent_mail, *verdicts, headers=headers)},
    }


@pytest.mark.parametrize(
    ("item", "letter", "kind"),
    [
        (as_item(sent(), NOBODY), KARI, K.NOT_DELIVERED),
        (as_item(sent(), NOBODY, headers=False), KARI, K.NOT_DELIVERED),
        (as_item(sent(), OLAS), None, K.NOT_DELIVERED),
        (as_item(sent(), NOBODY, headers=False, In_Reply_To="", References=""), None, K.NOT_DELIVERED),
        ({"from": None, "internetMessageHeaders": "x", "body": 7}, None, K.OTHER),
        ({}, None, K.OTHER),
    ],
)
def test_the_same_as_json_where_no_mime_can_be_had(item, letter, kind):
    report = read_item(item)
    found = tie(report, LETTERS, mailbox=MAILBOX)

    assert report.kind is kind
    assert (found and found.letter) == letter


def test_exchanges_class_says_whether_it_is_still_trying():
    words = "450 4.4.7 Meldingen er forsinket"
    item = as_item(sent(), replace(NOBODY, words=words))

    assert read_item(item, message_class="REPORT.IPM.Note.Delayed").kind is K.DELAYED
    assert read_item(item, message_class="REPORT.IPM.Note.NDR").kind is K.NOT_DELIVERED
    assert read_item(item, message_class="REPORT.IPM.Note.IPNRN").kind is K.READ_RECEIPT
