"""Which files of a ticket we have put there ourselves: known by their ids, since anybody may name a file like ours."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dispatch.core import AttachmentInfo, TicketId
from dispatch.services import Services

# Outlives the dispatches: what a later letter in the same ticket must not carry.
FOLDER = "tickets"


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """The files of ours on one ticket.

    ``names`` are about to be put there, or were when the process died; ``before`` is what was there before that.
    """

    known: Mapping[int, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    before: frozenset[int] = frozenset()

    def holds(self, file: AttachmentInfo) -> bool:
        """Whether the file is one of ours."""
        return file.id in self.known or (file.name in self.names and file.id not in self.before)

    def seen(self, listed: Sequence[AttachmentInfo]) -> "OwnFiles":
        """The same with the ids of what stands on the ticket."""
        return replace(self, known={**self.known, **{file.id: file.name for file in listed if self.holds(file)}})

    def expecting(self, names: Collection[str], listed: Sequence[AttachmentInfo] | None) -> "OwnFiles":
        """The same, with files that are about to be put on a ticket that holds these; None where that is not known."""
        known = self.seen(listed or ())
        before = {file.id for file in listed or ()} if not self.names else self.before
        return replace(known, names=self.names | frozenset(names), before=frozenset(before))


async def read(ticket_id: TicketId, services: Services) -> OwnFiles:
    """What is known of the ticket."""
    content = await services.content.get(_name(ticket_id))
    if content is None:
        return OwnFiles()
    stored = json.loads(content)
    known = {int(number): name for number, name in stored["known"].items()}
    return OwnFiles(known, frozenset(stored["names"]), frozenset(stored["before"]))


async def keep(ticket_id: TicketId, own: OwnFiles, services: Services) -> None:
    """Writes it down."""
    stored = {"known": own.known, "names": sorted(own.names), "before": sorted(own.before)}
    await services.content.put(_name(ticket_id), json.dumps(stored).encode(), content_type="application/json")


def _name(ticket_id: TicketId) -> str:
    return f"{FOLDER}/{ticket_id}/own-files.json"
