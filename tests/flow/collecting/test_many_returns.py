"""Two thousand letters of which a twentieth comes back: late, twice, out of order, while the reader is killed."""

import csv
import io
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from dispatch.core import DispatchKey, Recipient, RecipientState, letter_key
from local import filled
from local.in_memory import MemoryLedger
from local.simulators.graph import FORMS
from local.simulators.graph.records import ReceivedMail
from local.simulators.graph.returns import returned
from local.simulators.pureservice import Row, seed
from tests.stage import ProcessDiesError, Stage, a_stage

MAILBOX = "utsending@etat.example"
HOUR, DAY = 3600.0, 86400.0
RECIPIENTS, SHARE = 2000, 20
SURE = [name for name, form in FORMS.items() if form.says == "failed" and name not in {"without_letter", "several"}]
NOTHING = [name for name, form in FORMS.items() if form.says != "failed"]
CALLS = ("get", "put", "read"), ("record", "batch", "save", "recipients")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with a_stage(DISPATCH_RETURNS_DAYS="3") as opened:
        yield opened


async def sent(stage: Stage) -> tuple[Row, DispatchKey]:
    """A dispatch that is done, as its rows say, on a ticket that is solved."""
    ticket = stage.seed(0, status=seed.SOLVED)
    stage.clock.now = stage.clock.now.replace(microsecond=0)
    past = MemoryLedger()  # which asks for no move
    key = await filled.fill(past, recipients=RECIPIENTS, ticket=ticket["id"], now=stage.clock())
    ledger = stage.ledger
    ledger.heads, ledger.batch_rows, ledger.written, ledger.done = past.heads, past.batch_rows, past.written, past.done
    return ticket, key


def comes_back(stage: Stage, row: Recipient, key: DispatchKey, *, form: str, after: float, copies: int) -> None:
    letter = ReceivedMail(
        mailbox=MAILBOX,
        to=row.address,
        to_name=row.name,
        subject="Høring",
        html="",
        message_id=row.attempt.message_id,
        key=letter_key(row, key, redirect=""),
        headers={"x-dispatch-key": letter_key(row, key, redirect="")},
        attachments=[],
        reply_to="",
        from_name="",
        at=0.0,
        via="sendMail",
    )
    for copy in range(copies):
        due = stage.clock().timestamp() + after + copy * random.Random(row.index).uniform(0, DAY)
        content = returned(letter, FORMS[form], copy=copy)
        stage.graph.mailbox(MAILBOX).await_mail(content, due=due, folder=("inbox", "junkemail")[row.index % 2])


def sent_back(stage: Stage, rows: list[Recipient], key: DispatchKey, chance: random.Random) -> set[str]:
    """Whom the simulator sent back; as many others get mails that only look like it."""
    delivered = [row for row in rows if row.state is RecipientState.DELIVERED]
    chosen = chance.sample(delivered, 2 * RECIPIENTS // SHARE)
    back, others = chosen[::2], chosen[1::2]
    for row in back:
        comes_back(stage, row, key, form=chance.choice(SURE), after=chance.uniform(0, 1.8 * DAY), copies=2)
    for row in others:
        comes_back(stage, row, key, form=chance.choice(NOTHING), after=chance.uniform(0, 1.8 * DAY), copies=1)
    return {row.address for row in back}


class Killer:
    """Ends the process at some calls, on either side of them."""

    def __init__(self, stage: Stage, chance: random.Random) -> None:
        self._chance, self.deaths = chance, 0
        for thing, names in zip((stage.content, stage.ledger), CALLS, strict=True):
            for name in names:
                setattr(thing, name, self._mortal(getattr(thing, name)))

    def _mortal(self, call: Any) -> Any:
        async def mortal(*args: Any, **kwargs: Any) -> Any:
            if self._chance.random() < 0.02:
                self.deaths += 1
                if self._chance.random() < 0.5:
                    await call(*args, **kwargs)
                raise ProcessDiesError
            return await call(*args, **kwargs)

        return mortal


@pytest.mark.parametrize("number", range(2))
async def test_note_and_list_agree_with_what_was_sent_back_whenever_the_reader_is_killed(stage: Stage, number: int):
    chance = random.Random(number)
    ticket, key = await sent(stage)
    rows = [row async for row in stage.ledger.all_recipients(key)]
    truth = sent_back(stage, rows, key, chance)
    killer = Killer(stage, chance)

    until = stage.clock.now + timedelta(days=4.5)
    while stage.clock.now < until:
        try:
            await stage.tick()
        except ProcessDiesError:
            continue  # at once again
        stage.clock.move(5 * HOUR)

    assert killer.deaths > 3
    now = list(stage.ledger.rows[key].values())
    assert {row.address for row in now if row.state is RecipientState.RETURNED} == truth
    counts = [batch.counts for batch in await stage.ledger.batches(key)]
    assert sum(one.returned for one in counts) == len(truth)
    assert sum(one.attempted + one.skipped for one in counts) == RECIPIENTS
    (note,) = [
        str(row["text"])
        for row in stage.pureservice.store.communications.values()
        if row.get("ticketId") == ticket["id"] and ">Meldinger kom i retur<" in str(row.get("text"))
    ]
    assert f">{len(truth)}\u00a0meldinger<" in note
    assert all(address in note for address in truth)
    listed = csv.DictReader(io.StringIO(the_list(stage).decode("utf-8-sig")), delimiter=";")
    assert {row["Adresse"] for row in listed if row["Resultat"] == "Kom i retur"} == truth


def the_list(stage: Stage) -> bytes:
    """The file on the ticket, once."""
    store = stage.pureservice.store
    named = [row["id"] for row in store.attachments.values() if "mottakere-retur" in str(row["fileName"])]
    (found,) = named
    return store.file_bytes(found)
