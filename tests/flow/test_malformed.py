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
async def test_malformed_answers_about_some_tickets_never_stop_the_others(stage, place):
    """Each kind of damage meets one ticket, in the same tick; one more ticket meets none."""
    tickets = [stage.seed(members=2) for _ in range(len(BODIES) + 1)]
    rules = [Fault(match=f"GET .*{place}", status=200, body=body, content_type=VND) for body in BODIES.values()]
    stage.pureservice.faults.add(*rules)

    await stage.tick()
    assert all(rule.hits == 1 for rule in rules)
    await stage.run(hours=2)

    solved = [ticket for ticket in tickets if stage.status_of(ticket) == "Løst"]
    assert solved, "at least the healthy one went out"
    assert all(count <= len(solved) for count in stage.received().values()), "one letter for each ticket"
    for ticket in tickets:
        if ticket not in solved:
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
async def test_malformed_refusals_by_graph_give_everyone_one_outcome(stage, status):
    rules = [Fault(match="POST .*/sendMail", status=status, body=body) for body in GRAPH]
    stage.graph.faults.add(*rules)
    # A transport that refuses is left alone for the rest of a batch, so it takes some batches to meet them all.
    tickets = [stage.seed(members=10) for _ in range(3)]

    await stage.run()

    assert all(rule.hits == 1 for rule in rules)
    for ticket in tickets:
        assert sum(stage.states_of(ticket).values()) == 10
        assert not {"planned", "in_flight", "in_doubt"} & set(stage.states_of(ticket))
        assert stage.status_of(ticket) == "Løst"
    assert max(stage.received().values(), default=1) <= len(tickets)
