"""What a worker may give the SMTP server: so many letters at a time, a minute and a day as are set for it.

Every worker and every mailbox that sends by it shares its row, beside those of the mailboxes. It is taken when the
first letter of a batch is to go by SMTP, and a minute's letters at a time where a rate is set.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta

from dispatch.core import Recipient, Transport
from dispatch.pacing import slots
from dispatch.ports import MailTransport
from dispatch.sending.doubt_bound import doubt_bound
from dispatch.sending.interruption import quota, until_a_slot
from dispatch.sending.rest import Brakes, Rest
from dispatch.services import Services
from dispatch.settings import smtp_host

Chosen = tuple[Recipient, MailTransport]
WHY = "the SMTP server's own limit"


class SmtpShare:
    """One worker's part of it; without limits of its own everything fits."""

    def __init__(self, services: Services, brakes: Brakes) -> None:
        self._services, self._brakes = services, brakes
        self._host = smtp_host(services.settings)
        self._owner = services.new_owner() if self._host else ""
        self._held: slots.Held | None = None
        self._free: asyncio.Semaphore | None = None
        self._letters = 0  # that may begin, as they are booked

    async def fitting(self, chosen: Sequence[Chosen], *, left: int) -> list[Chosen]:
        """Those that may begin, of a batch with so many left; with none of them the batch rests."""
        by_smtp = sum(_is_smtp(transport) for _, transport in chosen)
        if self._host is None or not by_smtp:
            return list(chosen)
        if by_smtp > self._letters or self._ends_soon():
            await self._take(max(0, left - self._letters) if by_smtp > self._letters else 0)
        fit = list[Chosen]()
        for row, transport in chosen:
            if _is_smtp(transport):
                if not self._letters:
                    continue
                self._letters -= 1
            fit.append((row, transport))
        return fit

    def take_back(self, transports: Sequence[MailTransport]) -> None:
        """Those have not begun after all."""
        self._letters += sum(map(_is_smtp, transports)) if self._host else 0

    def turn(self, transport: MailTransport) -> AbstractAsyncContextManager[object]:
        """For one letter on its way: no more at a time than our part allows."""
        return self._free if self._free and _is_smtp(transport) else nullcontext()

    async def leave(self) -> None:
        """Gives it back, and the day what was not sent."""
        if self._host and self._held:
            rows = self._services.memory.senders
            await slots.give_slot(rows, self._host.name, self._owner, held=self._held, unsent=self._letters)

    def _ends_soon(self) -> bool:
        half = timedelta(seconds=self._services.settings.dispatch_lease_seconds) / 2
        return self._held is None or self._held.until - self._services.clock() < half

    async def _take(self, letters: int) -> None:
        """Books as many of so many letters as leave in a minute, and takes or keeps a part of what is under way."""
        assert self._host is not None
        settings, now, host = self._services.settings, self._services.clock(), self._host
        a_minute = max(1, int(host.rate)) if host.rate else letters
        booked = min(letters, a_minute, host.daily_limit or letters)
        wanted = min(doubt_bound(Transport.SMTP, settings), host.capacity)
        held = await slots.take_slot(
            self._services.memory.senders,
            host.name,
            self._owner,
            wanted=wanted if self._held is None else self._held.permits,
            capacity=host.capacity,
            now=now,
            seconds=settings.dispatch_lease_seconds,
            quota=quota(booked, host.daily_limit, settings),
            pace=host.rate,
            letters=booked,
        )
        if self._held is not None and held.permits < self._held.permits:
            self._letters = self._letters if held.is_exact or held.day_is_full else 0
            held = slots.Held(0, held.until, is_exact=held.is_exact, day_is_full=held.day_is_full)
        if not held.permits:
            self._brakes_until(held)
            return
        self._letters += booked
        self._held = held
        self._free = self._free or asyncio.Semaphore(held.permits)

    def _brakes_until(self, held: slots.Held) -> None:
        if self._letters:
            return
        now = self._services.clock()
        exact = held.is_exact or held.day_is_full
        seconds = (held.until - now).total_seconds() if exact else until_a_slot(held, now)
        self._brakes.waits_for(Rest(max(0.0, seconds), WHY))


def _is_smtp(transport: MailTransport) -> bool:
    return transport.name is Transport.SMTP
