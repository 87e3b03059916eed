"""Pureservice: the key, and what a tenant must have before anything can be sent."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache, partial

from dispatch.doctor.troubles import cannot_tell, lacking, missing
from dispatch.ports import Check, Trouble, Words
from dispatch.wiring import Resources, open_pureservice


def pureservice_checks(resources: Resources) -> Sequence[Check]:
    """Nothing can be looked for where the key does not open."""
    tenant = _Tenant(resources)
    return [
        Check(name=name, ask=partial(ask, tenant), nb=nb, en=en, needs="" if name == _KEY else _KEY)
        for name, ask, nb, en in _CHECKS
    ]


class _Tenant:
    """What stands in Pureservice, against the names in the settings."""

    def __init__(self, resources: Resources) -> None:
        self._settings = resources.settings
        self._tickets = cache(lambda: open_pureservice(resources))
        self._known: set[str] = set()

    async def key(self) -> Trouble | None:
        """The cheapest question that needs the key; its answer is what ``statuses`` looks through."""
        self._known = {status.name.casefold() for status in await self._tickets().statuses()}
        return None

    async def statuses(self) -> Trouble | None:
        s = self._settings
        wanted = (
            s.pureservice_dispatch_status,
            s.pureservice_121_status,
            s.pureservice_dispatch_solved_status,
            s.pureservice_ticket_status_open,
            *filter(None, [s.pureservice_dispatch_preview_status]),
        )
        return missing([name for name in wanted if name.casefold() not in self._known])

    async def message_type(self) -> Trouble | None:
        name = self._settings.pureservice_dispatch_commtype_name
        there = await self._tickets().inspection.has_message_type(name)
        if there is None:
            return cannot_tell(name)
        return None if there else missing([name])

    async def asset_type(self) -> Trouble | None:
        return await lacking(
            [self._settings.pureservice_dispatch_list_assetname], self._tickets().inspection.has_asset_type
        )

    async def relation_types(self) -> Trouble | None:
        s = self._settings
        links = (
            s.pureservice_dispatch_link_to_company,
            s.pureservice_dispatch_link_to_user,
            s.pureservice_dispatch_link_to_ticket,
        )
        return missing(await self._tickets().inspection.missing_relation_types(links))

    async def dispatch_users(self) -> Trouble | None:
        s = self._settings
        addresses = (s.pureservice_dispatch_email, s.pureservice_dispatch_ef)
        return await lacking(addresses, self._tickets().inspection.has_user)


_KEY = "pureservice"
_CHECKS: tuple[tuple[str, Callable[[_Tenant], Awaitable[Trouble | None]], Words, Words], ...] = (
    (
        "pureservice",
        _Tenant.key,
        Words(
            "Pureservice: adresse og nøkkel",
            "Kontroller PURESERVICE_URL, og lag en ny API-nøkkel om den er avvist (PURESERVICE_APIKEY).",
        ),
        Words(
            "Pureservice: address and key",
            "Check PURESERVICE_URL, and make a new API key where it is refused (PURESERVICE_APIKEY).",
        ),
    ),
    (
        "statuses",
        _Tenant.statuses,
        Words("Pureservice: statuser", "Opprett statusen for saker i Pureservice, eller rett navnet i oppsettet."),
        Words("Pureservice: statuses", "Create the ticket status in Pureservice, or fix its name in the settings."),
    ),
    (
        "message_type",
        _Tenant.message_type,
        Words(
            "Pureservice: kommunikasjonstype",
            "Opprett kommunikasjonstypen, eller rett PURESERVICE_DISPATCH_COMMTYPE_NAME. Kan den ikke bekreftes: skriv én slik melding i en testsak.",
        ),
        Words(
            "Pureservice: communication type",
            "Create the type, or fix PURESERVICE_DISPATCH_COMMTYPE_NAME. Where it can't be confirmed: write one such message in a test ticket.",
        ),
    ),
    (
        "asset_type",
        _Tenant.asset_type,
        Words(
            "Pureservice: ressurstype for lister",
            "Opprett ressurstypen, eller rett PURESERVICE_DISPATCH_LIST_ASSETNAME.",
        ),
        Words("Pureservice: asset type of lists", "Create the asset type, or fix PURESERVICE_DISPATCH_LIST_ASSETNAME."),
    ),
    (
        "relation_types",
        _Tenant.relation_types,
        Words("Pureservice: relasjoner", "Opprett relasjonstypen, eller rett PURESERVICE_DISPATCH_LINK_TO_*."),
        Words("Pureservice: relations", "Create the relation type, or fix PURESERVICE_DISPATCH_LINK_TO_*."),
    ),
    (
        "dispatch_users",
        _Tenant.dispatch_users,
        Words(
            "Pureservice: sluttbrukere for utsendelse",
            "Opprett sluttbrukeren med denne e-postadressen, eller rett PURESERVICE_DISPATCH_EMAIL / PURESERVICE_DISPATCH_EF.",
        ),
        Words(
            "Pureservice: dispatch end users",
            "Create the end user with this address, or fix PURESERVICE_DISPATCH_EMAIL / PURESERVICE_DISPATCH_EF.",
        ),
    ),
)
