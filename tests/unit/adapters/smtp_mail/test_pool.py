"""Which connection a message gets where the server takes fewer than we want."""

import asyncio
from typing import cast

import pytest

from dispatch.adapters.smtp_mail.connection import Connection
from dispatch.adapters.smtp_mail.pool import ConnectionPool
from dispatch.core import Refusal, Transport, TransportRefused, TryAgain


class Works:
    """A connection that is open and clean."""

    def __init__(self) -> None:
        self.is_open, self.is_kept, self.messages, self.used = True, False, 1, 0.0

    async def is_clean(self) -> bool:
        return True

    async def is_alive(self) -> bool:
        return True

    async def quit(self) -> None:
        self.abandon()

    def abandon(self) -> None:
        self.is_open = False


class Server:
    """Takes so many connections; every refusal is said when ``says_no`` is set."""

    def __init__(self, most: int) -> None:
        self.left, self.says_no, self.refused = most, asyncio.Event(), 0

    async def open_one(self, _sender: str, _until: float) -> Connection:
        if self.left:
            self.left -= 1
            return cast("Connection", Works())
        await self.says_no.wait()
        self.refused += 1
        raise TransportRefused(Transport.SMTP, "421 4.7.0", about=Refusal.US)


def pool_of(server: Server) -> ConnectionPool:
    return ConnectionPool(server.open_one, most=3, idle_seconds=30, leave_seconds=60)


def soon() -> float:
    return asyncio.get_running_loop().time() + 5


@pytest.mark.parametrize("given_back_first", [True, False])
@pytest.mark.parametrize("others", [1, 2])
async def test_who_is_refused_a_connection_gets_one_that_works_also_where_it_has_just_become_free(
    others: int, *, given_back_first: bool
):
    server = Server(most=1)
    pool = pool_of(server)
    first = await pool.take("a", until=soon())
    waiting = [asyncio.create_task(pool.take("a", until=soon())) for _ in range(others)]
    await asyncio.sleep(0)
    if given_back_first:
        await pool.give(first)
    server.says_no.set()
    await asyncio.sleep(0.01)
    if not given_back_first:
        await pool.give(first)

    for task in asyncio.as_completed(waiting):
        taken = await task
        assert taken is first
        await pool.give(taken)
    assert server.refused == others


async def test_where_none_works_the_refusal_is_the_answer():
    server = Server(most=0)
    server.says_no.set()

    with pytest.raises(TransportRefused):
        await pool_of(server).take("a", until=soon())


async def test_who_wants_a_new_connection_and_is_refused_gets_a_kept_one_that_works():
    server = Server(most=2)
    server.says_no.set()
    pool = pool_of(server)
    lost, kept = await pool.take("a", until=soon()), await pool.take("a", until=soon())
    await pool.give(kept)
    lost.abandon()
    await pool.give(lost)

    taken = await asyncio.wait_for(pool.take("a", until=soon(), fresh=True), 2)

    assert taken is kept
    assert server.refused == 1


async def test_a_kept_connection_that_is_gone_is_none_that_works():
    """The server is away: whose connection it closed is told so, though another's lies here and was not looked at."""
    server = Server(most=2)
    server.says_no.set()
    pool = pool_of(server)
    first, second = await pool.take("a", until=soon()), await pool.take("a", until=soon())
    await pool.give(first)
    for connection in (first, second):
        connection.abandon()
    await pool.give(second)

    with pytest.raises(TransportRefused):
        await asyncio.wait_for(pool.take("a", until=soon(), fresh=True), 2)

    assert server.refused == 1


async def test_who_has_no_time_left_gets_none():
    server = Server(most=1)

    with pytest.raises(TryAgain):
        await pool_of(server).take("a", until=asyncio.get_running_loop().time() - 1)

    assert server.left == 1
