"""Answers that nobody should give: the timer lives on, the other tickets go out, nobody gets a wrong letter."""

import pytest

from local.simulators.faults import Fault

VND = "application/vnd.api+json"
BODIES = {
    "truncated": '{"relationships": [{"id": 1, "ty',
    "html": "<html><body>Service Unavailable</body></html>",
    "empty": "",
    "bare list": "[]",
    "null": "null",
    "wrong types": '{"relationships": {"id": "x"}, "communications": "x", "attachments": 7, "statuses": null}',
    "missing keys": '{"relationships": [{}], "communications": [{}], "attachments": [{}], "assettypes": [{}]}',
    "huge numbers": '{"communications": [{"id": 1e400, "ticketId": 99999999999999999999}], "assets": [{"id": 1e400}]}',
    "deep": "[" * 50_000,
}
PLACES = ["/communication", "fromTicket", "fromAsset", "/attachment", "/assettype"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_a_malformed_answer_about_one_ticket_never_stops_the_others(stage, place, body):
    first, second = stage.seed(members=2), stage.seed(members=2)
    stage.pureservice.faults.add(
        Fault(match=f"GET .*{place}", status=200, body=body, content_type=VND, times=1),
    )

    await stage.tick()
    await stage.run(hours=2)

    assert all(count <= 2 for count in stage.received().values()), "one letter for each ticket"
    solved = [ticket for ticket in (first, second) if stage.status_of(ticket) == "Løst"]
    assert solved, "at least the other one went out"
    for ticket in (first, second):
        if stage.status_of(ticket) != "Løst":
            assert stage.status_of(ticket) == "Under arbeid"
            assert stage.notes_on(ticket), "it was told"


GRAPH = [
    "{",
    "<html>",
    "",
    "null",
    '{"error": "x"}',
    '{"error": {"code": 7}}',
    '{"error": {"code": null, "message": []}}',
]


@pytest.mark.parametrize("status", [400, 403, 418, 429, 500])
@pytest.mark.parametrize("body", GRAPH)
async def test_a_malformed_refusal_by_graph_gives_everyone_one_outcome(stage, status, body):
    stage.graph.faults.add(Fault(match="POST .*/sendMail", status=status, body=body, times=2))
    ticket = stage.seed(members=5)

    await stage.run()

    assert sum(stage.states_of(ticket).values()) == 5
    assert not {"planned", "in_flight", "in_doubt"} & set(stage.states_of(ticket))
    assert max(stage.received().values(), default=1) == 1
    assert stage.status_of(ticket) == "Løst"
