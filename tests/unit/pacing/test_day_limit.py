"""In no 24 hours does a mailbox send more than the day's limit, whatever was booked, delayed, stopped or killed."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.pacing import slots
from local.in_memory import MemoryLedger
from tests.builders import NOON

LIMIT = 10
LASTS = timedelta(minutes=6)
DAY = timedelta(hours=24)
MAILBOX = "utsending@etat.example"


@dataclass
class Mailbox:
    """A worker at a time: it takes the slot with so many recipients, and sends some of them while its work lasts."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    now: datetime = NOON
    sent: list[datetime] = field(default_factory=list)

    async def work(self, wait: timedelta, recipients: int, sends: int, seconds: float, *, dies: bool) -> None:
        self.now += wait
        quota = slots.Quota(recipients, LIMIT, LASTS)
        held = await slots.take_slot(
            self.ledger, MAILBOX, "w", wanted=4, capacity=4, now=self.now, seconds=120, quota=quota
        )
        if held.day_is_full:
            assert held.until > self.now
            return
        done = min(sends, recipients)
        self.sent += [self.now + timedelta(seconds=seconds)] * done
        if not dies:
            await slots.give_slot(self.ledger, MAILBOX, "w", held=held, unsent=recipients - done)

    def most_in_a_day(self) -> int:
        return max((sum(at <= other < at + DAY for other in self.sent) for at in self.sent), default=0)


WORK = st.tuples(
    st.integers(0, 26 * 60), st.integers(1, LIMIT), st.integers(0, LIMIT), st.floats(0, 360), st.booleans()
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORK, min_size=1, max_size=40))
def test_a_sliding_day_never_holds_more_than_the_limit(history):
    mailbox = Mailbox()

    async def live() -> None:
        for minutes, recipients, sends, seconds, dies in history:
            await mailbox.work(timedelta(minutes=minutes), recipients, sends, seconds, dies=dies)

    asyncio.run(live())
    assert mailbox.most_in_a_day() <= LIMIT


async def test_what_was_not_sent_is_given_back():
    mailbox = Mailbox()
    for _ in range(5):
        await mailbox.work(timedelta(minutes=1), LIMIT - 2, 2, 1.0, dies=False)
    assert len(mailbox.sent) == 4, "two and two, and then there is no room for eight more"


async def test_who_waits_as_told_may_send():
    mailbox = Mailbox()
    await mailbox.work(timedelta(), LIMIT, LIMIT, 1.0, dies=False)
    quota = slots.Quota(LIMIT, LIMIT, LASTS)
    held = await slots.take_slot(
        mailbox.ledger, MAILBOX, "x", wanted=1, capacity=4, now=mailbox.now, seconds=60, quota=quota
    )
    again = await slots.take_slot(
        mailbox.ledger, MAILBOX, "x", wanted=1, capacity=4, now=held.until, seconds=60, quota=quota
    )
    assert held.day_is_full
    assert again.permits == 1
