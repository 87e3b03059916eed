"""What nobody outside the vendor knows, asked of a tenant: under every answer the right one is told."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dispatch.adapters.pureservice import Pureservice
from dispatch.adapters.pureservice.asked_by_reading import LOOKED_UP
from dispatch.adapters.pureservice.open_questions import NOT_ASKED, OpenQuestions
from dispatch.core import TicketId
from local.simulators.pureservice import PureserviceSimulator, seed
from local.simulators.pureservice.questions import QUESTIONS, Question, singles
from local.simulators.pureservice.questions_of_reading import LOOKED_UP as ASKED_ABOUT
from local.simulators.pureservice.switches import Switches

REFERENCE = "proeve-1"
MANY = 130  # users: more than a page of any answer but the safest
# What was sent before is part of the question; ``tests/flow/doctor/test_tenant_trial.py`` sends it.
OF_THE_TRIAL = {
    "attachments_by",
    "attachment_refusal",
    "attachments_tied",
    "communication_sends_email",
    "email_row",
    "email_patch",
}
ASKED = [question for question in QUESTIONS if question.switch not in OF_THE_TRIAL | set(NOT_ASKED)]
EVERY = [
    pytest.param(question, value, id=f"{question.switch}-{value}".replace(" ", "-"))
    for question, value in [
        *((question, getattr(Switches(), question.switch)) for question in ASKED),
        *((question, value) for question, value in singles() if question in ASKED),
    ]
]
TOO_FEW = {("max_page", 500), ("default_limit", 500), ("hidden_after_the_cut", False)}  # not to be told here


@asynccontextmanager
async def a_tenant(answers: Mapping[str, Any]) -> AsyncIterator[tuple[PureserviceSimulator, OpenQuestions]]:
    """A tenant with enough of everything, and a ticket to try on."""
    async with PureserviceSimulator(requests_per_minute=None) as simulator:
        store = simulator.store
        seed.seed_basics(store)
        people = [seed.add_user(store, "Kari", f"Nr {n}", email=f"nr{n}@eksempel.example") for n in range(MANY)]
        seed.add_list(store, "Listen", people[:3], assets_UDF_95_Listeansvarlig=12)
        tickets = [seed.add_ticket(store, f"Sak {n}") for n in range(60)]
        store.hidden["ticket"] = {ticket["id"] for ticket in tickets[5:9]}
        for name, value in answers.items():
            setattr(simulator.switches, name, value)
        made = seed.add_ticket(
            store, "Prøve", status=seed.OPEN, initial_message=simulator.switches.system_communications
        )
        store.update("ticket", made, {"customerReference": REFERENCE})
        tickets_of_it = Pureservice(
            url=simulator.url,
            api_key=simulator.api_key,
            message_type_name=seed.COMMUNICATION_TYPE,
            list_asset_type=seed.LIST_TYPE,
            link_to_company=seed.TO_COMPANY,
            link_to_user=seed.TO_USER,
            link_to_ticket=seed.TO_TICKET,
            requests_per_minute=10_000,
        )
        questions = tickets_of_it.open_questions()
        questions.try_on(
            TicketId(made["id"]),
            reference=REFERENCE,
            open_id=seed.status_id(store, seed.OPEN),
            solved_id=seed.status_id(store, seed.SOLVED),
        )
        try:
            yield simulator, questions
        finally:
            await tickets_of_it.close()


@pytest.mark.parametrize(("question", "value"), EVERY)
async def test_the_tenant_s_own_answer_is_told(question: Question, value: Any) -> None:
    async with a_tenant({**question.along, question.switch: value}) as (simulator, questions):
        before = len(simulator.store.tickets)

        answer = await questions.ask(question.switch)

        if (question.switch, value) in TOO_FEW:
            assert answer.untold
        else:
            assert not answer.untold
            assert str(answer.value) == (str(value) or "none")
        made = list(simulator.store.tickets.values())[before:]
        assert all(ticket["isMarkedForDeletion"] for ticket in made), "nothing is left behind"


def test_every_switch_is_asked_about_or_has_its_reason() -> None:
    questions = OpenQuestions(None, list_type="", message_type="", inactive=())  # type: ignore[arg-type]

    assert set(questions.names) == {question.switch for question in QUESTIONS}
    assert len(questions.names) == len(set(questions.names))
    assert set(NOT_ASKED) == {question.switch for question in QUESTIONS if question.tenant.startswith("Not asked")}
    assert LOOKED_UP == ASKED_ABOUT


@pytest.mark.parametrize("name", NOT_ASKED)
async def test_what_can_t_be_asked_harmlessly_is_not_asked(name: str) -> None:
    async with a_tenant({}) as (simulator, questions):
        answer = await questions.ask(name)

        assert answer.untold.startswith("not asked: ")
        assert simulator.count() == 0


async def test_a_tenant_that_has_nothing_to_look_at_is_told_so() -> None:
    async with PureserviceSimulator(requests_per_minute=None) as simulator:
        tickets = Pureservice(
            url=simulator.url,
            api_key=simulator.api_key,
            message_type_name="a",
            list_asset_type="b",
            link_to_company="c",
            link_to_user="d",
            link_to_ticket="e",
            requests_per_minute=10_000,
        )
        questions = tickets.open_questions()
        answers = {name: await questions.ask(name) for name in questions.names}
        await tickets.close()

    untold = {name for name, answer in answers.items() if answer.untold}
    assert untold >= {"max_page", "relations_start", "organization_numbers", "full_name", "dates", "notes"}
    assert all(answer.value is None for answer in answers.values() if answer.untold)


async def test_a_key_with_fewer_rights_is_told_so_and_no_answer_is_made_up() -> None:
    async with a_tenant({"refused_lookup": "communication 403"}) as (_, questions):
        answers = {name: await questions.ask(name) for name in ("custom_type_filter", "system_communications")}

    assert {answer.untold for answer in answers.values()} == {"answered with 403"}
