"""How far a ticket's question for a preview has come. Only those who answer it write this, several at a time."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from dispatch.core import TicketId
from dispatch.planning import documents
from dispatch.services import Services


@dataclass(frozen=True, slots=True)
class PreviewStanding:
    """Tries are counted by delivery, since one that dies leaves nothing else."""

    tries: int = 0
    done: bool = False
    tried: bool = False  # its trial was begun, and is not sent once more


def name(ticket_id: TicketId, token: str) -> str:
    """Where it is kept."""
    return f"preview/{ticket_id}-{token}.json"


async def of(ticket_id: TicketId, token: str, services: Services) -> PreviewStanding:
    """How the question stands."""
    return _parsed(await services.content.get(name(ticket_id, token)))


def one_try(more: int) -> Callable[[PreviewStanding], PreviewStanding]:
    """One more try, or one that is taken back."""
    return lambda known: replace(known, tries=known.tries + more)


async def change(
    ticket_id: TicketId, token: str, make: Callable[[PreviewStanding], PreviewStanding], services: Services
) -> PreviewStanding:
    """What becomes of how the question stands, whoever answers it at the same moment."""
    made = PreviewStanding()

    def anew(content: bytes | None) -> bytes:
        nonlocal made
        made = make(_parsed(content))
        return json.dumps(asdict(made)).encode()

    await documents.change(name(ticket_id, token), anew, services)
    return made


async def is_first_to_try(ticket_id: TicketId, token: str, services: Services) -> bool:
    """Takes the question's one trial; false where another delivery has."""
    before = PreviewStanding()

    def tried(known: PreviewStanding) -> PreviewStanding:
        nonlocal before
        before = known
        return replace(known, tried=True)

    await change(ticket_id, token, tried, services)
    return not before.tried


def _parsed(content: bytes | None) -> PreviewStanding:
    return PreviewStanding(**json.loads(content)) if content else PreviewStanding()
