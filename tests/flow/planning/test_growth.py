"""Twice as many members take twice as many calls, rows and bytes, and no more: counted, and never timed."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.simulators.pureservice import Row
from tests.stage import Stage, a_stage

SIZE = 600


@dataclass
class Count:
    """What one plan asked the outside for."""

    calls: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    kept: int = 0  # bytes beside the ledger

    def watch(self, stage: Stage) -> None:
        real, put = stage.ledger.write_batch, stage.content.put

        async def write_batch(dispatch: Any, batch: Any, recipients: Any, **options: Any) -> Any:
            self.calls["write_batch"] += 1
            self.rows += len(recipients)
            return await real(dispatch, batch, recipients, **options)

        async def kept(name: str, content: bytes, **options: Any) -> None:
            if "/members/" in name:
                self.calls["keep"] += 1
                self.kept += len(content)
            await put(name, content, **options)

        stage.ledger.write_batch = write_batch  # type: ignore[method-assign]
        stage.content.put = kept  # type: ignore[method-assign]


async def planned(size: int) -> tuple[Count, Row]:
    async with a_stage(DISPATCH_BATCH_SIZE="50") as stage:
        ticket = stage.seed(members=size)
        counted = Count()
        counted.watch(stage)
        await stage.tick()
        assert stage.dispatch_of(ticket).plan.recipients == size
        counted.calls["pages"] = sum("fromAsset" in request.path for request in stage.pureservice.requests)
        counted.calls["others"] = len(stage.pureservice.requests) - counted.calls["pages"]
        return counted, ticket


@pytest.fixture
def kept_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.planning.list_reading.KEPT_PAGES", 1)


@pytest.mark.usefixtures("kept_often")
async def test_a_list_twice_as_long_takes_twice_as_much():
    (one, _), (two, _), (four, _) = [await planned(size * SIZE) for size in (1, 2, 4)]

    assert (one.rows, two.rows, four.rows) == (SIZE, 2 * SIZE, 4 * SIZE), "each row is written once"
    assert one.calls["others"] == two.calls["others"] == four.calls["others"]
    for name in ("write_batch", "pages", "keep"):
        grew, grew_again = two.calls[name] - one.calls[name], four.calls[name] - two.calls[name]
        assert grew_again <= 2 * grew + 1, name
    assert four.kept - two.kept <= 2.2 * (two.kept - one.kept), "no part is kept twice"
