"""Rows and texts that nobody should give: the ticket ends solved with a report, or is told; no other one suffers."""

import json
from typing import Any

import httpx
import pytest

from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import KEY, Stage, a_stage

HALF_AN_EMOJI = "H\ud83di"
HOSTILE = {
    "half an emoji": HALF_AN_EMOJI,
    "controls": "Ka\x00ri\x1b\x85\x9f",
    "decomposed": "Bla\u030aba\u0308r",
    "40,000 signs": "å" * 40_000,
    "nothing": "\u2028\ufeff\ufffe",
}


def ended_in_words(stage: Stage, ticket: Row) -> bool:
    """Solved with a report, or back with a note."""
    if stage.status_of(ticket) == "Løst":
        return len(stage.solutions_on(ticket)) == 1
    return stage.status_of(ticket) == "Under arbeid" and len(stage.notes_on(ticket)) == 1


def a_case(stage: Stage, **texts: str) -> Row:
    """A ready ticket in which each of the named texts stands in its field."""
    store = stage.pureservice.store
    person = seed.add_user(store, texts.get("name", "Kari"), "Nordmann", email="kari@eksempel.example")
    other = seed.add_user(store, "Ola", "Nordmann", email=texts.get("address", "ola@eksempel.example"))
    company = seed.add_company(store, texts.get("company", "Firma AS"), email="post@firma.example")
    company["organizationNumber"] = texts.get("number", "910000020")
    mailing_list = seed.add_list(store, texts.get("list", "Listen"), members=[person, other, company])
    ticket = seed.add_ticket(store, texts.get("title", "Høring"))
    seed.relate_list_to_ticket(store, mailing_list, ticket)
    message = seed.add_dispatch_text(store, ticket, texts.get("text", "<p>Hei, dette er en høring.</p>"))
    message["subject"] = texts.get("subject", "Emne")
    file = seed.add_attachment(store, ticket, "plan.pdf", b"%PDF-1.7", "application/pdf")
    file["fileName"] = texts.get("file", "plan.pdf")
    file["contentType"] = texts.get("type", "application/pdf")
    return ticket


FIELDS = ["name", "address", "company", "number", "list", "title", "text", "subject", "file", "type"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_whatever_stands_in_a_text_its_ticket_ends_in_words(stage, text):
    """One ticket for each field, all in the same tick, and one that is as it should be."""
    tickets = {field: a_case(stage, **{field: text}) for field in FIELDS}
    tickets["all"] = a_case(stage, **dict.fromkeys(FIELDS, text))
    healthy = a_case(stage)

    await stage.run(hours=1)

    assert stage.status_of(healthy) == "Løst"
    for field, ticket in tickets.items():
        assert ended_in_words(stage, ticket), field
    for field in ("name", "company", "number", "list"):
        assert stage.status_of(tickets[field]) == "Løst", field
        assert stage.states_of(tickets[field])["delivered"] == 3


async def test_four_hundred_lists_of_the_longest_names_are_one_report():
    async with a_stage(DISPATCH_MAX_LISTS="500") as stage:
        store = stage.pureservice.store
        person = seed.add_user(store, "Kari", "Nordmann", email="kari@eksempel.example")
        ticket = seed.add_ticket(store, "Høring")
        for number in range(400):
            seed.relate_list_to_ticket(store, seed.add_list(store, f"{number} " + "å" * 300, members=[person]), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")

        await stage.run(hours=1)

        assert stage.status_of(ticket) == "Løst"
        assert "til" in stage.dispatch_of(ticket).plan.lists


async def test_a_whole_batch_of_the_longest_names_fits_in_one_write(stage):
    """Bounded before they are kept: 100 rows of 4,000 signs each would be refused by the table."""
    store = stage.pureservice.store
    people = [
        seed.add_user(store, "𝔘" * 4_000, f"Nr {n}", email=("x" * 4_000 if n % 2 else f"kari{n}@eksempel.example"))
        for n in range(98)
    ]
    ticket = seed.add_ticket(store, "Høring")
    seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=people), ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")

    await stage.run(hours=1)

    assert stage.status_of(ticket) == "Løst"
    rows = stage.rows_of(ticket)
    assert sum(len(json.dumps([row.name, row.address, row.detail])) for row in rows) < 4 * 1024 * 1024
    assert all(len(row.name) <= 255 and len(row.address) <= 1000 for row in rows)


# --- rows


SPOILED: list[Any] = [None, [], {"id": 1}, "abc", -(10**12), "x" * 40_000]
VND = "application/vnd.api+json"
INCLUDE = "user,user.emailaddress"
TICKET_FIELDS = ["requestNumber", "solution", "userId", "subject", "emailAddress", "isMarkedForDeletion", "statusId"]


@pytest.mark.parametrize("value", SPOILED, ids=lambda value: f"{type(value).__name__}-{str(value)[:5]}")
async def test_a_spoiled_ticket_is_told_and_blinds_no_tick(stage, value):
    tickets = {field: stage.seed(members=1) for field in TICKET_FIELDS}
    healthy = stage.seed(members=1)
    answer = await seen_by_us(stage)
    for row in answer["tickets"]:
        for field, ticket in tickets.items():
            if row["id"] == ticket["id"]:
                row[field] = value
    stage.pureservice.faults.add(
        Fault(match=r"GET .*/ticket/\?", status=200, body=json.dumps(answer), content_type="application/json")
    )

    await stage.tick()
    await stage.run(hours=1)

    assert stage.status_of(healthy) == "Løst"
    for field, ticket in tickets.items():
        assert ended_in_words(stage, ticket), (field, stage.status_of(ticket), stage.notes_on(ticket))


async def seen_by_us(stage: Stage) -> dict[str, Any]:
    """The answer that a look at the ready tickets gets."""
    query = {"filter": f"statusId == {seed.status_id(stage.pureservice.store, seed.READY)}", "include": INCLUDE}
    query |= {"start": "0", "limit": "500", "sort": "id"}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}", "Accept": VND}) as client:
        answer = await client.get(f"{stage.pureservice.url}/agent/api/ticket/", params=query)
    return dict(json.loads(answer.text))
