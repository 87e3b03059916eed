"""Which files go with a letter, and which are left out and why; and which one holds the recipients."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.core import (
    AttachmentInfo,
    Communication,
    DispatchKey,
    FileOrigin,
    LeftOut,
    Rejected,
    TicketId,
    text,
)
from dispatch.planning import own_files
from dispatch.planning.own_files import OwnFiles
from dispatch.planning.recipient_file_words import first_few
from dispatch.planning.recipient_names import is_recipient_file
from dispatch.services import Services

WAS_OWN = (
    "Filen «{}» har stått i mottakerfilen som vedlegg til noen bestemte, og ville nå gått til alle. Skriv den i "
    "mottakerfilen igjen, eller slett den. Skal alle ha den, så slett den og legg den i saken på nytt."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The files that go along, and the others.

    ``recipients`` are those whose name says that they hold the recipients, ``came_in`` the names of such that somebody
    sent to the ticket: whom we write to is for a case worker to say.
    """

    taken: tuple[AttachmentInfo, ...]
    left_out: tuple[LeftOut, ...]
    recipients: tuple[AttachmentInfo, ...] = ()
    came_in: tuple[str, ...] = ()
    may_be_named: tuple[AttachmentInfo, ...] = ()  # as one recipient's own
    barred: tuple[LeftOut, ...] = ()  # from being named, and why

    def without(self, own: Collection[int], message: Communication) -> "Choice":
        """The same where files are named for recipients: those go to them alone, and what nobody named goes to nobody.

        A file that was to be somebody's, on a row that is gone or was misspelt, must not reach everybody. Pictures in
        the text are part of it.
        """
        if not own:
            return self
        shown = tuple(file for file in self.taken if is_shown_in(message.html, file))
        kept = {file.id for file in shown} | set(own)
        idle = tuple(LeftOut(file.name, FileOrigin.NOT_NAMED) for file in self.may_be_named if file.id not in kept)
        # What nobody may name is left out for another reason already.
        others = tuple(one for one in self.left_out if one.origin is not FileOrigin.TICKET)
        return replace(self, taken=shown, left_out=(*others, *idle))

    def kept_from(self, once: Mapping[int, DispatchKey], message: Communication, key: DispatchKey) -> "Choice":
        """The same without what was named ``once`` for somebody alone: that goes to all only where a person says so.

        Raises:
            Rejected: one was named for this very message, or is attached to it, so that nobody knows what is meant.
        """
        were_own = [file for file in self.taken if file.id in once and not is_shown_in(message.html, file)]
        if wrong := [file for file in were_own if once[file.id] == key or file.id in message.attachments]:
            raise Rejected(first_few([WAS_OWN.format(text.line(file.name, most=text.Limit.NUMBER)) for file in wrong]))
        left_out = tuple(LeftOut(file.name, FileOrigin.NAMED_BEFORE) for file in were_own)
        taken = tuple(file for file in self.taken if file not in were_own)
        return replace(self, taken=taken, left_out=(*self.left_out, *left_out))


async def choose(
    ticket_id: TicketId, message: Communication | None, services: Services, *, is_frozen: bool = False
) -> Choice:
    """The message's own files, if it has any; else the ticket's, but nothing that was received, solved with, or ours.

    Raises:
        Rejected: a file of the message is gone, and its letter not frozen yet.
        TicketSystemRefused: nothing tells where the ticket's files came from.
    """
    listed = await services.tickets.attachments(ticket_id)
    own = await own_files.read(ticket_id, services)
    mine = frozenset(message.attachments) if message else frozenset()
    if not is_frozen:
        _refuse_gone(mine, listed)
    named = [file for file in listed if is_recipient_file(file.name, services.settings) and not own.holds(file)]
    # Where the message has its own, the others matter only where a file with the recipients may name them.
    asked = not mine or bool(named)
    origins = await _origins(ticket_id, listed, own, services) if listed and asked else {}
    origins = {number: origin for number, origin in origins.items() if number not in mine}
    came_in = [file for file in named if origins.get(file.id) is FileOrigin.RECEIVED]
    recipients = tuple(file for file in named if file.id not in origins)
    may_be_named = tuple(file for file in listed if file.id not in origins and file not in recipients)
    holds = dict.fromkeys((file.id for file in recipients), FileOrigin.RECIPIENTS)
    barred = {**origins, **holds}
    if message and mine:
        origins = _beside(message, listed, own)
    origins = {**origins, **holds}
    return Choice(
        taken=tuple(file for file in listed if file.id not in origins),
        left_out=_left_out(listed, origins),
        recipients=recipients,
        came_in=tuple(file.name for file in came_in),
        may_be_named=may_be_named,
        barred=_left_out(listed, barred),
    )


def _left_out(listed: Sequence[AttachmentInfo], origins: Mapping[int, FileOrigin]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(file.name, origins[file.id]) for file in listed if file.id in origins)


async def _origins(
    ticket_id: TicketId, listed: Sequence[AttachmentInfo], own: OwnFiles, services: Services
) -> dict[int, FileOrigin]:
    """Where the ticket's files came from; those of them that nothing is said of were put there by a case worker."""
    origins = dict(await services.tickets.file_origins(ticket_id))
    copies = await own_files.of_another_ticket(ticket_id, listed, services)
    for file in listed:
        if own.holds(file) or file.id in copies:
            origins[file.id] = FileOrigin.OURS
        elif file.of_solution:
            origins.setdefault(file.id, FileOrigin.SOLUTION)
    return origins


def _refuse_gone(mine: frozenset[int], listed: Sequence[AttachmentInfo]) -> None:
    if mine - {file.id for file in listed}:
        # Sending without one of them would be another letter than the case worker wrote.
        raise Rejected(
            [
                "En fil som hører til meldingen, finnes ikke lenger i saken. "
                "Legg den i saken på nytt, og skriv meldingen på nytt med den."
            ]
        )


def _beside(message: Communication, listed: Sequence[AttachmentInfo], own: OwnFiles) -> dict[int, FileOrigin]:
    """The files that are not the message's, where it has its own."""
    others = [file for file in listed if file.id not in message.attachments and not is_shown_in(message.html, file)]
    return {file.id: FileOrigin.OURS if own.holds(file) else FileOrigin.TICKET for file in others}


def is_shown_in(html: str, file: AttachmentInfo) -> bool:
    """A picture in the text is a file of the message, whether or not it is listed among them."""
    return re.search(rf"/attachment/download/{file.id}(?!\d)", html) is not None
