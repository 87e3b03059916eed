"""Small JSON documents that several processes change: each change is made of what stands there, or made anew."""

from collections.abc import Callable

from dispatch.core import LostRace
from dispatch.services import Services

TRIES = 8


async def change(name: str, make: Callable[[bytes | None], bytes], services: Services) -> None:
    """Writes what ``make`` makes of the document as it stands; again where another process was quicker.

    Raises:
        LostRace: another was quicker every time.
    """
    for _ in range(TRIES):
        read = await services.content.read(name)
        wished = make(read.content)
        if wished == read.content:
            return
        try:
            await services.content.put(name, wished, content_type="application/json", over=read.version)
        except LostRace:
            continue
        return
    raise LostRace(f"blob {name}")
