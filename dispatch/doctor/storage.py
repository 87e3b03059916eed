"""The storage: whether it can be reached, then each role on its own. What is written as a probe is removed again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from dispatch.closing import endings
from dispatch.core import FileWay, for_every
from dispatch.doctor.causes import FORBIDDEN, UNAUTHORISED, cause_of
from dispatch.doctor.troubles import plain
from dispatch.ports import Check, ContentStore, Known, Places, Remedy, Trouble, Words
from dispatch.settings import STORAGE
from dispatch.wiring import Resources, open_content, open_ledger, open_queues, storage_addresses

WAYS = for_every(
    FileWay,
    {
        FileWay.SOLVED_WITH: ("sammen med løsningen", "together with the solution"),
        FileWay.BARE: ("for seg selv, uten konvolutt", "on their own, bare"),
        FileWay.ENVELOPE: ("for seg selv, i konvolutt", "on their own, in an envelope"),
        FileWay.NOTE: ("med et notat", "with a note"),
    },
)
REACHING = 4.0  # seconds
Ask = Callable[[], Awaitable[None]]


def storage_checks(resources: Resources) -> Sequence[Check]:
    """Table, queue and blob have roles of their own."""
    try:
        ledger, queues, content = open_ledger(resources), open_queues(resources), open_content(resources)
        addresses = storage_addresses(resources)
    except ValueError as error:
        return [_not_opened(str(error))]

    async def reach() -> Trouble | None:
        return await _reached(addresses)

    return [
        Check(
            name="storage",
            ask=reach,
            nb=Words("Lager: forbindelse", f"Kontroller {STORAGE}, brannmur og navneoppslag."),
            en=Words("Storage: connection", f"Check {STORAGE}, firewall and DNS."),
            needs="clock",
        ),
        _role("table", ledger.check, "tabell", "Storage Table Data Contributor"),
        _role("queue", queues.check, "kø", "Storage Queue Data Contributor"),
        _role("blob", content.check, "blob", "Storage Blob Data Owner"),
        _file_way(content),
    ]


def _file_way(content: ContentStore) -> Check:
    async def ask() -> Known:
        known = await endings.known_way(content)
        if known is None:
            return Known(
                "ikke kjent ennå; den første rapporten finner ut av det", "not known yet; the first report will"
            )
        since = f"{known.since:%Y-%m-%d}"
        nb, en = WAYS[known.way]
        return Known(f"{nb}, siden {since} ({known.way})", f"{en}, since {since} ({known.way})")

    return Check(
        name="file_way",
        ask=ask,
        nb=Words("Rapportens filer til saken", "Slett bloben tenant/file-way.json."),
        en=Words("The report's files to the ticket", "Delete the blob tenant/file-way.json."),
        needs="blob",
        places=Places(STORAGE),
    )


def _role(name: str, check: Ask, noun: str, role: str) -> Check:
    async def ask() -> Trouble | None:
        return await _permitted(check)

    return Check(
        name=name,
        ask=ask,
        nb=Words(f"Lager: {noun}", f"Gi identiteten rollen {role}. En ny rolle kan trenge ti minutter."),
        en=Words(f"Storage: {name}", f"Give the identity the role {role}. A new role may need ten minutes."),
        needs="storage",
        places=Places(STORAGE),
    )


async def _permitted(check: Ask) -> Trouble | None:
    """The probe; where it is refused, whether the role is missing or we are not known at all, as the others will be."""
    from azure.core.exceptions import HttpResponseError

    try:
        await check()
    except HttpResponseError as error:
        if error.status_code not in (UNAUTHORISED, FORBIDDEN):
            raise
        given = getattr(error, "error_code", None)
        code = str(getattr(given, "value", given) or error.status_code)
        nb, en = f"ikke tillatt ({code})", f"not allowed ({code})"
        if code in NO_ROLE:
            return Trouble(nb, en)
        return Trouble(nb, en, remedy=NOT_LET_IN, root="storage")
    return None


NO_ROLE = frozenset({"AuthorizationPermissionMismatch", "InsufficientAccountPermissions"})
NOT_LET_IN = Remedy(
    f"Rett kontoen og nøkkelen i {STORAGE}; med identitet: kontroller AZURE_CLIENT_ID, og at kontoens nettverksregler slipper appen inn.",
    f"Fix account and key in {STORAGE}; with an identity: check AZURE_CLIENT_ID, and that the account's network rules let the app in.",
)


async def _reached(addresses: Mapping[str, str]) -> Trouble | None:
    """Any answer will do: who may do what is asked by the roles."""
    import httpx

    async with httpx.AsyncClient(timeout=REACHING) as http:
        for setting, address in addresses.items():
            try:
                await http.get(address)
            except httpx.HTTPError as error:
                return cause_of(error, Places(setting)) or plain(type(error).__name__)
    return None


def _not_opened(why: str) -> Check:
    async def ask() -> Trouble | None:
        return plain(why.splitlines()[0][:200] if why else "ValueError")

    return Check(
        name="storage",
        ask=ask,
        nb=Words("Lager: forbindelse", f"Rett {STORAGE}: det er ikke en tilkoblingsstreng."),
        en=Words("Storage: connection", f"Fix {STORAGE}: it is no connection string."),
        needs="clock",
    )
