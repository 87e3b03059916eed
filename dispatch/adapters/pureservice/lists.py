"""Mailing lists: assets of the configured type, and the relations of the configured names from and to them."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from dispatch.adapters.pureservice.client import Answer, Client
from dispatch.adapters.pureservice.filters import equals, every
from dispatch.adapters.pureservice.records import (
    CLOSED,
    AddressRow,
    AssetRow,
    AssetStatusRow,
    CompanyRow,
    RelationRow,
    TypeRow,
    UserRow,
    parse,
)
from dispatch.model import MailingList, Member, MemberKind, TicketId

OF_TICKET = "type,toAsset,toAsset.status"
OF_LIST = "toUser,toUser.emailaddress,toUser.emailaddresses,toCompany,toCompany.emailaddress,toCompany.emailaddresses"


class Lists:
    """Reads lists. Relation types are looked up once by name, since a list may have relations for other purposes."""

    def __init__(self, client: Client, *, asset_type: str, to_company: str, to_user: str, to_ticket: str) -> None:
        self._client = client
        self._asset_type = asset_type
        self._names = {"company": to_company, "user": to_user, "ticket": to_ticket}
        self._types: Mapping[str, frozenset[int]] | None = None

    async def of_ticket(self, ticket_id: TicketId) -> list[MailingList]:
        """The ticket's lists, by id."""
        types = await self._relation_types()
        path = f"relationship/{ticket_id}/fromTicket"
        asked = equals("toAsset.type.name", self._asset_type, what="the name of the lists' asset type")
        found: dict[int, MailingList] = {}
        async for page in self._client.pages(path, include=OF_TICKET, filter=asked):
            assets = {row.id: row for row in (parse(AssetRow, r, path=path) for r in page.linked.get("assets", []))}
            closed = _closed(page.linked.get("assetstatuses", []), path)
            for raw in page.rows:
                relation = parse(RelationRow, raw, path=path)
                asset = assets.get(relation.toassetid)
                if asset and relation.typeid in types["ticket"]:
                    usable = not asset.ismarkedfordeletion and asset.statusid not in closed
                    found[asset.id] = MailingList(asset.id, asset.name, usable)
        return [found[number] for number in sorted(found)]

    async def members(self, list_id: int) -> AsyncIterator[Member]:
        """Everyone on the list by relation id; memory holds one page."""
        types = await self._relation_types()
        path = f"relationship/{list_id}/fromAsset"
        async for page in self._client.pages(path, include=OF_LIST, filter="toTicketId == null"):
            people = _People(page, path)
            for raw in page.rows:
                relation = parse(RelationRow, raw, path=path)
                if relation.touserid and relation.typeid in types["user"]:
                    yield people.person(relation)
                elif relation.tocompanyid and relation.typeid in types["company"]:
                    yield people.organisation(relation)

    async def _relation_types(self) -> Mapping[str, frozenset[int]]:
        if self._types is None:
            asked = every(equals("fromAssetType.name", self._asset_type, what="the name of the lists' asset type"))
            rows = await self._client.rows("relationshiptype/", filter=asked)
            found = [parse(TypeRow, row, path="relationshiptype") for row in rows]
            types = {
                end: frozenset(
                    row.id for row in found if name.casefold() in (row.name.casefold(), row.reversename.casefold())
                )
                for end, name in self._names.items()
            }
            # A type that is missing may be made at any time; only a whole answer is kept.
            self._types = types if all(types.values()) else None
            return types
        return self._types


class _People:
    """The side-loaded users and companies of one page, with their addresses."""

    def __init__(self, page: Answer, path: str) -> None:
        linked = page.linked
        self._users = {row.id: row for row in (parse(UserRow, r, path=path) for r in linked.get("users", []))}
        self._companies = {
            row.id: row for row in (parse(CompanyRow, r, path=path) for r in linked.get("companies", []))
        }
        self._of_users = _addresses(linked.get("emailaddresses", []), path)
        self._of_companies = _addresses(linked.get("companyemailaddresses", []), path)

    def person(self, relation: RelationRow) -> Member:
        """The member at the relation's other end; one that is not side-loaded counts as disabled."""
        user = self._users.get(relation.touserid) or UserRow(id=relation.touserid, disabled=True)
        name = user.fullname or f"{user.firstname} {user.lastname}"
        mine = (row for row in self._of_users.values() if row.userid == user.id)
        return Member(
            kind=MemberKind.PERSON,
            id=relation.touserid,
            relation_id=relation.id,
            name=" ".join(name.split()),
            address=_default(self._of_users, user.emailaddressid, mine),
            disabled=user.disabled or user.ismarkedfordeletion,
            anonymised=user.isanonymized,
        )

    def organisation(self, relation: RelationRow) -> Member:
        """Likewise, for an organisation."""
        company = self._companies.get(relation.tocompanyid) or CompanyRow(id=relation.tocompanyid, disabled=True)
        mine = (row for row in self._of_companies.values() if row.companyid == company.id)
        return Member(
            kind=MemberKind.ORGANISATION,
            id=relation.tocompanyid,
            relation_id=relation.id,
            name=" ".join(company.name.split()),
            address=_default(self._of_companies, company.emailaddressid, mine),
            organization_number="".join(company.organizationnumber.split()),
            disabled=company.disabled or company.ismarkedfordeletion,
        )


def _addresses(rows: Iterable[Mapping[str, Any]], path: str) -> dict[int, AddressRow]:
    return {row.id: row for row in (parse(AddressRow, raw, path=path) for raw in rows)}


def _default(known: Mapping[int, AddressRow], default_id: int, own: Iterable[AddressRow]) -> str:
    """The default address; the first by id only where no default is set."""
    if default_id:
        return known[default_id].email if default_id in known else ""
    return next((row.email for row in sorted(own, key=lambda row: row.id)), "")


def _closed(rows: Iterable[Mapping[str, Any]], path: str) -> set[int]:
    parsed = (parse(AssetStatusRow, row, path=path) for row in rows)
    return {row.id for row in parsed if row.corestatus >= CLOSED or row.disabled}
