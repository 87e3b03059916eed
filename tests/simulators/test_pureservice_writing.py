"""Writing to simulated Pureservice over HTTP: tickets, solutions, communications, files, relationships, people."""

import base64
import copy
import json
from datetime import UTC, datetime

import httpx
import pytest

from local.simulators.pureservice import Write, seed
from tests.simulators.pureservice_tenant import NEW_TICKET, VND, a_tenant

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def tenant():
    async with a_tenant(now=lambda: NOON) as tenant:
        yield tenant


@pytest.fixture
def ticket(tenant):
    return seed.add_ticket(tenant.store, "Høring", visibility=0)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


# --- new tickets


async def test_a_ticket_by_links_with_file_and_relationship_in_one(tenant):
    mailing_list = seed.add_list(tenant.store, "Listen")
    new = copy.deepcopy(NEW_TICKET)
    new["links"]["attachments"] = [{"temporaryId": "a-1", "type": "attachment"}]
    new["links"]["relationships"] = [{"temporaryId": "r-1", "type": "relationship"}]
    linked = {
        "attachments": [
            {"temporaryId": "a-1", "name": "brev", "fileName": "brev.pdf", "contentLength": 3, "bytes": encoded(b"abc")}
        ],
        "relationships": [
            {
                "temporaryId": "r-1",
                "toAssetId": mailing_list["id"],
                "main": "ToAssetId",
                "inverseMain": "FromAssetId",
                "links": {"type": {"id": 63}, "toAsset": {"id": mailing_list["id"]}},
            }
        ],
    }

    response = await tenant.post("/ticket/?include=attachments,user", {"tickets": [new], "linked": linked})

    assert response.status_code == 200
    (made,) = response.json()["tickets"]
    assert (made["userId"], made["statusId"], made["requestNumber"]) == (seed.MAIL_USER, 2, 10234)
    assert made["emailAddress"] == "ut@e-post.pureservice.local"
    assert made["created"] == "2026-11-23T12:00:00Z"
    (file,) = response.json()["linked"]["attachments"]
    assert (file["ticketId"], file["contentLength"]) == (made["id"], 3)
    assert tenant.store.file_bytes(file["id"]) == b"abc"
    (relation,) = await tenant.rows(f"/relationship/{made['id']}/fromTicket")
    assert relation["toAssetId"] == mailing_list["id"]
    assert [write.resource for write in tenant.sim.history] == ["attachment", "relationship", "ticket"]


async def test_the_bare_form_answers_with_the_one_entity(tenant):
    response = await tenant.post("/ticket", {"tickets": [NEW_TICKET]}, Accept="*/*")

    assert response.json()["subject"] == "Høring"


@pytest.mark.parametrize("name", [name for name in NEW_TICKET["links"] if name != "assignedTeam"])
async def test_a_ticket_needs_its_links(tenant, name):
    new = copy.deepcopy(NEW_TICKET)
    del new["links"][name]

    refused = await tenant.post("/ticket", {"tickets": [new]})

    assert refused.status_code == 400
    assert f"{name}Id" in refused.json()["message"]
    assert not tenant.store.tickets

    tenant.switches.ticket_links_required = False

    assert (await tenant.post("/ticket", {"tickets": [new]})).status_code == 200


async def test_a_bare_ticket_is_refused_since_october_2025(tenant):
    assert (await tenant.post("/ticket", NEW_TICKET)).status_code == 400

    tenant.switches.bare_ticket_post = True
    tenant.switches.post_status = 201

    assert (await tenant.post("/ticket", NEW_TICKET)).status_code == 201


async def test_the_agent_may_be_ignored_at_creation(tenant):
    tenant.switches.ignore_agent_on_create = True
    new = {**NEW_TICKET, "assignedAgentId": 12}

    (made,) = (await tenant.post("/ticket", {"tickets": [new]})).json()["tickets"]
    patched = await tenant.patch(f"/ticket/{made['id']}", {"assignedAgentId": 12})

    assert made["assignedAgentId"] is None
    assert patched.json()["tickets"][0]["links"]["assignedAgent"] == {"id": 12, "type": "user"}


async def test_nothing_is_kept_of_a_request_that_fails_half_way(tenant):
    bad = copy.deepcopy(NEW_TICKET)
    bad["links"]["user"] = {"id": 404}
    before = {name: len(table) for name, table in tenant.store.tables.items()}

    response = await tenant.post("/ticket", {"tickets": [{**NEW_TICKET, "visibility": 0}, bad]})

    assert response.status_code == 400
    assert "404" in response.json()["message"]
    assert {name: len(table) for name, table in tenant.store.tables.items()} == before
    assert (tenant.sim.history, tenant.sim.receipts) == ([], [])
    assert await tenant.rows("/ticket", filter='subject == "Høring"') == []


async def test_a_description_becomes_the_first_communication_and_a_status_leaves_a_trace(tenant):
    (made,) = (await tenant.post("/ticket", {"tickets": [NEW_TICKET]})).json()["tickets"]
    await tenant.patch(f"/ticket/{made['id']}", {"statusId": 5})

    rows = await tenant.rows("/communication", filter=f"ticketId == {made['id']}")

    assert [(row["type"], row["text"]) for row in rows] == [
        (7, "<p>Tekst</p>"),
        (6, "Status endret til Venter - sluttbruker"),
    ]

    tenant.switches.system_communications = False
    await tenant.patch(f"/ticket/{made['id']}", {"statusId": 2})

    assert len(tenant.store.communications) == 2


# --- solving


@pytest.mark.parametrize(("visibility", "receipts"), [(0, 1), (1, 0), (2, 0)])
async def test_solving_dates_the_solution_and_sends_a_receipt_only_when_visible(tenant, ticket, visibility, receipts):
    body = {"statusId": 7, "solution": "<p>Løst</p>", "visibility": visibility}

    response = await tenant.patch(f"/ticket/{ticket['id']}/", body)

    (row,) = response.json()["tickets"]
    assert (row["statusId"], row["resolved"], row["resolvedById"]) == (7, "2026-11-23T12:00:00Z", 1)
    assert row["subject"] == "Høring", "what is not named is kept"
    assert row["links"]["status"] == {"id": 7, "type": "status"}
    assert [(one.kind, one.solution) for one in tenant.sim.receipts] == [("solved", "<p>Løst</p>")] * receipts
    assert tenant.sim.history == [Write("PATCH", "ticket", ticket["id"], body)]


async def test_a_new_visible_ticket_sends_a_receipt(tenant):
    for visibility in (0, 1, 2):
        await tenant.post("/ticket", {"tickets": [{**NEW_TICKET, "visibility": visibility}]})

    (receipt,) = tenant.sim.receipts
    assert (receipt.kind, receipt.to) == ("created", "ut@e-post.pureservice.local")


async def test_writing_the_same_status_again_solves_nothing_anew(tenant, ticket):
    for _ in range(3):
        await tenant.patch(f"/ticket/{ticket['id']}", {"statusId": 7})

    assert len(tenant.sim.receipts) == 1


async def test_closing_and_reopening(tenant, ticket):
    path = f"/ticket/{ticket['id']}"
    await tenant.patch(path, {"statusId": 7})
    (closed,) = (await tenant.patch(path, {"statusId": 8})).json()["tickets"]
    (reopened,) = (await tenant.patch(path, {"statusId": 2})).json()["tickets"]

    assert closed["closed"] == closed["resolved"] == "2026-11-23T12:00:00Z"
    assert (reopened["reopenedCount"], reopened["reopened"]) == (1, "2026-11-23T12:00:00Z")
    assert (reopened["resolved"], reopened["closed"]) == (None, None)
    assert [one.kind for one in tenant.sim.receipts] == ["solved"], "closing what is solved sends nothing more"


async def test_the_long_way_to_solve_puts_back_what_was_fetched(tenant, ticket):
    kept = seed.add_attachment(tenant.store, ticket, "brev.pdf", b"x", "application/pdf")
    path = f"/ticket/{ticket['id']}/"
    await tenant.patch(path, {"visibility": 1, "statusId": 2})
    answer = (await tenant.get(path, include="attachments")).json()
    (row,) = answer["tickets"]
    row |= {"solution": "<h2>Rapport</h2>", "statusId": 7}
    row["links"] |= {
        "status": {"id": 7, "type": "status"},
        "attachments": [{"id": kept["id"], "type": "attachment"}, {"temporaryId": "f", "type": "attachment"}],
    }
    new = {
        "temporaryId": "f",
        "name": "melding",
        "fileName": "melding.pdf",
        "size": "48.21K",
        "bytes": encoded(b"%PDF"),
        "isPartofCurrentSolution": True,
        "ticketId": ticket["id"],
        "links": {"ticket": {"type": "ticket", "id": ticket["id"]}},
    }
    include = "communications,communications.attachments,communications.sender,recipientsCc,communications.recipients"

    response = await tenant.put(
        f"{path}?include={include}",
        {"tickets": [row], "linked": {"attachments": [*answer["linked"]["attachments"], new]}},
    )

    (solved,) = response.json()["tickets"]
    assert (solved["solution"], solved["statusId"], solved["visibility"]) == ("<h2>Rapport</h2>", 7, 1)
    files = await tenant.rows("/attachment", filter=f"ticketId == {ticket['id']}")
    assert [(file["fileName"], file["isPartOfCurrentSolution"]) for file in files] == [
        ("brev.pdf", False),
        ("melding.pdf", True),
    ]
    assert tenant.sim.receipts == []


async def test_a_flat_id_overrules_a_link_even_where_it_is_null(tenant, ticket):
    (row,) = await tenant.rows(f"/ticket/{ticket['id']}")
    row["links"]["assignedAgent"] = {"id": 12, "type": "user"}
    row["links"]["status"] = {"id": 7, "type": "status"}

    (linked,) = (await tenant.put(f"/ticket/{ticket['id']}", {"tickets": [row]})).json()["tickets"]
    (flat,) = (await tenant.put(f"/ticket/{ticket['id']}", {"tickets": [row | {"assignedAgentId": 12}]})).json()[
        "tickets"
    ]

    assert (linked["assignedAgentId"], linked["statusId"]) == (None, ticket["statusId"])
    assert flat["assignedAgentId"] == 12


async def test_put_clears_what_it_leaves_out_unless_switched(tenant, ticket):
    tenant.store.tickets[ticket["id"]].update(solution="gammel", customerReference="REF")
    body = {"tickets": [{"id": ticket["id"], "subject": "Ny"}]}
    tenant.switches.put_clears_omitted = False
    (kept,) = (await tenant.put(f"/ticket/{ticket['id']}", body)).json()["tickets"]
    tenant.switches.put_clears_omitted = True
    (cleared,) = (await tenant.put(f"/ticket/{ticket['id']}", body)).json()["tickets"]

    assert (kept["solution"], kept["customerReference"]) == ("gammel", "REF")
    assert (cleared["solution"], cleared["customerReference"]) == (None, None)
    assert (cleared["subject"], cleared["statusId"]) == ("Ny", ticket["statusId"])


async def test_names_are_matched_in_any_case_and_unknown_ones_refused_or_ignored(tenant, ticket):
    path, change = f"/ticket/{ticket['id']}", {"SUBJECT": "Ny", "CustomerReference": "R"}
    refused = await tenant.patch(path, {**change, "nosuch": 1})
    assert (refused.status_code, tenant.store.tickets[ticket["id"]]["subject"]) == (400, "Høring")

    await tenant.patch(path, change)
    tenant.switches.unknown_property = "ignore"
    await tenant.patch(path, {"nosuch": 1})

    row = tenant.store.tickets[ticket["id"]]
    assert (row["subject"], row["customerReference"]) == ("Ny", "R")
    assert "nosuch" not in row


async def test_null_clears(tenant, ticket):
    await tenant.patch(f"/ticket/{ticket['id']}", {"assignedTeamId": None, "customerReference": None})

    assert tenant.store.tickets[ticket["id"]]["assignedTeamId"] is None


async def test_what_the_server_decides_can_not_be_written(tenant, ticket):
    body = {"requestNumber": 1, "created": "2000-01-01T00:00:00Z", "createdById": 99, "reopenedCount": 7}

    (row,) = (await tenant.patch(f"/ticket/{ticket['id']}", body)).json()["tickets"]

    assert (row["requestNumber"], row["created"], row["createdById"], row["reopenedCount"]) == (
        10234,
        "2026-11-23T12:00:00Z",
        1,
        0,
    )
    assert (row["modified"], row["modifiedById"]) == ("2026-11-23T12:00:00Z", 1)


async def test_tickets_are_deleted_by_marking(tenant, ticket):
    await tenant.patch(f"/ticket/{ticket['id']}", {"isMarkedForDeletion": True})

    assert await tenant.ids("/ticket", filter="!isMarkedForDeletion") == []
    assert await tenant.ids("/ticket", filter="isMarkedForDeletion") == [ticket["id"]]


async def test_deleting_a_ticket_only_marks_it(tenant, ticket):
    response = await tenant.http.delete(f"/ticket/{ticket['id']}")

    assert response.status_code == 204
    assert await tenant.ids("/ticket", filter="isMarkedForDeletion") == [ticket["id"]]


async def test_a_ticket_can_be_made_as_solved(tenant):
    solved = {**NEW_TICKET, "statusId": 7, "solution": "<p>Ferdig</p>", "visibility": 0}

    (made,) = (await tenant.post("/ticket", {"tickets": [solved]})).json()["tickets"]

    assert (made["statusId"], made["resolved"]) == (7, "2026-11-23T12:00:00Z"), "the flat id overrules the link"
    assert [one.kind for one in tenant.sim.receipts] == ["created", "solved"]


async def test_a_custom_field_of_an_asset_is_written(tenant):
    mailing_list = seed.add_list(tenant.store, "Listen")

    await tenant.patch(f"/asset/{mailing_list['id']}", {"assets_udf_95_Listeansvarlig": 12})

    assert mailing_list["assets_UDF_95_Listeansvarlig"] == 12
    assert await tenant.ids("/asset", filter="assets_UDF_95_Listeansvarlig == 12") == [mailing_list["id"]]


# --- communications and emails


@pytest.mark.parametrize("by", ["flat", "link"])
async def test_an_internal_note(tenant, ticket, by):
    where = {"ticketId": ticket["id"]} if by == "flat" else {"links": {"ticket": {"id": ticket["id"]}}}
    note = {"text": "<p>Notat</p>", "subject": "Utsending", "type": 1, "direction": 3, "visibility": 1, **where}

    (made,) = (await tenant.post("/communication/", {"communications": [note]})).json()["communications"]

    assert (made["ticketId"], made["typeName"], made["visibility"], made["messageId"]) == (
        ticket["id"],
        "Note",
        1,
        None,
    )
    assert not tenant.store.emails

    tenant.switches.notes_visibility = 2

    (made,) = (await tenant.post("/communication/", {"communications": [note]})).json()["communications"]
    assert made["visibility"] == 2


async def test_a_message_with_sender_and_file(tenant, ticket):
    user = seed.add_user(tenant.store, "Kari", "N", email="kari@x.no")
    message = {
        "direction": 1,
        "type": 2,
        "ticketId": ticket["id"],
        "text": "<p>..</p>",
        "links": {"sender": {"temporaryId": "s"}, "attachments": [{"temporaryId": "a", "type": "attachment"}]},
    }
    linked = {
        "communicationrecipients": [{"temporaryId": "s", "userId": user["id"], "type": "sender"}],
        "attachments": [{"temporaryId": "a", "fileName": "brev.pdf", "bytes": encoded(b"x")}],
    }

    response = await tenant.post(
        "/communication/?include=sender,sender.user,attachments", {"communications": [message], "linked": linked}
    )

    answer = response.json()["linked"]
    assert answer["communicationrecipients"][0]["userId"] == user["id"]
    assert answer["users"][0]["fullName"] == "Kari N"
    assert answer["attachments"][0]["ticketId"] == ticket["id"]
    assert not tenant.store.emails, "only what goes out is mailed"


@pytest.mark.parametrize(("address", "status"), [("kari@eksempel.no", 4), ("ut@e-post.pureservice.local", 5)])
async def test_an_outgoing_message_becomes_an_email_and_fails_to_a_fictional_address(tenant, address, status):
    user = seed.add_user(tenant.store, "Kari", "N", email=address)
    ticket = seed.add_ticket(tenant.store, "Høring", user=user)
    message = {"type": 2, "direction": 2, "visibility": 1, "ticketId": ticket["id"], "text": "<p>Hei</p>"}

    (made,) = (await tenant.post("/communication", {"communications": [message]})).json()["communications"]

    (email,) = await tenant.rows("/email", filter=f"ticketId == {ticket['id']} AND direction == 2")
    assert (email["to"], email["status"], email["id"]) == (address, status, made["messageId"])
    assert email["subject"] == f"Høring [Sak ID# {ticket['requestNumber']}]"
    assert email["links"]["attachments"] == {"ids": [], "type": "attachment"}

    tenant.switches.communication_sends_email = False
    await tenant.post("/communication", {"communications": [message]})

    assert len(tenant.store.emails) == 1


async def test_an_email_is_marked_and_not_made(tenant, ticket):
    _, email = seed.add_message(tenant.store, ticket, "<p>Hei</p>")
    path = f"/email/{email['id']}"
    assert email["status"] == 5

    tenant.switches.email_patch = "ignored"
    await tenant.patch(path, {"status": 4})
    assert email["status"] == 5

    tenant.switches.email_patch = "taken"
    await tenant.patch(path, {"status": 4})
    assert email["status"] == 4
    assert (await tenant.post("/email", {"emails": [{"to": "a@b.no"}]})).status_code == 405


async def test_custom_types_are_told_apart_by_name(tenant, ticket):
    seed.add_dispatch_text(tenant.store, ticket, "<p>Annet</p>", type_name="Intern vurdering")
    wanted = seed.add_dispatch_text(tenant.store, ticket, "<p>Hei</p>")
    asked = 'customtype.name == "Utsendelse - innhold" AND ticket.status.name == "Til ekspedering"'

    assert await tenant.ids("/communication/", filter=asked) == [wanted["id"]]

    await tenant.patch(f"/ticket/{ticket['id']}", {"statusId": 2})

    assert await tenant.ids("/communication/", filter=asked) == []


# --- files


@pytest.mark.parametrize("enveloped", [True, False])
async def test_an_upload_can_be_downloaded(tenant, ticket, enveloped):
    content = bytes(range(256)) * 20_000
    file = {
        "name": "rapport",
        "fileName": "Rapport æøå.pdf",
        "size": "12.00K",
        "contentType": "application/pdf",
        "contentLength": len(content),
        "ticketId": ticket["id"],
        "isVisible": True,
        "isPartOfCurrentSolution": True,
        "bytes": encoded(content),
    }

    response = await tenant.post("/attachment", {"attachments": [file]} if enveloped else file)

    (made,) = response.json()["attachments"]
    assert (made["ticketId"], made["isPartOfCurrentSolution"], made["contentLength"]) == (
        ticket["id"],
        True,
        len(content),
    )
    assert "bytes" not in made
    download = await tenant.get(f"/attachment/download/{made['id']}")
    assert download.content == content
    assert "filename*=UTF-8''Rapport%20%C3%A6" in download.headers["Content-Disposition"]
    assert "bytes" not in tenant.sim.history[0].payload


@pytest.mark.parametrize(
    "wrong", [{"bytes": "%%%"}, {"bytes": None}, {"fileName": None}, {"contentLength": "48.21K"}, {"ticketId": 404}]
)
async def test_an_upload_that_is_wrong_leaves_nothing(tenant, ticket, wrong):
    file = {"fileName": "a.pdf", "ticketId": ticket["id"], "bytes": encoded(b"x")}

    response = await tenant.post("/attachment", {"attachments": [{**file, **wrong}]})

    assert response.status_code == 400
    assert not tenant.store.attachments


# --- relationships


async def test_a_relationship_is_seen_from_both_ends_and_goes_from_both(tenant):
    firm = seed.add_company(tenant.store, "Firma")
    user = seed.add_user(tenant.store, "Kari", "N")
    mailing_list = seed.add_list(tenant.store, "Listen")
    to_list = {"type": {"id": 61}, "toAsset": {"id": mailing_list["id"]}}
    both = [
        {"main": "toAssetId", "inverseMain": "fromAssetId", "links": {**to_list, "fromCompany": {"id": firm["id"]}}},
        {"main": "ToAssetId", "inverseMain": "FromAssetId", "links": {**to_list, "fromUser": {"id": user["id"]}}},
    ]

    made = (await tenant.post("/relationship/", {"relationships": both})).json()["relationships"]

    assert [(row["fromCompanyId"], row["fromUserId"], row["toAssetId"]) for row in made] == [
        (firm["id"], None, mailing_list["id"]),
        (None, user["id"], mailing_list["id"]),
    ]
    path = f"/relationship/{mailing_list['id']}/fromAsset"
    of_list = await tenant.rows(path, filter="toTicketId == null")
    assert [(row["toCompanyId"], row["toUserId"]) for row in of_list] == [(firm["id"], None), (None, user["id"])]
    assert of_list[1]["main"] == "FromAssetId"
    assert not {row["id"] for row in made} & {row["id"] for row in of_list}
    assert len(await tenant.ids("/relationship", filter="toAssetId!=null AND fromUserId!=null")) == 1

    deleted = await tenant.http.delete(f"/relationship/{of_list[0]['id']}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert await tenant.ids(path) == [of_list[1]["id"]]
    assert await tenant.ids("/relationship") == [made[1]["id"], of_list[1]["id"]]
    assert (await tenant.http.delete(f"/relationship/{made[0]['id']}")).status_code == 404
    assert (await tenant.http.delete(f"/relationship/{made[1]['id']}/delete")).status_code == 404


async def test_a_change_of_a_relationship_is_seen_from_both_ends(tenant):
    mailing_list = seed.add_list(tenant.store, "Listen", members=[seed.add_user(tenant.store, "Kari", "N")])
    (row,) = await tenant.rows(f"/relationship/{mailing_list['id']}/fromAsset")

    await tenant.patch(f"/relationship/{row['id']}", {"solvingRelationship": True})

    assert len(await tenant.rows("/relationship", filter="solvingRelationship == true")) == 2


@pytest.mark.parametrize(
    "links",
    [
        {"type": {"id": 61}},
        {"type": {"id": 61}, "toAsset": {"id": 501}},
        {"toAsset": {"id": 501}, "fromUser": {"id": 12}},
        {"type": {"id": 61}, "toAsset": {"id": 501}, "fromUser": {"id": 12}, "fromCompany": {"id": 1}},
        {"type": {"id": 404}, "toAsset": {"id": 501}, "fromUser": {"id": 12}},
        {"type": {"id": 61}, "toAsset": {"id": 501}, "fromUser": {"temporaryId": "nowhere"}},
        {"type": {"id": 61}, "toAsset": {"id": 501}, "fromUser": 12},
    ],
)
async def test_a_relationship_has_a_type_and_two_ends(tenant, links):
    assert seed.add_list(tenant.store, "Listen")["id"] == 501

    assert (await tenant.post("/relationship", {"relationships": [{"links": links}]})).status_code == 400
    assert not tenant.store.relationships


async def test_doubles_are_refused_only_when_switched(tenant):
    mailing_list = seed.add_list(tenant.store, "Listen")
    links = {"type": {"id": 62}, "toAsset": {"id": mailing_list["id"]}, "fromUser": {"id": 12}}
    body = {"relationships": [{"main": "ToAssetId", "inverseMain": "FromAssetId", "links": links}]}

    assert [(await tenant.post("/relationship", body)).status_code for _ in range(2)] == [200, 200]

    tenant.switches.unique_relationships = True

    assert (await tenant.post("/relationship", body)).status_code == 400


# --- people


async def test_a_user_is_made_of_an_address_first(tenant):
    (address,) = (await tenant.post("/emailaddress", {"emailaddresses": [{"email": "ny@x.no"}]})).json()[
        "emailaddresses"
    ]
    assert address["userId"] is None
    new = {
        "firstName": "Ny",
        "lastName": "Bruker",
        "companyId": 1,
        "links": {"emailAddress": {"id": address["id"], "type": "emailaddress"}},
    }

    response = await tenant.post("/user/?include=emailAddress,company", {"users": [new]})

    (user,) = response.json()["users"]
    assert (user["fullName"], user["emailAddressId"], user["role"]) == ("Ny Bruker", address["id"], 10)
    assert response.json()["linked"]["emailaddresses"][0]["userId"] == user["id"]
    (found,) = await tenant.rows("/emailaddress", filter='email == "NY@x.no"', include="user")
    assert found["userId"] == user["id"]


async def test_a_user_changes_name_and_address(tenant):
    user = seed.add_user(tenant.store, "Kari", "Nordmann", email="kari@x.no")
    (address,) = (await tenant.post("/emailaddress", {"emailaddresses": [{"email": "ny@x.no"}]})).json()[
        "emailaddresses"
    ]

    body = {"lastName": "Hansen", "emailAddressId": address["id"], "fullName": "Noe Annet"}
    (row,) = (await tenant.patch(f"/user/{user['id']}", body)).json()["users"]

    assert row["fullName"] == "Kari Hansen"
    assert row["links"]["emailAddresses"]["ids"][-1] == address["id"]
    assert tenant.store.emailaddresses[address["id"]]["userId"] == user["id"]
    assert seed.user_of(tenant.store, "NY@x.no") is user


async def test_an_address_is_taken_once(tenant):
    body = {"companyemailaddresses": [{"email": "post@x.no"}]}

    assert [(await tenant.post("/companyemailaddress/", body)).status_code for _ in range(2)] == [200, 400]

    tenant.switches.unique_email_addresses = False

    assert (await tenant.post("/companyemailaddress/", body)).status_code == 200


async def test_a_company_may_come_bare_and_counts_its_users(tenant):
    response = await tenant.post("/company", {"name": "Ny AS", "organizationNumber": "900000002"})
    (company,) = response.json()["companies"]
    seed.add_user(tenant.store, "Kari", "N", company=tenant.store.companies[company["id"]])

    (row,) = await tenant.rows("/company", filter='(!disabled AND organizationNumber=="900000002")')

    assert row["usersCount"] == 1

    tenant.switches.bare_post = False

    assert (await tenant.post("/company", {"name": "Bar AS"})).status_code == 400


# --- malformed


async def test_a_multipart_upload_is_not_supported(tenant, ticket):
    response = await tenant.http.post(
        f"/attachment/{ticket['id']}/?relatedType=Ticket", files={"file": ("a.pdf", b"x", "application/pdf")}
    )
    direct = await tenant.http.post("/attachment/", files={"file": ("a.pdf", b"x", "application/pdf")})

    assert response.status_code in {404, 415}
    assert direct.status_code == 415


async def test_each_method_has_its_content_type_unless_switched(tenant, ticket):
    path, body = f"/ticket/{ticket['id']}", json.dumps({"visibility": 1})
    vnd, plain = {"Content-Type": f"{VND}; charset=utf-8"}, {"Content-Type": "application/json"}
    tenant.switches.unique_company_names = False
    company = json.dumps({"name": "Ny AS"})

    async def statuses() -> list[int]:
        patched = [await tenant.http.patch(path, content=body, headers=headers) for headers in (vnd, plain)]
        posted = [await tenant.http.post("/company", content=company, headers=headers) for headers in (vnd, plain)]
        return [response.status_code for response in (*patched, *posted)]

    assert await statuses() == [415, 200, 200, 415]

    tenant.switches.strict_content_type = False

    assert await statuses() == [200, 200, 200, 200]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"tickets": {}}',
        b'{"tickets": ["x"]}',
        b'{"tickets": [{}], "linked": []}',
        b'{"tickets": [{"links": []}]}',
        b'{"tickets": [{"links": {"user": "302"}}]}',
        b'{"tickets": [{"links": {"attachments": {"uids": [1]}}}]}',
        b'{"tickets": [{"subject": 5}]}',
        b'{"tickets": [{"visibility": "1"}]}',
    ],
)
async def test_a_malformed_body_is_refused(tenant, content):
    response = await tenant.http.post("/ticket", content=content, headers={"Content-Type": VND})

    assert response.status_code == 400
    assert response.json()["message"]
    assert not tenant.store.tickets


@pytest.mark.parametrize(
    "body",
    [
        {"statusId": 404},
        {"statusId": None},
        {"statusId": "7"},
        {"visibility": None},
        {"isMarkedForDeletion": 1},
        {"pendingUserSince": "i går"},
        {"id": 5},
        {"tickets": [{"statusId": 7}]},
    ],
)
async def test_a_change_that_makes_no_sense_changes_nothing(tenant, ticket, body):
    before = dict(ticket)

    response = await tenant.patch(f"/ticket/{ticket['id']}", body)

    assert response.status_code == 400
    assert dict(ticket) == before
    assert tenant.sim.history == []


async def test_changes_go_to_what_is_there_in_the_way_that_is_there(tenant, ticket):
    path = f"/ticket/{ticket['id']}"

    assert (await tenant.patch("/ticket/404", {"statusId": 7})).status_code == 404
    assert (await tenant.put(path, {"subject": "bar"})).status_code == 400
    assert (await tenant.put(path, {"tickets": [{"id": 5, "subject": "x"}]})).status_code == 400
    assert (await tenant.post(path, {"tickets": []})).status_code == 404
    assert (await tenant.patch("/ticket", {"statusId": 7})).status_code == 404


async def test_a_write_may_be_answered_without_a_body(tenant, ticket):
    tenant.switches.patch_status = 204

    response = await tenant.patch(f"/ticket/{ticket['id']}", {"statusId": 7})

    assert (response.status_code, response.content) == (204, b"")
    assert tenant.store.tickets[ticket["id"]]["statusId"] == 7


async def test_a_patch_may_be_sent_by_any_client_of_http(tenant, ticket):
    """The exact bytes of a small production client, without this project's helpers."""
    async with httpx.AsyncClient(base_url=tenant.sim.url) as http:
        response = await http.patch(
            f"/agent/api/ticket/{ticket['id']}/",
            content=b'{"visibility": 1, "statusId": 2}',
            headers={
                "X-Authorization-Key": tenant.sim.api_key,
                "Content-Type": "application/json",
                "Accept": "*/*",
            },
        )

    assert (response.status_code, response.json()["statusId"]) == (200, 2)
