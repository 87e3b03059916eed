"""What the page tells of rounds, channels and waits agrees with what was received."""

from dataclasses import replace

from azure.data.tables.aio import TableClient

from dispatch.adapters.azure_storage import TableLedger, TableReader
from dispatch.steering import actions
from dispatch.watching import overview
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import a_stage


async def test_the_numbers_by_channel_add_up():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        members = [
            seed.add_company(store, "Direktoratet", email="post@d.example", organization_number="910000020"),
            seed.add_company(store, "Kommunen", email="post@k.example", organization_number="910000039"),
        ]
        stage.exchange.behave("910000020", fails=True)
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Alle", members=members), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        await stage.run(hours=40)
        found = await overview.details(stage.dispatch_of(ticket).key, stage.services)
        told = {str(c): (t.delivered, t.recipients, t.remaining) for c, t in found.summary.by_channel}
        assert sum(n for _, n, _ in told.values()) == found.summary.tally.recipients == 2
        assert not any(left for _, _, left in told.values())


async def test_the_front_page_shows_the_last_round(unique, storage_connection_string):
    table = TableClient.from_connection_string(storage_connection_string, f"dispatches{unique}")
    ledger = TableLedger(table)
    await ledger.open()
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        stage.services = replace(stage.services, ledger=ledger, reader=TableReader(table))
        stage.ledger = ledger
        store = stage.pureservice.store
        stage.seed(members=2)
        body = '{"error":{"code":"ErrorInvalidRecipients"}}'
        stage.graph.faults.add(Fault(match=r"POST .*/sendMail", status=400, body=body, times=1))
        await stage.run()
        (before,) = await overview.summaries(stage.services)
        assert (before.tally.delivered, before.tally.failed, before.round) == (1, 1, 1)
        (row,) = [r async for r in ledger.all_recipients(before.key) if str(r.state) == "failed"]
        next(e for e in store.emailaddresses.values() if e["email"] == row.address)["email"] = "ny@eksempel.example"
        stage.clock.move(3600)
        await actions.retry_failed(before.key, stage.services, who="x")
        await stage.run()
        assert sum(stage.received().values()) == 2
        (front,) = await overview.summaries(stage.services)
        page = (await overview.details(before.key, stage.services)).summary
        assert (front.round, front.tally) == (page.round, page.tally)
    await ledger.close()


async def test_what_is_not_sent_is_not_said_to_be():
    async with a_stage(WITH_EXCHANGE="1", MAIL_DAILY_LIMIT="2", EF_TTL_HOURS="90") as stage:
        store = stage.pureservice.store
        members = [seed.add_company(store, "Direktoratet", organization_number="910000020")]
        members += [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(8)]
        stage.exchange.behave("910000020", never_delivered=True)
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Alle", members=members), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        await stage.run(hours=26)
        told = [note for note in stage.notes_on(ticket) if "Alt er sendt" in note]
        assert not told


SEND = r"POST .*/sendMail"


async def test_it_is_not_said_that_nobody_failed_where_somebody_has():
    async with a_stage(MAIL_MAILER="microsoft-graph", DISPATCH_BATCH_SIZE="4", DISPATCH_GIVE_UP_HOURS="3") as stage:
        stage.graph.faults.add(
            Fault(match=SEND, skip=1, status=400, body='{"error":{"code":"ErrorInvalidRecipients"}}', times=1),
            Fault(match=SEND, skip=2, status=403, body='{"error":{"code":"ErrorAccessDenied"}}', times=None),
        )
        ticket = stage.seed(members=12)
        await stage.run(hours=8)
        assert stage.states_of(ticket)["failed"] == 1
        assert stage.notes_on(ticket)
        assert not any("Ingen er regnet som feilet" in note for note in stage.notes_on(ticket))
