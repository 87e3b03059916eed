"""Whatever the mailboxes of a pool answer, in whatever order: nobody twice, nobody lost, and the right one is asked."""

import random
from urllib.parse import quote

import pytest

from local.pool import strays
from local.simulators.faults import Fault
from tests.stage import Stage, a_stage

POOL = ["a@etat.example", "b@etat.example", "c@etat.example"]
ANSWERS = (
    Fault(status=403, body='{"error": {"code": "ErrorAccessDenied"}}'),
    Fault(status=429, body='{"error": {"code": "ApplicationThrottled"}}', headers={"Retry-After": "90"}),
    Fault(status=429, body='{"error": {"code": "ApplicationThrottled"}}', headers={"Retry-After": "5"}),
    Fault(status=429, body='{"error": {"code": "ErrorSubmissionQuotaExceeded"}}'),
    Fault(status=504, commit=True),
    Fault(status=504),
    Fault(drop="before"),
    Fault(drop="after"),
)


def some_faults(stage: Stage, rng: random.Random) -> None:
    for _ in range(8):
        kind = rng.choice(ANSWERS)
        mailbox = quote(rng.choice(POOL), safe="")
        stage.graph.faults.add(
            Fault(
                f"POST .*/users/{mailbox}/",
                status=kind.status,
                body=kind.body,
                headers=dict(kind.headers),
                commit=kind.commit,
                drop=kind.drop,
                times=rng.choice((1, 2, 6)),
                skip=rng.randrange(6),
            )
        )


@pytest.mark.parametrize("chosen", [1, 2, 6, 10, 21])
async def test_nobody_gets_two_and_nobody_is_lost(chosen):
    rng = random.Random(chosen)
    mode = rng.choice(("sent-items", "draft"))
    settings = {"MAIL_SENDERS": ", ".join(POOL), "DISPATCH_BATCH_SIZE": "4", "MAIL_MAILER": "microsoft-graph"}
    async with a_stage(**settings, MAIL_RECONCILE=mode) as stage:
        stage.graph.asked = set()
        some_faults(stage, rng)
        ticket = stage.seed(members=24)
        await stage.run(hours=48)

        assert stage.states_of(ticket) == {"delivered": 24}
        assert set(stage.received().values()) == {1}
        assert strays(stage.graph, stage.rows_of(ticket)) == 0
        assert stage.status_of(ticket) == "Løst"


async def test_the_judge_would_see_a_letter_of_another_mailbox():
    """What counts strays is no judge if it can't find any."""
    settings = {"MAIL_SENDERS": ", ".join(POOL), "DISPATCH_BATCH_SIZE": "4", "MAIL_MAILER": "microsoft-graph"}
    async with a_stage(**settings) as stage:
        ticket = stage.seed(members=4)
        await stage.run()
        assert strays(stage.graph, stage.rows_of(ticket)) == 0
        stage.graph.received[0].mailbox = "z@etat.example"
        assert strays(stage.graph, stage.rows_of(ticket)) == 1


async def test_the_judge_would_see_a_look_in_another_mailbox():
    settings = {"MAIL_SENDERS": ", ".join(POOL), "DISPATCH_BATCH_SIZE": "4", "MAIL_MAILER": "microsoft-graph"}
    async with a_stage(**settings) as stage:
        stage.graph.asked = set()
        stage.graph.faults.add(Fault("POST .*sendMail", status=504, commit=True, times=1))
        ticket = stage.seed(members=4)
        await stage.run()

        assert len(stage.graph.asked) == 4
        assert strays(stage.graph, stage.rows_of(ticket)) == 0
        stage.graph.asked.clear()
        assert strays(stage.graph, stage.rows_of(ticket)) > 0
