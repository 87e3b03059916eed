"""Puts what people would see into files: report, PDF, CSV from the ticket, and three letters as they were received."""

import re
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from dispatch.core import EACH_ITS_OWN, OWN_TICKET_NUMBER, Dispatch, Letter
from dispatch.mail import FrozenLetters
from dispatch.report import render_page
from local.demo.case import Case
from local.simulators.azure_communication import ReceivedLetter
from local.simulators.graph import ReceivedMail
from local.world import World

SAMPLES = 3


async def write_evidence(world: World, dispatch: Dispatch, case: Case, folder: Path) -> list[Path]:
    """Writes the files; returns their paths, the report first."""
    ticket = world.pureservice.store.tickets[case.ticket["id"]]
    page = render_page(ticket["solution"], title=f"Sak {ticket['requestNumber']}")
    paths = [_write(folder / "rapport.html", page.encode())]
    paths += [
        _write(folder / str(row["fileName"]), world.pureservice.store.file_bytes(row["id"]))
        for row in world.pureservice.store.attachments.values()
        if str(row["fileName"]).startswith(f"utsendelse-{dispatch.key}-")
    ]
    frozen = await _frozen(world, dispatch)
    letters = [as_eml(mail, frozen.text) for mail in world.graph.received[:SAMPLES]]
    letters = [*letters[: SAMPLES - 1], *(mail.raw for mail in world.smtp.received[:SAMPLES]), *letters[SAMPLES - 1 :]]
    letters += [_as_file(letter) for letter in world.communication.received[:SAMPLES]]
    for number, letter in enumerate(letters[:SAMPLES], 1):
        paths.append(_write(folder / f"brev-{number}.eml", letter))
    return paths


async def _frozen(world: World, dispatch: Dispatch) -> Letter:
    content = world.content()
    try:
        return await FrozenLetters(content).thaw(dispatch.key, dispatch.content.letter_hash)
    finally:
        await content.close()


def _as_file(letter: ReceivedLetter) -> bytes:
    """A letter that Communication Services received, as the file that a mail program opens."""
    message = EmailMessage(policy=SMTP)
    message["Subject"], message["To"], message["Message-ID"] = letter.subject, letter.to, letter.message_id
    message["From"], message["Reply-To"] = letter.sender, letter.reply_to
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    for part in letter.attachments:
        kind, _, of = part.content_type.partition("/")
        message.add_attachment(part.content, maintype=kind, subtype=of, filename=part.name)
    return message.as_bytes()


def as_eml(mail: ReceivedMail, text: str) -> bytes:
    """A letter that Graph received, as the file that a mail program opens.

    Graph takes one form of the text, the HTML; ``text`` is the plain form that the product sends where both may go.
    """
    own = re.search(r"Sak ID# (\d+)", mail.subject)
    text = text.replace(OWN_TICKET_NUMBER, own[1] if own else EACH_ITS_OWN)
    message = EmailMessage(policy=SMTP)
    message["Subject"], message["To"], message["Message-ID"] = mail.subject, mail.to, mail.message_id
    message["From"] = f'"{mail.from_name}" <{mail.mailbox}>'
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(text)
    message.add_alternative(mail.html, subtype="html")
    html: Any = message.get_payload()[1]  # type: ignore[index]  # the second alternative
    for part in mail.attachments:
        main, _, sub = part.content_type.partition("/")
        if part.is_inline:
            html.add_related(part.content, main, sub, cid=f"<{part.content_id}>", filename=part.name)
        else:
            message.add_attachment(part.content, main, sub, filename=part.name)
    return message.as_bytes()


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
