"""Every letter that a server received holds its own recipient's values and files, and nobody else's, by every way.

``MERGED=2000`` tries with so many recipients by each of them.
"""

import os
from dataclasses import dataclass

import pytest

from local.arrived import Arrived, arrived, by_pureservice, on_own_tickets, through_exchange
from local.demo.government import organisation_numbers
from local.merged_case import SUBJECT, TEXT, Person, Verdict, compared, people, put_file
from local.simulators.pureservice import Row, seed
from tests.stage import Stage, a_stage

COUNT = int(os.environ.get("MERGED", "40"))
SECONDS = 120 + 2 * COUNT  # what hangs is ended, also on a busy machine
LARGE, LARGE_AT_A_TIME = 3_100_000, 10  # bytes of a file that goes up in pieces; a stage holds each several times


@dataclass(frozen=True)
class Way:
    settings: dict[str, str]
    status: str = seed.READY
    size: int = 0  # of each one's file
    at_a_time: int = COUNT
    count: int = COUNT
    by_number: bool = False


GRAPH, SMTP = {"MAIL_MAILER": "microsoft-graph"}, {"MAIL_MAILER": "smtp"}
SPLIT = {"MAIL_REPLYTO_ADDRESS": "post@dibk.example"}
WAYS = {
    "graph": Way(GRAPH),
    "draft": Way({**GRAPH, "MAIL_RECONCILE": "draft"}),
    "upload session": Way(
        GRAPH, size=LARGE, at_a_time=LARGE_AT_A_TIME, count=COUNT if "MERGED" in os.environ else LARGE_AT_A_TIME
    ),
    "smtp": Way(SMTP),
    "own tickets, graph": Way({**GRAPH, **SPLIT}, status=seed.READY_121),
    "own tickets, smtp": Way({**SMTP, **SPLIT}, status=seed.READY_121),
    "own tickets, pureservice": Way({**SPLIT, "PURESERVICE_121_SEND_VIA": "pureservice"}, status=seed.READY_121),
    "eformidling": Way({"WITH_EXCHANGE": "1"}, by_number=True),
}


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_every_letter_holds_its_own_values_and_files(way: Way) -> None:
    for first in range(0, way.count, way.at_a_time):
        async with a_stage(**way.settings) as stage:
            ticket, rows = prepared(stage, way, min(way.at_a_time, way.count - first), of=str(first))
            await stage.run(hours=48)

            letters = received(stage)
            assert sorted(letter.to for letter in letters) == sorted(one.to for one in rows)
            assert compared([*letters, *on_own_tickets(stage.pureservice.store, ticket)], rows) == Verdict(0, 0)
            assert stage.status_of(ticket) == seed.SOLVED


def prepared(stage: Stage, way: Way, count: int, *, of: str) -> tuple[Row, list[Person]]:
    """A ticket with a spreadsheet of so many, of whom no two have a value or a file in common."""
    numbers: list[str] = []
    if stage.exchange is not None:
        numbers = [number for number, _ in zip(organisation_numbers(), range(count), strict=False)]
        for at, number in enumerate(numbers):
            stage.exchange.add_organisation(number, service=("DPO", "DPF", "DPV")[at % 3])
    store, rows = stage.pureservice.store, people(count, of=of, numbers=numbers, size=way.size)
    ticket = seed.add_ticket(store, SUBJECT, seed.EF_USER if way.by_number else None, status=way.status)
    seed.add_dispatch_text(store, ticket, TEXT, subject=SUBJECT)
    put_file(store, ticket, rows, by_number=way.by_number)
    return ticket, rows


def received(stage: Stage) -> list[Arrived]:
    """What reached recipients: letters, messages of eFormidling, and what Pureservice sent itself."""
    messages = through_exchange(stage.exchange.messages.values() if stage.exchange else ())
    letters = arrived(stage.graph.received, stage.smtp.received)
    return [*letters, *messages, *by_pureservice(stage.pureservice.store)]
