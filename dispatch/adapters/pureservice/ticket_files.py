"""Files onto a ticket, by every way that a client has been seen to use: which of them a tenant takes is not known."""

from collections.abc import Mapping, Sequence
from typing import Any

from dispatch.adapters.pureservice.attachment_names import file_name
from dispatch.adapters.pureservice.bodies import FileBytes
from dispatch.adapters.pureservice.client import Client
from dispatch.core import AnswerLacking, FileWay, Part, TicketId

NOTE, INTERNAL, SHOWN, SILENT = 1, 3, 1, 1
KIND = "attachment"


class TicketFiles:
    """Writes files, each call by one way. Raises ``TicketSystemRefused`` where the way is not taken."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def attach(self, ticket_id: TicketId, part: Part, *, way: FileWay, subject: str) -> None:
        """One file on its own. ``SOLVED_WITH`` is no such way."""
        row = attachment(part, ticket_id, of_solution=True)
        if way is FileWay.BARE:
            await self._client.post("attachment", row)
        elif way is FileWay.ENVELOPE:
            await self._client.post("attachment", {"attachments": [row]})
        else:
            await self._client.post("communication/", _note(ticket_id, row, subject))

    async def solve_with(
        self, ticket_id: TicketId, parts: Sequence[Part], *, status_id: int, solution: str, reference: str
    ) -> None:
        """Solution, status and files in one change of the whole ticket, which ties the files to the solution."""
        path = f"ticket/{ticket_id}"
        answer = await self._client.one(path, include="attachments")
        if answer is None:
            words = "Saken finnes ikke lenger i Pureservice."
            raise AnswerLacking("GET", path, status=404, message="the ticket is gone", words=words)
        links = _under(answer.rows[0], "links")
        there = [row for row in answer.side("attachments") if _under(row, "id") is not None]
        new = [
            {**attachment(part, ticket_id, of_solution=True), "temporaryId": f"{reference}-{n}"}
            for n, part in enumerate(parts)
        ]
        kept = {name: value for name, value in answer.rows[0].items() if name.lower() not in CHANGED}
        whole = {
            **kept,
            "id": ticket_id,
            "statusId": status_id,
            "solution": solution,
            "visibility": SILENT,
            "links": {
                **(links if isinstance(links, Mapping) else {}),
                "status": {"id": status_id, "type": "status"},
                "attachments": [
                    *({"id": _under(row, "id"), "type": KIND} for row in there),
                    *({"temporaryId": row["temporaryId"], "type": KIND} for row in new),
                ],
            },
        }
        await self._client.put(f"ticket/{ticket_id}", {"tickets": [whole], "linked": {"attachments": [*there, *new]}})


CHANGED = frozenset({"id", "statusid", "solution", "visibility", "links"})


def attachment(part: Part, ticket_id: TicketId | None = None, *, of_solution: bool = False) -> dict[str, Any]:
    """A file as the API takes it."""
    safe = file_name(part.name)
    row: dict[str, Any] = {
        "name": safe.rpartition(".")[0] or safe,
        "fileName": safe,
        "contentType": part.content_type,
        "contentLength": len(part.content),
        "size": f"{len(part.content) / 1024:.2f}K",
        "isVisible": True,
        "bytes": FileBytes(part.content),
    }
    if of_solution:
        row["isPartOfCurrentSolution"] = True
    if ticket_id is not None:
        row |= {"ticketId": ticket_id, "links": {"ticket": {"id": ticket_id, "type": "ticket"}}}
    return row


def _note(ticket_id: TicketId, row: Mapping[str, Any], subject: str) -> dict[str, Any]:
    note = {
        "text": f"<p>{row['fileName']}</p>",
        "subject": subject,
        "type": NOTE,
        "direction": INTERNAL,
        "visibility": SHOWN,
        "links": {
            "ticket": {"id": ticket_id, "type": "ticket"},
            "attachments": [{"temporaryId": "file", "type": KIND}],
        },
    }
    return {"communications": [note], "linked": {"attachments": [{**row, "temporaryId": "file"}]}}


def _under(row: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in row.items() if key.lower() == name), None)
