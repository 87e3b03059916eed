"""Random histories of refusals, pauses and presses: only a person, or a fault of their own, ends anybody.

The verbs are the real ones, the outside is in memory, and the hours pass on a clock that only the history moves. After
every step nobody has got two letters; every end has words on the ticket; and when all is well again and a person lets
it go on, everybody gets the letter whom nobody ended.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dispatch.core import (
    Accepted,
    DispatchState,
    ExchangeMessage,
    Journey,
    MessageRefused,
    OutgoingMail,
    Reason,
    Recipient,
    RecipientRefused,
    RecipientState,
    Refusal,
    Standing,
    TicketId,
    TicketSystemRefused,
    Transport,
    TransportRefused,
    TryAgain,
    owes_note,
)
from dispatch.pacing import is_held
from local.small_worlds.exchange import SmallExchange
from local.small_worlds.kinds import KINDS, Kind
from local.small_worlds.mailbox import SmallMailbox
from local.small_worlds.own_tickets import SmallOwnTickets
from local.small_worlds.pureservice import OPEN
from local.small_worlds.setting import KEY, settings_of
from tests.model.test_histories import History, names_of, without_typesetting

NAMES = ("sent-items", "eformidling", "own-tickets", "own-messages")
TAKES, AWAY, AGAINST_US, LETTER, LATER = "takes", "away", "against us", "letter", "later"
MOODS = (TAKES, AWAY, AGAINST_US, LETTER, LATER)
UNKNOWN = "m1@x.example"  # an address that is gone
LIMIT = 3
SEVERAL = 3
BY_PERSON = frozenset({Reason.ENDED_BY_PERSON, Reason.TRANSPORTS_REFUSED})


@dataclass
class Mood:
    """How everything outside that takes letters stands to us now."""

    now: str = TAKES
    taken: int = 0


def refuse(mood: Mood, name: Transport) -> None:
    """Raises what the mood has for every letter."""
    errors = {
        AWAY: TransportRefused(name, "ConnectError", about=Refusal.OUT_OF_REACH),
        AGAINST_US: TransportRefused(name, "550 5.7.606"),
        LETTER: MessageRefused(name, "554 5.7.1"),
        LATER: TryAgain(name, "451 4.3.0"),
    }
    if mood.now in errors:
        raise errors[mood.now]
    mood.taken += 1


@dataclass
class MoodyMailbox(SmallMailbox):
    mood: Mood = field(default_factory=Mood)

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:
        if mail.to.address == UNKNOWN and self.mood.now == TAKES:
            raise RecipientRefused(self.name, "550 5.1.1")
        refuse(self.mood, self.name)
        return await super().send(mail, draft_id=draft_id)


@dataclass
class MoodyExchange(SmallExchange):
    mood: Mood = field(default_factory=Mood)

    async def submit(self, message: ExchangeMessage) -> str:
        if self.mood.now != LETTER:  # what it says of a message is that message's own
            refuse(self.mood, Transport.EFORMIDLING)
        return await super().submit(message)

    async def journey(self, message_id: str) -> Journey:
        """A message that was on its way for so long is there, or the integration point would say that it expired."""
        return Journey(Standing.DELIVERED if message_id in self.known else Standing.UNKNOWN, "DPO")


@dataclass
class MoodyTickets(SmallOwnTickets):
    mood: Mood = field(default_factory=Mood)

    async def post_message(self, ticket_id: TicketId, **message: Any) -> None:
        if self.mood.now != TAKES:
            raise TicketSystemRefused("POST", "communication", status=403)
        await super().post_message(ticket_id, **message)


class Patience(History):
    """One life of a dispatch, in which no process dies."""

    def __init__(self, kind: Kind, *, limit: int, window: str) -> None:
        super().__init__(kind)
        mood = self.mood = Mood()
        outside = self.outside
        outside.graph = MoodyMailbox(mood=mood)
        outside.smtp = MoodyMailbox(name=Transport.SMTP, memory=False, mood=mood)
        outside.exchange, outside.by_exchange = MoodyExchange(mood=mood), None
        outside.own = MoodyTickets(mood=mood)
        outside.settings = settings_of(
            kind,
            DISPATCH_LEASE_SECONDS="60",
            DISPATCH_BATCH_SIZE="2",
            DISPATCH_GIVE_UP_HOURS="1",
            DISPATCH_SEND_WINDOW=window,
            MAIL_DAILY_LIMIT=str(limit),
        )
        self.ended = False

    async def hours(self, count: float) -> None:
        """So many hours pass, with a tick every five minutes and whatever messages are due."""
        clock = self.outside.clock
        for _ in range(round(count * 12)):
            await self.timer(("whole", 0))
            while (visible := self.outside.queues.next_visible()) is not None and visible <= clock.now:
                await self.deliver(("whole", 0))
                self.check_patience()
            clock.pass_(300)
        await self.timer(("whole", 0))

    async def nothing_runs(self, count: float) -> None:
        """So many hours pass, and nothing of ours runs."""
        self.outside.clock.pass_(count * 3600)

    async def press(self, what: str) -> None:
        """A person presses a button."""
        before = self.outside.ledger.heads[KEY].state
        self.ended = self.ended or (what == "end" and before in (DispatchState.SENDING, DispatchState.STOPPED))
        await getattr(self, what)(("whole", 0))

    # --- what must hold

    def check_patience(self) -> None:
        """Nobody got two letters; whoever has failed was ended by a person or by a fault of their own."""
        assert not [who for who, count in self.outside.received().items() if count > 1], "twice"
        for row in self._rows().values():
            if row.superseded or row.state not in (RecipientState.FAILED, RecipientState.UNCERTAIN):
                continue
            own = (
                (row.reason is Reason.RECIPIENT_REFUSED and row.address == UNKNOWN)
                or (row.reason is Reason.GAVE_UP and self.mood.taken > 0)
                or self._is_one_of_few(row)
            )
            by_person = self.ended and (row.reason in BY_PERSON or row.state is RecipientState.UNCERTAIN)
            assert own or by_person, f"{row.name} ended as {row.state} ({row.reason})"

    def _is_one_of_few(self, row: Recipient) -> bool:
        """Whether the letter was refused to so few that it may be their own: several equal refusals are one of us."""
        refused = [one for one in self._rows().values() if one.reason is Reason.MESSAGE_REFUSED and not one.superseded]
        return row.reason is Reason.MESSAGE_REFUSED and len(refused) < SEVERAL

    def check_words(self) -> None:
        """Whatever stands still or is over says so."""
        head, told = self.outside.ledger.heads[KEY], self.outside.pureservice.told
        left = [batch for batch in self.outside.ledger.batch_rows.values() if batch.state != "recorded"]
        if head.state is DispatchState.STOPPED and is_held(left):
            assert any("noen bestemmer" in note and "Hva må gjøres" in note for note in told)
        if head.state is DispatchState.RESOLVED:
            assert self.outside.pureservice.solutions
            assert not [row for row in self._rows().values() if owes_note(row)], "an own ticket was told nothing"

    async def all_is_well(self) -> None:
        """Everything takes letters again, and a person lets it go on."""
        self.mood.now = TAKES
        for _ in range(6):
            stopped = self.outside.ledger.heads[KEY].state is DispatchState.STOPPED
            if stopped and self.outside.pureservice.status == OPEN:
                self.outside.pureservice.status = self.outside.pureservice.ready
            await self.hours(26)
            if self.outside.ledger.heads[KEY].state is DispatchState.RESOLVED:
                break
        assert self.outside.ledger.heads[KEY].state is DispatchState.RESOLVED
        received = self.outside.received()
        for row in self._rows().values():
            if not row.superseded and row.state is RecipientState.DELIVERED:
                assert any(received[name] for name in names_of(row)), f"{row.name} never received it"
            if not self.ended and not row.superseded and row.state is RecipientState.FAILED:
                assert row.reason in (Reason.RECIPIENT_REFUSED, Reason.GAVE_UP) or self._is_one_of_few(row)


# The outside changes its mind, nothing runs for a while, hours pass, and a person may press something.
ROUND = (
    st.sampled_from([0.0, 0.0, 0.3, 30.0]),
    st.sampled_from([0.1, 0.5, 1.0, 2.0, 4.0]),
    st.sampled_from(["", "", "resume", "resume", "stop", "end"]),
)
# In a first round in which everything is taken there would be nothing left for the others.
FIRST = st.tuples(st.sampled_from(MOODS[1:]), *ROUND)
ROUNDS = st.tuples(FIRST, st.lists(st.tuples(st.sampled_from(MOODS), *ROUND), max_size=4))
Round = tuple[str, float, float, str]


async def lived(kind: Kind, rounds: Sequence[Round], *, limit: int, window: str) -> None:
    history = Patience(kind, limit=limit, window=window)
    await history.timer(("whole", 0))
    await history.deliver(("whole", 0))
    for mood, idle, hours, button in rounds:
        history.mood.now = mood
        await history.nothing_runs(idle)
        await history.hours(hours)
        if button:
            await history.press(button)
        history.check_patience()
        history.check_words()
    await history.all_is_well()
    history.check_patience()
    history.check_words()


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=int(os.environ.get("HISTORIES", "12")),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    derandomize="MODEL_RANDOM" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(
    rounds=ROUNDS,
    limit=st.sampled_from([0, LIMIT]),
    window=st.sampled_from(["", "mon-sun 08-16"]),
)
def test_no_hours_end_anybody_for_what_is_ours_to_put_right(name, rounds, limit, window):
    first, later = rounds
    with without_typesetting():
        asyncio.run(lived(KINDS[name], [first, *later], limit=limit, window=window))
