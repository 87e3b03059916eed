"""Pureservice: the key, and what a tenant must have before anything can be sent."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial

from dispatch.doctor.troubles import cannot_tell, missing
from dispatch.ports import Check, Clock, Known, Places, Trouble, Words
from dispatch.wiring import Resources, open_pureservice

MOST_APART = timedelta(minutes=5)  # what the storage and Entra take is fifteen
# The settings that name what a recipient's own ticket gets, and the resource where it is looked up.
OWN_TICKETS = {
    "TICKET_TYPE": "tickettype",
    "TICKET_PRIORITY": "priority",
    "TICKET_SOURCE": "source",
    "TICKET_ZONE": "department",
    "TICKET_TEAM": "team",
}
PLACES = Places("PURESERVICE_URL", "", "PURESERVICE_APIKEY")


def pureservice_checks(resources: Resources, clock: Clock) -> Sequence[Check]:
    """Nothing can be looked for where the key does not open."""
    tenant = _Tenant(resources, clock)
    return [
        Check(name=name, ask=partial(ask, tenant), nb=nb, en=en, needs=_NEEDS.get(name, _KEY), places=PLACES)
        for name, ask, nb, en in _CHECKS
    ]


class _Tenant:
    """What stands in Pureservice, against the names in the settings."""

    def __init__(self, resources: Resources, clock: Clock) -> None:
        self._settings = resources.settings
        self._clock = clock
        self._tickets = cache(lambda: open_pureservice(resources))
        self._known: set[str] = set()

    async def key(self) -> Trouble | None:
        """The cheapest question that needs the key; its answer is what ``statuses`` looks through."""
        self._known = {status.name.casefold() for status in await self._tickets().statuses()}
        return None

    async def clock(self) -> Trouble | None:
        """Ours against the server's: leases, office hours and every signature go by it."""
        theirs = await self._tickets().inspection.server_clock()
        apart = self._clock() - theirs if theirs else timedelta()
        if abs(apart) <= MOST_APART:
            return None
        minutes = round(apart.total_seconds() / 60)
        return Trouble(
            f"klokken her går {abs(minutes)} minutter {'foran' if minutes > 0 else 'etter'} Pureservice sin",
            f"the clock here is {abs(minutes)} minutes {'ahead of' if minutes > 0 else 'behind'} that of Pureservice",
        )

    async def statuses(self) -> Trouble | None:
        names = [
            "DISPATCH_STATUS",
            "121_STATUS",
            "DISPATCH_SOLVED_STATUS",
            "TICKET_STATUS_OPEN",
            "DISPATCH_PREVIEW_STATUS",
            "DISPATCH_APPROVAL_STATUS",
        ]
        asked = {name: value for name, value in self._named(*names).items() if value}
        return missing([value for value in asked.values() if value.casefold() not in self._known], asked)

    async def message_type(self) -> Trouble | None:
        name = self._settings.pureservice_dispatch_commtype_name
        there = await self._tickets().inspection.has_message_type(name)
        if there is None:
            return cannot_tell(name)
        return None if there else missing([name], self._named("DISPATCH_COMMTYPE_NAME"))

    async def asset_type(self) -> Trouble | None:
        asked = self._named("DISPATCH_LIST_ASSETNAME")
        there = self._tickets().inspection.has_asset_type
        return missing([value for value in asked.values() if not await there(value)], asked)

    async def list_statuses(self) -> Trouble | Known | None:
        """A list that is out of use must not be sent to, and how Pureservice says so is known by names alone."""
        s = self._settings
        found = await self._tickets().inspection.list_statuses(
            s.pureservice_dispatch_list_assetname, s.list_inactive_names
        )
        used = ", ".join(name for name, out in found.items() if not out)
        out_of_use = ", ".join(name for name, out in found.items() if out)
        if found and not out_of_use:
            return Trouble(
                f"ingen av statusene regnes som inaktiv: {used}",
                f"none of the statuses counts as inactive: {used}",
                fails=False,
            )
        return Known(f"i bruk: {used}; inaktiv: {out_of_use}", f"in use: {used}; inactive: {out_of_use}")

    async def relation_types(self) -> Trouble | None:
        asked = self._named(
            "DISPATCH_LINK_TO_COMPANY", "DISPATCH_LINK_TO_USER", "DISPATCH_LINK_TO_TICKET", "121_RELATION"
        )
        asked = {name: value for name, value in asked.items() if value}
        return missing(await self._tickets().inspection.missing_relation_types(list(asked.values())), asked)

    async def dispatch_users(self) -> Trouble | None:
        asked = self._named("DISPATCH_EMAIL", "DISPATCH_EF", "DISPATCH_FOLLOW_UP")
        asked = {name: value for name, value in asked.items() if value}
        there = self._tickets().inspection.has_user
        return missing([value for value in asked.values() if not await there(value)], asked)

    async def own_tickets(self) -> Trouble | None:
        """What new tickets get where the mother ticket has nothing; it may have it, so this is no cross."""
        asked = self._named(*OWN_TICKETS)
        lacking = [
            value
            for name, resource in OWN_TICKETS.items()
            if (value := asked[f"PURESERVICE_{name}"]) and not await self._tickets().own_tickets.named(resource, value)
        ]
        trouble = missing(lacking, asked)
        return trouble and replace(trouble, fails=False)

    def _named(self, *names: str) -> dict[str, str]:
        """Values of settings, by the settings' names."""
        found = [f"PURESERVICE_{name}" for name in names]
        return {name: getattr(self._settings, name.lower()) for name in found}


_KEY = "pureservice"
_NEEDS = {_KEY: "", "list_statuses": "asset_type"}  # the key, where nothing is said
_CHECKS: tuple[tuple[str, Callable[[_Tenant], Awaitable[Trouble | Known | None]], Words, Words], ...] = (
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
        "clock",
        _Tenant.clock,
        Words("Klokken", "Still klokken på maskinen (NTP). Uten rett tid avviser lageret og Graph oss."),
        Words("The clock", "Set this machine's clock (NTP). Storage and Graph refuse us while it is wrong."),
    ),
    (
        "statuses",
        _Tenant.statuses,
        Words(
            "Pureservice: statuser", "Opprett statusen for saker i Pureservice, eller rett innstillingen som er nevnt."
        ),
        Words("Pureservice: statuses", "Create the ticket status in Pureservice, or fix the setting that is named."),
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
        "list_statuses",
        _Tenant.list_statuses,
        Words(
            "Pureservice: status for lister",
            "Sett PURESERVICE_DISPATCH_LIST_INACTIVE til navnene på statusene for lister som ikke skal brukes.",
        ),
        Words(
            "Pureservice: statuses of lists",
            "Set PURESERVICE_DISPATCH_LIST_INACTIVE to the names of the statuses of lists that are not to be used.",
        ),
    ),
    (
        "relation_types",
        _Tenant.relation_types,
        Words(
            "Pureservice: relasjoner", "Opprett relasjonstypen i Pureservice, eller rett innstillingen som er nevnt."
        ),
        Words("Pureservice: relations", "Create the relation type in Pureservice, or fix the setting that is named."),
    ),
    (
        "dispatch_users",
        _Tenant.dispatch_users,
        Words(
            "Pureservice: sluttbrukere for utsendelse",
            "Opprett sluttbrukeren med denne e-postadressen, eller rett PURESERVICE_DISPATCH_EMAIL / PURESERVICE_DISPATCH_EF / PURESERVICE_DISPATCH_FOLLOW_UP.",
        ),
        Words(
            "Pureservice: dispatch end users",
            "Create the end user with this address, or fix PURESERVICE_DISPATCH_EMAIL / PURESERVICE_DISPATCH_EF / PURESERVICE_DISPATCH_FOLLOW_UP.",
        ),
    ),
    (
        "own_tickets",
        _Tenant.own_tickets,
        Words(
            "Pureservice: egne saker",
            "Opprett verdien i Pureservice, eller rett innstillingen som er nevnt. Saker som selv har verdien, trenger den ikke.",
        ),
        Words(
            "Pureservice: own tickets",
            "Create the value in Pureservice, or fix the setting that is named. Tickets that have one themselves don't need it.",
        ),
    ),
)
