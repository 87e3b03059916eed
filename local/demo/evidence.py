"""Puts what people would see into files: report, PDF, CSV from the ticket, and three letters as they were received."""

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from dispatch.core import Dispatch
from dispatch.report import render_page
from local.demo.case import Case
from local.simulators.azure_communication import ReceivedLetter
from local.simulators.graph import ReceivedMail
from local.world import World

SAMPLES = 3
NOTE_SUBJECT = "Utsendelse"


def write_evidence(world: World, dispatch: Dispatch, case: Case, folder: Path) -> list[Path]:
    """Writes the files; returns their paths, the report first."""
    ticket = world.pureservice.store.tickets[case.ticket["id"]]
    page = render_page(ticket["solution"], title=f"Sak {ticket['requestNumber']}")
    paths = [_write(folder / "rapport.html", page.encode())]
    paths += [
        _write(folder / str(row["fileName"]), world.pureservice.store.file_bytes(row["id"]))
        for row in world.pureservice.store.attachments.values()
        if str(row["fileName"]).startswith(f"utsendelse-{dispatch.key}-")
    ]
    paths += _notes(world, case, folder)
    letters = [as_eml(mail) for mail in world.graph.received[:SAMPLES]]
    letters = [*letters[: SAMPLES - 1], *(mail.raw for mail in world.smtp.received[:SAMPLES]), *letters[SAMPLES - 1 :]]
    letters += [_as_file(letter) for letter in world.communication.received[:SAMPLES]]
    for number, letter in enumerate(letters[:SAMPLES], 1):
        paths.append(_write(folder / f"brev-{number}.eml", letter))
    return paths


def _notes(world: World, case: Case, folder: Path) -> list[Path]:
    """What the ticket was told besides the report, a file for each note of ours; none of an earlier run's."""
    for old in folder.glob("notat-*.html"):
        old.unlink()
    written = world.pureservice.store.communications.values()
    mine = [row for row in written if row.get("ticketId") == case.ticket["id"] and row.get("subject") == NOTE_SUBJECT]
    pages = [render_page(str(row["text"]), title=NOTE_SUBJECT).encode() for row in mine]
    return [_write(folder / f"notat-{number}.html", page) for number, page in enumerate(pages, 1)]


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


def as_eml(mail: ReceivedMail) -> bytes:
    """A letter that Graph received, as the file that a mail program opens.

    Graph takes one form of the text, the HTML; by SMTP a plain form stands beside it.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"], message["To"], message["Message-ID"] = mail.subject, mail.to, mail.message_id
    message["From"] = f'"{mail.from_name}" <{mail.mailbox}>'
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.html, subtype="html")
    for part in sorted(mail.attachments, key=lambda part: not part.is_inline):  # pictures go beside the text
        main, _, sub = part.content_type.partition("/")
        if part.is_inline:
            message.add_related(part.content, main, sub, cid=f"<{part.content_id}>", filename=part.name)
        else:
            message.add_attachment(part.content, main, sub, filename=part.name)
    return message.as_bytes()


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
