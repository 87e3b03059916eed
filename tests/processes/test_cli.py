"""The commands as an operator runs them: a process of its own, its exit code, and what it prints."""

import asyncio
import csv
import io
import json
import re
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from local.world import ROOT, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SETTINGS = {
    "DISPATCH_SCHEDULE": "*/1 * * * * *",
    "DISPATCH_BATCH_SIZE": "4",
    "DISPATCH_RELEASE_AHEAD_SECONDS": "2",
    "MAIL_RATE_PER_MINUTE": "480",
    "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:01",
}


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert "Traceback" not in self.err
        return json.loads(self.out)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(settings=SETTINGS) as opened:
        seed.seed_basics(opened.pureservice.store)
        yield opened


async def command(world: World, *arguments: str, lang: str = "nb_NO.UTF-8", **settings: str) -> Ended:
    """Runs ``python -m dispatch`` with this world's settings."""
    environ = {"PATH": "", "LANG": lang, "PYTHONUTF8": "1", "COLUMNS": "160", **world.environ(), **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dispatch",
        *arguments,
        cwd=ROOT,
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    ended = Ended(process.returncode or 0, out.decode(), err.decode())
    assert "Traceback" not in ended.out + ended.err, ended.err
    return ended


async def from_file(world: World, folder: Path, *arguments: str, values: Any = None, **environ: str) -> Ended:
    """Runs a command in a folder whose ``local.settings.json`` is this world's, with nothing of ours around it."""
    file = folder / "local.settings.json"
    file.write_text(json.dumps({"Values": world.environ()}) if values is None else values, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dispatch",
        *arguments,
        cwd=folder,
        env={
            "PATH": "",
            "LANG": "nb_NO.UTF-8",
            "PYTHONUTF8": "1",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "160",
            **environ,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert b"Traceback" not in out + err
    return Ended(process.returncode or 0, out.decode(), err.decode())


async def each(world: World, commands: Sequence[tuple[str, ...]]) -> list[Ended]:
    """What each command ends with; two run at a time."""
    free = asyncio.Semaphore(2)

    async def one(arguments: tuple[str, ...]) -> Ended:
        async with free:
            return await command(world, *arguments)

    return await asyncio.gather(*(one(arguments) for arguments in commands))


UNREACHABLE = 3  # what a command ends with where the outside could not be reached


async def pressed(world: World, *arguments: str) -> Ended:
    """What a press ends with; one that came half-way, on a busy storage, is finished by pressing again."""
    first = await command(world, *arguments)
    return await command(world, *arguments) if first.code == UNREACHABLE else first


def a_case(world: World, members: int = 4, **ticket: Any) -> Row:
    store = world.pureservice.store
    people = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(members)]
    people.append(seed.add_user(store, "[bold]Uten\x1b[31m", "Adresse"))
    row = seed.add_ticket(store, "Høring om endring", **ticket)
    seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=people), row)
    seed.add_dispatch_text(store, row, "<p>Hei, dette er en høring.</p>")
    return row


def status_of(world: World, ticket: Row) -> str:
    store = world.pureservice.store
    return str(store.statuses[store.tickets[ticket["id"]]["statusId"]]["name"])


def told_in(log: Path) -> str:
    """What was logged last, without the ticks that found nothing to do."""
    lines = log.read_text(encoding="utf-8").splitlines()
    return "\n".join([line for line in lines if "dispatch_id" in line and '"progress"' not in line][-25:])


async def resolved(world: World, key: str) -> Any:
    """The dispatch when its report is whole: the ticket is solved an instant before the ledger says so."""
    for _ in range(20):
        one = (await command(world, "status", key, "--json")).json
        if one["state"] == "resolved":
            return one
    raise AssertionError(one)


async def finished(world: World, ticket: Row, log: Path) -> None:
    assert await world.until(lambda: status_of(world, ticket) == "Løst", seconds=60), told_in(log)


# --- the life of a dispatch


async def test_preview_tells_and_changes_nothing(world: World, tmp_path: Path):
    ticket = a_case(world, status="Under arbeid")
    number, writes = str(ticket["requestNumber"]), len(world.pureservice.history)
    letter = tmp_path / "brev.html"

    told = await command(world, "preview", number, "--recipient", "kari1@eksempel.example", "--html", str(letter))
    as_json = await command(world, "preview", number, "--json")
    english = await command(world, "preview", number, lang="en_GB.UTF-8")

    assert (told.code, as_json.code, english.code) == (0, 0, 0)
    assert "4 / 5" in told.out
    assert "Mangler e-postadresse" in told.out
    assert "Kari Nr 1 <kari1@eksempel.example>" in told.out
    assert "Hei, dette er en høring." in told.out
    assert "[bold]Uten" in told.out, "a name is text, not markup"
    assert "\x1b" not in told.out, "and no command to the terminal"
    assert "no address" in english.out
    assert "Hei, dette er en høring." in letter.read_text(encoding="utf-8")
    assert (as_json.json["to_send"], as_json.json["skipped"]) == (4, 1)
    assert as_json.json["left_out"][0]["reason"] == "no_address"
    assert len(world.pureservice.history) == writes
    assert world.graph.received == []


async def test_a_preview_with_something_to_fix_ends_with_one_and_says_it_in_the_terminals_language(world: World):
    number = str(seed.add_ticket(world.pureservice.store, "Uten noe")["requestNumber"])

    norwegian = await command(world, "preview", number)
    english = await command(world, "preview", number, lang="en_GB.UTF-8")
    as_json = await command(world, "preview", number, "--json", lang="en_GB.UTF-8")

    assert (norwegian.code, english.code, as_json.code) == (1, 1, 1)
    assert "✗ Må rettes først: Saken mangler meldingen som skal sendes ut." in norwegian.out
    assert "✗ To be fixed first: The ticket lacks the message that is to be sent." in english.out
    assert "Saken" not in english.out
    assert as_json.json["ok"] is False
    assert as_json.json["problems"][0].startswith("The ticket lacks the message")


async def test_a_preview_of_what_is_under_way_says_so_and_what_the_letter_has_in_the_terminals_language(
    world: World, tmp_path: Path
):
    ticket = a_case(world, members=60)
    store = world.pureservice.store
    seed.add_attachment(store, ticket, "svar.pdf", b"%PDF-1.7", "application/pdf", is_part_of_current_solution=True)
    text = next(iter(world.pureservice.store.communications.values()))
    world.pureservice.store.update("communication", text, {"text": '<p>Se <a href="/her">her</a>.</p>'})
    number = str(ticket["requestNumber"])
    world.start_host(log=tmp_path / "host.log", extra={"MAIL_RATE_PER_MINUTE": "60"})
    assert await world.until(lambda: bool(world.graph.received), seconds=60)

    norwegian = await command(world, "preview", number)
    english = await command(world, "preview", number, lang="en_GB.UTF-8")

    assert (norwegian.code, english.code) == (1, 1)
    assert "! The link «her» goes to «/her», where recipients can't get." in english.out
    assert "! Utsendelsen av denne meldingen er allerede i gang" in norwegian.out
    assert "! This message is being sent already" in english.out
    for told in (norwegian.out, english.out):
        assert not re.search(r"Får meldingen|Would get it|Ferdig|Done", told), "nobody gets anything more"
    assert re.search(r"Følger ikke med +svar\.pdf \(hører til løsningen\)", norwegian.out)
    assert re.search(r"Left out +svar\.pdf \(belongs to the solution\)", english.out)


async def going_on(world: World, key: str) -> None:
    """The next tick lets the dispatch go on; until then it stands stopped, and a watch has nothing to watch."""
    for _ in range(40):
        (one,) = (await command(world, "status", "--json")).json["dispatches"]
        if (one["key"], one["state"]) != (key, "stopped"):
            return
        await asyncio.sleep(0.5)
    pytest.fail("the dispatch did not go on")


async def at_rest(world: World) -> int:
    """How many have left when no more do; a worker may remember for twenty seconds that the ticket stood ready."""
    for _ in range(5):
        held = len(world.graph.received)
        await asyncio.sleep(6)  # longer than between two batches
        if len(world.graph.received) == held:
            return held
    pytest.fail("the stop did not hold")


async def test_stop_resume_status_export_retry_and_purge(world: World, tmp_path: Path):
    log = tmp_path / "host.log"
    ticket = a_case(world, members=90)
    world.start_host(log=log, extra={"MAIL_RATE_PER_MINUTE": "60"})  # slower than any two commands
    assert await world.until(lambda: len(world.graph.received) >= 4, seconds=60), told_in(log)

    (going,) = (await command(world, "status", "--json")).json["dispatches"]
    key = going["key"]
    assert (going["state"], going["recipients"]) == ("sending", 91), "the one without an address counts, as on the page"
    assert going["done_at"]
    stopped = await command(world, "stop", key)
    assert (stopped.code, stopped.out) == (0, f"Utsendelsen {key} stoppes.\n")
    assert await at_rest(world) < 90
    assert status_of(world, ticket) == "Under arbeid"
    again = await command(world, "stop", key, "--json")
    assert (again.code, again.json["ok"]) == (1, False)

    await world.stop_host()
    world.start_host(log=log)
    assert (await command(world, "resume", key)).code == 0
    await going_on(world, key)
    watched = await command(world, "status", key, "--watch")
    assert watched.code == 0
    assert "ferdig" in watched.out
    await finished(world, ticket, log)
    assert len(world.graph.received) == 90

    table = (await command(world, "status")).out
    assert key in table
    one = await resolved(world, key)
    assert (one["delivered"], one["skipped"]) == (90, 1)
    assert [row["reason"] for row in one["missed"]] == ["no_address"]
    file = tmp_path / "mottakere.csv"
    assert (await command(world, "export", key, "--output", str(file))).code == 0
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 1 + 91
    assert (await command(world, "export", key)).out.encode().decode("utf-8-sig").splitlines()[0].startswith("Navn;")
    assert len((await command(world, "export", key, "--json")).json) == 91

    number = str(ticket["requestNumber"])
    assert (await command(world, "status", number, "--json")).json["key"] == key

    nobody = await command(world, "retry", number)
    assert (nobody.code, nobody.out) == (1, "")
    assert "Ingen av dem som ikke fikk meldingen" in nobody.err

    assert (await command(world, "purge", key)).code == 2, "without --yes, and nobody to ask"
    assert (await command(world, "purge", key, "--yes", "--json")).json == {"ok": True, "purged": 1}
    await assert_told_as_purged(world, key, number)


async def assert_told_as_purged(world: World, key: str, number: str) -> None:
    """By key and by number alike, and never as one that nobody got."""
    by_number, by_key = await each(world, (("status", number, "--json"), ("status", key, "--json")))
    assert by_number.json == by_key.json
    assert (by_key.json["purged"], by_key.json["state"]) == (True, "resolved")
    for name in (key, number):
        shown = (await command(world, "status", name)).out
        assert "Mottakere og innhold, 20" in shown
        assert "Behandlet" not in shown, "zeroes would say that nobody got the letter"
        refused = await command(world, "export", name, "--json")
        assert (refused.code, refused.json["problems"]) == (1, [f"Mottakere og innhold av {key} er slettet fra før."])
    again = await command(world, "purge", number, "--yes")
    assert (again.code, again.out) == (0, f"Mottakere og innhold av {key} er slettet fra før.\n")


async def test_resolve_ends_a_dispatch_and_retry_reaches_the_rest(world: World, tmp_path: Path):
    log = tmp_path / "host.log"
    ticket = a_case(world, members=90)
    world.start_host(log=log, extra={"MAIL_RATE_PER_MINUTE": "60"})
    assert await world.until(lambda: len(world.graph.received) >= 4, seconds=60), told_in(log)
    key = (await command(world, "status", "--json")).json["dispatches"][0]["key"]

    assert (await command(world, "resolve", key)).code == 2
    ended = await pressed(world, "resolve", key, "--yes", "--json")
    assert ended.code == 0, ended.out
    await finished(world, ticket, log)
    one = await resolved(world, key)

    assert one["delivered"] == len(world.graph.received) < 90
    assert one["delivered"] + one["failed"] == 90
    await world.stop_host()
    world.start_host(log=log, extra={"MAIL_RATE_PER_MINUTE": "0"})
    assert (await command(world, "retry", key, "--json")).json["recipients"] == one["failed"]
    await finished(world, ticket, log)
    addresses = [mail.to for mail in world.graph.received]
    assert len(addresses) == len(set(addresses)) == 90


# --- mistakes


async def test_wrong_use_ends_with_two_and_a_sentence(world: World, tmp_path: Path):
    ticket = str(a_case(world)["requestNumber"])
    commands = (
        ("stop", "tull"),
        ("stop", "9001-8001"),
        ("resume", "1-1"),
        ("retry", "1-1"),
        ("status", "x"),
        ("status", "1-1"),
        ("status", "--watch", "--json"),
        ("export", "1-1"),
        ("purge",),
        ("purge", "1-1", "--yes"),
        ("purge", "1-1", "--older-than", "3"),
        ("stop", "99999"),
        ("status", ticket),
        ("preview", "99999"),
        ("preview", "abc"),
        ("preview", ticket, "--recipient", "ingen@x.example"),
        ("preview", ticket, "--html", str(tmp_path / "no" / "such" / "folder.html")),
        ("finnes-ikke",),
    )
    for arguments, told in zip(commands, await each(world, commands), strict=True):
        assert (told.code, arguments) == (2, arguments), told.err
        assert told.err.strip() or told.out.strip(), arguments


async def test_a_mistake_is_told_to_a_program_as_json(world: World):
    commands = (
        ("stop", "1-1", "--json"),
        ("status", "x", "--json"),
        ("preview", "99999", "--json"),
        ("export", "1-1", "--json"),
        ("purge", "1-1", "--yes", "--json"),
    )
    for arguments, told in zip(commands, await each(world, commands), strict=True):
        assert (told.code, told.json["ok"], told.json["exit"]) == (2, False, 2), arguments
        assert told.json["problems"]


async def test_what_can_not_be_reached_ends_with_three(world: World):
    ticket = str(a_case(world)["requestNumber"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    storage = world.azurite.connection_string.replace("devstoreaccount1;", "devstoreaccount1;", 1)
    nowhere = ";".join(
        f"{name}={value.rsplit(':', 1)[0]}:{closed}/devstoreaccount1"
        if name.endswith("Endpoint")
        else f"{name}={value}"
        for name, _, value in (part.partition("=") for part in storage.strip(";").split(";"))
    )

    no_pureservice = await command(world, "preview", ticket, PURESERVICE_URL=f"http://127.0.0.1:{closed}")
    wrong_key = await command(world, "preview", ticket, "--json", PURESERVICE_APIKEY="feil")
    no_storage = await command(world, "status", AzureWebJobsStorage=nowhere)

    assert (no_pureservice.code, wrong_key.code, no_storage.code) == (3, 3, 3)
    nobody = "kan ikke koble til: ingen tar imot der. Start tjenesten, eller rett adresse og port i"
    assert no_pureservice.err == f"Pureservice svarer ikke som det skal: {nobody} PURESERVICE_URL.\n"
    assert "PURESERVICE_APIKEY" in wrong_key.json["problems"][0]
    assert no_storage.err == f"Lageret svarer ikke som det skal: {nobody} AzureWebJobsStorage.\n"


async def test_pureservice_that_is_down_is_told(world: World):
    ticket = str(a_case(world)["requestNumber"])
    world.pureservice.faults.add(Fault(match="GET ", status=503, times=None))

    told = await command(world, "preview", ticket, "--json", lang="en_GB.UTF-8")

    assert (told.code, told.json["exit"]) == (3, 3)
    assert told.json["problems"][0].startswith("Pureservice does not answer")


async def test_a_clone_needs_no_environment_but_its_settings_file(world: World, tmp_path: Path):
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"Values": {**world.environ(), "PURESERVICE_APIKEY": "feil"}}), encoding="utf-8")
    number = str(a_case(world)["requestNumber"])

    alone = await from_file(world, tmp_path, "preview", number)
    named = await from_file(world, tmp_path, "preview", number, "--settings", str(other))
    around = await from_file(world, tmp_path, "preview", number, PURESERVICE_URL="http://127.0.0.1:9")

    assert alone.code == 0, alone.err
    assert "4 / 5" in alone.out
    assert (named.code, "PURESERVICE_APIKEY" in named.err) == (3, True)
    assert around.code == 4, "an environment of its own is never filled up from the file"


async def test_a_settings_file_that_can_not_be_read_is_one_sentence(world: World, tmp_path: Path):
    """Every file that is none, and every reader of it; the readers share what tells them apart."""
    for verb, values in (
        ("status", "{"),
        ("doctor", "[]"),
        ("doctor", "{}"),
        ("status", '{"Values": {}, "IsEncrypted": true}'),
    ):
        told = await from_file(world, tmp_path, verb, values=values)
        assert (told.code, "local.settings.json: " in told.err) == (4, True), (verb, values)
    for verb in ("status", "doctor"):
        missing = await from_file(world, tmp_path, verb, "--settings", "no-such.json", values="{}")
        assert (missing.code, "no-such.json: " in missing.err) == (4, True), verb


async def test_settings_that_are_missing_end_with_four_and_all_their_names(world: World):
    told = await command(world, "status", "--json", PURESERVICE_URL="", MAIL_PORT="x")
    storage = await command(world, "status", AzureWebJobsStorage="tull")

    assert (told.code, storage.code) == (4, 4)
    text = "\n".join(told.json["problems"])
    assert "PURESERVICE_URL: mangler" in text
    assert "MAIL_PORT" in text
    assert "AzureWebJobsStorage" in storage.err


async def test_help_has_examples_and_the_exit_codes_in_the_terminals_language(world: World):
    norwegian, english = await command(world, "--help"), await command(world, "-h", lang="en_US.UTF-8")

    assert norwegian.code == english.code == 0
    assert "Sluttkoder: 0 i orden" in " ".join(norwegian.out.split())
    assert "Exit codes: 0 all is well" in " ".join(english.out.split())
    names = ("doctor", "preview", "status", "stop", "resume", "retry", "resolve", "purge", "export")
    for name, told in zip(names, await each(world, [(name, "--help") for name in names]), strict=True):
        assert f"python -m dispatch {name}" in told.out
        assert "--json" in told.out
        assert "Eksemp" in told.out
