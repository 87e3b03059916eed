"""What the real one refuses, or plausibly refuses, of values that are well formed; and what it is asked too long."""

from typing import Any

import pytest

from local.simulators.pureservice import seed
from tests.simulators.pureservice_tenant import Tenant, a_tenant


@pytest.fixture
async def tenant() -> Any:
    async with a_tenant() as opened:
        yield opened


async def test_a_second_company_of_a_name_is_refused(tenant: Tenant) -> None:
    seed.add_company(tenant.store, "Ny AS")

    assert (await tenant.post("/company", {"companies": [{"name": "Ny AS"}]})).status_code == 400
    assert (await tenant.post("/company", {"companies": [{"name": "Nyere AS"}]})).status_code == 200


async def test_an_address_belongs_to_one_user(tenant: Tenant) -> None:
    first = seed.add_user(tenant.store, "Kari", "Nr 1", email="kari@eksempel.example")
    second = seed.add_user(tenant.store, "Ola", "Nr 2", email="ola@eksempel.example")
    taken, other = first["emailAddressId"], second["emailAddressId"]

    row = {"firstName": "Per", "lastName": "Nr 3", "emailAddressId": taken}
    assert (await tenant.post("/user", {"users": [row]})).status_code == 400
    change = {"emailaddresses": [{"id": other, "email": "kari@eksempel.example"}]}
    assert (await tenant.put(f"/emailaddress/{other}", change)).status_code == 400
    same = {"emailaddresses": [{"id": other, "email": "ola@eksempel.example"}]}
    assert (await tenant.put(f"/emailaddress/{other}", same)).status_code == 200


async def test_a_ticket_takes_no_status_of_a_change_and_no_disabled_user(tenant: Tenant) -> None:
    ticket = seed.add_ticket(tenant.store, "Høring")
    gone = seed.add_user(tenant.store, "Kari", "Nr 1", email="kari@eksempel.example", disabled=True)
    path = f"/ticket/{ticket['id']}"

    assert (await tenant.patch(path, {"statusId": 22})).status_code == 400
    assert (await tenant.patch(path, {"userId": gone["id"]})).status_code == 400
    assert (await tenant.patch(path, {"statusId": 2})).status_code == 200


async def test_a_user_s_department_is_one_of_the_user_s_company(tenant: Tenant) -> None:
    one, other = (seed.add_company(tenant.store, name) for name in ("En", "To"))
    department = tenant.store.add("companydepartment", name="Avdeling", companyId=other["id"])
    user = seed.add_user(tenant.store, "Kari", "Nr 1", email="kari@eksempel.example", company=one)
    path = f"/user/{user['id']}"

    assert (await tenant.patch(path, {"companyDepartmentId": department["id"]})).status_code == 400
    both = {"companyId": other["id"], "companyDepartmentId": department["id"]}
    assert (await tenant.patch(path, both)).status_code == 200


async def test_a_query_that_is_too_long_is_not_found(tenant: Tenant) -> None:
    asked = " OR ".join(f'email == "en-lang-adresse-{n}@eksempel.example"' for n in range(60))

    assert (await tenant.get("/emailaddress/", filter=asked)).status_code == 404


async def test_languages_and_credentials_can_be_read(tenant: Tenant) -> None:
    languages = await tenant.rows("/language")
    agents = await tenant.http.get("/user/12?include=credentials,language")

    assert {row["languageCode"] for row in languages} >= {"nb-NO"}
    assert {*agents.json()["linked"]} == {"credentials", "languages"}
