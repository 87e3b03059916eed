"""Whom addresses belong to in Pureservice."""

from collections.abc import Collection, Mapping

from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.filters import either_of, equals
from dispatch.adapters.pureservice.reading import by_id, concerning, salvaged
from dispatch.adapters.pureservice.records import AddressRow, UserRow
from dispatch.core import EndUser, TicketSystemRefused, UnreadableRow

NOT_SHOWN = (403, 404)  # what a key without the right to a resource meets


class EndUsers:
    """Looks users up by their addresses."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def of(self, addresses: Collection[str]) -> Mapping[str, EndUser]:
        """Asked through the addresses, since a user may have several; one question for many."""
        found: dict[str, EndUser] = {}
        wanted = {address.casefold() for address in addresses}
        for asked in either_of(sorted(wanted), lambda address: equals("email", address, what="an address")):
            for address, user in await self._users_of(asked, wanted):
                if not (address in found and found[address].id):
                    found[address] = user
        return found

    async def _users_of(self, asked: str, wanted: Collection[str]) -> list[tuple[str, EndUser]]:
        try:
            pages = [page async for page in self._client.pages("emailaddress/", filter=asked, include="user")]
        except TicketSystemRefused as refused:
            if refused.status not in NOT_SHOWN:
                raise
            return await self._by_default_address(asked, wanted)
        found = []
        for page in pages:
            users = by_id(UserRow, page.side("users"), path="emailaddress")
            for row in concerning(AddressRow, page.rows, "email", wanted, path="emailaddress"):
                user = users.get(row.user_id)
                found.append((row.email.casefold(), EndUser(row.user_id, row.id, user is None or _is_usable(user))))
        return found

    async def _by_default_address(self, asked: str, wanted: Collection[str]) -> list[tuple[str, EndUser]]:
        """The same for a key that may not read addresses alone: users by their default address."""
        found = []
        filtered = asked.replace("email ==", "emailAddress.email ==")
        async for page in self._client.pages("user/", filter=filtered, include="emailaddress"):
            addresses = by_id(AddressRow, page.side("emailaddresses"), path="user")
            for raw in page.rows:
                user, faults = salvaged(UserRow, raw, path="user")
                row = addresses.get(user.email_address_id)
                is_wanted = row is not None and row.email.casefold() in wanted
                if faults and (is_wanted or "emailAddressId" in faults):
                    raise UnreadableRow("user", noun=UserRow.noun(), row=user.id, fields=faults)
                if row is not None and is_wanted:
                    found.append((row.email.casefold(), EndUser(user.id, row.id, _is_usable(user))))
        return found


def _is_usable(user: UserRow) -> bool:
    return not (user.disabled or user.is_anonymized or user.is_marked_for_deletion)
