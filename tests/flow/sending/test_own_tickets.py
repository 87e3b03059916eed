"""Scenario 2 from end to end: every recipient gets a ticket of its own, and the letter with that ticket's number."""

import re
from collections import Counter
from typing import Any

import pytest

from dispatch.core import Rejected
from dispatch.steering import actions
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

READY = "Klar til splitt"
REPLY = "post@dibk.example"


def a_hearing(stage: Stage, *, people: int = 2, organisations: int = 3, **ticket: Any) -> Row:
    """A ticket ready to be split, with people and organisations on its list; the first organisation has a user."""
    store = stage.pureservice.store
    members = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(people)]
    for n in range(organisations):
        company = seed.add_company(store, f"Kommune {n}", email=f"post@kommune{n}.example")
        members.append(company)
        if n == 0:
            seed.add_user(store, "Arkiv", "Kommune 0", email="post@kommune0.example", company=company)
    mailing_list = seed.add_list(store, "Kommuner", members=members)
    row = seed.add_ticket(
        store,
        "Høring om endring",
        status=READY,
        description="<p>Om høringen</p>",
        category1Id=17,
        cf_1="Del A",
        **ticket,
    )
    seed.relate_list_to_ticket(store, mailing_list, row)
    seed.add_dispatch_text(store, row, "<p>Hei, vi ber om svar.</p>")
    seed.add_attachment(store, row, "høringsnotat.pdf", b"%PDF-1.7 notat", "application/pdf")
    return row


def cases_of(stage: Stage, mother: Row) -> list[Row]:
    return [
        row
        for row in stage.pureservice.store.tickets.values()
        if str(row.get("customerReference") or "").startswith(f"utsendelse-{mother['id']}-")
    ]


def subjects(stage: Stage) -> Counter[str]:
    return Counter([mail.subject for mail in stage.graph.received] + [mail.subject for mail in stage.smtp.received])


async def test_every_recipient_gets_a_ticket_of_its_own_and_a_letter_with_its_number():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        mother = a_hearing(stage)
        await stage.run()
        store = stage.pureservice.store
        cases = cases_of(stage, mother)
        assert len(cases) == 5
        assert stage.status_of(mother) == "Løst"
        for case in cases:
            assert case["subject"] == "Høring om endring"
            assert case["description"] == "<p>Om høringen</p>"
            assert (case["category1Id"], case["cf_1"], case["assignedTeamId"]) == (17, "Del A", 3)
            assert stage.status_of(case) == "Under arbeid"
            assert stage.files_on(case) == ["høringsnotat.pdf"]
        assert not stage.pureservice.receipts
        users = {store.users[case["userId"]]["fullName"] for case in cases}
        assert users == {"Kari Nr 0", "Kari Nr 1", "Arkiv Kommune 0", "Postmottak Kommune 1", "Postmottak Kommune 2"}
        made = [row for row in store.users.values() if row["firstName"] == "Postmottak"]
        assert {store.companies[row["companyId"]]["name"] for row in made} == {"Kommune 1", "Kommune 2"}
        addresses = {case["emailAddress"]: case["requestNumber"] for case in cases}
        assert len(stage.graph.received) == 5
        for mail in stage.graph.received:
            assert mail.subject == f"Høring om endring [Sak ID# {addresses[mail.to]}]"
            assert f"Vår referanse: {addresses[mail.to]}" in mail.html
            assert mail.reply_to == REPLY


async def test_the_case_is_told_and_the_mother_ticket_links_every_case():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        mother = a_hearing(stage)
        await stage.run()
        (solution,) = stage.solutions_on(mother)
        for case in cases_of(stage, mother):
            (note,) = stage.notes_on(case)
            assert "Meldingen er sendt" in note
            assert "vi ber om svar" in note
            assert f'href="{stage.pureservice.url}/agent/#/ticket/{case["requestNumber"]}/"' in solution


async def test_known_users_cost_at_most_three_requests_a_recipient():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        a_hearing(stage, people=60, organisations=1)
        await stage.tick()
        before = stage.pureservice.count()
        await stage.drain()
        assert (stage.pureservice.count() - before) / 61 <= 3


async def test_the_cases_are_related_to_the_mother_ticket_where_the_relation_is_configured():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY, PURESERVICE_121_RELATION="Hører til") as stage:
        stage.pureservice.store.add("relationshiptype", id=90, name="Hører til", reverseName="Har", to=1, **{"from": 1})
        mother = a_hearing(stage)
        await stage.run()
        related = {
            row["fromTicketId"]
            for row in stage.pureservice.store.relationships.values()
            if row["typeId"] == 90 and row["toTicketId"] == mother["id"]
        }
        assert related == {case["id"] for case in cases_of(stage, mother)}


@pytest.mark.parametrize(
    ("settings", "lacking", "named"),
    [
        ({"PURESERVICE_TICKET_ZONE": "Finnes ikke"}, "assignedDepartmentId", "Finnes ikke"),
        ({"PURESERVICE_TICKET_TEAM": "Borte"}, "assignedTeamId", "Borte"),
        ({"PURESERVICE_TICKET_STATUS_OPEN": "Ukjent"}, "", "Ukjent"),
        ({"PURESERVICE_121_RELATION": "Hører til"}, "", "Hører til"),
        ({"MAIL_REPLYTO_ADDRESS": ""}, "", "trenger en svaradresse"),
    ],
)
async def test_a_name_that_is_missing_gives_one_note_before_anything_is_created(settings, lacking, named):
    async with a_stage(**{"MAIL_REPLYTO_ADDRESS": REPLY, **settings}) as stage:
        mother = a_hearing(stage, **({lacking: None} if lacking else {}))
        await stage.tick()
        await stage.tick()
        await stage.drain()
        (note,) = stage.notes_on(mother)
        assert named in note
        assert not cases_of(stage, mother)
        assert not stage.graph.received


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/agent/api/ticket/"), ("POST", "/agent/api/user/"), ("POST", "/agent/api/communication/")],
)
async def test_a_connection_that_drops_makes_no_second_ticket_user_mail_or_note(method, path, commit):
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        mother = a_hearing(stage)
        await stage.tick()
        stage.pureservice.faults.add(Fault(match=f"{method} {path}", drop="after" if commit else "before"))
        await stage.run()
        cases = cases_of(stage, mother)
        assert len(cases) == 5
        assert Counter(row["customerReference"] for row in cases).most_common(1)[0][1] == 1
        assert sum(subjects(stage).values()) == len(subjects(stage)) == 5
        assert len([row for row in stage.pureservice.store.users.values() if row["firstName"] == "Postmottak"]) == 2
        assert [len(stage.notes_on(case)) for case in cases] == [1] * 5
        assert stage.states_of(mother) == {"delivered": 5}


async def test_an_answer_finds_the_ticket_that_its_subject_names():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        mother = a_hearing(stage)
        await stage.run()
        by_number = {case["requestNumber"]: case for case in cases_of(stage, mother)}
        for mail in stage.graph.received:
            answered = re.search(r"\[Sak ID# (\d+)\]", f"SV: {mail.subject}")
            assert answered
            assert by_number[int(answered[1])]["emailAddress"] == mail.to


# --- where Pureservice itself sends


@pytest.mark.parametrize("legacy", [False, True], ids=["ticketId", "requestId"])
async def test_pureservice_may_send_itself_and_its_own_record_decides(legacy):
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY, PURESERVICE_121_SEND_VIA="pureservice") as stage:
        stage.pureservice.switches.legacy_request_id = legacy
        mother = a_hearing(stage)
        await stage.run()
        assert stage.states_of(mother) == {"delivered": 5}
        assert not stage.graph.received
        for case in cases_of(stage, mother):
            emails = [row for row in stage.pureservice.store.emails.values() if row["ticketId"] == case["id"]]
            assert [(row["to"], row["status"]) for row in emails] == [(case["emailAddress"], 4)]
            assert f"[Sak ID# {case['requestNumber']}]" in emails[0]["subject"]
            assert len(emails[0]["attachmentIds"]) == 1
            assert stage.files_on(case) == ["høringsnotat.pdf"]
            assert stage.notes_on(case) == []


@pytest.mark.parametrize(
    "answer", [{"communication_sends_email": False}, {"email_row": "queued"}, {"email_row": "later"}], ids=str
)
async def test_where_pureservice_never_says_that_it_sent_nobody_knows_and_nothing_goes_twice(answer):
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY, PURESERVICE_121_SEND_VIA="pureservice") as stage:
        for name, value in answer.items():
            setattr(stage.pureservice.switches, name, value)
        mother = a_hearing(stage)
        await stage.run()
        assert stage.states_of(mother) == {"uncertain": 5}
        (solution,) = stage.solutions_on(mother)
        assert "Ukjent om" in solution
        assert len(cases_of(stage, mother)) == 5

        with pytest.raises(Rejected):  # by a plain press it would go twice where Pureservice was only slow
            await actions.retry_failed(stage.dispatch_of(mother).key, stage.services, who="kari")
        stage.clock.move(3600)
        stage.pureservice.send_what_is_due()
        emails = [row["ticketId"] for row in stage.pureservice.store.emails.values()]
        assert len(emails) == len(set(emails))
        for case in cases_of(stage, mother):
            assert len(stage.notes_on(case)) <= 1


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_message_for_pureservice_to_send_is_written_once(drop):
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY, PURESERVICE_121_SEND_VIA="pureservice") as stage:
        mother = a_hearing(stage)
        await stage.tick()
        stage.pureservice.faults.add(Fault(match="POST /agent/api/communication/", drop=drop))
        await stage.run()
        assert stage.states_of(mother) == {"delivered": 5}
        assert len(stage.pureservice.store.emails) == 5


# --- what may go wrong


async def test_a_user_whose_address_is_known_twice_is_not_made_again():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        store = stage.pureservice.store
        mother = a_hearing(stage)
        seed.add_user(store, "Arkiv", "Kommune 1", email="arkiv@kommune1.example", emails=["post@kommune1.example"])
        store.add("emailaddress", email="post@kommune2.example")  # known, and nobody's
        await stage.run()
        names = {store.users[case["userId"]]["fullName"] for case in cases_of(stage, mother)}
        assert "Arkiv Kommune 1" in names
        assert "Postmottak Kommune 2" in names
        assert len([row for row in store.emailaddresses.values() if row["email"] == "post@kommune2.example"]) == 1


async def test_pureservices_limit_of_requests_fails_nobody():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        mother = a_hearing(stage, people=20)
        await stage.tick()
        busy = Fault(
            match="POST /agent/api/(ticket|communication)/", status=429, headers={"Retry-After": "7"}, skip=9, times=4
        )
        stage.pureservice.faults.add(busy)
        await stage.run()
        assert stage.states_of(mother) == {"delivered": 23}
        assert len(cases_of(stage, mother)) == 23
        assert set(stage.received().values()) == {1}


async def test_a_ticket_that_is_refused_fails_its_recipient_alone():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        mother = a_hearing(stage)
        await stage.tick()
        refusal = Fault(match="POST /agent/api/ticket/", status=400, body='{"message": "The team is disabled"}')
        stage.pureservice.faults.add(refusal)
        await stage.run()
        assert stage.states_of(mother) == {"delivered": 4, "failed": 1}
        (solution,) = stage.solutions_on(mother)
        assert "Saken kunne ikke opprettes" in solution
        # Pureservice's own words stay in the CSV, where the ledger's detail goes.
        assert ["The team is disabled" in row.detail for row in stage.rows_of(mother) if row.state == "failed"] == [
            True
        ]


async def test_a_refused_address_leaves_a_note_on_the_case_that_says_so():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        mother = a_hearing(stage, people=1, organisations=0)
        await stage.tick()
        stage.graph.faults.add(
            Fault(match="sendMail", status=400, body='{"error": {"code": "ErrorInvalidRecipients"}}')
        )
        await stage.run()
        (case,) = cases_of(stage, mother)
        (note,) = stage.notes_on(case)
        assert stage.states_of(mother) == {"failed": 1}
        assert "Meldingen er ikke sendt" in note


async def test_what_the_case_worker_stops_goes_on_without_a_second_case():
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY, PURESERVICE_REQUESTS_PER_MINUTE="9") as stage:
        mother = a_hearing(stage, people=8)  # three in a batch
        await stage.tick()
        message = stage.queues.take()
        assert message is not None
        await stage.handle(message)
        assert len(cases_of(stage, mother)) == 3
        stage.set_status(mother, "Under arbeid")
        await stage.run(hours=0.5)
        assert len(cases_of(stage, mother)) == 3
        stage.set_status(mother, READY)
        await stage.run()
        assert len(cases_of(stage, mother)) == 11
        assert set(stage.received().values()) == {1}


@pytest.mark.parametrize("ignored", [False, True])
async def test_agent_and_all_categories_come_along_even_where_the_agent_is_left_out_of_new_tickets(ignored):
    async with a_stage(MAIL_REPLYTO_ADDRESS=REPLY) as stage:
        store = stage.pureservice.store
        stage.pureservice.switches.ignore_agent_on_create = ignored
        store.add("category", id=18, name="Plan", level=2)
        store.add("category", id=19, name="Byggesak", level=3)
        mother = a_hearing(stage, assignedAgentId=12, category2Id=18, category3Id=19)
        await stage.run()
        for case in cases_of(stage, mother):
            assert case["assignedAgentId"] == 12
            assert [case[f"category{level}Id"] for level in (1, 2, 3)] == [17, 18, 19]


async def test_where_pureservice_wrote_is_told_and_not_where_it_was_planned():
    """The end user's address was changed between the plan and the sending, which Pureservice does by the new one."""
    by_pureservice = {"MAIL_REPLYTO_ADDRESS": "post@dibk.example", "PURESERVICE_121_SEND_VIA": "pureservice"}
    async with a_stage(**by_pureservice) as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=1, status="Klar til splitt")
        await stage.tick()
        row = next(row for row in store.emailaddresses.values() if row["email"] == "kari0@eksempel.example")
        row["email"] = "annen@eksempel.example"
        await stage.run()

        (sent,) = [str(row["to"]) for row in store.emails.values() if row.get("status") == 4]
        assert [row.address for row in stage.rows_of(ticket)] == [sent] == ["annen@eksempel.example"]
