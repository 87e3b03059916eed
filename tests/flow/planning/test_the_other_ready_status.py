"""A ticket with a dispatch of one kind is set to the status that starts the other kind: it is answered, once."""

import pytest

from dispatch.steering import actions
from tests.stage import Stage, a_stage

STATUSES = ("Til ekspedering", "Klar til splitt")
REPLY_TO = {"MAIL_REPLYTO_ADDRESS": "post@dibk.example"}
BOTH_WAYS = pytest.mark.parametrize(("own", "other"), [STATUSES, STATUSES[::-1]])


async def ticks(stage: Stage, count: int) -> None:
    for _ in range(count):
        await stage.tick()
        await stage.drain()
        stage.clock.move(300)


@BOTH_WAYS
async def test_a_finished_ticket_in_the_other_ready_status_is_told_once_and_moved(own: str, other: str):
    async with a_stage(**REPLY_TO) as stage:
        ticket = stage.seed(members=2, status=own)
        await stage.run()
        stage.set_status(ticket, other)
        await ticks(stage, 6)

        assert len([note for note in stage.notes_on(ticket) if "sendt ut før" in note]) == 1
        assert stage.status_of(ticket) == "Løst"


@BOTH_WAYS
async def test_a_stopped_dispatch_says_which_status_it_goes_on_by(own: str, other: str):
    async with a_stage(DISPATCH_BATCH_SIZE="1", **REPLY_TO) as stage:
        ticket = stage.seed(members=3, status=own)
        await stage.tick()
        await stage.handle_next()
        await actions.stop(stage.dispatch_of(ticket).key, stage.services, who="x")
        await ticks(stage, 1)
        stage.set_status(ticket, other)
        await ticks(stage, 6)

        notes = [note for note in stage.notes_on(ticket) if "Saken ble ikke sendt ut" in note]
        assert len(notes) == 1
        assert f"startet med statusen «{own}»" in notes[0]
        assert f"Rett opp og sett status til «{own}» igjen" in notes[0]
        assert "Ingen har fått meldingen" not in notes[0]
        assert stage.status_of(ticket) == "Under arbeid"

        stage.set_status(ticket, own)
        await stage.run()
        assert set(stage.received().values()) == {1}
        assert len(stage.received()) == 3


@BOTH_WAYS
async def test_one_under_way_whose_ticket_is_set_to_the_other_status_stops_and_says_so(own: str, other: str):
    async with a_stage(DISPATCH_BATCH_SIZE="1", **REPLY_TO) as stage:
        ticket = stage.seed(members=3, status=own)
        await stage.tick()
        await stage.handle_next()
        stage.set_status(ticket, other)
        await stage.tick()

        (dispatch,) = [found for found in stage.ledger.heads.values() if found.plan.recipients]
        assert dispatch.state == "stopped"
        assert any("Utsendelsen er stoppet" in note for note in stage.notes_on(ticket))
        await stage.run(hours=1)
        assert stage.status_of(ticket) == "Under arbeid"
        assert len(stage.received()) == 1


@BOTH_WAYS
async def test_a_press_that_stops_takes_the_ticket_out_of_whichever_ready_status(own: str, other: str):
    async with a_stage(DISPATCH_BATCH_SIZE="1", **REPLY_TO) as stage:
        ticket = stage.seed(members=3, status=own)
        await stage.tick()
        stage.set_status(ticket, other)
        await actions.stop(stage.dispatch_of(ticket).key, stage.services, who="x")

        assert stage.status_of(ticket) == "Under arbeid"
        await stage.run(hours=1)
        assert not stage.received()
