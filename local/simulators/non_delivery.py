"""Reports on letters that did not arrive, as servers of several kinds write them, and mails that only look alike.

Made after the RFCs and after the public shape of known servers' reports; the names in them are made up.
"""

import base64
import hashlib
import quopri
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from typing import Literal

Returned = Literal["message", "headers", "none"]

SERVER, BOUNDARY = "mx.simulated.example", "=_report-4f2a"
EXCHANGE = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SentMail:
    """The letter that comes back. ``fields`` are those beside the usual ones."""

    sender: str
    to: str
    message_id: str
    subject: str = "Høring"
    fields: Mapping[str, str] = field(default_factory=dict)

    def head(self) -> str:
        """The letter's own fields, as they left."""
        lines = [
            f"Received: from {SERVER} by edge.simulated.example; {format_datetime(NOON)}",
            f"From: Etaten <{self.sender}>",
            f"To: Mottaker <{self.to}>",
            f"Subject: =?utf-8?b?{base64.b64encode(self.subject.encode()).decode()}?=",
            *([f"Message-ID: {self.message_id}"] if self.message_id else []),
            *(f"{name}: {value}" for name, value in self.fields.items()),
            "MIME-Version: 1.0",
            "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
        ]
        return "\n".join(lines)

    def whole(self) -> str:
        """The letter with its text."""
        return f"{self.head()}\n\n<p>Hei. Svar p=C3=A5 Message-ID: &lt;et@annet.example&gt;, status 5.1.1.</p>\n"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the report says of one recipient."""

    address: str
    action: str = "failed"
    status: str = "5.1.1"
    words: str = "550 5.1.1 User unknown"
    original: str = ""

    def block(self) -> str:
        lines = [
            *([f"Original-Recipient: rfc822;{self.original}"] if self.original else []),
            f"Final-Recipient: rfc822; {self.address}",
            f"Action: {self.action}",
            f"Status: {self.status}",
            f"Remote-MTA: dns; {SERVER}",
            f"Diagnostic-Code: smtp; {self.words}",
        ]
        return "\n".join(lines)


def part(media: str, content: str, *, encoding: str = "") -> str:
    """One part of a report."""
    raw = content.encode()
    written = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)(raw)
    how = f"\nContent-Transfer-Encoding: {encoding}" if encoding else ""
    return f"Content-Type: {media}{how}\n\n{written.decode()}"


def mail(fields: Mapping[str, str], media: str, *parts: str) -> bytes:
    """A mail of these parts; one that is given as a whole body where the media type is no container."""
    lines = [
        f"{name}: {value if value.isascii() else Header(value, 'utf-8').encode()}" for name, value in fields.items()
    ]
    if not media.startswith("multipart/"):
        return "\n".join([*lines, "MIME-Version: 1.0", f"Content-Type: {media}", "", *parts]).encode()
    body = "".join(f"--{BOUNDARY}\n{one}\n" for one in parts)
    head = [*lines, "MIME-Version: 1.0", f'Content-Type: {media}; boundary="{BOUNDARY}"']
    return ("\n".join(head) + f"\n\n{body}--{BOUNDARY}--\n").encode()


def fields_of(sent: SentMail, **overrides: str) -> dict[str, str]:
    """The head of a report that a server wrote."""
    usual = {
        "Return_Path": "<>",
        "From": f"Mail Delivery System <MAILER-DAEMON@{SERVER}>",
        "To": sent.sender,
        "Subject": "Undelivered Mail Returned to Sender",
        "Date": format_datetime(NOON),
        "Message_ID": f"<{hashlib.sha256(repr((sent, overrides)).encode()).hexdigest()[:16]}@{SERVER}>",
        "Auto_Submitted": "auto-replied",
    }
    return {name.replace("_", "-"): value for name, value in {**usual, **overrides}.items() if value}


def returned_part(sent: SentMail, returned: Returned) -> list[str]:
    """What the report holds of the letter."""
    if returned == "message":
        return [part("message/rfc822", sent.whole())]
    return [part("text/rfc822-headers", sent.head() + "\n")] if returned == "headers" else []


def delivery_status(
    sent: SentMail,
    *verdicts: Verdict,
    returned: Returned = "message",
    words: str | None = "I'm sorry to have to inform you that your message could not be delivered.",
    encoding: str = "",
    media: str = "message/delivery-status",
    **fields: str,
) -> bytes:
    """A report after RFC 3464, as Postfix and most others write it. ``words`` None: without a text for people."""
    blocks = [f"Reporting-MTA: dns; {SERVER}\nArrival-Date: {format_datetime(NOON)}", *(v.block() for v in verdicts)]
    shown = [] if words is None else [part("text/plain; charset=utf-8", words + "\n")]
    status = part(media, "\n\n".join(blocks) + "\n", encoding=encoding)
    parts = (*shown, status, *returned_part(sent, returned))
    return mail(fields_of(sent, **fields), "multipart/report; report-type=delivery-status", *parts)


def exchange_fields(sent: SentMail, **overrides: str) -> dict[str, str]:
    """The head of a report by Exchange, in either language."""
    usual = {
        "From": f"Microsoft Outlook <{EXCHANGE}@etat.example>",
        "Subject": f"Undeliverable: {sent.subject}",
        "In_Reply_To": sent.message_id,
        "References": sent.message_id,
        "Auto_Submitted": "",
        "X_MS_Exchange_Message_Is_Ndr": "1",
        "X_Auto_Response_Suppress": "All",
    }
    return {**usual, **overrides}


def exchange(sent: SentMail, *verdicts: Verdict, returned: Returned = "message", **fields: str) -> bytes:
    """Exchange's own form: a letter to people in HTML, with the part for administrators at its end."""
    html = exchange_html(sent, *verdicts, headers=returned != "none")
    shown = part("text/html; charset=utf-8", html, encoding="quoted-printable")
    blocks = [f"Reporting-MTA: dns;{SERVER}", *(verdict.block() for verdict in verdicts)]
    status = part("message/delivery-status", "\n\n".join(blocks) + "\n")
    parts = (shown, status, *returned_part(sent, returned))
    head = fields_of(sent, **exchange_fields(sent, **fields))
    return mail(head, "multipart/report; report-type=delivery-status", *parts)


def exchange_html(sent: SentMail, *verdicts: Verdict, headers: bool = True) -> str:
    """The letter to people, in Norwegian as the tenant's language is."""
    said = "".join(
        f"<p>{one.address}<br>{SERVER}<br>Remote server returned '{one.words}'</p>".replace("&", "&amp;")
        for one in verdicts
    )
    shown = sent.head().replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    original = f"<p>Opprinnelige meldingshoder:</p><p>{shown}</p>" if headers else ""
    return (
        "<html><head><title>Kan ikke leveres</title><style>p{margin:0}</style></head><body>"
        f"<p><b>Meldingen til {' og '.join(one.address for one in verdicts)} kunne ikke leveres.</b></p>"
        f"<p>Diagnoseinformasjon for administratorer:</p><p>Genererende server: {SERVER}</p>{said}{original}"
        "</body></html>"
    )


def qmail(sent: SentMail, *verdicts: Verdict, media: str = "text/plain; charset=us-ascii") -> bytes:
    """What qmail writes: words, then the letter."""
    said = "\n\n".join(f"<{one.address}>:\n192.0.2.1 does not like recipient.\n{one.words}" for one in verdicts)
    text = (
        f"Hi. This is the qmail-send program at {SERVER}.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        f"This is a permanent error; I've given up. Sorry it didn't work out.\n\n{said}\n\n"
        f"--- Below this line is a copy of the message.\n\nReturn-Path: <{sent.sender}>\n{sent.whole()}"
    )
    return mail(fields_of(sent, Subject="failure notice", Auto_Submitted=""), media, text)


def exim(sent: SentMail, *verdicts: Verdict) -> bytes:
    """What Exim writes where it writes for people alone."""
    said = "\n".join(
        f"  {one.address}\n    host {SERVER} [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:"
        f"<{one.address}>:\n    {one.words}"
        for one in verdicts
    )
    text = (
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent "
        f"error. The following address(es) failed:\n\n{said}\n\n"
        f"------ This is a copy of the message, including all the headers. ------\n\n{sent.whole()}"
    )
    failed = ",\n\t".join(one.address for one in verdicts)
    return mail(fields_of(sent, X_Failed_Recipients=failed), "text/plain; charset=utf-8", text)


def from_recipient(sent: SentMail, text: str, **fields: str) -> bytes:
    """A mail that the recipient, or a program of his, wrote in answer to the letter."""
    usual = {
        "From": f"Kari <{sent.to}>",
        "Subject": f"Sv: {sent.subject}",
        "In_Reply_To": sent.message_id,
        "Return_Path": "",
        "Auto_Submitted": "",
    }
    return mail(fields_of(sent, **{**usual, **fields}), "text/plain; charset=utf-8", text)


def read_receipt(sent: SentMail) -> bytes:
    """That the letter was shown to its recipient."""
    return mail(
        fields_of(sent, From=f"Kari <{sent.to}>", Subject=f"Lest: {sent.subject}"),
        "multipart/report; report-type=disposition-notification",
        part("text/plain", "Lest."),
        part("message/disposition-notification", f"Final-Recipient: rfc822;{sent.to}\nDisposition: manual; displayed"),
        *returned_part(sent, "headers"),
    )


def out_of_office(sent: SentMail) -> bytes:
    """With a number in it that is no code, and the letter's own fields below."""
    text = f"Jeg er borte til mandag. Ring 550 51 100.\n{sent.to}\n550 5.1.1 er mitt rom.\n\n{sent.whole()}"
    return from_recipient(sent, text, Auto_Submitted="auto-replied", Precedence="bulk")
