"""The filter language: everything that real clients send is understood, and means what it says."""

import pytest

from local.simulators.pureservice import Store, seed
from local.simulators.pureservice.binding import compile_filter
from local.simulators.pureservice.errors import ApiError
from tests.simulators.pureservice_tenant import a_tenant

EMAIL_2 = 'direction == 2 AND ticket.statusId == 5 AND (to == "a" OR to == "b" OR to.contains("pureservice.local"))'
OLD_CASES = (
    'user.emailaddress.email == "x" AND status.coreStatus < 50 AND !isMarkedForDeletion'
    " AND created < DateTimeOffset(2026, 3, 1, 0, 0, 0, 000, TimeSpan(0, 1, 0, 0))"
)
CORPUS = [
    ("status", '!disabled AND requesttype.key == "Ticket"'),
    ("status", 'name == "Løst"'),
    ("requesttype", 'key == "Ticket"'),
    ("assettype", 'name == "Mottakerliste"'),
    ("assettype", 'name.equals("Datamaskin")'),
    ("asset", 'type.name=="Mottakerliste"'),
    ("asset", 'type.name =="X" AND !isMarkedForDeletion'),
    ("asset", 'uniqueId == "KOMM" AND typeId == 12'),
    ("asset", 'uniqueId == "KOMM" AND typeID == 12'),
    ("relationshiptype", 'fromAssetType.name=="Mottakerliste"'),
    ("relationship", "toAsset.typeId == 12"),
    ("relationship", "toTicketId == null"),
    ("relationship", "toCompanyId != NULL AND typeId == 61"),
    ("relationship", "toUserId != NULL"),
    ("relationship", "toAssetId!=null AND fromUserId!=null AND solvingRelationship == false"),
    (
        "relationship",
        "(toAssetId != NULL && !toAsset.Type.Disabled) || toTicketId != NULL"
        " || toUserId != NULL || toCompanyId != NULL",
    ),
    ("emailaddress", 'email == "a@b.no"'),
    ("emailaddress", 'email = "a@b.no"'),
    ("emailaddress", "userId == 301"),
    ("companyemailaddress", 'email == "a@b.no"'),
    ("companyemailaddress", "companyId == 71"),
    ("company", '(!disabled AND organizationNumber=="900000001")'),
    ("company", '(!disabled AND name=="X")'),
    ("company", '!disabled AND emailAddress.email.contains("@dibk.no")'),
    ("company", '!disabled AND cf_9 == "Kommune"'),
    ("user", 'emailAddress.Email == "a@b.no"'),
    ("user", 'disabled == false && emailAddress.Email == "a@b.no"'),
    ("user", 'credentials.username=="x"'),
    ("user", "role == 10 && !disabled"),
    ("user", "disabled == False AND role > 0 AND role < 50"),
    ("user", 'title == "Elev" || title == "Elev-"'),
    ("user", '(fullName == "Navn Navnesen")'),
    ("attachment", "ticketId == 9001"),
    ("communication", "ticketId == 9001"),
    ("communication", "messageId == 7001"),
    ("communication", 'customtype.name == "Utsendelse - innhold" AND ticket.status.name == "Til ekspedering"'),
    ("email", EMAIL_2),
    ("email", 'ticketId == 9001 AND direction == 2 AND (to == "a" OR to == "b" OR to == "c")'),
    ("email", "status == 5"),
    ("email", 'created.Year == 2025 AND from == "post@x.no" AND !to.contains("x.no")'),
    (
        "ticket",
        'statusId == 5 AND (emailAddress == "a" OR emailAddress == "b" OR emailAddress.contains("pureservice.local"))',
    ),
    ("ticket", OLD_CASES),
    ("ticket", 'customerReference=="X"  AND status.coreStatus < 50 AND !isMarkedForDeletion'),
    ("ticket", "requestNumber=123"),
    ("ticket", "id<123"),
    ("ticket", 'created > "2025-01-01"'),
    ("category", 'name == "X" AND level == 1 AND !disabled'),
    ("priority", 'disabled == False AND name == "Normal" AND requestTypeId == 1'),
    ("assetregistration", "status == AssetRegistrationStatus.Active"),
    ("ticket", "assignedAgent.role > 9.5"),
    ("ticket", "AssignedAgentId.HasValue AND AssignedTeamId.Value == 3"),
]


@pytest.mark.parametrize(("resource", "text"), CORPUS)
def test_what_clients_send_is_understood(resource: str, text: str) -> None:
    store = Store()
    seed.seed_basics(store)
    found = compile_filter(text, resource)

    assert {found.matches(store, row) for row in store.table(resource).values()} <= {True, False}


@pytest.mark.parametrize(
    ("resource", "text", "says"),
    [
        ("ticket", "nosuch == 1", "No property or field 'nosuch' exists in type 'Ticket'"),
        ("ticket", "user.nosuch == 1", "'nosuch' exists in type 'User'"),
        ("ticket", "attachments.name == 1", "attachments"),
        ("ticket", "subject.length == 1", "length"),
        ("ticket", 'subject == "open', "Syntax error"),
        ("ticket", "subject == 'x'", "Syntax error"),
        ("ticket", ' == "Kommune"', "Syntax error"),
        ("ticket", "statusId ==", "end of expression"),
        ("ticket", "(statusId == 5", "end of expression"),
        ("ticket", "statusId == 5)", "Syntax error ')'"),
        ("ticket", "statusId == 5 end", "Syntax error 'end'"),
        ("ticket", "statusId == 5 6", "Syntax error"),
        ("ticket", "@0.Contains(x)", "Syntax error '@'"),
        ("ticket", "[USERID] == 1", "Syntax error '['"),
        ("ticket", "subject", "Boolean"),
        ("ticket", "!subject", "String"),
        ("ticket", "statusId AND true", "Int32"),
        ("ticket", 'statusId == "5"', "'Int32' and 'String'"),
        ("company", "organizationNumber == 900000001", "'String' and 'Int32'"),
        ("ticket", "isMarkedForDeletion == 0", "'Boolean' and 'Int32'"),
        ("ticket", "subject < null", "null"),
        ("ticket", 'created < "i går"', "not a valid date"),
        ("ticket", "created < DateTimeOffset(2026, 13, 1, 0, 0, 0, 000, TimeSpan(0, 1, 0, 0))", "DateTimeOffset"),
        ("ticket", "created < Nonsense(1)", "Nonsense"),
        ("ticket", "created < DateTime(id, 1, 1)", "DateTime"),
        ("ticket", 'subject.matches("x")', "No applicable method 'matches'"),
        ("ticket", 'statusId.contains("5")', "Int32"),
        ("ticket", "subject.contains(5)", "takes one string"),
        ("assetregistration", "status == AssetRegistrationStatus.Lost", "'Lost'"),
        ("ticket", "(" * 5000 + "true" + ")" * 5000, "nested too deeply"),
    ],
)
def test_nonsense_is_refused_with_a_reason(resource: str, text: str, says: str) -> None:
    with pytest.raises(ApiError) as refused:
        compile_filter(text, resource)

    assert refused.value.status == 400
    assert says in refused.value.detail


@pytest.fixture
async def tenant():
    async with a_tenant() as tenant:
        yield tenant


@pytest.fixture
def people(tenant):
    """Three users: one with a company and address, one disabled, one with nothing."""
    firm = seed.add_company(tenant.store, "Firma AS", organization_number="900000001")
    return {
        "kari": seed.add_user(tenant.store, "Kari", "Nordmann", email="Kari@Eksempel.no", company=firm, title="Elev"),
        "ola": seed.add_user(tenant.store, "Ola", "Nordmann", email="ola@eksempel.no", disabled=True),
        "per": seed.add_user(tenant.store, "Per", "Alene"),
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("disabled", {"ola"}),
        ("!disabled", {"kari", "per"}),
        ("not disabled", {"kari", "per"}),
        ("disabled == TRUE", {"ola"}),
        ('lastName == "nordmann"', {"kari", "ola"}),
        ('lastName != "nordmann"', {"per"}),
        ('LASTNAME <> "Nordmann"', {"per"}),
        ('firstName > "Kari"', {"ola", "per"}),
        ('firstName >= "kari" and firstName <= "ola"', {"kari", "ola"}),
        ('emailAddress.email == "kari@eksempel.no"', {"kari"}),
        ('emailAddress.email.contains("EKSEMPEL")', {"kari", "ola"}),
        ('emailAddress.email.StartsWith("kari@")', {"kari"}),
        ('emailAddress.email.EndsWith(".no")', {"kari", "ola"}),
        ('firstName.equals("per")', {"per"}),
        ("emailAddressId == null", {"per"}),
        ("emailAddress != null", {"kari", "ola"}),
        ("companyId.HasValue", {"kari"}),
        ('company.name == "Firma AS" OR disabled', {"kari", "ola"}),
        ('disabled AND firstName == "Ola" OR firstName == "Per"', {"ola", "per"}),
        ('disabled AND (firstName == "Kari" OR firstName == "Per")', set()),
        ("title == null", {"ola", "per"}),
        ("true", {"kari", "ola", "per"}),
        ("role == -1", set()),
        ("10 == role", {"kari", "ola", "per"}),
        ('created > "2000-01-01" AND created.Year > 2000', {"kari", "ola", "per"}),
        ("created < DateTime(2000, 1, 1)", set()),
    ],
)
async def test_meaning(tenant, people, text, names):
    asked = f"({text}) AND id >= {people['kari']['id']}"

    found = await tenant.ids("/user/", filter=asked)

    assert found == [people[name]["id"] for name in ("kari", "ola", "per") if name in names]


@pytest.mark.parametrize("text", ['company.name != "X"', '!company.name.contains("X")', "!company.disabled"])
async def test_a_row_whose_reference_is_null_does_not_match_even_a_negation(tenant, people, text):
    found = await tenant.ids("/user", filter=f"{text} AND id >= {people['kari']['id']}")

    assert found == [people["kari"]["id"]]


async def test_text_is_compared_in_any_case_unless_switched(tenant, people):
    assert await tenant.ids("/user", filter='title == "ELEV"') == [people["kari"]["id"]]
    assert await tenant.ids("/user", filter='title.contains("LEV")') == [people["kari"]["id"]]

    tenant.switches.case_sensitive = True

    assert await tenant.ids("/user", filter='title == "ELEV"') == []
    assert await tenant.ids("/user", filter='title.contains("LEV")') == []
    assert await tenant.ids("/user", filter='Title == "Elev"') == [people["kari"]["id"]]


async def test_quotes_inside_a_string_follow_the_switch(tenant):
    odd = seed.add_company(tenant.store, 'Firma "X" \\ AS')

    assert await tenant.ids("/company", filter=r'name == "Firma \"X\" \\ AS"') == [odd["id"]]
    assert (await tenant.get("/company", filter='name == "Firma ""X"" \\ AS"')).status_code == 400

    tenant.switches.string_escapes = "doubled"

    assert await tenant.ids("/company", filter='name == "Firma ""X"" \\ AS"') == [odd["id"]]


async def test_dates_are_compared_as_moments(tenant):
    old = seed.add_ticket(tenant.store, "Gammel", created="2026-02-28T22:59:59Z")
    new = seed.add_ticket(tenant.store, "Ny", created="2026-02-28T23:00:00Z")
    midnight = "DateTimeOffset(2026, 3, 1, 0, 0, 0, 000, TimeSpan(0, 1, 0, 0))"

    assert await tenant.ids("/ticket", filter=f"created < {midnight}") == [old["id"]]
    assert await tenant.ids("/ticket", filter=f"created >= {midnight}") == [new["id"]]
    assert await tenant.ids("/ticket", filter="created < DateTimeOffset(2026,3,1,0,0,0,TimeSpan(1,0,0))") == [old["id"]]
    assert await tenant.ids("/ticket", filter="created < new DateTime(2026, 2, 28, 22, 59, 59)") == []
    assert await tenant.ids("/ticket", filter="created.Month == 2 AND created.Hour == 23") == [new["id"]]
    assert await tenant.ids("/ticket", filter="resolved < DateTime(2030, 1, 1) OR resolved.Year == 2026") == []


async def test_a_custom_field_holds_any_kind(tenant):
    seed.add_company(tenant.store, "Tall", cf_9=5)
    text = seed.add_company(tenant.store, "Tekst", cf_9="Kommune")

    assert await tenant.ids("/company", filter='cf_9 == "kommune"') == [text["id"]]
    assert len(await tenant.ids("/company", filter="cf_9 > 4")) == 1


async def test_a_filter_sees_what_has_just_been_changed(tenant):
    ticket = seed.add_ticket(tenant.store, "Sak")
    asked = {"filter": f"statusId == {ticket['statusId']}"}
    assert await tenant.ids("/ticket", **asked) == [ticket["id"]]

    tenant.store.tickets[ticket["id"]]["statusId"] = 2

    assert await tenant.ids("/ticket", **asked) == []
    assert await tenant.ids("/ticket", filter='status.name == "Under arbeid"') == [ticket["id"]]
