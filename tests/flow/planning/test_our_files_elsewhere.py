"""Our own files never go out with a letter, on whatever ticket they stand by now."""

from local.simulators.pureservice import seed
from tests.stage import a_stage


async def test_a_list_of_recipients_never_goes_out_with_a_letter():
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=3)
        await stage.run()
        copied = seed.add_ticket(store, "Kopi av saken")
        people = [seed.add_user(store, "Ola", f"Nr {n}", email=f"ola{n}@eksempel.example") for n in range(2)]
        seed.relate_list_to_ticket(store, seed.add_list(store, "Liste C", members=people), copied)
        seed.add_dispatch_text(store, copied, "<p>Hei, en ny melding.</p>")
        for row in [r for r in store.attachments.values() if r["ticketId"] == ticket["id"]]:
            seed.add_attachment(store, copied, row["fileName"], store.file_bytes(row["id"]), "application/octet-stream")
        await stage.run(hours=2)
        mails = [m for m in stage.graph.received if m.to.startswith("ola")]
        names = [getattr(a, "name", str(a)) for m in mails for a in m.attachments]
        assert mails
        assert not any("mottakere" in name for name in names)
