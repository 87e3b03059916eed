"""Which files of a ticket a recipients' file has named for somebody alone, and for which dispatch first.

A file of one recipient's, on a row that was corrected away or in an earlier message, would else be like any other of
the ticket, and go to everybody. It is known by its number: who wants it for all puts it on the ticket anew.
"""

import json
from collections.abc import Iterable, Mapping
from functools import partial

from dispatch.core import AttachmentInfo, DispatchKey, TicketId
from dispatch.planning import documents
from dispatch.planning.own_files import FOLDER
from dispatch.services import Services

TOGETHER = 1000  # numbers in a document


async def remember(ticket_id: TicketId, named: Iterable[AttachmentInfo], key: DispatchKey, services: Services) -> None:
    """Writes down that these are somebody's alone, before anything becomes of the dispatch."""
    new = {file.id: key for file in named}
    for name, some in [(_name(ticket_id), new), *_by_number(new).items()]:
        if some:
            await documents.change(name, partial(_with, some), services)


async def known(ticket_id: TicketId, files: Iterable[AttachmentInfo], services: Services) -> Mapping[int, DispatchKey]:
    """The dispatch that was the first to name each of these files.

    Those that came with a merged ticket keep their numbers, and what is known of them stands with the other ticket.
    """
    found = _read(await services.content.get(_name(ticket_id)))
    for name in _by_number({file.id: "" for file in files if str(file.id) not in found}):
        found = _read(await services.content.get(name)) | found
    return {int(number): key for number, key in found.items()}


def _with(some: Mapping[int, DispatchKey], content: bytes | None) -> bytes:
    return json.dumps({**{str(number): key for number, key in some.items()}, **_read(content)}).encode()


def _by_number(files: Mapping[int, str]) -> dict[str, dict[int, DispatchKey]]:
    """The files by the documents that hold them whatever ticket they stand on: those of a plan are in a few."""
    found: dict[str, dict[int, DispatchKey]] = {}
    for number, key in files.items():
        found.setdefault(f"{FOLDER}/named/{number // TOGETHER}.json", {})[number] = DispatchKey(key)
    return found


def _read(content: bytes | None) -> dict[str, DispatchKey]:
    return dict(json.loads(content or b"{}"))


def _name(ticket_id: TicketId) -> str:
    return f"{FOLDER}/{ticket_id}/named-files.json"
