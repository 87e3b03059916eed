"""The commands' texts and their mapping of errors to exit codes."""

import re
from string import Formatter

import pytest
from azure.core.exceptions import ServiceRequestError

from dispatch.cli.commands import who
from dispatch.cli.outcome import Exit, StorageSlow, WrongUse, explained
from dispatch.cli.source import first
from dispatch.cli.terminal import plain
from dispatch.cli.texts import SAID, Texts
from dispatch.cli.which import parsed
from dispatch.core import (
    BadConfiguration,
    ContentMissing,
    DispatchState,
    HalfDone,
    LostRace,
    Rejected,
    TicketSystemBusy,
    TicketSystemRefused,
)
from tests.builders import KEY

NB, EN = Texts("nb"), Texts("en")


@pytest.mark.parametrize("name", SAID)
def test_both_languages_take_the_same_values(name: str):
    fields = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in SAID[name]]

    assert fields[0] == fields[1]
    assert all(text.strip() for text in SAID[name])


@pytest.mark.parametrize("state", DispatchState)
def test_every_state_has_a_name(state: DispatchState):
    assert NB(f"state_{state}") != EN(f"state_{state}") or state is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WrongUse("x"), Exit.WRONG_USE),
        (Rejected(["Det går ikke."]), Exit.PROBLEMS),
        (BadConfiguration(["X: missing"]), Exit.SETTINGS),
        (TicketSystemBusy("GET", "ticket/1", status=503), Exit.UNREACHABLE),
        (TicketSystemRefused("GET", "ticket/1", status=401), Exit.UNREACHABLE),
        (StorageSlow(), Exit.UNREACHABLE),
        (ServiceRequestError("no route"), Exit.UNREACHABLE),
        (LostRace("x"), Exit.PROBLEMS),
        (ContentMissing("x"), Exit.PROBLEMS),
        (ZeroDivisionError("x"), Exit.OUR_FAULT),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_kind_of_error_has_its_code_and_its_sentence(error: Exception, code: Exit):
    for texts in (NB, EN):
        found, lines = explained(error, texts)
        assert found is code
        assert all(line.strip() for line in lines)


def test_the_codes_that_are_promised_are_those_that_exist():
    for text in SAID["exit_codes"]:
        assert {int(number) for number in re.findall(r"\b(\d) ", text)} == {int(code) for code in Exit}


@pytest.mark.parametrize("key", ["", "1-", "-1", "1-2-3", "a-b", "1-2\n", "१-२", "1" * 13 + "-1"])
def test_what_is_no_key_is_refused(key: str):
    with pytest.raises(WrongUse, match="er verken et saksnummer"):
        parsed(key, NB)


@pytest.mark.parametrize("what", [KEY, "10234"])
def test_a_key_or_a_number_is_taken_as_it_is(what: str):
    assert parsed(what, NB) == what


@pytest.mark.parametrize(
    ("given", "parsed_as"),
    [
        (["status", "--settings", "f.json", "1"], ["--settings", "f.json", "status", "1"]),
        (["--settings=f.json", "status"], ["--settings=f.json", "status"]),
        (["status", "--settings"], ["--settings", "status"]),
        (["status", "1", "--json"], ["status", "1", "--json"]),
    ],
)
def test_the_settings_file_may_be_named_anywhere(given: list[str], parsed_as: list[str]):
    assert first(given) == parsed_as


def test_who_gives_commands_is_told_without_an_address():
    assert who().startswith("cli")
    assert "@" not in who()


def test_a_name_can_not_command_the_terminal():
    assert plain("Kari\x1b[31m\r\n\u202eNr 1\x07").plain == "Kari�[31m� �Nr 1�"


@pytest.mark.parametrize("texts", [Texts("nb"), Texts("en")])
def test_a_press_that_came_half_way_says_what_was_done_and_why_it_went_no_further(texts: Texts):
    cause = ServiceRequestError("no route to the storage")
    half = HalfDone(["Utsendelsen er stoppet for godt."])
    half.__cause__ = cause

    code, lines = explained(half, texts)

    assert code is Exit.UNREACHABLE
    assert lines[1:] == explained(cause, texts)[1]
    assert len(explained(HalfDone(["Utsendelsen er stoppet for godt."]), texts)[1]) == 1
