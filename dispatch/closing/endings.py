"""What the end of a dispatch has met, and which way files reach this tenant's tickets: both outlive a process."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from dispatch.core import Dispatch, FileWay, LostRace
from dispatch.planning import change_document
from dispatch.ports import ContentStore
from dispatch.services import Services

FILE_WAY = "tenant/file-way.json"
MOST_TRIES = 3  # of one way that gives no answer, while the rest of Pureservice does


@dataclass(frozen=True, slots=True)
class Ending:
    """One round's end. ``unanswered`` counts the tries of each way that no answer came to."""

    round: int
    refusals: int = 0  # of solving
    unanswered: Mapping[str, int] = field(default_factory=dict)

    def has_given_up(self, way: FileWay) -> bool:
        """Whether the way has been left without an answer too often."""
        return self.unanswered.get(way, 0) >= MOST_TRIES

    def without_answer(self, way: FileWay) -> "Ending":
        """One try more."""
        return replace(self, unanswered={**self.unanswered, way: self.unanswered.get(way, 0) + 1})


async def read(dispatch: Dispatch, services: Services) -> Ending:
    """What this round has met."""
    return _parsed(await services.content.get(_name(dispatch)), dispatch)


async def change(dispatch: Dispatch, make: Callable[[Ending], Ending], services: Services) -> Ending:
    """Writes down what ``make`` makes of what this round has met, and returns it.

    Raises:
        LostRace: a later round has begun, and what ends it is another process.
    """
    made = Ending(dispatch.rounds.current)

    def anew(content: bytes | None) -> bytes:
        nonlocal made
        made = make(_parsed(content, dispatch))
        return json.dumps(asdict(made)).encode()

    await change_document(_name(dispatch), anew, services)
    return made


@dataclass(frozen=True, slots=True)
class KnownWay:
    """The way that worked last, and since when it does."""

    way: FileWay
    since: datetime


async def known_way(content: ContentStore) -> KnownWay | None:
    """None before any file was taken."""
    kept = await content.get(FILE_WAY)
    if kept is None:
        return None
    said = json.loads(kept)
    return KnownWay(FileWay(said["way"]), datetime.fromisoformat(said["since"]))


async def file_ways(services: Services) -> list[FileWay]:
    """Every way, the one that worked last in front."""
    known = await known_way(services.content)
    return sorted(FileWay, key=lambda way: known is None or way is not known.way)


async def remember(way: FileWay, services: Services) -> None:
    """Notes the way that worked."""

    def worked(content: bytes | None) -> bytes:
        if content and json.loads(content)["way"] == way:
            return content
        return json.dumps({"way": way, "since": services.clock().isoformat()}).encode()

    await change_document(FILE_WAY, worked, services)


def _parsed(content: bytes | None, dispatch: Dispatch) -> Ending:
    found = Ending(**json.loads(content)) if content else None
    if found and found.round > dispatch.rounds.current:
        raise LostRace(f"dispatch {dispatch.key}")
    return found if found and found.round == dispatch.rounds.current else Ending(dispatch.rounds.current)


def _name(dispatch: Dispatch) -> str:
    return f"{dispatch.key}/ending.json"
