"""What a worker may give a transport with limits of its own: so many letters at a time, a minute and a day.

They are those of the SMTP server, and the quota of Communication Services. Every worker and every mailbox that sends by
it shares its row, beside those of the mailboxes. It is taken when the first letter of a batch is to go by it, and a
minute's letters at a time where a rate is set.
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
from dispatch.settings import Sender, carrier

Chosen = tuple[Recipient, MailTransport]
WHY = "the transport's own limit"


class CarrierShares:
    """One worker's part of each; what goes by a transport without limits of its own always fits."""

    def __init__(self, services: Services, brakes: Brakes) -> None:
        limits = {transport.name: carrier(transport.name, services.settings) for transport in services.transports}
        self._shares = {name: _Share(name, host, services, brakes) for name, host in limits.items() if host}

    async def fitting(self, chosen: Sequence[Chosen], *, left: int) -> list[Chosen]:
        """Those that may begin, of a batch with so many left; with none of them the batch rests."""
        fit = list(chosen)
        for share in self._shares.values():
            fit = await share.fitting(fit, left=left)
        return fit

    def take_back(self, transports: Sequence[MailTransport]) -> None:
        """Those have not begun after all."""
        for share in self._shares.values():
            share.take_back(transports)

    def turn(self, transport: MailTransport) -> AbstractAsyncContextManager[object]:
        """For one letter on its way: no more at a time than our part allows."""
        share = self._shares.get(transport.name)
        return share.turn() if share else nullcontext()

    async def leave(self) -> None:
        """Gives them back, and the day what was not sent."""
        for share in self._shares.values():
            await share.leave()


class _Share:
    """A worker's part of one transport's limits."""

    def __init__(self, transport: Transport, host: Sender, services: Services, brakes: Brakes) -> None:
        self._transport, self._host = transport, host
        self._services, self._brakes = services, brakes
        self._owner = services.new_owner()
        self._held: slots.Held | None = None
        self._free: asyncio.Semaphore | None = None
        self._letters = 0  # that may begin, as they are booked
        self._over = 0  # booked for the day beyond what the minute had room for

    async def fitting(self, chosen: Sequence[Chosen], *, left: int) -> list[Chosen]:
        """Those that may begin; those of other transports are not ours to hold."""
        by_it = sum(self._is_it(transport) for _, transport in chosen)
        if not by_it:
            return list(chosen)
        if by_it > self._letters or self._ends_soon():
            await self._take(max(0, left - self._letters) if by_it > self._letters else 0)
        fit = list[Chosen]()
        for row, transport in chosen:
            if self._is_it(transport):
                if not self._letters:
                    continue
                self._letters -= 1
            fit.append((row, transport))
        return fit

    def take_back(self, transports: Sequence[MailTransport]) -> None:
        """Those have not begun after all."""
        self._letters += sum(map(self._is_it, transports))

    def turn(self) -> AbstractAsyncContextManager[object]:
        """For one letter on its way."""
        return self._free or nullcontext()

    async def leave(self) -> None:
        """Gives it back, and the day what was not sent."""
        if self._held:
            rows = self._services.memory.senders
            await slots.give_slot(
                rows, self._host.name, self._owner, held=self._held, unsent=self._letters + self._over
            )

    def _ends_soon(self) -> bool:
        half = timedelta(seconds=self._services.settings.dispatch_lease_seconds) / 2
        return self._held is None or self._held.until - self._services.clock() < half

    async def _take(self, letters: int) -> None:
        """Books as many of so many letters as leave in a minute, and takes or keeps a part of what is under way."""
        settings, now, host = self._services.settings, self._services.clock(), self._host
        together = host.together or (max(1, int(host.rate)) if host.rate else letters)
        booked = min(letters, together, host.daily_limit or letters)
        wanted = min(doubt_bound(self._transport, settings), host.capacity)
        held = await slots.take_slot(
            self._services.memory.senders,
            host.name,
            self._owner,
            wanted=wanted if self._held is None else self._held.permits,
            capacity=host.capacity,
            now=now,
            seconds=settings.dispatch_lease_seconds,
            quota=quota(booked, host.daily_limit, settings),
            rate=float(host.any_minute),
            pace=host.rate,
            letters=booked,
            refuses_more=bool(host.any_minute),
        )
        if self._held is not None and held.permits < self._held.permits:
            self._letters = self._letters if held.is_exact or held.day_is_full else 0
            held = slots.Held(0, held.until, is_exact=held.is_exact, day_is_full=held.day_is_full)
        if not held.permits:
            self._brakes_until(held)
            return
        leaving = booked if held.portion is None else held.portion
        self._letters += leaving
        self._over += booked - leaving
        self._held = held
        self._free = self._free or asyncio.Semaphore(held.permits)

    def _brakes_until(self, held: slots.Held) -> None:
        if self._letters:
            return
        now = self._services.clock()
        exact = held.is_exact or held.day_is_full
        seconds = (held.until - now).total_seconds() if exact else until_a_slot(held, now)
        self._brakes.waits_for(Rest(max(0.0, seconds), WHY))

    def _is_it(self, transport: MailTransport) -> bool:
        return transport.name is self._transport
