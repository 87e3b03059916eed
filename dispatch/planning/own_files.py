"""Which files of a ticket we have put there ourselves: known by their ids, since anybody may name a file like ours."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dispatch.core import AttachmentInfo, TicketId
from dispatch.planning import documents
from dispatch.services import Services

# Outlives the dispatches: what a later letter in the same ticket must not carry.
FOLDER = "tickets"
_OURS = re.compile(r"utsendelse-(\d+-\d+)-(?:mottakere|melding)(?:-retur)?[-\d]*\.(?:csv|pdf|html)")


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """The files of ours on one ticket.

    ``expected`` are the names that are about to be put there, or were when the process died, each with the ids of what
    was there before that.
    """

    known: Mapping[int, str] = field(default_factory=dict)
    expected: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def holds(self, file: AttachmentInfo) -> bool:
        """Whether the file is one of ours."""
        return file.id in self.known or (file.name in self.expected and file.id not in self.expected[file.name])

    def seen(self, listed: Sequence[AttachmentInfo]) -> "OwnFiles":
        """The same with the ids of what stands on the ticket."""
        return replace(self, known={**self.known, **{file.id: file.name for file in listed if self.holds(file)}})

    def expecting(self, names: Collection[str], listed: Sequence[AttachmentInfo] | None) -> "OwnFiles":
        """The same, with files that are about to be put on a ticket that holds these; None where that is not known.

        A name that was expected before keeps what stood there then: its file may have come since.
        """
        known = self.seen(listed or ())
        before = frozenset(file.id for file in listed or ())
        return replace(known, expected={**dict.fromkeys(names, before), **self.expected})


async def read(ticket_id: TicketId, services: Services) -> OwnFiles:
    """What is known of the ticket."""
    return _parsed(await services.content.get(_name(ticket_id)))


async def change(ticket_id: TicketId, make: Callable[[OwnFiles], OwnFiles], services: Services) -> None:
    """Writes down what ``make`` makes of what is known, whoever else writes to the same ticket."""
    await documents.change(_name(ticket_id), lambda stored: _written(make(_parsed(stored))), services)


async def of_another_ticket(
    ticket_id: TicketId, listed: Sequence[AttachmentInfo], services: Services
) -> frozenset[int]:
    """Files of ours that came here with a copied or merged ticket, under new ids: the same name and as many bytes.

    Where what we kept of them is removed the name must do: a list of recipients may go to nobody.
    """
    found: set[int] = set()
    for file in listed:
        named = _OURS.fullmatch(file.name)
        if named is None or named[1].startswith(f"{ticket_id}-"):
            continue
        kept = await services.content.get(f"{named[1]}/report/{file.name}")
        if kept is None or len(kept) == file.size:
            found.add(file.id)
    return frozenset(found)


def _parsed(content: bytes | None) -> OwnFiles:
    if content is None:
        return OwnFiles()
    stored = json.loads(content)
    known = {int(number): name for number, name in stored["known"].items()}
    expected = stored.get("expected")
    if expected is None:  # of the version before, which knew one such set of ids for all names
        expected = dict.fromkeys(stored["names"], stored["before"])
    return OwnFiles(known, {name: frozenset(before) for name, before in expected.items()})


def _written(own: OwnFiles) -> bytes:
    stored = {
        "known": own.known,
        "expected": {name: sorted(before) for name, before in sorted(own.expected.items())},
        # The version before reads these.
        "names": sorted(own.expected),
        "before": sorted(frozenset().union(*own.expected.values())),
    }
    return json.dumps(stored).encode()


def _name(ticket_id: TicketId) -> str:
    return f"{FOLDER}/{ticket_id}/own-files.json"
