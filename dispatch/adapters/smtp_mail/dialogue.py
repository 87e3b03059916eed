"""Questions and replies on a connection that is signed in, each reply given to the question that it answers.

aiosmtplib connects and signs in; it drops what comes while it awaits no reply, so that only one command can be under
way. Here several are: replies come in the order of the commands (RFC 2920). A reply that nobody asked for, or a line
that is none, ends the connection: from then on no reply is certain to belong to its question.
"""

import asyncio
import re
from collections import deque
from math import inf
from typing import NamedTuple

from dispatch.adapters.smtp_mail.replies import CLOSING

NO_REPLY = -1  # in place of a code, where the server said what is no reply
LONGEST_REPLY = 32_768  # bytes: above any real one
_LINE = re.compile(rb"(\d{3})(-?)(.*)", re.DOTALL)


class Reply(NamedTuple):
    """One reply, and the lines of its text without their codes."""

    code: int
    text: str


Answer = asyncio.Future[Reply]


class Dialogue(asyncio.Protocol):
    """Speaks on a transport that it takes over from whoever signed in."""

    def __init__(self, transport: asyncio.Transport, *, reply_seconds: float) -> None:
        """``reply_seconds`` is what each reply may take, where it is not awaited patiently."""
        self._transport, self._reply_seconds = transport, reply_seconds
        self._loop = asyncio.get_running_loop()
        self._asked: deque[Answer] = deque()
        self._rest = b""
        self._code, self._text = b"", list[bytes]()  # of the reply that is being read
        self._full: asyncio.Future[None] | None = None  # while something waits to be written
        self._due = inf
        self._timer: asyncio.TimerHandle | None = None
        transport.set_protocol(self)
        transport.set_write_buffer_limits(0)  # an empty buffer is what we must hear of

    @property
    def is_open(self) -> bool:
        """Whether neither side has closed."""
        return not self._transport.is_closing()

    def ask(self, *commands: bytes) -> list[Answer]:
        """Says the commands in one breath, and returns what will be their replies.

        Raises:
            ConnectionError: the connection is closed, and nothing was said.
        """
        if not self._asked and (self._rest or self._text):  # half a reply that nobody asked for
            self.close()
        self._may_write()
        answers = [self._loop.create_future() for _ in commands]
        self._asked.extend(answers)
        self._wait_for(self._reply_seconds)
        self._transport.write(b"\r\n".join([*commands, b""]))
        return answers

    def expect(self) -> Answer:
        """The reply to what will be written; it may take as long as whoever awaits it waits."""
        self._may_write()
        answer: Answer = self._loop.create_future()
        self._asked.append(answer)
        self._due = inf
        return answer

    def write(self, data: bytes) -> None:
        """Writes as it is.

        Raises:
            ConnectionError: the connection is closed.
        """
        self._may_write()
        self._transport.write(data)

    async def written(self, *, unless: Answer) -> None:
        """Waits until everything has gone to the system, or the answer has come."""
        if self._full is not None:
            await asyncio.wait((self._full, unless), return_when=asyncio.FIRST_COMPLETED)

    def hang_up(self) -> None:
        """Closes when all has been written."""
        self._transport.close()

    def close(self) -> None:
        """Closes at once; what was not written is not, and who still awaits a reply gets none."""
        self._end(ConnectionAbortedError())

    # --- what the transport calls

    def data_received(self, data: bytes) -> None:
        """Reads the lines that are whole."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if not self.is_open:
                return
            self._read(line)
        if len(self._rest) + sum(map(len, self._text)) > LONGEST_REPLY:
            self._not_understood()

    def eof_received(self) -> None:
        """The server has closed."""
        self._end(ConnectionResetError())

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._end(exc or ConnectionResetError())

    def pause_writing(self) -> None:
        """Something waits to be written."""
        if self._full is None:
            self._full = self._loop.create_future()

    def resume_writing(self) -> None:
        """All of it has been."""
        full, self._full = self._full, None
        if full is not None and not full.done():
            full.set_result(None)

    # --- replies

    def _read(self, line: bytes) -> None:
        found = _LINE.fullmatch(line)
        code, goes_on, text = found.groups() if found else (b"", b"", b"")
        if not found or code != (self._code or code):
            self._not_understood()
            return
        self._code = code
        self._text.append(text.strip())
        if not goes_on:
            reply = Reply(int(code), b"\n".join(self._text).decode("utf-8", "surrogateescape"))
            self._code, self._text = b"", []
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        if not self._asked:
            self._end(ConnectionAbortedError())
            return
        answer = self._asked.popleft()
        if not answer.done():
            answer.set_result(reply)
        if reply.code == CLOSING:
            self._end(ConnectionResetError())
        elif self._asked and self._due < inf:
            self._wait_for(self._reply_seconds)

    def _not_understood(self) -> None:
        self._text = []
        if self._asked:
            self._answer(Reply(NO_REPLY, ""))
        self._end(ConnectionAbortedError())

    def _may_write(self) -> None:
        if not self.is_open:
            raise ConnectionResetError

    def _wait_for(self, seconds: float) -> None:
        self._due = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._due, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        """One timer follows all replies: each only moves the moment that it is set for."""
        self._timer = None
        if self._asked and self._due < inf:
            if self._loop.time() < self._due:
                self._timer = self._loop.call_at(self._due, self._look_at_the_clock)
            else:
                self._end(TimeoutError())

    def _end(self, error: Exception) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._transport.abort()
        self.resume_writing()
        while self._asked:
            answer = self._asked.popleft()
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # perhaps nobody awaits it
