"""An answer to several receivers is nobody's loss."""

from datetime import timedelta

from local.simulators.pureservice import seed
from tests.stage import a_stage

KOMMUNE = "910000020"


async def test_the_other_receiver_of_an_answer_is_not_lost_without_a_word():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        user = seed.add_user(store, "Postmottak", "Kommunen", email=f"{KOMMUNE}@eformidling.pureservice.local")
        ticket = seed.add_ticket(store, "Spørsmål", user, status=seed.OPEN)
        _, email = seed.add_message(store, ticket, "<p>Svar</p>", "Svar")
        email["created"] = (stage.clock() - timedelta(hours=1)).isoformat()
        email["to"] = f"{KOMMUNE}@eformidling.pureservice.local; kari@etat.example"
        await stage.run(hours=30)
        assert stage.received()["kari@etat.example"] or stage.notes_on(ticket) or email["status"] == 5
