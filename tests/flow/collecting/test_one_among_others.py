"""A fault of ours about one mail or one dispatch: returned mail of the others is read and told all the same."""

from typing import Any

import pytest

from dispatch.core import DispatchKey, RecipientState
from dispatch.returns import read_mime
from local.simulators.graph import ReturnRule
from local.simulators.pureservice import Row
from tests.flow.collecting.test_returned_mail import HOUR, days_pass, notes
from tests.stage import Stage, a_stage


async def two_sent(stage: Stage) -> tuple[Row, Row]:
    """Two dispatches of which letters come back."""
    stage.graph.switches.returns = [ReturnRule("kari[13]@", after=6 * HOUR)]
    first, second = stage.seed(3), stage.seed(4)
    for _ in range(4):
        await stage.tick()
        await stage.drain(hours=0.1)
    return first, second


@pytest.mark.parametrize("days", [2, 5])
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("where", ["what is kept of it", "its rows"])
async def test_a_dispatch_that_can_not_be_read_keeps_no_other_from_being_told_and_is_told_once_it_can(
    where: str, which: int, days: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_stage(DISPATCH_RETURNS_DAYS="3", MAIL_RATE_PER_MINUTE="0") as stage:
        tickets = await two_sent(stage)
        broken, whole = tickets[which], tickets[1 - which]
        key = stage.dispatch_of(broken).key
        if where == "its rows":
            real = stage.ledger.all_recipients

            def rows(of: DispatchKey) -> Any:
                if of == key:
                    raise ValueError("a row that nobody can read")
                return real(of)

            monkeypatch.setattr(stage.ledger, "all_recipients", rows)
        else:
            await stage.content.put(f"{key}/returned.json", b"{", content_type="application/json")

        await days_pass(stage, days)
        if days < 3:  # while it is still watched
            monkeypatch.undo()
            stage.content.blobs.pop(f"{key}/returned.json", None)
            await days_pass(stage, 3)
            assert stage.states_of(broken)[RecipientState.RETURNED] >= 1

        assert stage.states_of(whole)[RecipientState.RETURNED] >= 1
        assert len(notes(stage, whole)) == 1
        assert len(notes(stage, broken)) == (days < 3)


async def test_a_mail_that_meets_a_fault_of_ours_is_passed_over_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_stage(DISPATCH_RETURNS_DAYS="3", MAIL_RATE_PER_MINUTE="0") as stage:
        _, second = await two_sent(stage)
        met = list[bytes]()

        def reads(mail: bytes, **said: str) -> Any:
            if not met or met[0] == mail:
                met[:] = [mail]
                raise ValueError("nobody thought of that")
            return read_mime(mail, **said)

        monkeypatch.setattr("dispatch.collecting.mailbox.read_mime", reads)
        await days_pass(stage, 5)

        assert met
        assert stage.states_of(second)[RecipientState.RETURNED] >= 1
        assert len(notes(stage, second)) == 1
