"""Who shares an address with a recipient of the plan, and so has no row: their letter is the one that goes there.

Kept beside the frozen letter, for when somebody asks to send to those who were added since: one who had the letter at
a shared address is not new on the list because they have got an address of their own.
"""

import json
from collections.abc import Mapping

from dispatch.core import DispatchKey, MemberKind
from dispatch.services import Services

Who = tuple[MemberKind, int]


async def keep(key: DispatchKey, found: Mapping[Who, Who], services: Services) -> None:
    """Writes down whose letter each of them gets, in place of what was written before."""
    content = json.dumps([[*who, *recipient] for who, recipient in found.items()], separators=(",", ":")).encode()
    await services.content.put(_name(key), content, content_type="application/json")


async def known(key: DispatchKey, services: Services) -> dict[Who, Who]:
    """Whose letter each of them gets; nobody in a dispatch that an older application planned."""
    content = await services.content.get(_name(key))
    rows = json.loads(content) if content else []
    return {(MemberKind(kind), number): (MemberKind(other), place) for kind, number, other, place in rows}


def _name(key: DispatchKey) -> str:
    return f"{key}/sharers.json"
