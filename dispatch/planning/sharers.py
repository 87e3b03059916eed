"""Who shares an address with a recipient of the plan, and so has no row: their letter is the one that goes there.

Kept beside the frozen letter, for the list of recipients, and for when somebody asks to send again or to those who were
added since: one who had the letter at a shared address is not new on the list because they have got an address of
their own, and one whose shared address did not get it is not reached by what the other has got since.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.core import DispatchKey, MemberKind, Recipient, RecipientTicket, Scenario, identities
from dispatch.planning import documents
from dispatch.services import Services

Who = tuple[MemberKind, int]
Told = tuple[Recipient, Recipient | None]
"""Somebody on the list, and whose letter it is where it is not their own."""
LOT = 250


@dataclass(frozen=True, slots=True)
class Sharer:
    """Whose letter somebody without a row gets. The name is empty where an older application planned it."""

    recipient: Who
    name: str = ""


class SharedLetters:
    """Which row tells of the letter that each of them gets: the last of the recipient's that goes to that address."""

    def __init__(self, sharing: Mapping[Who, Sharer]) -> None:
        self._sharing = sharing
        self._recipients = {sharer.recipient for sharer in sharing.values()}
        self._rows: dict[Who, Recipient] = {}
        self._have_rows: set[Who] = set()

    def add(self, row: Recipient) -> None:
        """One row of the dispatch, in the order of the plan, those that were set aside among them."""
        who = (row.kind, row.source_id)
        if who in self._sharing:
            self._have_rows.add(who)
        if who in self._recipients:
            first = self._rows.setdefault(who, row)
            if _goes_to(first) & _goes_to(row):
                self._rows[who] = row

    def found(self) -> Iterator[tuple[Who, Sharer, Recipient]]:
        """Each who shares an address, with that row; who has got a row of their own shares no more."""
        for who, sharer in self._sharing.items():
            row = self._rows.get(sharer.recipient)
            if row is not None and who not in self._have_rows:
                yield who, sharer, row


def _goes_to(row: Recipient) -> frozenset[str]:
    return identities(row, Scenario.ONE_TO_MANY)


async def everyone(key: DispatchKey, services: Services) -> AsyncIterator[Told]:
    """Every row that counts, then whoever shares an address with a recipient, as that one's letter fares."""
    letters = SharedLetters(await known(key, services))
    async for row in services.ledger.all_recipients(key):
        letters.add(row)
        if not row.superseded:
            yield row, None
    for (kind, number), sharer, row in letters.found():
        yield replace(row, kind=kind, source_id=number, name=sharer.name, own_ticket=RecipientTicket()), row


async def in_lots(rows: AsyncIterator[Told]) -> AsyncIterator[Sequence[Told]]:
    """The same, so many at a time, for work that is done beside the loop."""
    lot: list[Told] = []
    async for told in rows:
        lot.append(told)
        if len(lot) == LOT:
            yield lot
            lot = []
    if lot:
        yield lot


async def version(key: DispatchKey, services: Services) -> str:
    """What is written now, for a planner that begins."""
    return (await services.content.read(_name(key))).version


async def keep(key: DispatchKey, found: Mapping[Who, Sharer], services: Services, *, over: str) -> None:
    """Writes down whose letter each of them gets, in place of what an earlier try to plan has written.

    Raises:
        LostRace: another planner has written since.
    """
    if found or over:
        await services.content.put(_name(key), _places(found), content_type="application/json", over=over)
        await services.content.put(_names(key), _text(_named(found)), content_type="application/json")


async def add(key: DispatchKey, found: Mapping[Who, Sharer], services: Services) -> None:
    """Writes down more of them."""
    if found:
        await documents.change(_name(key), lambda places: _places({**_parsed(places, None), **found}), services)
        await documents.change(_names(key), lambda words: _text({**_read(words), **_named(found)}), services)


async def known(key: DispatchKey, services: Services) -> dict[Who, Sharer]:
    """Whose letter each of them gets; nobody in a dispatch that an older application planned."""
    places = await services.content.get(_name(key))
    return _parsed(places, await services.content.get(_names(key)) if places else None)


def _parsed(places: bytes | None, words: bytes | None) -> dict[Who, Sharer]:
    rows, names = json.loads(places or b"[]"), _read(words)
    return {
        (MemberKind(kind), number): Sharer((MemberKind(other), place), names.get(f"{kind} {number}", ""))
        for kind, number, other, place in rows
    }


def _places(found: Mapping[Who, Sharer]) -> bytes:
    rows = [[*who, *sharer.recipient] for who, sharer in found.items()]
    return json.dumps(rows, separators=(",", ":")).encode()


def _read(words: bytes | None) -> dict[str, str]:
    return dict(json.loads(words or b"{}"))


def _text(names: Mapping[str, str]) -> bytes:
    return json.dumps(names, ensure_ascii=False).encode()


def _named(found: Mapping[Who, Sharer]) -> dict[str, str]:
    return {f"{kind} {number}": sharer.name for (kind, number), sharer in found.items() if sharer.name}


def _name(key: DispatchKey) -> str:
    return f"{key}/sharers.json"


def _names(key: DispatchKey) -> str:
    return f"{key}/sharer-names.json"  # of its own, since the version before reads the other one
