"""A trial is nobody's delivery, and what is stopped beside another is told of on the ticket where it stands."""

import re

from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

PLACE = "prove@etat.example"


def in_words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html)).replace(" .", ".")


async def first_batch(stage: Stage) -> None:
    """The first batch of each dispatch is sent."""
    await stage.tick()
    done = set()
    waiting = []
    while (message := stage.queues.take()) is not None:
        waiting.append(message)
    for message in waiting:
        if message.dispatch not in done:
            done.add(message.dispatch)
            await stage.handle(message)


async def test_a_trial_that_is_stopped_counts_nobody_as_reached():
    async with a_stage(MAIL_REDIRECT_TO=PLACE, DISPATCH_BATCH_SIZE="1") as stage:
        ticket = stage.seed(members=3)
        await first_batch(stage)
        stage.set_status(ticket, "Under arbeid")
        await stage.tick()

        assert stage.received() == {PLACE: 1}
        note = in_words(stage.notes_on(ticket)[-1])
        assert "0 av 3 mottakere" in note
        assert f"1 melding ble sendt til {PLACE} i stedet for til mottakeren" in note


async def test_a_stop_says_how_many_remain_and_how_many_can_not_be_reached():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        store = stage.pureservice.store
        members = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(3)]
        lost = [seed.add_user(store, "Uten", f"Adresse {n}") for n in range(2)]
        ticket = seed.add_ticket(store, "Høring")
        seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=[*members, *lost]), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei</p>")
        await first_batch(stage)
        stage.set_status(ticket, "Under arbeid")
        await stage.tick()

        note = in_words(stage.notes_on(ticket)[-1])
        assert sum(stage.received().values()) == 1
        assert "1 av 5 mottakere så langt. 2 gjenstår. 2 er ikke nådd" in note


async def test_a_trial_is_not_called_sent_before():
    async with a_stage(MAIL_REDIRECT_TO=PLACE) as stage:
        ticket = stage.seed(members=2)
        await stage.run()
        stage.change(MAIL_REDIRECT_TO="")
        stage.set_status(ticket, "Til ekspedering")
        await stage.run(hours=1)

        assert stage.received() == {PLACE: 2}
        note = in_words(stage.notes_on(ticket)[-1])
        assert "Meldingen er bare sendt som prøve" in note
        assert "sendt ut før" not in note
        assert "0 av 2 mottakere" in note


def another(stage: Stage) -> Row:
    store = stage.pureservice.store
    ticket = seed.add_ticket(store, "Den andre")
    members = [seed.add_user(store, "Ola", str(n), email=f"ola{n}@eksempel.example") for n in range(3)]
    seed.relate_list_to_ticket(store, seed.add_list(store, "Den andre listen", members=members), ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei, fra den andre</p>")
    return ticket


def merge(stage: Stage, ticket: Row, into: Row) -> None:
    store = stage.pureservice.store
    for row in store.communications.values():
        if row.get("ticketId") == ticket["id"] and row.get("customTypeId"):
            row["ticketId"] = into["id"]
    store.update("ticket", store.tickets[ticket["id"]], {"statusId": seed.status_id(store, "Løst")})


async def test_two_stopped_ones_on_one_ticket_are_both_told_of_and_go_on_one_after_the_other():
    async with a_stage(DISPATCH_BATCH_SIZE="1") as stage:
        one = stage.seed(members=3)
        two = another(stage)
        await first_batch(stage)
        for ticket in (one, two):
            stage.set_status(ticket, "Under arbeid")
        await stage.run(hours=1)
        before = sum(stage.received().values())
        merge(stage, one, into=two)
        told = len(stage.notes_on(two))
        stage.set_status(two, "Til ekspedering")
        await stage.run(hours=3)

        assert before < sum(stage.received().values()) < 6
        notes = [in_words(note) for note in stage.notes_on(two)[told:]]
        (note,) = [note for note in notes if "En annen utsendelse i saken er stoppet" in note]
        assert "Vent til rapporten for den første står i saken" in note

        stage.set_status(two, "Til ekspedering")
        await stage.run(hours=3)
        assert sum(stage.received().values()) == 6
        assert set(stage.received().values()) == {1}
