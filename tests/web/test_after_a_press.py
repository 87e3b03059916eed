"""What a press did shows at once, on the page, in the API and to the commands, before any timer runs."""

import json

import pytest

from dispatch.cli import standing
from dispatch.core import DispatchKey, DispatchState
from dispatch.pacing import Waits
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import Stage, a_stage
from tests.web.visitor import Visitor, text_of

SETTINGS = {"WEBSITE_AUTH_ENABLED": "True", "MAIL_MAILER": "microsoft-graph", "DISPATCH_BATCH_SIZE": "3"}
SEND = r"POST .*/sendMail"
AGAIN = "Settes i gang igjen"


async def stopped(stage: Stage) -> DispatchKey:
    ticket = stage.seed(members=6)
    await stage.tick()
    key = stage.dispatch_of(ticket).key
    await Visitor(stage.services).press(f"{key}/stopp")
    return key


async def one_missed(stage: Stage) -> DispatchKey:
    stage.graph.faults.add(Fault(match=SEND, status=550, body="{}", times=0))
    ticket = stage.seed(members=2)
    people = seed.add_user(stage.pureservice.store, "Feil", "Adresse", email="feil(at)x.example")
    seed.relate_list_to_ticket(
        stage.pureservice.store, seed.add_list(stage.pureservice.store, "B", members=[people]), ticket
    )
    await stage.run()
    email = stage.pureservice.store.emailaddresses[people["emailAddressId"]]
    email["email"] = "rett@x.example"
    mailing_list = next(iter(stage.pureservice.store.assets.values()))
    new = seed.add_user(stage.pureservice.store, "Ny", "Mottaker", email="ny@x.example")
    seed.add_member(stage.pureservice.store, mailing_list, new)
    return stage.dispatch_of(ticket).key


@pytest.mark.parametrize(
    ("before", "act"), [(stopped, "fortsett"), (one_missed, "send-igjen"), (one_missed, "send-til-nye")]
)
async def test_a_dispatch_that_was_let_go_on_is_nowhere_called_stopped(before, act):
    async with a_stage(**SETTINGS) as stage:
        key, visitor = await before(stage), Visitor(stage.services)
        await visitor.press(f"{key}/{act}")

        for path in (key, "", f"{key}/mottakere", f"{key}/rapport"):
            shown = text_of(await visitor.get(path))
            assert AGAIN in shown, path
            assert "Stoppet" not in shown, path
            assert "Fortsett" not in shown, path
        assert "vanligvis innen fem minutter" in text_of(await visitor.get(key))
        told = json.loads((await visitor.get(f"v1/dispatches/{key}")).body)["dispatch"]
        assert told["waits_for"]["what"] == "going on"
        seen = await standing.standing(key, stage.services)
        assert seen is not None
        assert seen.waits.what is Waits.GOING_ON
        assert seen.moves, "the page looks again soon"

        await stage.tick()
        going = await stage.ledger.dispatch(key)
        assert going is not None
        assert going.state is DispatchState.SENDING
        assert going.rounds.going_on is None
        await stage.run()
        assert set(stage.received().values()) == {1}


@pytest.mark.parametrize(("before", "act"), [(one_missed, "send-igjen"), (one_missed, "send-til-nye")])
async def test_what_another_must_approve_is_said_before_and_after_the_press(before, act):
    """The limit is lowered meanwhile, so that one is too many."""
    async with a_stage(**SETTINGS) as stage:
        store = stage.pureservice.store
        store.add("status", **{**store.statuses[1], "id": 30, "name": "Til godkjenning", "userDisplayName": "x"})
        key = await before(stage)
        seed.add_member(
            store, next(iter(store.assets.values())), seed.add_user(store, "Ny", "To", email="ny2@x.example")
        )
        stage.change(DISPATCH_APPROVAL_ABOVE="1", PURESERVICE_DISPATCH_APPROVAL_STATUS="Til godkjenning")
        visitor = Visitor(stage.services)
        asked = text_of(await visitor.get(f"{key}/{act}"))
        done = await visitor.press(f"{key}/{act}")
        wants = act == "send-til-nye"  # to two; the other to one

        assert ("må to personer stå bak" in asked) is wants
        shown = text_of(await visitor.get(dict(done.headers)["Location"].split("/api/status/")[1]))
        assert ("den sendes når en annen enn deg har godkjent det" in shown) is wants
        await stage.run(hours=1)
        assert stage.received()["ny2@x.example"] == 0
        assert stage.received()["rett@x.example"] == (act == "send-igjen")


async def test_a_ticket_that_is_taken_back_before_the_timer_ran_is_called_stopped_again():
    async with a_stage(**SETTINGS) as stage:
        key, visitor = await stopped(stage), Visitor(stage.services)
        await visitor.press(f"{key}/fortsett")
        (ticket,) = [row for row in stage.pureservice.store.tickets.values() if key.startswith(f"{row['id']}-")]
        stage.set_status(ticket, "Under arbeid")

        stage.clock.move(300)
        await stage.tick()

        shown = text_of(await visitor.get(key))
        assert "Stoppet" in shown
        assert "Fortsett …" in shown


async def test_a_timer_that_does_not_run_is_not_said_to_come_within_five_minutes():
    async with a_stage(**SETTINGS) as stage:
        key, visitor = await stopped(stage), Visitor(stage.services)
        await visitor.press(f"{key}/fortsett")

        stage.clock.move(3600)

        shown = text_of(await visitor.get(key))
        assert "innen fem minutter" not in shown
        assert "Den har ventet siden kl. 13.00" in shown


@pytest.mark.parametrize("code", [503, 400])
async def test_where_pureservice_did_not_follow_it_is_still_stopped(code: int):
    async with a_stage(**SETTINGS) as stage:
        key, visitor = await stopped(stage), Visitor(stage.services)
        token = await visitor.token(f"{key}/fortsett")
        stage.pureservice.faults.add(Fault(match=r"(PUT|PATCH) .*/ticket/", status=code, times=None))

        await visitor.post(f"{key}/fortsett", {"token": token})

        head = await stage.ledger.dispatch(key)
        assert head is not None
        assert head.rounds.going_on is None or code != 400


async def test_stop_while_it_is_being_let_go_on_stops_it():
    async with a_stage(**SETTINGS) as stage:
        key, visitor = await stopped(stage), Visitor(stage.services)
        await visitor.press(f"{key}/fortsett")

        await visitor.press(f"{key}/stopp")

        assert AGAIN not in text_of(await visitor.get(key))
        await stage.run(hours=0.2)
        assert not stage.received()


async def test_an_ended_dispatch_whose_batch_is_held_is_not_called_stopped():
    async with a_stage(**SETTINGS) as stage:
        ticket = stage.seed(members=6)
        await stage.tick()
        key, visitor = stage.dispatch_of(ticket).key, Visitor(stage.services)
        message = stage.queues.take()
        assert message is not None
        await stage.dies_in_flight(message, records=1)

        await visitor.press(f"{key}/avslutt")

        shown = text_of(await visitor.get(key))
        assert "Avsluttes" in shown
        assert "Ingen flere får meldingen før noen trykker" not in shown
        assert "Fortsett …" not in shown


@pytest.mark.parametrize("pressed", [True, False])
async def test_the_note_says_who_stopped_it(pressed: bool):
    async with a_stage(**SETTINGS) as stage:
        ticket = stage.seed(members=6)
        await stage.tick()
        key = stage.dispatch_of(ticket).key
        if pressed:
            await Visitor(stage.services).press(f"{key}/stopp")
        else:
            stage.set_status(ticket, "Under arbeid")

        stage.clock.move(300)
        await stage.tick()

        (note,) = stage.notes_on(ticket)
        assert ("Noen trykket «Stopp»" in note) == pressed
        assert ("Saken står ikke lenger i statusen" in note) == (not pressed)


async def test_a_press_that_can_not_be_done_leads_back_to_its_dispatch():
    async with a_stage(**SETTINGS) as stage:
        key, visitor = await stopped(stage), Visitor(stage.services)
        again = await visitor.get(f"{key}/stopp")
        nowhere = await visitor.get("9999-9999/stopp")

    assert (again.status, nowhere.status) == (409, 404)
    assert f'href="/api/status/{key}"' in again.body.decode()
    assert "9999-9999" not in nowhere.body.decode().replace('/9999-9999/stopp"', "")
