"""Which files go with a letter, and which are left out and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.core import AttachmentInfo, Communication, FileOrigin, LeftOut, Rejected, TicketId
from dispatch.planning import own_files
from dispatch.planning.own_files import OwnFiles
from dispatch.services import Services


@dataclass(frozen=True, slots=True)
class Choice:
    """The files that go along, and the others."""

    taken: tuple[AttachmentInfo, ...]
    left_out: tuple[LeftOut, ...]


async def choose(ticket_id: TicketId, message: Communication, services: Services) -> Choice:
    """The message's own files, if it has any; else the ticket's, but nothing that was received, solved with, or ours.

    Raises:
        Rejected: a file of the message is gone.
        TicketSystemRefused: nothing tells where the ticket's files came from.
    """
    listed = await services.tickets.attachments(ticket_id)
    own = await own_files.read(ticket_id, services)
    if message.attachments:
        return _of_message(message, listed, own)
    if not listed:
        return Choice((), ())
    origins = dict(await services.tickets.file_origins(ticket_id))
    copies = await own_files.of_another_ticket(ticket_id, listed, services)
    for file in listed:
        if own.holds(file) or file.id in copies:
            origins[file.id] = FileOrigin.OURS
        elif file.of_solution:
            origins.setdefault(file.id, FileOrigin.SOLUTION)
    taken = tuple(file for file in listed if file.id not in origins)
    return Choice(taken, tuple(LeftOut(file.name, origins[file.id]) for file in listed if file.id in origins))


def _of_message(message: Communication, listed: Sequence[AttachmentInfo], own: OwnFiles) -> Choice:
    gone = set(message.attachments) - {file.id for file in listed}
    if gone:
        # Sending without one of them would be another letter than the case worker wrote.
        raise Rejected(
            [
                "En fil som hører til meldingen, finnes ikke lenger i saken. "
                "Legg den i saken på nytt, og skriv meldingen på nytt med den."
            ]
        )
    taken = tuple(file for file in listed if file.id in message.attachments or is_shown_in(message.html, file))
    others = [file for file in listed if file not in taken]
    return Choice(
        taken,
        tuple(LeftOut(file.name, FileOrigin.OURS if own.holds(file) else FileOrigin.TICKET) for file in others),
    )


def is_shown_in(html: str, file: AttachmentInfo) -> bool:
    """A picture in the text is a file of the message, whether or not it is listed among them."""
    return re.search(rf"/attachment/download/{file.id}(?!\d)", html) is not None
