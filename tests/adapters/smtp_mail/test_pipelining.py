"""Commands that are said at once: every reply is its own recipient's, whatever the server does to another."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from enum import StrEnum, auto

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.adapters.smtp_mail import SmtpMail
from dispatch.core import (
    Accepted,
    Mailbox,
    MailError,
    MessageRefused,
    OutcomeUnknown,
    RecipientRefused,
    Throttled,
    TransportRefused,
    TryAgain,
)
from tests.builders import a_letter
from tests.mail_builders import a_mail
from tests.scripted_smtp import DROP, HANG, Script, running, smtp

PIPELINING = ("SIZE 35000000", "PIPELINING")
LETTER = a_letter(text="Hei\n.\n..\n", attachments=())


class Fate(StrEnum):
    """What the server does to one recipient."""

    TAKEN = auto()
    REFUSED = auto()
    REFUSED_YET_ASKED_FOR = auto()  # DATA is answered as if there were somebody to write to
    LATER = auto()
    MESSAGE_REFUSED = auto()
    CUT_AT_RECIPIENT = auto()
    CUT_AT_DATA = auto()
    CUT_WITHOUT_MESSAGE = auto()
    CUT_WITH_MESSAGE = auto()
    CLOSING = auto()
    ONE_MORE_REPLY = auto()  # taken, and another reply that nobody asked for in the same breath
    HALF_A_REPLY_MORE = auto()
    A_REPLY_TOO_EARLY = auto()  # before the message has come
    NO_REPLY = auto()  # words that are none


MEANS: dict[Fate, type[Accepted | MailError]] = {
    Fate.TAKEN: Accepted,
    Fate.REFUSED: RecipientRefused,
    Fate.REFUSED_YET_ASKED_FOR: RecipientRefused,
    Fate.LATER: TryAgain,
    Fate.MESSAGE_REFUSED: MessageRefused,
    Fate.CUT_AT_RECIPIENT: TryAgain,
    Fate.CUT_AT_DATA: TryAgain,
    Fate.CUT_WITHOUT_MESSAGE: OutcomeUnknown,
    Fate.CUT_WITH_MESSAGE: OutcomeUnknown,
    Fate.CLOSING: TryAgain,
    Fate.ONE_MORE_REPLY: Accepted,
    Fate.HALF_A_REPLY_MORE: Accepted,
    Fate.A_REPLY_TOO_EARLY: TryAgain,
    Fate.NO_REPLY: OutcomeUnknown,
}


@dataclass
class Judge:
    """A server that decides by the number in the recipient's address; each reply in so many bytes at a time."""

    fates: Sequence[Fate]
    pieces: int
    offers: tuple[str, ...]
    taken: list[tuple[int, bytes]] = field(default_factory=list)
    said_to_nobody: bytes = b""
    most_at_once: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, "220 judge")
        number, held = -1, b""
        while True:
            while b"\r\n" not in held:
                come = await reader.read(65_536)
                if not come:
                    return
                held += come
            self.most_at_once = max(self.most_at_once, held.count(b"\r\n"))
            line, _, held = held.partition(b"\r\n")
            verb = line[:4].upper()
            if verb == b"RCPT":
                number = int(re.findall(rb"nr(\d+)@", line)[0])
                if not await self._recipient(writer, self.fates[number]):
                    return
            elif verb == b"DATA":
                rest = await self._data(reader, writer, number, held)
                if rest is None:
                    return
                held = rest
            else:
                await self._say(writer, self._usual(verb))

    def _usual(self, verb: bytes) -> str:
        offered = "".join(f"250-{each}\r\n" for each in ("judge", *self.offers))
        return {b"EHLO": f"{offered}250 HELP", b"QUIT": "221 2.0.0 Bye"}.get(verb, "250 2.0.0 OK")

    async def _recipient(self, writer: asyncio.StreamWriter, fate: Fate) -> bool:
        if fate is Fate.CUT_AT_RECIPIENT:
            writer.transport.abort()
            return False
        if fate is Fate.CLOSING:
            await self._say(writer, "421 4.3.2 Closing")
            return False
        said = {Fate.REFUSED: "550 5.1.1 Unknown", Fate.LATER: "451 4.7.1 Greylisted"}
        said[Fate.REFUSED_YET_ASKED_FOR] = "550-5.1.1 Unknown\r\n550 5.1.1 as I said"
        await self._say(writer, said.get(fate, "250 2.1.5 OK"))
        return True

    async def _data(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, held: bytes
    ) -> bytes | None:
        """What has come after the message; None where the connection is gone."""
        fate = self.fates[number]
        if fate in (Fate.REFUSED, Fate.LATER):
            await self._say(writer, "503 5.5.1 Need RCPT")
            return held
        if fate is Fate.CUT_AT_DATA:
            writer.transport.abort()
            return None
        early = "\r\n250 2.0.0 Queued" if fate is Fate.A_REPLY_TOO_EARLY else ""
        await self._say(writer, f"354 Go on{early}", whole=bool(early))
        while b"\r\n.\r\n" not in held:
            come = await reader.read(65_536)
            if not come:
                return None
            held += come
            if fate is Fate.REFUSED_YET_ASKED_FOR:
                self.said_to_nobody += come
        body, _, held = held.partition(b"\r\n.\r\n")
        if fate is Fate.CUT_WITHOUT_MESSAGE:
            writer.transport.abort()
            return None
        if fate is Fate.MESSAGE_REFUSED:
            await self._say(writer, "554 5.7.1 Spam")
            return held
        self.taken.append((number, body.replace(b"\r\n..", b"\r\n.")))
        if fate is Fate.CUT_WITH_MESSAGE:
            writer.transport.abort()
            return None
        more = {Fate.ONE_MORE_REPLY: "\r\n550 5.1.1 Unknown", Fate.HALF_A_REPLY_MORE: "\r\n250-2.1."}.get(fate, "")
        last = "What?" if fate is Fate.NO_REPLY else "250 2.0.0 Queued"
        await self._say(writer, last + more, whole=bool(more), end="" if fate is Fate.HALF_A_REPLY_MORE else "\r\n")
        return held

    async def _say(self, writer: asyncio.StreamWriter, text: str, *, whole: bool = False, end: str = "\r\n") -> None:
        said = f"{text}{end}".encode()
        step = len(said) if whole or not self.pieces else self.pieces
        for at in range(0, len(said), step):
            writer.write(said[at : at + step])
            await writer.drain()
            if step < len(said):
                await asyncio.sleep(0)


async def fared(judge: Judge, *, connections: int, senders: int) -> list[Accepted | MailError]:
    """What each was told, in the order of the recipients."""
    results: dict[int, Accepted | MailError] = {}
    todo = iter(range(len(judge.fates)))

    async def one_sender(mail: SmtpMail) -> None:
        for number in todo:
            to = Mailbox(f"nr{number}@eksempel.example", f"Kåre {number}")
            try:
                results[number] = await mail.send(a_mail(key=f"key{number}", to=to, letter=LETTER))
            except MailError as error:
                results[number] = error

    async with running(judge) as server, smtp(server, connections=connections) as mail:
        await asyncio.gather(*(one_sender(mail) for _ in range(senders)))
    return [results[number] for number in range(len(judge.fates))]


@settings(max_examples=40, deadline=None)
@given(
    fates=st.lists(st.sampled_from(Fate), min_size=1, max_size=14),
    pieces=st.sampled_from([0, 1, 5]),
    connections=st.integers(1, 3),
    at_once=st.booleans(),
)
def test_everybody_is_told_what_the_server_did_to_them(fates, pieces, connections, at_once):
    judge = Judge(fates, pieces, PIPELINING if at_once else PIPELINING[:1])

    results = asyncio.run(fared(judge, connections=connections, senders=connections + 1))

    assert [type(result) for result in results] == [MEANS[fate] for fate in fates]
    taken = Counter(number for number, _ in judge.taken)
    assert set(taken.values()) <= {1}
    assert not judge.said_to_nobody
    for number, result in enumerate(results):
        if isinstance(result, Accepted):
            assert taken[number] == 1
        elif not isinstance(result, OutcomeUnknown):
            assert taken[number] == 0
    for number, body in judge.taken:
        assert message_from_bytes(body)["To"].endswith(f"<nr{number}@eksempel.example>")
        assert message_from_bytes(body)["Message-ID"] == f"<key{number}@etat.example>"


async def test_the_envelope_is_one_breath_and_the_message_another():
    judge = Judge([Fate.TAKEN] * 4, 0, PIPELINING)
    together = await fared(judge, connections=1, senders=1)
    alone = Judge([Fate.TAKEN] * 4, 0, ())
    one_by_one = await fared(alone, connections=1, senders=1)

    assert {type(result) for result in (*together, *one_by_one)} == {Accepted}
    assert judge.most_at_once >= 3
    assert alone.taken == judge.taken


async def test_after_a_refusal_no_data_is_asked_for_nobody_until_one_is_taken():
    """Servers count our mistakes, and a DATA without a recipient is one."""
    script = Script({"RCPT": ["550 5.1.1 No"] * 3}, extensions=PIPELINING)
    async with running(script), smtp(script) as mail:
        for _ in range(3):
            with pytest.raises(RecipientRefused):
                await mail.send(a_mail())
        await mail.send(a_mail())
        await mail.send(a_mail())

    assert script.connections == 1
    refused_first, refused = ["MAIL", "RCPT", "DATA", "RSET"], ["MAIL", "RCPT", "RSET"]
    taken = ["MAIL", "RCPT", "DATA"]
    assert script.verbs == ["EHLO", *refused_first, *refused, *refused, *taken, *taken, "QUIT"]


async def test_a_refusal_that_was_heard_stands_though_nothing_more_is():
    script = Script({"RCPT": ["550 5.1.1 No"], "DATA": [HANG]}, extensions=PIPELINING, careless=True)
    async with running(script), smtp(script, timeout_seconds=0.6) as mail:
        with pytest.raises(RecipientRefused):
            await mail.send(a_mail())

        await mail.send(a_mail())

    assert script.connections == 2
    assert len(script.messages) == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
async def test_a_reply_that_comes_too_late_is_nobodys(stage):
    """The one who waited has given up, and with it the connection."""
    script = Script({stage: [HANG]}, extensions=PIPELINING)
    async with running(script), smtp(script, timeout_seconds=0.4) as mail:
        with pytest.raises(TryAgain):
            await mail.send(a_mail())
        await mail.send(a_mail(key="next"))

    assert script.connections == 2
    (raw,) = script.messages
    assert message_from_bytes(raw)["Message-ID"] == "<next@etat.example>"


@pytest.mark.parametrize("stray", ["250 2.0.0 OK", "550 5.1.1 Unknown", "421 4.4.2 Idle too long", "What?"])
async def test_what_is_said_between_two_messages_is_no_answer_to_the_next(stray):
    script = Script({"END": [f"250 2.0.0 Queued\r\n{stray}"]}, extensions=PIPELINING)
    async with running(script), smtp(script) as mail:
        await mail.send(a_mail())
        await mail.send(a_mail())

    assert script.connections == 2
    assert len(script.messages) == 2


@pytest.mark.parametrize("at_once", [True, False])
async def test_one_reply_too_many_shifts_nothing_into_a_message(at_once):
    """``MAIL`` is answered twice: what looks like the recipient's answer is not, and no message may follow."""
    script = Script({"MAIL": ["250 2.1.0 OK\r\n250 2.1.0 OK"], "RCPT": ["550 5.1.1 Unknown"]})
    script.extensions = PIPELINING if at_once else ()
    async with running(script), smtp(script) as mail:
        with pytest.raises(MailError) as caught:
            await mail.send(a_mail())

    assert type(caught.value) in (RecipientRefused, TryAgain, Throttled, TransportRefused)
    assert script.messages == []


async def test_a_kept_connection_that_is_gone_costs_no_message_when_all_is_said_at_once():
    script = Script(extensions=PIPELINING)
    async with running(script), smtp(script) as mail:
        await mail.send(a_mail())
        script.replies["MAIL"] = [DROP]
        await mail.send(a_mail())

    assert len(script.messages) == 2
    assert script.connections == 2
