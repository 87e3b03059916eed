"""A ticket that is there to be tried on: what the open questions do with it, and what was found with files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.adapters.pureservice.probing import Probe, Raw, Untold, number
from dispatch.adapters.pureservice.responses import Rows
from dispatch.core import FileWay, TicketId

NOTE, INTERNAL, SHOWN, SILENT = 1, 3, 1, 1
TEXT = "<p>Prøve av Pureservice Utsendelse</p>"


@dataclass(frozen=True, slots=True)
class FileTry:
    """What became of a file by one way: the status of a refusal, or whether it is tied to the solution."""

    refusal: int = 0
    tied: bool = False


@dataclass
class TrialTicket:
    """The ticket, the statuses that it may be put in, and what the trial has met with it."""

    probe: Probe
    id: TicketId
    reference: str
    open_id: int
    solved_id: int
    email_id: int = 0  # of the row of a message that can't be delivered
    message_sent: bool = False  # such a message was written
    email_settled: bool = False  # its row said at once how it went
    files: dict[FileWay, FileTry] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where it is."""
        return f"ticket/{self.id}"

    @property
    def second(self) -> str:
        """The reference of the second ticket, which a question may make."""
        return f"{self.reference}-2"

    async def row(self) -> dict[str, Any]:
        """All of it, as it is now.

        Raises:
            Untold: it can't be read.
        """
        rows = (await self.probe.get(self.path)).rows
        if not rows:
            raise Untold("the ticket can't be read back")
        return rows[0]

    async def change(self, **values: Any) -> Raw:
        """Some fields, silently."""
        return await self.probe.send("PATCH", self.path, {"visibility": SILENT, **values})

    async def put(self, row: Mapping[str, Any], *, accept: str) -> Raw:
        """All of it."""
        return await self.probe.send("PUT", self.path, {"tickets": [row]}, accept=accept)

    async def note(self, **values: Any) -> Raw:
        """An internal note in the envelope, which names the ticket as ``values`` say."""
        return await self.probe.send("POST", "communication/", {"communications": [self.a_note(**values)]})

    def a_note(self, **values: Any) -> dict[str, Any]:
        """One."""
        what = {"text": TEXT, "subject": self.reference, "type": NOTE, "direction": INTERNAL, "visibility": SHOWN}
        return {**what, **values}

    @property
    def by_id(self) -> dict[str, Any]:
        """How a note names its ticket."""
        return {"ticketId": self.id}

    @property
    def by_link(self) -> dict[str, Any]:
        """How another client's notes do."""
        return {"links": {"ticket": {"id": self.id, "type": "ticket"}}}

    async def communications(self) -> Rows:
        """Everything that was said on it, with what Pureservice says automatically."""
        found = await self.probe.get("communication/", filter=f"ticketId == {self.id}", sort="id", limit="100")
        return [row for row in found.rows if number(row.get("ticketId")) in (0, self.id)]
