"""What the servers received, whatever carried it: subject, texts and files of each letter, as a reader has them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from local.simulators.graph.records import ReceivedMail as GraphMail
from local.simulators.smtp import ReceivedMail as SmtpMail


@dataclass(frozen=True, slots=True)
class Arrived:
    """One letter; ``text`` is empty where the server makes it itself."""

    to: str
    subject: str
    html: str
    text: str
    files: dict[str, bytes]


def arrived(graph: Iterable[GraphMail], smtp: Iterable[SmtpMail]) -> Iterator[Arrived]:
    """Every letter."""
    for sent in graph:
        files = {part.name: part.content for part in sent.attachments if not part.is_inline}
        yield Arrived(sent.to.casefold(), sent.subject, sent.html, "", files)
    for mail in smtp:
        yield from (_of(address, mail.message) for address in mail.recipients)


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
