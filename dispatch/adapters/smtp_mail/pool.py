"""A few connections to one server, taken for one message at a time; fewer where the server wants fewer."""

import asyncio
from collections.abc import Awaitable, Callable

from dispatch.adapters.smtp_mail.connection import Connection
from dispatch.adapters.smtp_mail.replies import MOMENT, SMTP
from dispatch.core import MailError, TryAgain

MESSAGES_PER_CONNECTION = 100
FEWER_SECONDS = 600.0  # before more connections than the server took last are tried again


class ConnectionPool:
    """Keeps connections for many messages.

    A connection that is refused while another works says that the server takes no more of them: whoever wanted it
    waits for one that works. Only where none works is the refusal an answer.
    """

    def __init__(
        self,
        open_one: Callable[[str, float], Awaitable[Connection]],
        *,
        most: int,
        idle_seconds: float,
        leave_seconds: float,
    ) -> None:
        """``open_one`` is given the sender and a deadline, as the loop's time.

        After ``idle_seconds`` a connection is asked whether it is still there, after ``leave_seconds`` it is left:
        servers complain of those that time out.
        """
        self._open_one = open_one
        self._idle_seconds, self._leave_seconds = idle_seconds, leave_seconds
        self._wanted = self._most = most
        self._idle: list[Connection] = []
        self._connecting = self._working = 0
        self._fewer_until = 0.0
        self._change = asyncio.Event()
        self._leaving: asyncio.TimerHandle | None = None

    async def take(self, sender: str, *, until: float, fresh: bool = False) -> Connection:
        """A connection for one message, which ``give`` must get back. ``fresh``: a new one, if one can be had.

        ``until`` is when, by the loop's time, all must be over.

        Raises:
            TransportRefused: none can be had, and none works.
            TryAgain: none became free in time.
        """
        while True:
            await self._turn(until)
            connection = await self._one(sender, until, fresh=fresh)
            if connection is not None:
                return connection
            fresh = False  # no more than those that work can be had

    async def give(self, connection: Connection) -> None:
        """Takes a connection back, and keeps it if the server has got over the last message."""
        try:
            if not connection.is_open or not await connection.is_clean():
                connection.abandon()
            elif connection.messages >= MESSAGES_PER_CONNECTION:
                await connection.quit()
            else:
                connection.used = self._now()
                connection.is_kept = True
                self._idle.append(connection)
                self._leave_at(connection.used + self._leave_seconds)
        finally:
            self._working -= 1
            self._tell()

    def want_fewer(self) -> None:
        """The server has too many of ours: there is one less for a while, but always one."""
        self._fewer(self._most - 1)

    async def close(self) -> None:
        """Takes leave on every connection that isn't in use."""
        idle, self._idle = self._idle, []
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        await asyncio.gather(*(connection.quit() for connection in idle))

    async def _turn(self, until: float) -> None:
        try:
            if not self._is_free():
                async with asyncio.timeout_at(until):
                    await self._until(self._is_free)
            if self._now() >= until:
                raise TimeoutError  # the same as having waited
        except TimeoutError as error:
            raise TryAgain(SMTP, "NoConnectionFree", retry_after=MOMENT) from error
        self._connecting += 1

    def _is_free(self) -> bool:
        if self._most < self._wanted and self._now() >= self._fewer_until:
            self._most = self._wanted
        return self._connecting + self._working < self._most

    async def _one(self, sender: str, until: float, *, fresh: bool) -> Connection | None:
        """A connection, now counted as working; None where the server takes no more than those that work."""
        try:
            connection = (None if fresh else await self._kept()) or await self._open_one(sender, until)
        except MailError:
            self._fewer(self._working + self._connecting - 1)
            self._connecting -= 1
            self._tell()
            # Of those that connect at the same time, one may get through, and be done before we are awake.
            await self._until(lambda: self._works or not self._connecting)
            if not self._works:
                self._fewer_until = self._now()
                raise
            return None
        except BaseException:
            self._connecting -= 1
            self._tell()
            raise
        self._connecting -= 1
        self._working += 1
        self._tell()
        return connection

    @property
    def _works(self) -> bool:
        return self._working > 0 or any(connection.is_open for connection in self._idle)

    async def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            fresh = self._now() - connection.used < self._idle_seconds
            if connection.is_open and (fresh or await connection.is_alive()):
                return connection
            connection.abandon()
        return None

    def _leave_at(self, moment: float) -> None:
        if self._leaving is None:
            self._leaving = asyncio.get_running_loop().call_at(moment, self._leave_idle)

    def _leave_idle(self) -> None:
        """One timer for all: when it goes off, it is set for the one that has been idle longest of those that stay."""
        self._leaving = None
        for connection in [each for each in self._idle if self._now() - each.used >= self._leave_seconds]:
            self._idle.remove(connection)
            connection.leave()
        if self._idle:
            self._leave_at(min(each.used for each in self._idle) + self._leave_seconds)

    def _fewer(self, most: int) -> None:
        self._most = max(1, min(most, self._most))
        self._fewer_until = self._now() + FEWER_SECONDS

    def _tell(self) -> None:
        self._change.set()
        self._change = asyncio.Event()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self._change.wait()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
