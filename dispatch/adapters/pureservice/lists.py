"""Mailing lists: assets of the configured type, and the relations of the configured names from and to them."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import replace
from typing import NoReturn

from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.end_users import NOT_SHOWN
from dispatch.adapters.pureservice.filters import either, equals, in_lots
from dispatch.adapters.pureservice.people import name_of
from dispatch.adapters.pureservice.reading import ById, by_id, parse, read
from dispatch.adapters.pureservice.records import (
    AddressRow,
    AssetRow,
    AssetTypeRow,
    CompanyRow,
    RelationRow,
    RelationTypeRow,
    StatusRow,
    UserRow,
    same_name,
)
from dispatch.adapters.pureservice.responses import Answer
from dispatch.core import AnswerLacking, MailingList, Member, MemberKind, TicketId, TicketSystemRefused, for_every
from dispatch.ports import MemberPage, PagePlace

OF_TICKET = "type,toAsset"
OF_LIST = (
    "type,toUser,toUser.emailaddress,toUser.emailaddresses,toCompany,toCompany.emailaddress,toCompany.emailaddresses"
)

IDS = 100  # in one question, as far as an address has room for them: some sixty of five figures
BAD_REQUEST = 400
WITH_ADDRESSES = "emailaddress,emailaddresses"
KINDS = for_every(
    {MemberKind.PERSON, MemberKind.ORGANISATION},
    {MemberKind.PERSON: ("user", "users"), MemberKind.ORGANISATION: ("company", "companies")},
)


class Lists:
    """Reads lists. Names decide which relations count: a list may also have an owner, or be part of something."""

    def __init__(
        self,
        client: Client,
        *,
        asset_type: str,
        inactive: Sequence[str],
        to_company: str,
        to_user: str,
        to_ticket: str,
    ) -> None:
        self._client = client
        self._asset_type = asset_type
        self._inactive = {name.strip().casefold() for name in inactive}
        self._to_company, self._to_user, self._to_ticket = to_company, to_user, to_ticket
        self._names_are_known = False

    async def of_ticket(self, ticket_id: TicketId) -> list[MailingList]:
        """The ticket's lists, by id."""
        types, inactive = await self._asset_types()
        path = f"relationship/{ticket_id}/fromTicket"
        asked = either(*(equals("toAsset.typeId", number) for number in sorted(types)))
        found: dict[int, MailingList] = {}
        async for page in self._client.pages(path, include=OF_TICKET, filter=asked):
            names = by_id(RelationTypeRow, page.side("relationshiptypes"), path=path)
            assets = by_id(AssetRow, page.side("assets"), path=path)
            for raw in page.rows:
                relation = parse(RelationRow, raw, path=path)
                if not _type_of(relation, names, path).is_called(self._to_ticket):
                    continue
                asset = assets.get(relation.to_asset_id) or _missing(
                    path, f"asset {relation.to_asset_id}", "en mottakerliste som saken er koblet til"
                )
                if asset.type_id in types:
                    usable = not asset.is_marked_for_deletion and asset.status_id not in inactive
                    found[asset.id] = MailingList(asset.id, asset.name, usable)
        return [found[number] for number in sorted(found)]

    async def members(self, list_id: int) -> AsyncIterator[Member]:
        """Everyone on the list by relation id; memory holds one page."""
        async for page in self.member_pages(list_id, after=None):
            for member in page.members:
                yield member

    async def member_pages(self, list_id: int, *, after: PagePlace | None) -> AsyncIterator[MemberPage]:
        """The same page by page, from a place on."""
        path = f"relationship/{list_id}/fromAsset"
        pages = self._client.pages_from(path, after, include=OF_LIST, filter="toTicketId == null")
        async for page, end in pages:
            members = tuple(self._on(page, path))
            if len(members) < len(page.rows):
                await self._require_names()
            del page  # megabytes, which are not to lie beside the next page
            yield MemberPage(members, end)

    async def members_by_id(self, kind: MemberKind, ids: Collection[int]) -> list[Member]:
        """Each of them as they are now, on a list or not; one that the server does not show counts as disabled."""
        found: dict[int, Member] = {}
        for some in in_lots(sorted(ids), _has_id, most=IDS):
            found |= await self._shown(kind, some)
        nobody = _People(Answer([]), KINDS[kind][0])
        return [found.get(number) or nobody.member(kind, number) for number in sorted(ids)]

    async def _shown(self, kind: MemberKind, ids: Sequence[int]) -> dict[int, Member]:
        """Those of them that the server shows; fewer at a time where it refuses to be asked for so many."""
        try:
            return await self._asked_for(kind, ids)
        except TicketSystemRefused as refused:
            if refused.status in NOT_SHOWN:
                return {}
            if refused.status != BAD_REQUEST or len(ids) == 1:
                raise
        half = len(ids) // 2
        return await self._shown(kind, ids[:half]) | await self._shown(kind, ids[half:])

    async def _asked_for(self, kind: MemberKind, ids: Sequence[int]) -> dict[int, Member]:
        path = f"{KINDS[kind][0]}/"
        asked = either(*map(_has_id, ids))
        # Who is shown stands on the first page. Somebody who is not may stand on another: then it is read to its end.
        first = await self._client.one(path, filter=asked, include=WITH_ADDRESSES)
        found = _members_on(first, kind, ids) if first is not None else {}
        if len(found) < len(ids):
            async for page in self._client.pages(path, filter=asked, include=WITH_ADDRESSES):
                found |= _members_on(page, kind, ids)
        return found

    def _on(self, page: Answer, path: str) -> Iterator[Member]:
        names = by_id(RelationTypeRow, page.side("relationshiptypes"), path=path)
        people = _People(page, path)
        for raw in page.rows:
            relation = parse(RelationRow, raw, path=path)
            kind = _type_of(relation, names, path)
            if relation.to_user_id and kind.is_called(self._to_user):
                yield people.person(relation.to_user_id, relation.id)
            elif relation.to_company_id and kind.is_called(self._to_company):
                yield people.organisation(relation.to_company_id, relation.id)

    async def _require_names(self) -> None:
        """Asked where somebody was passed over: a list may have an owner, but a misspelt name must leave out nobody."""
        if self._names_are_known:
            return
        rows = await self._client.rows("relationshiptype/")
        types = read(RelationTypeRow, rows, path="relationshiptype").or_skipped()
        for name, setting in ((self._to_user, "USER"), (self._to_company, "COMPANY")):
            if not any(kind.is_called(name) for kind in types):
                what = f"relation named «{name}» (PURESERVICE_DISPATCH_LINK_TO_{setting})"
                _missing("relationshiptype", what, f"relasjonen «{name}»")
        self._names_are_known = True

    async def _asset_types(self) -> tuple[set[int], set[int]]:
        """Ids of the asset types of the configured name, and of the statuses that make an asset of them inactive."""
        asked = equals("name", self._asset_type, what="PURESERVICE_DISPATCH_LIST_ASSETNAME")
        types: set[int] = set()
        inactive: set[int] = set()
        async for page in self._client.pages("assettype/", filter=asked, include="statuses"):
            found = read(AssetTypeRow, page.rows, path="assettype").or_skipped()
            types |= {row.id for row in found if same_name(row.name, self._asset_type)}
            statuses = by_id(StatusRow, page.side("assetstatuses"), path="assettype")
            statuses.require_all()  # a list that is not active any more must not be taken for one that is
            inactive |= {row.id for row in statuses.values() if row.is_of_an_asset_out_of_use(self._inactive)}
        if not types:
            # The case worker can't fix this, and «no list» would send them looking for what isn't wrong.
            kind = self._asset_type
            message = f"no asset type named «{kind}» (PURESERVICE_DISPATCH_LIST_ASSETNAME)"
            words = f"Pureservice har ingen ressurstype som heter «{kind}»."
            raise AnswerLacking("GET", "assettype", status=200, message=message, words=words)
        return types, inactive


def _members_on(page: Answer, kind: MemberKind, ids: Sequence[int]) -> dict[int, Member]:
    path, side = KINDS[kind]
    people = _People(replace(page, linked={**page.linked, side: page.rows}), path)
    return {number: people.member(kind, number) for number in ids if people.shows(kind, number)}


def _has_id(number: int) -> str:
    return equals("id", number)


class _People:
    """The side-loaded users and companies of one page, with their addresses."""

    def __init__(self, page: Answer, path: str) -> None:
        self._users = by_id(UserRow, page.side("users"), path=path)
        self._companies = by_id(CompanyRow, page.side("companies"), path=path)
        self._of_users = by_id(AddressRow, page.side("emailaddresses"), path=path)
        self._of_companies = by_id(AddressRow, page.side("companyemailaddresses"), path=path)
        self._first_of_user = {row.user_id: row.email for row in _latest_first(self._of_users)}
        self._first_of_company = {row.company_id: row.email for row in _latest_first(self._of_companies)}

    def shows(self, kind: MemberKind, number: int) -> bool:
        """Whether the page has them."""
        return number in (self._users if kind is MemberKind.PERSON else self._companies)

    def member(self, kind: MemberKind, number: int) -> Member:
        """The member of this id."""
        return self.person(number) if kind is MemberKind.PERSON else self.organisation(number)

    def person(self, number: int, relation_id: int = 0) -> Member:
        """The member at a relation's other end; one that the server does not show counts as disabled."""
        user = self._users.get(number) or UserRow(id=number, disabled=True)
        return Member(
            kind=MemberKind.PERSON,
            id=number,
            relation_id=relation_id,
            name=name_of(user) or f"Bruker {number}",
            address=_default(user.email_address_id, self._of_users, self._first_of_user.get(number, "")),
            disabled=user.disabled or user.is_marked_for_deletion,
            anonymised=user.is_anonymized,
        )

    def organisation(self, number: int, relation_id: int = 0) -> Member:
        """Likewise, for an organisation."""
        company = self._companies.get(number) or CompanyRow(id=number, disabled=True)
        return Member(
            kind=MemberKind.ORGANISATION,
            id=number,
            relation_id=relation_id,
            name=company.name or f"Firma {number}",
            address=_default(company.email_address_id, self._of_companies, self._first_of_company.get(number, "")),
            organization_number="".join(company.organization_number.split()),
            disabled=company.disabled or company.is_marked_for_deletion,
        )


def _latest_first(rows: ById[AddressRow]) -> list[AddressRow]:
    return [rows[number] for number in sorted(rows, reverse=True)]


def _default(default_id: int, known: ById[AddressRow], first: str) -> str:
    """The default address; the first by id only where no default is set, since another one may be private."""
    if not default_id:
        known.require_all()  # one that can't be read may be the first
        return first
    return known[default_id].email if default_id in known else ""


def _type_of(relation: RelationRow, names: ById[RelationTypeRow], path: str) -> RelationTypeRow:
    return names.get(relation.type_id) or _missing(path, f"relation type {relation.type_id}", "typen til en relasjon")


def _missing(path: str, what: str, in_words: str) -> NoReturn:
    # Going on would leave out recipients without a word.
    words = f"Svaret fra Pureservice mangler {in_words}."
    raise AnswerLacking("GET", path, status=200, message=f"the answer has no {what}", words=words)
