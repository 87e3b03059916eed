"""What the servers received, whatever carried it: subject, texts and files of each letter, as a reader has them."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from pypdf import PdfReader

from local.simulators.azure_communication import ReceivedLetter
from local.simulators.eformidling.messages import Message
from local.simulators.graph.records import ReceivedMail as GraphMail
from local.simulators.pureservice import Row
from local.simulators.pureservice.store import Store
from local.simulators.smtp import ReceivedMail as SmtpMail

ARCHIVE_MESSAGE, DOCUMENT = "arkivmelding.xml", "melding.pdf"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One letter; ``text`` is empty where the server makes it itself, and ``html`` where there is none."""

    to: str
    subject: str
    html: str
    text: str
    files: dict[str, bytes]


def arrived(
    graph: Iterable[GraphMail], smtp: Iterable[SmtpMail], communication: Iterable[ReceivedLetter] = ()
) -> Iterator[Arrived]:
    """Every letter."""
    for sent in graph:
        files = {part.name: part.content for part in sent.attachments if not part.is_inline}
        yield Arrived(sent.to.casefold(), sent.subject, sent.html, "", files)
    for letter in communication:
        files = {part.name: part.content for part in letter.attachments if not part.content_id}
        yield Arrived(letter.to.casefold(), letter.subject, letter.html, letter.text, files)
    for mail in smtp:
        yield from (_of(address, mail.message) for address in mail.recipients)


def through_exchange(messages: Iterable[Message]) -> Iterator[Arrived]:
    """Every message that was sent: what its document says, and the files beside it."""
    for message in messages:
        if message.sent:
            files = {upload.title: upload.content for upload in message.files if upload.name != ARCHIVE_MESSAGE}
            document = PdfReader(io.BytesIO(files.pop(DOCUMENT)))
            words = "\n".join(page.extract_text() for page in document.pages)
            yield Arrived(message.receiver, message.title, "", words, files)


def on_own_tickets(store: Store, mother: Row) -> Iterator[Arrived]:
    """Every recipient's own ticket: its subject, each thing that is written on it, and its files."""
    start = f"utsendelse-{mother['id']}-"
    for ticket in [row for row in store.tickets.values() if str(row.get("customerReference") or "").startswith(start)]:
        files = {
            str(row["fileName"]): store.file_bytes(row["id"])
            for row in store.attachments.values()
            if row["ticketId"] == ticket["id"]
        }
        written = [row for row in store.communications.values() if row.get("ticketId") == ticket["id"]]
        for row in filter(lambda row: row.get("text"), written):
            yield Arrived(str(ticket["emailAddress"]).casefold(), str(ticket["subject"]), str(row["text"]), "", files)


def by_pureservice(store: Store) -> Iterator[Arrived]:
    """Every e-mail that Pureservice itself has sent."""
    for row in store.emails.values():
        files = {str(store.attachments[n]["fileName"]): store.file_bytes(n) for n in row["attachmentIds"]}
        yield Arrived(str(row["to"]).casefold(), str(row["subject"]), str(row["html"]), "", files)


def _of(address: str, message: EmailMessage) -> Arrived:
    html, plain = (message.get_body(preferencelist=(kind,)) for kind in ("html", "plain"))
    files = {str(part.get_filename()): _bytes(part) for part in message.iter_attachments()}
    return Arrived(address.casefold(), str(message["Subject"]), _content(html), _content(plain), files)


def _content(part: Any) -> str:
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
