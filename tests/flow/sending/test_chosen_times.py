"""Not before the moment that the ticket names, and not after its date or after so many days without success."""

from datetime import timedelta, timezone

import pytest

from dispatch.core import DispatchState, Reason, RecipientState
from dispatch.planning import preview_numbered
from dispatch.steering import actions
from dispatch.watching import overview
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

FIELDS = {"PURESERVICE_DISPATCH_NOT_BEFORE_FIELD": "cf_3", "PURESERVICE_DISPATCH_NOT_AFTER_FIELD": "cf_4"}
GRAPH = {"MAIL_MAILER": "microsoft-graph"}
DOWN = Fault(match="sendMail", status=403, body='{"error": {"code": "ErrorAccessDenied", "message": "x"}}', times=None)
WHO = "0f8fad5b-d9cb-469f-a165-70867728950e"


def in_hours(stage: Stage, hours: float) -> str:
    return (stage.clock() + timedelta(hours=hours)).isoformat()


async def hours_pass(stage: Stage, hours: float, *, step: int = 10) -> None:
    until = stage.clock() + timedelta(hours=hours)
    while stage.clock() < until:
        await stage.tick()
        await stage.drain(hours=step / 60)
        stage.clock.now = max(stage.clock.now, min(until, stage.clock() + timedelta(minutes=step)))


def outcomes(stage: Stage, ticket: Row) -> set[tuple[str, str | None]]:
    return {(row.state, row.reason) for row in stage.rows_of(ticket) if not row.superseded}


async def test_nothing_is_sent_before_the_moment_and_page_and_preview_say_so():
    async with a_stage(**FIELDS) as stage:
        begins = stage.clock() + timedelta(hours=5)
        ticket = stage.seed(4, cf_3=begins.isoformat())
        preview = await preview_numbered(ticket["requestNumber"], stage.services)
        assert preview.not_before == begins
        assert preview.done is not None
        assert preview.done >= begins

        await hours_pass(stage, 4.8)
        assert stage.graph.received == []
        details = await overview.details(stage.dispatch_of(ticket).key, stage.services)
        assert details is not None
        assert (details.summary.waits.what, details.summary.waits.until) == ("moment", begins)
        assert details.summary.expected_done is not None
        assert details.summary.expected_done >= begins

        await hours_pass(stage, 0.5)
        assert len(stage.graph.received) == 4
        assert min(mail.at for mail in stage.graph.received) >= begins.timestamp()


async def test_a_moment_that_is_moved_in_the_ticket_holds():
    async with a_stage(**FIELDS) as stage:
        ticket = stage.seed(2, cf_3=in_hours(stage, 2))
        await hours_pass(stage, 1)
        stage.pureservice.store.tickets[ticket["id"]]["cf_3"] = in_hours(stage, 5)
        await hours_pass(stage, 3)
        assert stage.graph.received == []
        stage.pureservice.store.tickets[ticket["id"]]["cf_3"] = ""
        await hours_pass(stage, 0.3)
        assert len(stage.graph.received) == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cf_3": "i morgen"}, "Det går ikke å lese tidspunktet"),
        ({"cf_4": "snart"}, "Det går ikke å lese fristen"),
        ({"cf_4": "2020-01-01"}, "Fristen i saken er ute"),
        ({"cf_3": "2999-01-02", "cf_4": "2999-01-01"}, "etter at fristen for det er ute"),
    ],
)
async def test_what_can_not_be_is_rejected_in_words(fields: dict[str, str], words: str):
    async with a_stage(**FIELDS) as stage:
        ticket = stage.seed(2, **fields)
        await stage.run()
        assert stage.graph.received == []
        assert words in "\n".join(stage.notes_on(ticket))
        store = stage.pureservice.store
        assert store.tickets[ticket["id"]]["statusId"] != seed.status_id(store, seed.READY)


@pytest.mark.parametrize("by", ["the ticket", "the days"])
async def test_what_could_not_be_sent_in_time_is_failed_with_that_reason(by: str):
    settings = {"DISPATCH_EXPIRES_DAYS": "1"} if by == "the days" else FIELDS
    async with a_stage(**GRAPH, **settings, DISPATCH_GIVE_UP_HOURS="100") as stage:
        ticket = stage.seed(3, **({"cf_4": in_hours(stage, 24)} if by == "the ticket" else {}))
        stage.graph.faults.add(DOWN)
        await hours_pass(stage, 23, step=60)
        assert stage.dispatch_of(ticket).state is DispatchState.SENDING
        stage.graph.faults.clear()
        stage.graph.faults.add(DOWN)
        await hours_pass(stage, 3, step=30)

        assert outcomes(stage, ticket) == {(RecipientState.FAILED, Reason.EXPIRED)}
        assert stage.graph.received == []
        assert "For sent å sende (3)" in stage.pureservice.store.tickets[ticket["id"]]["solution"]


async def test_a_person_who_lets_it_go_on_starts_the_days_anew():
    async with a_stage(**GRAPH, DISPATCH_EXPIRES_DAYS="2") as stage:
        ticket = stage.seed(3)
        await stage.tick()
        await actions.stop(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        await hours_pass(stage, 72, step=240)
        await actions.resume(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        await stage.run()
        assert outcomes(stage, ticket) == {(RecipientState.DELIVERED, None)}


async def test_what_is_in_doubt_is_looked_up_and_not_called_expired():
    async with a_stage(**GRAPH, **FIELDS, DISPATCH_RECONCILE_LOOKS="60,7200") as stage:
        ticket = stage.seed(1, cf_4=in_hours(stage, 1))
        stage.graph.faults.add(Fault(match="sendMail", status=504, commit=True))
        stage.graph.switches.lookup_lag_ms = 90 * 60_000
        await hours_pass(stage, 4)
        assert outcomes(stage, ticket) == {(RecipientState.DELIVERED, None)}


async def test_a_date_that_is_moved_into_the_past_holds_as_well():
    async with a_stage(**GRAPH, **FIELDS, DISPATCH_GIVE_UP_HOURS="100") as stage:
        ticket = stage.seed(3, cf_3=in_hours(stage, 2), cf_4=in_hours(stage, 48))
        await hours_pass(stage, 1)
        stage.pureservice.store.tickets[ticket["id"]]["cf_4"] = in_hours(stage, -0.5)
        await hours_pass(stage, 0.8)
        assert outcomes(stage, ticket) == {(RecipientState.FAILED, Reason.EXPIRED)}
        assert stage.graph.received == []
        assert "For sent å sende (3)" in stage.pureservice.store.tickets[ticket["id"]]["solution"]


async def test_a_moment_behind_the_date_keeps_the_letter_until_it_is_put_right_and_the_ticket_is_told():
    async with a_stage(**GRAPH, **FIELDS) as stage:
        ticket = stage.seed(3, cf_3=in_hours(stage, 2), cf_4=in_hours(stage, 6))
        await hours_pass(stage, 1)
        stage.pureservice.store.tickets[ticket["id"]]["cf_3"] = in_hours(stage, 90)
        await hours_pass(stage, 4)
        assert stage.graph.received == []
        assert len([note for note in stage.notes_on(ticket) if "etter at fristen for det er ute" in note]) == 1
        await hours_pass(stage, 2)
        assert outcomes(stage, ticket) == {(RecipientState.FAILED, Reason.EXPIRED)}


async def test_a_moment_that_can_not_be_read_any_more_is_told_once_and_the_one_before_holds():
    async with a_stage(**GRAPH, **FIELDS) as stage:
        ticket = stage.seed(3, cf_3=in_hours(stage, 2))
        await hours_pass(stage, 0.5)
        stage.pureservice.store.tickets[ticket["id"]]["cf_3"] = "over <helga>"
        await hours_pass(stage, 1)
        (note,) = [note for note in stage.notes_on(ticket) if "Tidspunktene i saken kan ikke brukes" in note]
        assert "over &lt;helga&gt;" in note
        assert stage.graph.received == []
        await hours_pass(stage, 1)
        assert len(stage.graph.received) == 3


@pytest.mark.parametrize("said", ["2020-01-01", "2020-01-01T08:00:00+09:00", "01.01.2020 kl. 08.00"])
async def test_a_moment_that_is_past_keeps_nobody_waiting(said: str):
    async with a_stage(**FIELDS) as stage:
        stage.seed(2, cf_3=said)
        await hours_pass(stage, 0.2)
        assert len(stage.graph.received) == 2


async def test_a_moment_in_another_zone_is_that_moment():
    async with a_stage(**FIELDS) as stage:
        begins = stage.clock() + timedelta(hours=2)
        stage.seed(2, cf_3=begins.astimezone(timezone(timedelta(hours=-5))).isoformat())
        await hours_pass(stage, 1.8)
        assert stage.graph.received == []
        await hours_pass(stage, 0.5)
        assert min(mail.at for mail in stage.graph.received) >= begins.timestamp()


async def test_the_ticket_s_date_holds_for_what_a_person_lets_go_on_too_late():
    async with a_stage(**GRAPH, **FIELDS) as stage:
        ticket = stage.seed(3, cf_4=in_hours(stage, 24))
        await stage.tick()
        await actions.stop(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        await hours_pass(stage, 48, step=240)
        assert stage.dispatch_of(ticket).state is DispatchState.STOPPED, "a person decides of what a person stopped"
        await actions.resume(stage.dispatch_of(ticket).key, stage.services, who=WHO)
        await stage.run()
        assert outcomes(stage, ticket) == {(RecipientState.FAILED, Reason.EXPIRED)}
        assert stage.graph.received == []
