"""Fetches what a ticket's letter is made of, and composes it: text, template, logo, files."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from dispatch.core import (
    AttachmentInfo,
    Channel,
    Communication,
    EmptyLetter,
    Letter,
    Member,
    MemberKind,
    Rejected,
    Scenario,
    Ticket,
    TooLarge,
    UndeliveredMail,
)
from dispatch.mail import FieldMarks, FileOnTicket, compose_letter
from dispatch.planning.letter_files import Choice
from dispatch.planning.letter_style import letter_style
from dispatch.planning.reply_footer import with_filled_footer
from dispatch.planning.unreadable_rows import unreadable
from dispatch.services import Services

MEGABYTE = 1024 * 1024
ONLY_FILES = "<p>Se vedlagte filer.</p>"  # an answer that is nothing but its files
LONGEST_TEXT = 2 * MEGABYTE  # of HTML, with the pictures that are written into it
LARGE_TEXT = 100_000  # characters: 20 ms
COMPOSING_SECONDS = 30  # the dearest letter within the bounds takes 3
TOO_SLOW = (
    "Meldingen er så innviklet at det tok for lang tid å gjøre den klar for e-post. "
    "Lim inn teksten på nytt uten formatering."
)


async def compose(
    ticket: Ticket,
    message: Communication,
    chosen: Choice,
    services: Services,
    *,
    request_number: int | str | None = None,
    marks: FieldMarks | None = None,
) -> Letter:
    """The letter that every recipient gets; ``request_number`` is the ticket's own unless another is given.

    Where ``marks`` are given they stand in it for its fields; what is wrong with those is told there.

    Raises:
        Rejected: the case worker must fix the message or its attachments.
    """
    _check_text(message)
    _check_files(chosen.taken, services)
    letter = await composed(
        subject=message.subject.strip() or ticket.subject,
        request_number=request_number or ticket.number,
        number_template=services.settings.pureservice_ticket_number_template,
        html=message.html,
        style=await letter_style(services.settings, services.templates),
        attachments=await _fetched(chosen.taken, services),
        marks=marks,
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


def goes_by_mail(channel: Channel, scenario: Scenario, services: Services) -> bool:
    """Whether our own transports carry the letter."""
    by_pureservice = services.settings.pureservice_121_send_via == "pureservice"
    return channel is not Channel.EFORMIDLING and not (scenario is Scenario.ONE_TO_ONE and by_pureservice)


async def refuse_what_no_transport_takes(letter: Letter, services: Services) -> None:
    """Asks the transports, in their order, whether the letter is above what they say that they take.

    Raises:
        Rejected: it is, for each of them.
    """
    if limit := await limit_of_all(letter, services):
        raise Rejected(
            [
                f"Meldingen med vedlegg er {megabytes(letter.size)} MB, og vokser med en tredjedel når den sendes som "
                f"e-post. E-postserveren tar ikke imot mer enn {megabytes(limit)} MB. "
                "Fjern eller forminsk vedlegg, eller legg filene ut på nett og send lenker."
            ]
        )


async def limit_of_all(letter: Letter, services: Services, *, beside: Sequence[int] = ()) -> int:
    """The most that a transport takes, where each of them takes less than the letter with so large files beside it."""
    limits = []
    for transport in services.transports:
        limits.append(await transport.limit_exceeded(letter, sender=services.sender.address, beside=beside))
        if not limits[-1]:
            return 0
    return max(limits, default=0)


async def compose_reply(ticket: Ticket, mail: UndeliveredMail, services: Services, *, number: str) -> Letter:
    """An answer to the organisation of this number as the agent wrote it, with the message's own files only.

    Raises:
        Rejected: it can't be sent as it was written.
    """
    if mail.faults:
        raise Rejected([unreadable("email", mail.id, mail.faults)])
    listed = {found.id: found for found in await services.tickets.attachments(ticket.id)}
    gone = [number for number in mail.attachments if number not in listed]
    if gone:
        # Sending without one of them would be another letter than the agent wrote.
        raise Rejected([f"{len(gone)} av filene i svaret finnes ikke lenger i saken. Skriv svaret på nytt med filene."])
    chosen = [listed[number] for number in mail.attachments]
    _check_files(chosen, services)
    files = await _fetched(chosen, services)
    to = Member(MemberKind.ORGANISATION, 0, 0, ticket.user_name, organization_number=number)
    style = await letter_style(services.settings, services.templates)
    styled = partial(with_filled_footer, style, to, number=ticket.number)
    make = partial(
        composed,
        subject=mail.subject.strip() or ticket.subject,
        request_number=ticket.number,
        number_template=services.settings.pureservice_ticket_number_template,
        attachments=files,
    )
    try:
        return await make(html=mail.html, style=styled(html=mail.html))
    except EmptyLetter:
        if not files:
            raise
        return await make(html=ONLY_FILES, style=styled(html=ONLY_FILES))


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


def _check_text(message: Communication) -> None:
    size = len(message.html.encode("utf-8", "replace"))
    if size > LONGEST_TEXT:
        raise Rejected(
            [
                f"Teksten i meldingen er {megabytes(size)} MB, og grensen er {LONGEST_TEXT // MEGABYTE} MB. "
                "Det skyldes som regel bilder som er limt inn. Legg dem i saken som vedlegg, eller gjør dem mindre."
            ]
        )


async def _fetched(chosen: Sequence[AttachmentInfo], services: Services) -> list[FileOnTicket]:
    """The files with their content. What was said of a size is not relied upon."""
    files: list[FileOnTicket] = []
    left = services.settings.mail_max_megabytes * MEGABYTE
    for found in chosen:
        try:
            content = await services.tickets.download(found.id, most=left)
        except TooLarge:
            raise Rejected([_too_much(services)]) from None
        files.append(FileOnTicket(found.id, found.name, found.content_type, content))
        left -= len(content)
    return files


def _too_much(services: Services) -> str:
    most = services.settings.mail_max_megabytes
    return (
        f"Vedleggene er til sammen mer enn {most} MB, som er grensen. "
        "Fjern eller forminsk vedlegg, eller legg filene ut på nett og send lenker."
    )


def _check_files(listed: Sequence[AttachmentInfo], services: Services) -> None:
    """Refuses what is too much before anything of it is fetched. A size that is not given is found when composing."""
    if spoiled := [unreadable("attachment", found.id, found.faults) for found in listed if found.faults]:
        raise Rejected(spoiled)
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
