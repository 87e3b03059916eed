"""Fetches what a ticket's letter is made of, and composes it: text, template, logo, files."""

import asyncio
import mimetypes
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from dispatch.core import (
    AttachmentInfo,
    BadConfiguration,
    Letter,
    Message,
    Part,
    Rejected,
    Ticket,
    TicketSystemRefused,
    UndeliveredMail,
)
from dispatch.mail import FileOnTicket, LetterStyle, compose_letter
from dispatch.planning.letter_files import Choice, choose
from dispatch.services import Services

MEGABYTE = 1024 * 1024
LONGEST_TEXT = 2 * MEGABYTE  # of HTML, with the pictures that are written into it
LARGE_TEXT = 100_000  # characters: 20 ms
COMPOSING_SECONDS = 30  # the dearest letter within the bounds takes 3
TOO_SLOW = (
    "Meldingen er så innviklet at det tok for lang tid å gjøre den klar for e-post. "
    "Lim inn teksten på nytt uten formatering."
)


def report_file_name(key: str, what: str, extension: str) -> str:
    """The name of a file that we attach to the ticket."""
    return f"utsendelse-{key}-{what}.{extension}"


async def compose(
    ticket: Ticket, message: Message, services: Services, *, request_number: int | str | None = None
) -> Letter:
    """The letter that every recipient gets; ``request_number`` is the ticket's own unless another is given.

    Raises:
        Rejected: the case worker must mend the message or its attachments.
    """
    _check_text(message)
    chosen = await choose(ticket.id, message, services)
    letter = await composed(
        subject=message.subject.strip() or ticket.subject,
        request_number=request_number or ticket.number,
        number_template=services.settings.pureservice_ticket_number_template,
        html=message.html,
        style=await _style(services),
        attachments=await _fetched(chosen, services),
    )
    most = services.settings.mail_max_megabytes
    if letter.size > most * MEGABYTE:
        raise Rejected(
            [
                f"Meldingen med vedlegg er {megabytes(letter.size)} MB, og grensen er {most} MB. "
                "Fjern eller forminsk vedlegg, eller legg filene ut på nett og send lenker."
            ]
        )
    return replace(letter, left_out=chosen.left_out)


async def compose_reply(ticket: Ticket, mail: UndeliveredMail, services: Services) -> Letter:
    """An answer as the agent wrote it, with the message's own files only."""
    listed = {found.id: found for found in await services.tickets.attachments(ticket.id)}
    files = [
        FileOnTicket(number, found.name, found.content_type, await services.tickets.download(number))
        for number in mail.attachments
        if (found := listed.get(number))
    ]
    if len(files) < len(mail.attachments):
        # Sending without one of them would be another letter than the agent wrote.
        raise TicketSystemRefused("GET", "attachment", message="a file of the message is not on the ticket")
    return await composed(
        subject=mail.subject.strip() or ticket.subject,
        request_number=ticket.number,
        number_template=services.settings.pureservice_ticket_number_template,
        html=mail.html,
        style=await _style(services),
        attachments=files,
    )


async def composed(*, html: str, **values: Any) -> Letter:
    """The letter; a large one is made beside the event loop, so that other dispatches go on meanwhile.

    Raises:
        Rejected: it took longer than any letter should.
    """
    work = partial(compose_letter, html=html, **values)
    if len(html) <= LARGE_TEXT:
        return work()
    try:
        return await asyncio.wait_for(asyncio.to_thread(work), COMPOSING_SECONDS)
    except TimeoutError as error:
        # The thread comes to its end alone: what it works on is bounded. Nobody waits for it.
        raise Rejected([TOO_SLOW]) from error


def megabytes(size: int) -> str:
    """A size as Norwegians write it: 1,3."""
    return f"{size / MEGABYTE:.1f}".replace(".", ",")


def _check_text(message: Message) -> None:
    size = len(message.html.encode("utf-8", "replace"))
    if size > LONGEST_TEXT:
        raise Rejected(
            [
                f"Teksten i meldingen er {megabytes(size)} MB, og grensen er {LONGEST_TEXT // MEGABYTE} MB. "
                "Det skyldes som regel bilder som er limt inn. Legg dem i saken som vedlegg, eller gjør dem mindre."
            ]
        )


async def _fetched(chosen: Choice, services: Services) -> list[FileOnTicket]:
    _check_files(chosen.taken, services)
    return [
        FileOnTicket(found.id, found.name, found.content_type, await services.tickets.download(found.id))
        for found in chosen.taken
    ]


def _check_files(listed: Sequence[AttachmentInfo], services: Services) -> None:
    """Refuses what is too much before anything of it is fetched. A size that is not told is found when composing."""
    most, largest = services.settings.mail_max_attachments, services.settings.mail_max_megabytes
    if len(listed) > most:
        raise Rejected(
            [
                f"Saken har {len(listed)} vedlegg, og grensen er {most}. "
                "Fjern dem som ikke skal sendes ut, eller samle dem i færre filer."
            ]
        )
    size = sum(found.size for found in listed)
    if size > largest * MEGABYTE:
        raise Rejected(
            [
                f"Vedleggene er til sammen {megabytes(size)} MB, og grensen er {largest} MB. "
                "Fjern eller forminsk vedlegg, eller legg filene ut på nett og send lenker."
            ]
        )


async def _style(services: Services) -> LetterStyle:
    settings = services.settings
    logo, url = None, ""
    if settings.mail_logo.startswith("https://"):
        url = settings.mail_logo
    elif settings.mail_logo:
        kind = mimetypes.guess_type(settings.mail_logo)[0] or "application/octet-stream"
        logo = Part(settings.mail_logo, kind, await _template("MAIL_LOGO", settings.mail_logo, services))
    template = None
    if settings.mail_template:
        template = (await _template("MAIL_TEMPLATE", settings.mail_template, services)).decode("utf-8")
    return LetterStyle(
        organisation=settings.mail_organisation or settings.mail_from_name,
        logo=logo,
        logo_url=url,
        footer=settings.mail_footer,
        template=template,
    )


async def _template(setting: str, name: str, services: Services) -> bytes:
    content = await services.templates.get(name)
    if content is None:
        raise BadConfiguration([f"{setting}: there is no blob named {name} in the templates container"])
    return content
