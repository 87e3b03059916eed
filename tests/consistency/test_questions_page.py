"""The page on what is not known about Pureservice is the table that the tests run through, and nothing is left out."""

from dataclasses import fields

from local.questions_page import PAGE, page
from local.simulators.pureservice.questions import QUESTIONS
from local.simulators.pureservice.switches import OF_OTHER_CLIENTS, Switches


def test_the_page_is_as_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make settings"


def test_every_switch_is_a_question_or_of_other_clients() -> None:
    questions = [question.switch for question in QUESTIONS]

    assert len(questions) == len(set(questions))
    assert set(questions) | set(OF_OTHER_CLIENTS) == {one.name for one in fields(Switches)}
    assert set(questions) & set(OF_OTHER_CLIENTS) == set()


def test_every_question_has_another_answer_than_the_safest_and_says_what_is_known() -> None:
    for question in QUESTIONS:
        safest = getattr(Switches(), question.switch)
        assert question.values, question.switch
        assert safest not in question.values, question.switch
        assert question.asks.endswith("?"), question.switch
        assert question.evidence, question.switch
        assert question.tenant, question.switch
