"""Pureservice as the verbs use it, against the simulator: what we read, and what is left on the ticket."""

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from dispatch.adapters.pureservice import Pureservice
from dispatch.core import FileWay, Member, MemberKind, Part, Ticket, TicketId, TicketSystemBusy, TicketSystemRefused
from local.simulators.faults import Fault
from local.simulators.pureservice import PureserviceSimulator, Row
from local.simulators.pureservice.seed import (
    DISPATCH_EMAIL,
    OPEN,
    OTHER,
    READY,
    READY_121,
    SOLVED,
    add_attachment,
    add_company,
    add_dispatch_text,
    add_list,
    add_member,
    add_message,
    add_ticket,
    add_user,
    relate_list_to_ticket,
    seed_basics,
    status_id,
)

Opener = Callable[..., Pureservice]


@pytest.fixture
async def tenant() -> AsyncIterator[PureserviceSimulator]:
    async with PureserviceSimulator(requests_per_minute=None) as running:
        seed_basics(running.store)
        yield running


@pytest.fixture
async def opened(tenant: PureserviceSimulator) -> AsyncIterator[Opener]:
    clients: list[Pureservice] = []

    def make(**overrides: Any) -> Pureservice:
        values: dict[str, Any] = {
            "url": tenant.url,
            "api_key": tenant.api_key,
            "message_type_name": "Utsendelse - innhold",
            "list_asset_type": "Mottakerliste",
            "link_to_company": "Inneholder firma",
            "link_to_user": "Inneholder bruker",
            "link_to_ticket": "Gir mottakere til",
            "requests_per_minute": 1000,
            **overrides,
        }
        clients.append(Pureservice(**values))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
def pureservice(opened: Opener) -> Pureservice:
    return opened()


async def members_of(client: Pureservice, mailing_list: Row) -> list[Member]:
    return [member async for member in client.members(mailing_list["id"])]


def number(ticket: Row) -> TicketId:
    return TicketId(ticket["id"])


# --- statuses and tickets


async def test_statuses_are_the_enabled_ones_of_tickets(tenant, pureservice):
    found = {status.name: status for status in await pureservice.statuses()}

    assert set(found) == {"Ny", OPEN, "Venter - sluttbruker", SOLVED, "Lukket", READY, READY_121}
    assert (found[SOLVED].id, found[SOLVED].core) == (status_id(tenant.store, SOLVED), 50)
    assert tenant.count() == 2


async def test_tickets_of_a_status_come_oldest_first_with_their_users_addresses(tenant, pureservice):
    ready = status_id(tenant.store, READY)
    first = add_ticket(tenant.store, "Høring om «endring»")
    add_ticket(tenant.store, "Under arbeid", status=OPEN)
    second = add_ticket(tenant.store, "Uten kopi av adressen", emailAddress=None)
    add_ticket(tenant.store, "Slettet", isMarkedForDeletion=True)

    assert await pureservice.tickets_in_status(ready) == [
        Ticket(number(first), 10234, "Høring om «endring»", ready, DISPATCH_EMAIL, user_name="Utsending E-post"),
        Ticket(
            number(second),
            second["requestNumber"],
            "Uten kopi av adressen",
            ready,
            DISPATCH_EMAIL,
            user_name="Utsending E-post",
        ),
    ]
    assert tenant.count() == 2


async def test_a_ticket_is_read_as_it_is_now(tenant, pureservice):
    row = add_ticket(tenant.store, "Høring", emailAddress=None, solution="<p>Rapport</p>")

    ticket = await pureservice.ticket(number(row))

    assert ticket == Ticket(
        number(row),
        10234,
        "Høring",
        status_id(tenant.store, READY),
        DISPATCH_EMAIL,
        "<p>Rapport</p>",
        "Utsending E-post",
    )
    row["isMarkedForDeletion"] = True
    assert await pureservice.ticket(number(row)) is None
    assert tenant.count() == 2


@pytest.mark.parametrize("missing", [404, 204])
async def test_a_ticket_that_is_gone_is_none(tenant, pureservice, missing):
    tenant.switches.missing_status = missing

    assert await pureservice.ticket(TicketId(77777)) is None


# --- messages and notes


async def test_only_communications_of_the_dispatch_type_are_messages(tenant, pureservice):
    ticket, other = (add_ticket(tenant.store, name, initial_message=True) for name in ("Høring", "En annen"))
    first = add_dispatch_text(tenant.store, ticket, "<p>Første</p>", "Emne")
    add_dispatch_text(tenant.store, ticket, "<p>Vurdering</p>", type_name="Intern vurdering")
    add_message(tenant.store, ticket, "<p>Til sluttbruker</p>")
    add_dispatch_text(tenant.store, other, "<p>En annens</p>")
    second = add_dispatch_text(tenant.store, ticket, "<p>Andre</p>")
    await pureservice.add_note(number(ticket), subject="Utsendelse", html="<p>Notat</p>")

    messages = await pureservice.dispatch_messages(number(ticket))

    assert [(message.id, message.html, message.subject, message.email_id) for message in messages] == [
        (first["id"], "<p>Første</p>", "Emne", None),
        (second["id"], "<p>Andre</p>", "", None),
    ]
    assert {message.ticket_id for message in messages} == {ticket["id"]}


async def test_a_message_that_was_sent_out_knows_its_e_mail(tenant, pureservice):
    ticket = add_ticket(tenant.store, "Høring")
    message, email = add_message(tenant.store, ticket, "<p>Hei</p>", "Emne")
    message["customTypeId"] = tenant.store.communicationtypes.named("Utsendelse - innhold")["id"]

    (found,) = await pureservice.dispatch_messages(number(ticket))

    assert found.email_id == email["id"]
    await pureservice.mark_email_sent(email["id"])
    assert tenant.store.emails[email["id"]]["status"] == 4
    assert [(write.method, write.resource, write.payload) for write in tenant.history] == [
        ("PATCH", "email", {"status": 4})
    ]


async def test_the_type_s_name_may_be_spelled_in_another_letter_case(tenant, opened):
    ticket = add_ticket(tenant.store, "Høring")
    add_dispatch_text(tenant.store, ticket, "<p>Hei</p>")

    assert len(await opened(message_type_name="UTSENDELSE - INNHOLD").dispatch_messages(number(ticket))) == 1


async def test_notes_are_internal_and_newest_first(tenant, pureservice):
    ticket, other = add_ticket(tenant.store, "Høring"), add_ticket(tenant.store, "En annen")
    add_message(tenant.store, ticket, "<p>Til sluttbruker</p>")

    await pureservice.add_note(number(ticket), subject="Utsendelse", html="<p>Første: «æøå» & <b>mer</b></p>")
    await pureservice.add_note(number(other), subject="Utsendelse", html="<p>En annens</p>")
    await pureservice.add_note(number(ticket), subject="Utsendelse", html="<p>Andre</p>")

    assert await pureservice.notes(number(ticket)) == ["<p>Andre</p>", "<p>Første: «æøå» & <b>mer</b></p>"]
    assert tenant.history[0].payload == {
        "text": "<p>Første: «æøå» & <b>mer</b></p>",
        "subject": "Utsendelse",
        "type": 1,
        "direction": 3,
        "visibility": 1,
        "ticketId": ticket["id"],
    }
    assert tenant.receipts == []


# --- lists


async def test_a_ticket_s_lists_are_those_of_the_right_relation_and_type(tenant, pureservice):
    store = tenant.store
    ticket = add_ticket(store, "Høring")
    later, earlier = add_list(store, "Fylker"), add_list(store, "Kommuner")
    unrelated, otherwise = add_list(store, "Ingen"), add_list(store, "Forvaltes")
    computer = store.add("asset", name="PC-1", typeId=13, statusId=42)
    relate_list_to_ticket(store, earlier, ticket)
    relate_list_to_ticket(store, later, ticket)
    relate_list_to_ticket(store, later, ticket)
    relate_list_to_ticket(store, otherwise, ticket, type_id=OTHER)
    relate_list_to_ticket(store, computer, ticket)
    relate_list_to_ticket(store, unrelated, add_ticket(store, "En annen"))

    found = await pureservice.mailing_lists(number(ticket))

    assert [(each.id, each.name, each.usable) for each in found] == [
        (later["id"], "Fylker", True),
        (earlier["id"], "Kommuner", True),
    ]
    assert tenant.count() == 4


@pytest.mark.parametrize("name", ["gir mottakere til", " GIR MOTTAKERE TIL ", "Henter mottakere fra"])
async def test_a_relation_may_be_named_from_either_end_and_in_any_letter_case(tenant, opened, name):
    ticket, mailing_list = add_ticket(tenant.store, "Høring"), add_list(tenant.store, "Kommuner")
    relate_list_to_ticket(tenant.store, mailing_list, ticket)

    assert len(await opened(link_to_ticket=name).mailing_lists(number(ticket))) == 1


async def test_a_list_that_is_deleted_or_inactive_is_not_usable(tenant, pureservice):
    store = tenant.store
    ticket = add_ticket(store, "Høring")
    store.add("assetstatus", id=43, name="Utgått", coreStatus=10, assetTypeId=12, disabled=True)
    lists = [
        add_list(store, "God"),
        add_list(store, "Slettet", deleted=True),
        add_list(store, "Inaktiv", status="Inaktiv"),
        add_list(store, "Utgått", status="Utgått"),
    ]
    for each in lists:
        relate_list_to_ticket(store, each, ticket)

    found = await pureservice.mailing_lists(number(ticket))

    assert {each.name: each.usable for each in found} == {
        "God": True,
        "Slettet": False,
        "Inaktiv": False,
        "Utgått": False,
    }


async def test_an_asset_type_that_does_not_exist_is_told_by_the_setting_s_name(tenant, opened):
    """Otherwise the case worker would be told that the ticket has no list, and look for what isn't wrong."""
    with pytest.raises(TicketSystemRefused, match="PURESERVICE_DISPATCH_LIST_ASSETNAME"):
        await opened(list_asset_type="Mottakerlister").mailing_lists(TicketId(9001))


# --- members


async def test_members_are_people_and_organisations_by_relation(tenant, pureservice):
    store = tenant.store
    kommune = add_company(store, "  Eksempel   kommune ", "post@eksempel.kommune.example", "974 760 673")
    kari = add_user(store, "Kari", "Nordmann", "kari@eksempel.example")
    mailing_list = add_list(store, "Alle", [kommune, kari])
    add_member(store, mailing_list, add_user(store, "Ola", "Eier", "ola@eksempel.example"), type_id=OTHER)
    relate_list_to_ticket(store, mailing_list, add_ticket(store, "Høring"))

    first, second = await members_of(pureservice, mailing_list)

    assert (first.kind, first.id, first.name) == (MemberKind.ORGANISATION, kommune["id"], "Eksempel kommune")
    assert (first.address, first.organization_number) == ("post@eksempel.kommune.example", "974760673")
    assert (second.kind, second.id, second.name) == (MemberKind.PERSON, kari["id"], "Kari Nordmann")
    assert second.address == "kari@eksempel.example"
    assert [(each.disabled, each.anonymised) for each in (first, second)] == [(False, False)] * 2
    assert first.relation_id < second.relation_id
    assert tenant.count() == 4, "two of them since somebody is passed over: the names must exist"


async def test_the_default_address_is_taken_and_another_only_where_none_is_set(tenant, pureservice):
    store = tenant.store
    default = add_user(store, "Har", "Standard", "jobb@eksempel.example", ["privat@eksempel.example"])
    unset = add_user(store, "Uten", "Standard", emails=["eldst@eksempel.example", "yngst@eksempel.example"])
    # The vendor may leave an id that points to nothing: a private address must not step in.
    dangling = add_user(store, "Løs", "Ende", emails=["privat2@eksempel.example"], emailAddressId=999_999)
    without = add_user(store, "Uten", "Adresse")
    company = add_company(store, "Uten standard AS")
    for address in ("eldst@as.example", "yngst@as.example"):
        store.add("companyemailaddress", email=address, companyId=company["id"])
    company["emailAddressId"] = unset["emailAddressId"] = None
    mailing_list = add_list(store, "Alle", [default, unset, dangling, without, company, add_company(store, "Tomt AS")])

    found = await members_of(pureservice, mailing_list)

    assert [member.address for member in found] == [
        "jobb@eksempel.example",
        "eldst@eksempel.example",
        "",
        "",
        "eldst@as.example",
        "",
    ]


async def test_who_is_disabled_anonymised_or_gone_is_told_and_nobody_is_left_out(tenant, pureservice):
    store = tenant.store
    gone = add_user(store, "Helt", "Borte", "borte@eksempel.example")
    people = [
        add_user(store, "Av", "Skrudd", "av@eksempel.example", disabled=True),
        add_user(store, "An", "Onym", "an@eksempel.example", anonymized=True),
        add_company(store, "Nedlagt AS", "n@eksempel.example", disabled=True),
        gone,
    ]
    mailing_list = add_list(store, "Alle", people)
    del store.users[gone["id"]]

    found = await members_of(pureservice, mailing_list)

    assert [(member.name, member.disabled, member.anonymised) for member in found] == [
        ("Av Skrudd", True, False),
        ("An Onym", False, True),
        ("Nedlagt AS", True, False),
        (f"Bruker {gone['id']}", True, False),
    ]


@pytest.mark.parametrize("most", [500, 200])
async def test_a_long_list_comes_whole_and_page_by_page(tenant, pureservice, most):
    tenant.switches.max_page = most
    people = [add_user(tenant.store, "Nr", str(each), f"nr{each}@eksempel.example") for each in range(1201)]
    mailing_list = add_list(tenant.store, "Alle", people)
    stream = pureservice.members(mailing_list["id"])

    first = await anext(stream)
    after_one = tenant.count()
    rest = [member async for member in stream]

    assert after_one == 1, "the next page is fetched when it is needed"
    assert [member.id for member in [first, *rest]] == [person["id"] for person in people]
    assert len({member.relation_id for member in [first, *rest]}) == 1201
    assert tenant.count() == {500: 4, 200: 8}[most]


async def test_a_member_who_is_taken_off_while_the_list_is_read_hides_nobody(tenant, pureservice):
    people = [add_user(tenant.store, "Nr", str(each), f"nr{each}@eksempel.example") for each in range(700)]
    mailing_list = add_list(tenant.store, "Alle", people)
    stream = pureservice.members(mailing_list["id"])

    first = await anext(stream)
    del tenant.store.relationships[first.relation_id]

    with pytest.raises(TicketSystemBusy, match="changed while it was read"):
        [member async for member in stream]


# --- files


async def test_many_are_looked_up_by_their_ids_whether_on_a_list_or_not(tenant, pureservice):
    people = [add_user(tenant.store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(180)]
    people[3]["isAnonymized"] = True
    people[7]["disabled"] = True
    gone = people.pop()["id"]
    del tenant.store.users[gone]

    found = await pureservice.members_by_id(MemberKind.PERSON, {gone, *(one["id"] for one in people)})

    assert [(one.id, one.address) for one in found if one.id != gone] == [
        (one["id"], f"kari{n}@eksempel.example") for n, one in enumerate(people)
    ]
    assert {one.id for one in found if one.disabled} == {people[7]["id"], gone}
    assert [one.id for one in found if one.anonymised] == [people[3]["id"]]
    assert len(tenant.requests) <= 3 + 2, "some sixty in one question, and the lot with the one who is gone to its end"


async def test_fewer_are_asked_for_at_a_time_where_so_many_are_refused(tenant, pureservice):
    """How many conditions a filter may have is not known."""
    people = [add_user(tenant.store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(50)]
    tenant.faults.add(Fault(match=r"GET .*/user/.*(OR.*){20}", status=400, body="{}", times=None))

    found = await pureservice.members_by_id(MemberKind.PERSON, {one["id"] for one in people})

    assert [one.address for one in found] == [f"kari{n}@eksempel.example" for n in range(50)]


@pytest.mark.parametrize("status", [403, 404])
async def test_those_whom_the_key_may_not_look_up_count_as_disabled(tenant, pureservice, status):
    company = add_company(tenant.store, "Kommunen", email="post@kommunen.example")
    (seen,) = await pureservice.members_by_id(MemberKind.ORGANISATION, {company["id"]})
    assert (seen.address, seen.disabled) == ("post@kommunen.example", False)
    tenant.faults.add(Fault(match=r"GET .*/company/", status=status, body="{}", times=None))

    (hidden,) = await pureservice.members_by_id(MemberKind.ORGANISATION, {company["id"]})

    assert hidden.disabled
    assert not hidden.address


async def test_files_are_listed_and_fetched(tenant, pureservice):
    ticket = add_ticket(tenant.store, "Høring")
    content = bytes(range(256)) * 400
    letter = add_attachment(tenant.store, ticket, "høringsbrev.pdf", content, "application/pdf")
    report = add_attachment(tenant.store, ticket, "r.csv", b"", "text/csv", is_part_of_current_solution=True)
    add_attachment(tenant.store, add_ticket(tenant.store, "En annen"), "annen.pdf", b"x", "application/pdf")

    found = await pureservice.attachments(number(ticket))

    assert [(each.id, each.name, each.content_type, each.size, each.of_solution) for each in found] == [
        (letter["id"], "høringsbrev.pdf", "application/pdf", 102_400, False),
        (report["id"], "r.csv", "text/csv", 0, True),
    ]
    assert await pureservice.download(letter["id"], most=len(content)) == content
    with pytest.raises(TicketSystemRefused):
        await pureservice.download(999_999, most=10)


@pytest.mark.parametrize(
    ("name", "kept", "stem"),
    [
        ("rapport æøå.pdf", "rapport æøå.pdf", "rapport æøå"),
        ("../../etc/passwd", "passwd", "passwd"),
        ("C:\\temp\\a:b?.csv", "a_b_.csv", "a_b_"),
        ("a\r\nb\u202e.pdf", "ab.pdf", "ab"),
        (" .. ", "fil", "fil"),
    ],
)
async def test_a_file_is_attached_as_part_of_the_solution_by_its_bare_name(tenant, pureservice, name, kept, stem):
    ticket = add_ticket(tenant.store, "Høring")

    part = Part(name, "application/pdf", b"%PDF-1.7 \x00\xff")
    await pureservice.files.attach(number(ticket), part, way=FileWay.BARE, subject="Utsendelse")

    (row,) = (row for row in tenant.store.attachments.values() if row["ticketId"] == ticket["id"])
    assert (row["fileName"], row["name"], row["contentType"]) == (kept, stem, "application/pdf")
    assert (row["isVisible"], row["isPartOfCurrentSolution"]) == (True, True)
    assert row["contentLength"] == 11
    assert type(tenant.history[0].payload["contentLength"]) is int
    assert tenant.store.file_bytes(row["id"]) == b"%PDF-1.7 \x00\xff"
    assert [each.name for each in await pureservice.attachments(number(ticket))] == [kept]


# --- status and solution


async def test_setting_a_status_sends_no_receipt(tenant, pureservice):
    ticket = add_ticket(tenant.store, "Høring", visibility=0, solution="<p>Fra før</p>")

    await pureservice.set_status(number(ticket), status_id(tenant.store, SOLVED))

    assert (ticket["statusId"], ticket["solution"]) == (status_id(tenant.store, SOLVED), "<p>Fra før</p>")
    assert [(write.method, write.id, write.payload) for write in tenant.history] == [
        ("PATCH", ticket["id"], {"statusId": status_id(tenant.store, SOLVED), "visibility": 1})
    ]
    assert tenant.receipts == []


async def test_a_ticket_is_solved_in_one_silent_change(tenant, pureservice):
    ticket = add_ticket(tenant.store, "Høring", visibility=0)
    solved = status_id(tenant.store, SOLVED)

    await pureservice.solve(number(ticket), status_id=solved, solution="<h2>Rapport</h2>")

    assert (ticket["statusId"], ticket["solution"], ticket["subject"]) == (solved, "<h2>Rapport</h2>", "Høring")
    assert ticket["resolved"]
    assert tenant.receipts == []
    assert tenant.count() == len(tenant.history) == pureservice.requests == 1


@pytest.mark.parametrize(("post", "patch"), [(200, 200), (201, 204)])
async def test_any_kind_of_success_will_do(tenant, pureservice, post, patch):
    tenant.switches.post_status, tenant.switches.patch_status = post, patch
    ticket = add_ticket(tenant.store, "Høring")

    await pureservice.add_note(number(ticket), subject="Utsendelse", html="<p>Notat</p>")
    await pureservice.set_status(number(ticket), status_id(tenant.store, OPEN))

    assert ticket["statusId"] == status_id(tenant.store, OPEN)


async def test_changing_what_is_gone_is_refused(pureservice):
    with pytest.raises(TicketSystemRefused) as caught:
        await pureservice.set_status(TicketId(77777), 2)

    assert caught.value.status == 404


# --- faults


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 504, "commit": True}], ids=["cut", "504"])
async def test_a_write_whose_answer_is_lost_is_made_once_and_not_again(tenant, pureservice, fault):
    """Whoever asked looks before it repeats: a second note, or a second report, would be ours to explain."""
    ticket = add_ticket(tenant.store, "Høring")
    tenant.faults.add(Fault(match="^POST", **fault))

    with pytest.raises(TicketSystemBusy):
        await pureservice.add_note(number(ticket), subject="Utsendelse", html="<p>Notat</p>")

    assert [row.method for row in tenant.requests] == ["POST"]
    assert await pureservice.notes(number(ticket)) == ["<p>Notat</p>"]


@pytest.mark.parametrize("fault", [{"drop": "before"}, {"drop": "after"}, {"status": 500, "body": "<h1>Oops</h1>"}])
async def test_a_read_whose_answer_is_lost_is_made_again(tenant, pureservice, fault):
    tenant.faults.add(Fault(**fault))

    assert len(await pureservice.statuses()) == 7

    assert tenant.count() == 3


async def test_a_refused_key_is_told_and_not_repeated(tenant, opened, caplog):
    caplog.set_level(logging.DEBUG)

    with pytest.raises(TicketSystemRefused, match="PURESERVICE_APIKEY") as caught:
        await opened(api_key="not-the-right-key").statuses()

    assert caught.value.status == 401
    assert tenant.count() == 1
    assert "not-the-right-key" not in caplog.text + str(caught.value)


async def test_the_key_is_taken_in_its_own_header_as_well(opened):
    assert await opened(auth_scheme="x-authorization-key").statuses()


@pytest.mark.parametrize("given", ["seconds", "date", "absent"])
async def test_the_server_s_rate_limit_is_met_without_waiting_for_it(tenant, opened, given):
    tenant.switches.retry_after = given
    tenant.requests_per_minute = 4
    client = opened()

    for _ in range(2):
        await client.statuses()
    with pytest.raises(TicketSystemBusy) as caught:
        await client.statuses()
    with pytest.raises(TicketSystemBusy):
        await client.statuses()

    assert caught.value.status == 429
    assert caught.value.retry_after == 15.0 if given == "absent" else 50.0 < caught.value.retry_after <= 61.0
    assert [row.status for row in tenant.requests] == [200, 200, 200, 200, 429]


@pytest.mark.parametrize("form", ["message", "exception", "modelstate", "html"])
async def test_the_server_s_own_words_reach_the_operator(tenant, opened, form):
    tenant.switches.error_body = form
    tenant.switches.notes = "refused"

    with pytest.raises(TicketSystemRefused) as caught:
        await opened().add_note(number(add_ticket(tenant.store, "Høring")), subject="", html="")

    assert caught.value.status == 400
    assert "note" in caught.value.words


async def test_a_server_whose_pages_are_smaller_than_we_ask_for_is_asked_without_a_limit(tenant, opened):
    tenant.switches.max_page, tenant.switches.over_limit, tenant.switches.default_limit = 3, "refuse", 2
    client = opened()

    assert len(await client.statuses()) == 7
    before = tenant.count()
    with pytest.raises(TicketSystemRefused):
        await client.own_tickets.named("team", 'a"')
    tenant.switches.refused_lookup = "team 403"
    with pytest.raises(TicketSystemRefused):
        await client.own_tickets.named("team", "Postmottak")

    assert tenant.count() == before + 1, "what the server takes is known, and is not tried again"


# --- what nobody knows about the server


@pytest.mark.parametrize(
    "switch",
    [{"unknown_include": "ignore"}, {"assets_omit_udf": True}, {"string_escapes": "doubled"}, {"case_sensitive": True}],
    ids=str,
)
async def test_the_unknowns_make_no_difference(tenant, pureservice, switch):
    for name, value in switch.items():
        setattr(tenant.switches, name, value)
    ticket = add_ticket(tenant.store, "Høring")
    add_dispatch_text(tenant.store, ticket, "<p>Hei</p>")
    mailing_list = add_list(tenant.store, "Alle", [add_user(tenant.store, "Kari", "Nordmann", "kari@eksempel.example")])
    relate_list_to_ticket(tenant.store, mailing_list, ticket)

    assert len(await pureservice.dispatch_messages(number(ticket))) == 1
    assert [each.usable for each in await pureservice.mailing_lists(number(ticket))] == [True]
    assert [member.address for member in await members_of(pureservice, mailing_list)] == ["kari@eksempel.example"]


async def test_a_name_with_everything_that_is_safe_finds_exactly_its_own(tenant, opened):
    name = "Liste' OR 1==1 -- (å/é) [USERID] @0 %20 + & # ? {x}"
    tenant.store.add("assettype", id=14, name=name)
    ticket = add_ticket(tenant.store, "Høring")
    mine = tenant.store.add("asset", name="Min", typeId=14, statusId=40)
    for each in (mine, add_list(tenant.store, "En annen types")):
        relate_list_to_ticket(tenant.store, each, ticket)

    found = await opened(list_asset_type=name).mailing_lists(number(ticket))

    assert [each.name for each in found] == ["Min"]
