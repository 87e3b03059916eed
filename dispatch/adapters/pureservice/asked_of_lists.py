"""The open questions about lists: how pages are cut, and what parameters meet."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dispatch.adapters.pureservice.filters import equals
from dispatch.adapters.pureservice.probing import Probe, Raw, Untold, number
from dispatch.adapters.pureservice.records import CLOSED

SMALL, MOST = 25, 500  # rows of a page
MOST_PAGES = 8  # small ones, in search of a row that is hidden
MOST_LISTS = 5  # in search of one with two members


@dataclass(frozen=True, slots=True)
class Tenant:
    """What is asked, and the names that it goes by there."""

    probe: Probe
    list_type: str
    message_type: str
    inactive: frozenset[str] = frozenset()

    async def a_list(self) -> tuple[int, list[int]]:
        """A mailing list with few members but two at least, and their relations as they come without any parameter.

        Raises:
            Untold: the tenant has none.
        """
        asked = equals("type.name", self.list_type)
        found = await self.probe.get("asset/", filter=asked, limit=str(SMALL))
        lists = [(list_id, (await self.of_list(list_id)).ids) for list_id in found.ids[:MOST_LISTS]]
        usable = [one for one in lists if len(one[1]) > 1]
        if not usable:
            raise Untold("there is no mailing list with two members")
        return min(usable, key=lambda one: len(one[1]))

    async def of_list(self, list_id: int, **query: str) -> Raw:
        """Relations of a list."""
        return await self.probe.get(f"relationship/{list_id}/fromAsset", **query)


# --- pages


async def _max_page(tenant: Tenant) -> Any:
    first = await tenant.probe.get("user/", sort="id", start="0", limit=str(MOST))
    if first.refused:  # the greatest limit that is taken says the same
        for most in (250, 100, 50, 30, SMALL):
            if (await tenant.probe.get("user/", limit=str(most))).taken:
                return most
    return await _cut(tenant, len(first.rows))


async def _default_limit(tenant: Tenant) -> Any:
    return await _cut(tenant, len((await tenant.probe.get("user/", sort="id")).rows))


async def _cut(tenant: Tenant, count: int) -> int:
    """So many rows came, and that there are more proves that it was all of a page."""
    if not (await tenant.probe.get("user/", sort="id", start=str(count), limit="1")).rows:
        raise Untold(f"there are only {count} users")
    return count


async def _over_limit(tenant: Tenant) -> Any:
    return "refuse" if (await tenant.probe.get("user/", limit=str(MOST + 1))).refused else "clamp"


async def _hidden_after_the_cut(tenant: Tenant) -> Any:
    short = False
    for page in range(MOST_PAGES):
        rows = (await tenant.probe.get("ticket/", sort="id", start=str(page * SMALL), limit=str(SMALL))).rows
        if rows and short:
            return True
        short = len(rows) < SMALL
    raise Untold("no row is missing in a page of tickets: the key sees them all, or the rest is cut before")


async def _relations_start(tenant: Tenant) -> Any:
    list_id, ids = await tenant.a_list()
    return _handled(await tenant.of_list(list_id, start="1"), ids)


async def _relations_limit(tenant: Tenant) -> Any:
    list_id, ids = await tenant.a_list()
    return _handled(await tenant.of_list(list_id, limit="1"), ids)


async def _relations_sort(tenant: Tenant) -> Any:
    list_id, _ = await tenant.a_list()
    upwards = await tenant.of_list(list_id, sort="id")
    if upwards.refused:
        return "refused"
    downwards = await tenant.of_list(list_id, sort="id DESC")
    return "ignored" if upwards.ids == downwards.ids else "used"


def _handled(answer: Raw, without: list[int]) -> str:
    if answer.refused:
        return "refused"
    return "ignored" if set(answer.ids) == set(without) else "used"


async def _inactive_core_status(tenant: Tenant) -> Any:
    types = await tenant.probe.get("assettype/", filter=equals("name", tenant.list_type), include="statuses")
    statuses = types.linked("assetstatuses")
    named = [row for row in statuses if str(row.get("name")).strip().casefold() in tenant.inactive]
    if not named:
        raise Untold("no status of lists is called inactive")
    core = number(named[0].get("coreStatus"))
    return None if core >= CLOSED else core


async def _assets_omit_udf(tenant: Tenant) -> Any:
    list_id, _ = await tenant.a_list()
    if not await _has_own_fields(tenant, f"asset/{list_id}"):
        raise Untold("mailing lists have no fields of the tenant's own")
    return not await _has_own_fields(tenant, "asset/", filter=equals("id", list_id))


async def _has_own_fields(tenant: Tenant, path: str, **query: str) -> bool:
    rows = (await tenant.probe.get(path, **query)).rows
    return any(name.lower().startswith("assets_udf_") for row in rows for name in row)


OF_LISTS: Mapping[str, Callable[[Tenant], Awaitable[Any]]] = {
    ask.__name__.removeprefix("_"): ask
    for ask in (
        _max_page,
        _default_limit,
        _over_limit,
        _hidden_after_the_cut,
        _relations_start,
        _relations_sort,
        _relations_limit,
        _inactive_core_status,
        _assets_omit_udf,
    )
}
