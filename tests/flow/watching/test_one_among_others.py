"""A dispatch whose rows meet a fault of ours, wherever: the others go out, and the timer goes on to its end."""

from contextlib import suppress
from typing import Any

import pytest

from dispatch import tick
from dispatch.core import Batch, Dispatch, DispatchKey, IndexLine
from local.in_memory import CheckedLedger
from local.simulators.pureservice import seed
from tests.stage import Stage, a_stage

VERBS = ("dispatch", "batches", "save", "save_batch", "save_batches", "batch", "recipients", "record", "retire", "hold")


class Faulty(CheckedLedger):
    """Fails in one verb, for one dispatch: the first that is begun."""

    verb = ""
    key: DispatchKey | None = None

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in VERBS or name != type(self).verb:
            return found

        def called(*args: Any, **options: Any) -> Any:
            if self.key is not None and self.key in {_key(arg, self.key) for arg in args}:
                raise ValueError("a row that nobody can read")
            return found(*args, **options)

        return called


def _key(arg: Any, key: DispatchKey) -> Any:
    match arg:
        case Dispatch() | IndexLine():
            return arg.key
        case Batch():
            return arg.dispatch
        case list() | tuple():
            return next((_key(one, key) for one in arg), None)
        case int():
            return key if key.startswith(f"{arg}-") else None
    return arg


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("after", ["planning", "sending"])
async def test_a_fault_of_ours_about_one_dispatch_stops_no_other(verb, after, monkeypatch):
    async with a_stage(DISPATCH_BATCH_SIZE="2") as stage:
        monkeypatch.setattr(stage.ledger, "__class__", Faulty)
        monkeypatch.setattr(Faulty, "verb", verb)
        stage.seed(members=3)
        await tick.run(stage.services)
        if after == "sending":
            await stage.plans()
        stage.ledger.key = next(iter(stage.ledger.heads))
        others = second(stage)

        for _ in range(12):
            await tick.run(stage.services)
            while (message := stage.queues.take()) is not None:
                with suppress(ValueError):
                    await stage.handle(message)
            stage.clock.move(120)

        received = stage.received()
        assert {address: received[address] for address in others} == dict.fromkeys(others, 1)


def second(stage: Stage) -> list[str]:
    """Another ready ticket; whom it goes to."""
    store = stage.pureservice.store
    addresses = [f"ola{n}@eksempel.example" for n in range(3)]
    people = [seed.add_user(store, "Ola", f"Nr {n}", email=address) for n, address in enumerate(addresses)]
    ticket = seed.add_ticket(store, "En annen høring")
    seed.relate_list_to_ticket(store, seed.add_list(store, "Den andre listen", members=people), ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei, dette er noe annet.</p>")
    return addresses
