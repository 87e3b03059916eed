"""Reading simulated Pureservice over HTTP: forms, keys, pages, order, inclusions, files."""

import httpx
import pytest

from local.simulators.pureservice import Switches, seed
from tests.simulators.pureservice_tenant import KEY, VND, a_tenant


@pytest.fixture
async def tenant():
    async with a_tenant() as tenant:
        yield tenant


@pytest.fixture
def ticket(tenant):
    return seed.add_ticket(tenant.store, "Høring om endring")


# --- who may come in


@pytest.mark.parametrize(
    "headers", [{"Authorization": f"Bearer {KEY}"}, {"authorization": f"bearer {KEY}"}, {"X-Authorization-Key": KEY}]
)
async def test_either_header_lets_in(tenant, headers):
    async with httpx.AsyncClient() as http:
        response = await http.get(f"{tenant.sim.url}/agent/api/status", headers=headers)

    assert response.status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": KEY}, {"X-Authorization-Key": ""}]
)
async def test_no_key_or_a_wrong_one_is_refused_with_a_message(tenant, headers):
    async with httpx.AsyncClient() as http:
        response = await http.get(f"{tenant.sim.url}/agent/api/status", headers=headers)

    assert response.status_code == 401
    assert "denied" in response.json()["message"]


# --- paths


@pytest.mark.parametrize("path", ["/ticket", "/ticket/", "/Ticket", "/ticket/{id}", "/ticket/{id}/"])
async def test_the_last_slash_may_be_there_or_not(tenant, ticket, path):
    assert await tenant.ids(path.format(id=ticket["id"])) == [ticket["id"]]


@pytest.mark.parametrize(
    "path",
    ["/tickets", "/nonsense", "/", "/communicationtype", "/ticket/abc", "/ticket/1/2/3", "/relationship/1/fromNobody"],
)
async def test_other_paths_lead_nowhere(tenant, path):
    response = await tenant.get(path)

    assert response.status_code == 404
    assert response.json()["message"]


async def test_the_prefix_can_be_another():
    async with a_tenant(prefix="/api") as tenant, httpx.AsyncClient(headers={"X-Authorization-Key": KEY}) as http:
        assert (await http.get(f"{tenant.sim.url}/api/status")).status_code == 200
        assert (await http.get(f"{tenant.sim.url}/agent/api/status")).status_code == 404


@pytest.mark.parametrize("suffix", ["requestNumber", "requestNumber/", "requestnumber"])
async def test_a_ticket_by_its_public_number(tenant, ticket, suffix):
    rows = await tenant.rows(f"/ticket/{ticket['requestNumber']}/{suffix}", include="status")

    assert [row["id"] for row in rows] == [ticket["id"]]
    assert ticket["requestNumber"] != ticket["id"]


async def test_what_is_not_there(tenant):
    paths = ("/ticket/404", "/ticket/404/requestNumber", "/attachment/download/404")
    assert {(await tenant.get(path)).status_code for path in paths} == {404}

    tenant.switches.missing_status = 204

    assert {(await tenant.get(path)).status_code for path in paths} == {204}
    assert await tenant.rows("/ticket") == []


async def test_a_single_look_up_takes_a_filter(tenant, ticket):
    path = f"/ticket/{ticket['id']}"

    assert await tenant.ids(path, filter="!isMarkedForDeletion") == [ticket["id"]]
    assert await tenant.ids(path, filter="isMarkedForDeletion") == []


async def test_counting(tenant):
    for number in range(3):
        seed.add_ticket(tenant.store, f"Sak {number}", status="Løst" if number else "Ny")

    assert (await tenant.get("/ticket/count")).json() == {"count": 3}
    assert (await tenant.get("/ticket/count/", filter="status.coreStatus >= 50")).json() == {"count": 2}


async def test_searching_assets(tenant):
    for name in ("Alle kommuner", "Kommunene i nord", "Bransjen"):
        seed.add_list(tenant.store, name)

    assert len(await tenant.rows("/asset/search", query='"kommun"')) == 2
    assert len(await tenant.rows("/asset/search", query='"kommun"', limit=1)) == 1


# --- forms


async def test_the_envelope_has_links_and_flat_ids(tenant, ticket):
    file = seed.add_attachment(tenant.store, ticket, "brev.pdf", b"x", "application/pdf")

    response = await tenant.get(f"/ticket/{ticket['id']}")

    assert response.headers["Content-Type"].startswith(VND)
    answer = response.json()
    assert set(answer) == {"tickets"}, "linked is absent when there is nothing in it"
    (row,) = answer["tickets"]
    assert row["userId"] == seed.MAIL_USER
    assert row["links"]["user"] == {"id": seed.MAIL_USER, "type": "user"}
    assert row["links"]["attachments"] == {"ids": [file["id"]], "type": "attachment"}
    assert "assignedAgent" not in row["links"]
    assert row["assignedAgentId"] is None
    assert row["created"].endswith("Z")
    assert row["emailAddress"] == "ut@e-post.pureservice.local"


@pytest.mark.parametrize("accept", ["application/json", "*/*", None])
async def test_the_bare_form_nests_what_is_included(tenant, ticket, accept):
    seed.add_dispatch_text(tenant.store, ticket, "<p>Hei</p>")
    async with httpx.AsyncClient(headers={"X-Authorization-Key": KEY}) as http:
        if accept is None:
            del http.headers["Accept"]
        else:
            http.headers["Accept"] = accept
        response = await http.get(
            f"{tenant.sim.url}/agent/api/ticket/{ticket['id']}", params={"include": "communications,user.emailaddress"}
        )

    assert response.headers["Content-Type"].startswith("application/json")
    (row,) = response.json()
    assert row["communications"][0]["text"] == "<p>Hei</p>"
    assert row["user"]["emailAddress"]["email"] == "ut@e-post.pureservice.local"
    assert "links" not in row


async def test_an_empty_list_is_an_answer(tenant):
    response = await tenant.get("/ticket", filter='subject == "finnes ikke"', include="user")

    assert (response.status_code, response.json()) == (200, {"tickets": []})


# --- pages and order


@pytest.fixture
def many(tenant):
    return [seed.add_company(tenant.store, f"Firma {number:04}")["id"] for number in range(1103)]


async def test_pages_join_without_gap_or_overlap(tenant, many):
    asked = {"filter": 'name.contains("Firma")', "sort": "id ASC"}
    sizes: list[int] = []
    seen: list[int] = []
    while not sizes or sizes[-1]:
        page = await tenant.ids("/company", **asked, start=len(seen), limit=500)
        sizes.append(len(page))
        seen += page

    assert sizes == [500, 500, 103, 0]
    assert seen == many


async def test_a_greater_limit_is_cut_to_the_largest_page(tenant, many):
    assert len(await tenant.rows("/company", limit=1000)) == 500

    tenant.switches.max_page = 300

    assert len(await tenant.rows("/company", limit=500)) == 300

    tenant.switches.over_limit = "refuse"

    assert (await tenant.get("/company", limit=500)).status_code == 400


async def test_without_a_limit_the_default_holds(tenant, many):
    assert len(await tenant.rows("/company")) == 500

    tenant.switches.default_limit = 20

    assert len(await tenant.rows("/company")) == 20
    assert len(await tenant.rows("/company", limit=200)) == 200


async def test_unknown_parameters_are_ignored(tenant, many):
    rows = await tenant.ids("/company", limit=5, offset=100, page=3, sortBy="name")

    assert rows == [1, *many[:4]]


@pytest.mark.parametrize("query", [{"limit": "mange"}, {"start": "-1"}, {"sort": "nosuch"}, {"sort": "id sideways"}])
async def test_what_can_not_be_read_is_refused(tenant, query):
    assert (await tenant.get("/company", **query)).status_code == 400


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("firstName", "abBc"),
        ("firstName ASC", "abBc"),
        ("firstName DESC", "cbBa"),
        ("-firstName", "cbBa"),
        ("lastName asc, firstName desc", "bBac"),
        ("-id", "Bcba"),
        ("company.name desc, id", "cabB"),
        ("emailAddress.email, -id", "Bbac"),
    ],
)
async def test_order(tenant, sort, names):
    firm = seed.add_company(tenant.store, "Firma")
    first = seed.add_user(tenant.store, "a", "2", email="x@x.no")
    seed.add_user(tenant.store, "b", "1")
    seed.add_user(tenant.store, "c", "3", email="y@x.no", company=firm)
    seed.add_user(tenant.store, "B", "1")

    rows = await tenant.rows("/user", sort=sort, filter=f"id >= {first['id']}")

    assert "".join(row["firstName"] for row in rows) == names


# --- inclusions


async def test_inclusions_are_keyed_by_type_and_come_once(tenant):
    firm = seed.add_company(tenant.store, "Firma", email="firma@x.no")
    user = seed.add_user(tenant.store, "Kari", "N", email="k@x.no", emails=["k2@x.no"], company=firm)
    tickets = [seed.add_ticket(tenant.store, f"Sak {n}", user=user) for n in range(2)]

    response = await tenant.get(
        "/ticket", include="User, user.company,user.emailaddresses,user.emailAddress,user.company.EMAILADDRESSES"
    )

    linked = response.json()["linked"]
    assert [row["id"] for row in response.json()["tickets"]] == [row["id"] for row in tickets]
    assert {plural: len(rows) for plural, rows in linked.items()} == {
        "users": 1,
        "companies": 1,
        "emailaddresses": 2,
        "companyemailaddresses": 1,
    }
    assert {row["userId"] for row in linked["emailaddresses"]} == {user["id"]}
    assert linked["users"][0]["emailAddressId"] != min(row["id"] for row in linked["emailaddresses"])


async def test_a_nested_path_includes_its_parents(tenant, ticket):
    linked = (await tenant.get("/ticket", include="user.emailaddress")).json()["linked"]

    assert set(linked) == {"users", "emailaddresses"}


async def test_an_unknown_inclusion_is_refused_unless_switched(tenant, ticket):
    assert (await tenant.get("/ticket", include="user,user.nosuch")).status_code == 400

    tenant.switches.unknown_include = "ignore"

    assert set((await tenant.get("/ticket", include="user,user.nosuch")).json()["linked"]) == {"users"}


async def test_asset_types_bring_fields_and_statuses(tenant):
    response = await tenant.get("/assettype", filter='name == "Mottakerliste"', include="fields,fields.items,statuses")

    linked = response.json()["linked"]
    assert [row["propertyName"] for row in linked["assettypefields"]] == ["Assets_UDF_95_Listeansvarlig"]
    assert {row["name"] for row in linked["assetstatuses"]} == {"Aktiv", "Inaktiv"}
    assert "assettypeitems" not in linked


async def test_a_list_of_assets_may_leave_out_custom_fields(tenant):
    row = seed.add_list(tenant.store, "Listen", assets_UDF_95_Listeansvarlig=12)
    assert (await tenant.rows("/asset"))[0]["assets_UDF_95_Listeansvarlig"] == 12

    tenant.switches.assets_omit_udf = True

    assert "assets_UDF_95_Listeansvarlig" not in (await tenant.rows("/asset"))[0]
    assert (await tenant.rows(f"/asset/{row['id']}"))[0]["assets_UDF_95_Listeansvarlig"] == 12


async def test_before_december_2024_emails_had_a_request(tenant, ticket):
    seed.add_message(tenant.store, ticket, "<p>Hei</p>")
    assert (await tenant.rows("/email", filter="ticket.statusId > 0", include="ticket"))[0]["ticketId"] == ticket["id"]

    tenant.switches.legacy_request_id = True

    answer = (await tenant.get("/email", filter="request.statusId > 0", include="request")).json()
    assert answer["emails"][0]["requestId"] == ticket["id"]
    assert answer["emails"][0]["links"]["request"] == {"id": ticket["id"], "type": "ticket"}
    assert "ticketId" not in answer["emails"][0]
    assert answer["linked"]["tickets"][0]["id"] == ticket["id"]
    assert (await tenant.get("/email", filter="ticketId == 1")).status_code == 400


# --- lists and their members


async def test_a_ticket_tells_its_lists_and_a_list_its_members(tenant, ticket):
    firm = seed.add_company(tenant.store, "Kommune", email="post@kommune.no")
    user = seed.add_user(tenant.store, "Kari", "N", email="k@x.no")
    mailing_list = seed.add_list(tenant.store, "Listen", members=[firm, user], unique_id="KOMM")
    seed.relate_list_to_ticket(tenant.store, mailing_list, ticket)
    other = seed.add_list(tenant.store, "En annen", members=[user])

    (relation,) = await tenant.rows(
        f"/relationship/{ticket['id']}/fromTicket", filter="toAsset.typeId == 12", include="toAsset"
    )
    of_list = await tenant.get(
        f"/relationship/{mailing_list['id']}/fromAsset/",
        include="toUser,toCompany,toUser.emailaddresses,toCompany.emailaddresses",
        filter="toTicketId == null",
    )

    assert (relation["toAssetId"], relation["fromTicketId"]) == (mailing_list["id"], ticket["id"])
    assert (relation["main"], relation["inverseMain"]) == ("ToAssetId", "FromAssetId")
    members = of_list.json()["relationships"]
    assert [(row["toCompanyId"], row["toUserId"]) for row in members] == [(firm["id"], None), (None, user["id"])]
    assert {row["main"] for row in members} == {"FromAssetId"}
    assert set(of_list.json()["linked"]) == {"users", "companies", "emailaddresses", "companyemailaddresses"}
    lists = await tenant.rows(f"/relationship/{user['id']}/fromUser")
    assert [row["toAssetId"] for row in lists] == [mailing_list["id"], other["id"]]


async def test_a_list_of_twenty_thousand_is_read_page_by_page_in_no_time(tenant):
    members = [seed.add_user(tenant.store, "Nr", str(number), email=f"{number}@x.no") for number in range(20_000)]
    mailing_list = seed.add_list(tenant.store, "Stor", members=members)
    seed.add_list(tenant.store, "En annen", members=members[:100])
    seen = []
    for start in range(0, 20_500, 500):
        rows = await tenant.rows(
            f"/relationship/{mailing_list['id']}/fromAsset",
            start=start,
            limit=500,
            sort="id",
            filter="toTicketId == null",
            include="toUser,toUser.emailaddress",
        )
        seen += [row["toUserId"] for row in rows]

    assert seen == [row["id"] for row in members]


# --- files


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("brev.pdf", 'attachment; filename="brev.pdf"'),
        ('a"b.pdf', 'attachment; filename="a\\"b.pdf"'),
        (
            "Høring æ.pdf",
            "attachment; filename=\"H?ring ?.pdf\"; filename*=UTF-8''H%C3%B8ring%20%C3%A6.pdf",
        ),
    ],
)
async def test_a_download_says_its_name_and_type(tenant, ticket, name, disposition):
    content = bytes(range(256)) * 1000
    row = seed.add_attachment(tenant.store, ticket, name, content, "application/pdf")

    response = await tenant.http.get(f"/attachment/download/{row['id']}", headers={"Accept": "*/*"})

    assert response.content == content
    assert response.headers["Content-Disposition"] == disposition
    assert response.headers["Content-Type"] == "application/pdf"


# --- refusals


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("message", lambda r: r.json()["message"]),
        ("exception", lambda r: r.json()["exceptionMessage"]),
        ("modelstate", lambda r: r.json()["modelState"]["filter"][0]),
        ("html", lambda r: r.text),
    ],
)
async def test_errors_come_in_the_form_of_the_day(tenant, form, says):
    tenant.switches.error_body = form

    response = await tenant.get("/ticket", filter="nosuch == 1")

    assert response.status_code == 400
    assert "nosuch" in says(response)
    assert ("json" in response.headers["Content-Type"]) is (form != "html")


async def test_switches_can_be_given_at_the_start():
    async with a_tenant(switches=Switches(default_limit=2)) as tenant:
        assert len(await tenant.rows("/status")) == 2
