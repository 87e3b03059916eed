"""What a tenant must have before anything can be sent. For the doctor; no verb asks this."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.filters import equals
from dispatch.adapters.pureservice.reading import by_id, read
from dispatch.adapters.pureservice.records import AssetTypeRow, RelationTypeRow, StatusRow, UserRow, same_name
from dispatch.adapters.pureservice.responses import Rows
from dispatch.core import TicketId, TicketSystemRefused

NOT_SERVED = (400, 404, 405)


class Inspection:
    """Look-ups by the configured names."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def server_clock(self) -> datetime | None:
        """What time it is at the server, as its last answer says; None where it doesn't say."""
        if not self._client.server_date:
            await anext(self._pages("status/"), None)
        try:
            given = parsedate_to_datetime(self._client.server_date)
        except (TypeError, ValueError):
            return None
        return given.replace(tzinfo=given.tzinfo or UTC)

    async def has_asset_type(self, name: str) -> bool:
        """Whether there is an asset type of that name."""
        async for rows in self._pages("assettype/", filter=equals("name", name, what="the asset type's name")):
            if any(same_name(row.name, name) for row in read(AssetTypeRow, rows, path="assettype").or_skipped()):
                return True
        return False

    async def list_statuses(self, name: str, inactive: Sequence[str]) -> Mapping[str, bool]:
        """The statuses that assets of the type may have, and which of them are taken for out of use."""
        asked, names = equals("name", name, what="the asset type's name"), {one.casefold() for one in inactive}
        found: dict[str, bool] = {}
        async for page, _ in self._client.pages_from("assettype/", None, filter=asked, include="statuses"):
            for row in by_id(StatusRow, page.side("assetstatuses"), path="assettype").values():
                found[row.name] = row.is_of_an_asset_out_of_use(names)
            if found:
                break
        return found

    async def missing_relation_types(self, names: Collection[str]) -> list[str]:
        """Those of the names that no relation type has, from either end."""
        left = list(names)
        async for rows in self._pages("relationshiptype/"):
            types = read(RelationTypeRow, rows, path="relationshiptype").or_skipped()
            left = [name for name in left if not any(kind.is_called(name) for kind in types)]
            if not left:
                break
        return left

    async def has_user(self, address: str) -> bool:
        """Whether an enabled user has that default address."""
        asked = equals("emailAddress.Email", address, what="the dispatch user's address")
        async for rows in self._pages("user/", filter=asked):
            users = read(UserRow, rows, path="user").or_skipped()
            if any(not (user.disabled or user.is_marked_for_deletion) for user in users):
                return True
        return False

    async def has_message_type(self, name: str) -> bool | None:
        """Whether communications have a type of that name; None where nothing can tell.

        No look-up of these types is documented. Where the server has none, a communication of the type proves it.
        """
        try:
            async for rows in self._pages("communicationtype/"):
                if any(same_name(str(row.get("name", "")), name) for row in rows):
                    return True
        except TicketSystemRefused as refused:
            if refused.status not in NOT_SERVED:
                raise
            return await self._has_message_of_type(name)
        return False

    async def takes_type_filter(self, name: str) -> bool:
        """Whether communications may be asked for by the name of their type."""
        try:
            await anext(self._pages("communication/", filter=equals("customtype.name", name)), None)
        except TicketSystemRefused as refused:
            if refused.status not in NOT_SERVED:
                raise
            return False
        return True

    async def put_in_the_bin(self, ticket_id: TicketId) -> None:
        """Marks a ticket of the doctor's own for deletion."""
        await self._client.patch(f"ticket/{ticket_id}", {"isMarkedForDeletion": True})

    async def disable_user(self, user_id: int, *, disabled: bool) -> None:
        """Disables the doctor's own user, or takes it into use again."""
        await self._client.patch(f"user/{user_id}", {"disabled": disabled})

    async def _has_message_of_type(self, name: str) -> bool | None:
        asked = equals("customtype.name", name, what="PURESERVICE_DISPATCH_COMMTYPE_NAME")
        async for _ in self._pages("communication/", filter=asked):
            return True
        return None

    async def _pages(self, path: str, **query: str) -> AsyncGenerator[Rows]:
        """Rows by the page: whoever has found what they look for asks for no more, since a key has few requests."""
        async for page, _ in self._client.pages_from(path, None, **query):
            yield page.rows
