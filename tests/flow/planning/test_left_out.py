"""Whoever is left out of a plan is named, wherever the reason lies."""

import pytest

from local.simulators.pureservice import seed
from tests.stage import a_stage


@pytest.mark.parametrize("how", [{"deleted": True}, {"status": "Inaktiv"}])
async def test_a_list_that_is_left_out_is_named(how):
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=2)
        people = [seed.add_user(store, "Ola", f"Nr {n}", email=f"ola{n}@eksempel.example") for n in range(3)]
        other = seed.add_list(store, "Den andre listen", members=people, **how)
        seed.relate_list_to_ticket(store, other, ticket)
        await stage.run()
        assert not any(a.startswith("ola") for a in stage.received())
        words = " ".join([*stage.notes_on(ticket), *stage.solutions_on(ticket)])
        assert "Den andre listen" in words


async def test_a_relation_that_pureservice_does_not_know_is_not_read_as_an_empty_list():
    async with a_stage(PURESERVICE_DISPATCH_LINK_TO_USER="Inneholder brukere") as stage:
        store = stage.pureservice.store
        ticket = stage.seed(members=3)  # tied by «Inneholder bruker»
        firm = seed.add_company(store, "Firma AS", email="post@firma.example")
        seed.relate_list_to_ticket(store, seed.add_list(store, "Firmaer", members=[firm]), ticket)
        await stage.run(hours=2)
        assert sum(stage.received().values()) == 4 or stage.notes_on(ticket)
