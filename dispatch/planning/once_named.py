"""Which files of a ticket a recipients' file has named for somebody alone, and for which dispatch first.

A file of one recipient's, on a row that was corrected away or in an earlier message, would else be like any other of
the ticket, and go to everybody. It is known by its number: who wants it for all puts it on the ticket anew.
"""

import json
from collections.abc import Iterable, Mapping

from dispatch.core import AttachmentInfo, DispatchKey, TicketId
from dispatch.planning import documents
from dispatch.planning.own_files import FOLDER
from dispatch.services import Services


async def remember(ticket_id: TicketId, named: Iterable[AttachmentInfo], key: DispatchKey, services: Services) -> None:
    """Writes down that these are somebody's alone, before anything becomes of the dispatch."""
    new = {str(file.id): key for file in named}
    if new:
        await documents.change(
            _name(ticket_id), lambda content: json.dumps({**new, **_read(content)}).encode(), services
        )


async def known(ticket_id: TicketId, services: Services) -> Mapping[int, DispatchKey]:
    """The dispatch that was the first to name each of them."""
    return {int(number): key for number, key in _read(await services.content.get(_name(ticket_id))).items()}


def _read(content: bytes | None) -> dict[str, DispatchKey]:
    return dict(json.loads(content or b"{}"))


def _name(ticket_id: TicketId) -> str:
    return f"{FOLDER}/{ticket_id}/named-files.json"
