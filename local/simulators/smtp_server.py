"""One conversation of the SMTP simulator: aiosmtpd's server, with a sign-in like Exchange's and faults on purpose."""

import asyncio
import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session

from local.simulators.smtp_faults import SmtpFault, SmtpFaults

LONGEST_LINE = 998
_LONGEST_COMMAND = 12_288  # what RFC 4954 allows AUTH; a token is longer than aiosmtpd expects
_XOAUTH2 = re.compile(rb"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01")
_REFUSED = AuthResult(success=False, handled=False, message="535 5.7.3 Authentication unsuccessful")
_UNTIL_CANCELLED = 3600.0

Store = Callable[[Session, Envelope], None]


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in; without a user name and without a token everybody may send."""

    username: str | None
    password: str | None
    token: str | None

    @property
    def is_asked_for(self) -> bool:
        """Whether one must sign in."""
        return self.username is not None or self.token is not None

    @property
    def hidden_mechanisms(self) -> list[str]:
        """What the server doesn't offer."""
        hidden = [] if self.token is not None else ["XOAUTH2"]
        return hidden if self.password is not None else [*hidden, "PLAIN", "LOGIN"]


class Rules:
    """What the server answers, stage by stage. The methods have the names that aiosmtpd looks for."""

    def __init__(self, account: Account, faults: SmtpFaults, store: Store) -> None:
        self._account, self._faults, self._store = account, faults, store

    async def handle_EHLO(  # noqa: N802
        self, _: SMTP, session: Session, __: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offers what there is."""
        session.host_name = hostname
        offered = [line for line in responses if self._account.is_asked_for or not line.startswith("250-AUTH")]
        return [*offered[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", offered[-1]]

    async def handle_AUTH(self, server: SMTP, _: Session, __: Envelope, args: list[str]) -> Any:  # noqa: N802
        """Refuses if a fault says so; else the mechanism decides."""
        return await act(self._faults.strike("auth", args[0]), server) or MISSING

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        """Signs in with an access token."""
        try:
            given = base64.b64decode(args[1], validate=True) if len(args) > 1 else await server.challenge_auth("")
        except (binascii.Error, ValueError):
            return _REFUSED
        found = _XOAUTH2.fullmatch(given) if isinstance(given, bytes) else None
        if found is None or self._account.token is None or found[2].decode() != self._account.token:
            return _REFUSED
        if self._account.username is not None and found[1].decode() != self._account.username:
            return _REFUSED
        return AuthResult(success=True, auth_data=LoginPassword(found[1], b""))

    def sign_in(self, _: SMTP, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
        """Checks a user name and a password."""
        if not isinstance(given, LoginPassword):
            return _REFUSED
        right = (given.login.decode(), given.password.decode()) == (self._account.username, self._account.password)
        return AuthResult(success=True, auth_data=given) if right else _REFUSED

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes the envelope's sender."""
        if self._account.is_asked_for and not session.authenticated:
            return "530 5.7.57 Client not authenticated to send mail"
        refusal = await act(self._faults.strike("mail", address), server)
        if not refusal:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 2.1.0 Sender OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes a recipient."""
        refusal = await act(self._faults.strike("rcpt", address), server)
        if not refusal:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return refusal or "250 2.1.5 Recipient OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Stores the message, unless it is refused."""
        about = envelope.rcpt_tos[0]
        refusal = await act(self._faults.strike("data", about), server)
        if refusal:
            return refusal
        if any(len(line) > LONGEST_LINE for line in _raw(envelope).split(b"\r\n")):
            return "500 5.6.0 Line too long"
        self._store(session, envelope)
        slow = self._faults.strike("slow", about)
        if slow is not None:
            await asyncio.sleep(slow.delay_seconds)
        if self._faults.strike("drop_after_dot", about) is not None:
            await cut(server)
        return "250 2.0.0 OK: queued"

    def before_dot(self, envelope: Envelope) -> SmtpFault | None:
        """The rule that cuts the connection while the body comes."""
        return self._faults.strike("drop_before_dot", envelope.rcpt_tos[0]) if envelope.rcpt_tos else None


class Conversation(SMTP):
    """aiosmtpd's server, which can also lose the connection on the way."""

    line_length_limit = _LONGEST_COMMAND

    def __init__(self, rules: Rules, account: Account, **options: Any) -> None:
        super().__init__(
            rules,
            authenticator=rules.sign_in,
            auth_exclude_mechanism=account.hidden_mechanisms,
            hostname="smtp.simulator.example",
            ident="SMTP simulator",
            **options,
        )
        self.command_size_limits["AUTH"] = _LONGEST_COMMAND
        self._rules = rules

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """Takes the body, or loses the connection at it."""
        assert self.envelope is not None
        fault = self._rules.before_dot(self.envelope)
        if fault is None:
            await super().smtp_DATA(arg)
            return
        await asyncio.sleep(fault.delay_seconds)
        if fault.after_bytes:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            come = 0
            while come < fault.after_bytes and (piece := await self._reader.read(fault.after_bytes - come)):
                come += len(piece)
        await cut(self)


class Refuser(asyncio.Protocol):
    """A server that greets with a refusal, or hangs up."""

    def __init__(self, fault: SmtpFault) -> None:
        self._fault = fault

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Says it, at once or later."""
        asyncio.get_running_loop().call_later(self._fault.delay_seconds, self._refuse, transport)

    def _refuse(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._fault.drop:
            transport.abort()
        else:
            transport.write(f"{self._fault.answer}\r\n".encode())
            transport.close()


async def act(fault: SmtpFault | None, server: SMTP) -> str:
    """Does what the rule says; returns the refusal, empty where the conversation goes on."""
    if fault is None:
        return ""
    await asyncio.sleep(fault.delay_seconds)
    if fault.drop:
        await cut(server)
    if fault.closes:
        await server.push(fault.answer)
        assert server.transport is not None
        server.transport.close()
        await asyncio.sleep(_UNTIL_CANCELLED)
    return "" if fault.answer.startswith("2") else fault.answer


async def cut(server: SMTP) -> None:
    """Cuts the connection; aiosmtpd then cancels whoever waits here."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()
    await asyncio.sleep(_UNTIL_CANCELLED)


def _raw(envelope: Envelope) -> bytes:
    content = envelope.original_content
    return content if isinstance(content, bytes) else b""
