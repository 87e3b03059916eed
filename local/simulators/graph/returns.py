"""What comes back for a letter: in which form, and how long after it was sent."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import format_datetime, parseaddr

from local.simulators import non_delivery as made
from local.simulators.graph.content import Content, Person
from local.simulators.graph.records import MESSAGE_CLASS, ReceivedMail, Says
from local.simulators.non_delivery import SentMail, Verdict

NDR, DELAYED, READ = "REPORT.IPM.Note.NDR", "REPORT.IPM.Note.Delayed", "REPORT.IPM.Note.IPNRN"
OUT_OF_OFFICE, ORDINARY = "IPM.Note.Rules.OofTemplate.Microsoft", "IPM.Note"
QUOTA = ("failed", "5.7.233", "550 5.7.233 Submission limit: tenant exceeded its external recipients")
STILL_TRYING = ("delayed", "4.4.1", "450 4.4.1 No answer from host")
EXPIRED = ("failed", "4.4.7", "450 4.4.7 Message expired after two days")


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a returned mail. ``says`` is what it says of the letter; empty where it is no report on delivery."""

    write: Callable[[SentMail], bytes]
    message_class: str = NDR
    says: Says = "failed"


@dataclass(frozen=True, slots=True)
class ReturnRule:
    """What comes back for recipients that ``match`` (a regular expression); all rules that match hold.

    ``form`` is one of ``FORMS``. ``copies`` of it come, a second after each other, the first ``after`` seconds.
    """

    match: str
    form: str = "exchange"
    after: float = 60.0
    copies: int = 1
    folder: str = "inbox"


def _one(sent: SentMail, *said: str) -> Verdict:
    return Verdict(sent.to, *said)


FORMS: dict[str, Form] = {
    "exchange": Form(lambda sent: made.exchange(sent, Verdict(sent.to, status="5.1.10", words="550 5.1.10 not found"))),
    "exchange_without_letter": Form(lambda sent: made.exchange(sent, _one(sent), returned="none")),
    "exchange_html": Form(
        lambda sent: made.mail(
            made.fields_of(sent, **made.exchange_fields(sent)),
            "text/html; charset=utf-8",
            made.exchange_html(sent, _one(sent)),
        )
    ),
    "quota": Form(lambda sent: made.exchange(sent, _one(sent, *QUOTA))),
    "postfix": Form(lambda sent: made.delivery_status(sent, _one(sent))),
    "headers": Form(lambda sent: made.delivery_status(sent, _one(sent), returned="headers")),
    "without_letter": Form(lambda sent: made.delivery_status(sent, _one(sent), returned="none")),
    "marker_lost": Form(lambda sent: made.delivery_status(replace(sent, fields={}), _one(sent))),
    "base64": Form(lambda sent: made.delivery_status(sent, _one(sent), encoding="base64")),
    "several": Form(lambda sent: made.delivery_status(sent, Verdict("x@fremmed.example"), _one(sent))),
    "forwarded": Form(lambda sent: made.delivery_status(sent, Verdict("videre@fremmed.example"))),
    "qmail": Form(lambda sent: made.qmail(sent, _one(sent)), ORDINARY),
    "exim": Form(lambda sent: made.exim(sent, _one(sent)), ORDINARY),
    "delayed": Form(lambda sent: made.delivery_status(sent, _one(sent, *STILL_TRYING)), DELAYED, "delayed"),
    "expired": Form(lambda sent: made.delivery_status(sent, _one(sent, *EXPIRED))),
    "forged": Form(
        lambda sent: made.delivery_status(sent, Verdict("fremmed@fremmed.example"), returned="none"), says=""
    ),
    "out_of_office": Form(made.out_of_office, OUT_OF_OFFICE, ""),
    "challenge": Form(
        lambda sent: made.from_recipient(sent, "Trykk her: https://x.example/1", Auto_Submitted="auto-replied"),
        ORDINARY,
        "",
    ),
    "answer": Form(lambda sent: made.from_recipient(sent, "Takk for brevet."), ORDINARY, ""),
    "read_receipt": Form(made.read_receipt, READ, ""),
}


def matching(rules: list[ReturnRule], address: str) -> Iterator[tuple[ReturnRule, Form]]:
    """The rules that hold for the address, each with its form."""
    return ((rule, FORMS[rule.form]) for rule in rules if re.search(rule.match, address))


def returned(letter: ReceivedMail, form: Form, *, copy: int = 0) -> Content:
    """The mail that comes back, as the mailbox keeps it."""
    fields = {**letter.headers, "Date": format_datetime(datetime.fromtimestamp(letter.at, UTC))}
    mime = form.write(SentMail(letter.mailbox, letter.to, letter.message_id, letter.subject, fields))
    read = message_from_bytes(mime)
    name, address = parseaddr(str(read["From"]))
    shown = next((part for part in read.walk() if part.get_content_maintype() == "text"), read)
    payload = shown.get_payload(decode=True)
    return Content(
        subject=str(make_header(decode_header(str(read["Subject"])))),
        body=payload.decode() if isinstance(payload, bytes) else "",
        body_type="html" if shown.get_content_subtype() == "html" else "text",
        message_id=str(read["Message-ID"]).replace("<", f"<{copy}." if copy else "<"),
        sender=Person(address, name),
        to=[Person(letter.mailbox)],
        headers={name: str(value) for name, value in read.items()},
        properties={MESSAGE_CLASS: form.message_class},
        mime=mime,
    )
