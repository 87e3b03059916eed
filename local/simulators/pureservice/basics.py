"""What a tenant has before anybody writes to it."""

from local.simulators.pureservice import names
from local.simulators.pureservice.people import add_company, add_user
from local.simulators.pureservice.store import API_USER_ID, Store

_STATUSES = (
    (1, "Ny", 10),
    (2, "Under arbeid", 20),
    (5, "Venter - sluttbruker", 30),
    (7, "Løst", 50),
    (8, "Lukket", 60),
    (11, names.READY, 20),
    (12, names.READY_121, 20),
)


def seed_basics(store: Store) -> None:
    """Look-ups, the list type, relationship types, an agent and the dispatch users."""
    _seed_statuses(store)
    store.add("department", id=1, name="Fordeling")
    store.add("team", id=3, name="Postmottak")
    store.add("source", id=1, name="E-post", default=True, requestTypeId=1)
    store.add("priority", id=4, name="Normal", color="#00aa00", default=True, index=2, requestTypeId=1)
    store.add("tickettype", id=4, name="Henvendelse", default=True)
    store.add("category", id=17, name="Økonomi")
    store.add("language", id=1, name="English", languageCode="en", isSystemLanguage=True)
    store.add("language", id=2, name="Norsk", languageCode="nb-NO", isSystemLanguage=True)
    store.add("credential", id=5, username="saksbehandler")
    store.add("communicationtype", id=1, name=names.COMMUNICATION_TYPE)
    store.add("communicationtype", id=2, name="Intern vurdering")
    _seed_lists(store)
    _seed_people(store)


def _seed_statuses(store: Store) -> None:
    store.add("requesttype", id=1, key="Ticket", name="Sak")
    store.add("requesttype", id=2, key="Change", name="Endring")
    for index, (number, name, core) in enumerate(_STATUSES):
        store.add(
            "status", id=number, name=name, userDisplayName=name, index=index, coreStatus=core, requestTypeId=1,
            default=index == 0,
        )  # fmt: skip
    store.add(
        "status", id=20, name="Elektronisk forsendelse (ikke bruk)", coreStatus=20, requestTypeId=1, disabled=True
    )
    # The same names exist for changes: who looks a status up by its name alone gets the wrong one some day.
    store.add("status", id=21, name="Ny", coreStatus=10, requestTypeId=2)
    store.add("status", id=22, name="Løst", coreStatus=50, requestTypeId=2)


def _seed_lists(store: Store) -> None:
    store.add("assettype", id=12, name=names.LIST_TYPE, uniqueClassName=f"_12_Assets_{names.LIST_TYPE}")
    store.add("assettype", id=13, name="Datamaskin", uniqueClassName="_13_Assets_Datamaskin")
    store.add(
        "assettypefield", id=95, name="Listeansvarlig", propertyName="Assets_UDF_95_Listeansvarlig", type="user",
        assetTypeId=12,
    )  # fmt: skip
    store.add("assetstatus", id=40, name="Aktiv", coreStatus=10, assetTypeId=12)
    store.add("assetstatus", id=41, name="Inaktiv", coreStatus=50, assetTypeId=12)
    store.add("assetstatus", id=42, name="I bruk", coreStatus=10, assetTypeId=13)
    types = (
        (names.COMPANY_RELATION, names.TO_COMPANY, "Mottaker-firma", 5),
        (names.USER_RELATION, names.TO_USER, "Mottaker-bruker", 4),
        (names.TICKET_RELATION, names.TO_TICKET, "Henter mottakere fra", 1),
        (names.OTHER, "Forvaltes av", "Forvalter", 4),
    )
    for number, name, reverse, to in types:
        store.add(
            "relationshiptype", id=number, name=name, reverseName=reverse, fromAssetTypeId=12, to=to, **{"from": 3}
        )


def _seed_people(store: Store) -> None:
    add_company(
        store, "Direktoratet for byggkvalitet", id=1, email="post@dibk.example", organization_number="974760223"
    )
    add_user(store, "Pureservice", "API", id=API_USER_ID, email="api@dibk.example", role=30)
    add_user(
        store, "Saks", "Behandler", id=12, email="saksbehandler@dibk.example", role=20, credentialsId=5, languageId=2
    )
    add_user(store, "Utsending", "E-post", id=names.MAIL_USER, email=names.DISPATCH_EMAIL)
    add_user(store, "Utsending", "eFormidling", id=names.EF_USER, email=names.DISPATCH_EF)
    add_user(store, "Utsending", "Enkeltsaker", id=names.USER_121, email=names.DISPATCH_EMAIL_121)
