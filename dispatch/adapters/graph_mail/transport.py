"""Sends through Microsoft Graph: in one request, or as a draft that is recorded before it leaves."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from dispatch.adapters.graph_mail import responses
from dispatch.adapters.graph_mail.connection import MOST_AT_ONCE, Connection
from dispatch.adapters.graph_mail.drafts import Drafts, fits
from dispatch.adapters.graph_mail.health_check import Inspection, of_mailbox
from dispatch.adapters.graph_mail.lookup import Lookup
from dispatch.adapters.graph_mail.responses import ACCEPTED, GRAPH
from dispatch.adapters.graph_mail.returned_mails import ReturnedMails
from dispatch.adapters.graph_mail.tokens import Tokens
from dispatch.core import Accepted, Letter, MailError, OutcomeUnknown, OutgoingMail, Seen, Sighting, TryAgain
from dispatch.ports import Check

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


@dataclass(frozen=True, slots=True)
class Gates:
    """How many requests of this process may be under way to one mailbox."""

    sending: asyncio.Semaphore
    looking: asyncio.Semaphore


class GraphMail:
    """See ``dispatch.ports.MailTransport``."""

    name = GRAPH

    def __init__(
        self,
        *,
        sender: str,
        mailboxes: Sequence[str] = (),
        credential: "AsyncTokenCredential | None",
        base_url: str = "https://graph.microsoft.com/v1.0",
        save_to_sent_items: bool,
        draft: bool,
        may_look: bool,
        concurrency: int = 3,
        timeout_seconds: float = 60,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """``mailboxes``: those that share the sending, where it is not the sender's own alone.

        ``credential`` None means anonymous, which only a simulator takes; the caller closes it.

        Raises:
            BadConfiguration: a token would travel in clear text.
        """
        base_url = base_url.rstrip("/")
        # Shorter than a call's own deadline, so that a sign-in that hangs can be told from a request that hangs.
        tokens = Tokens(credential, base_url, timeout_seconds=timeout_seconds / 2) if credential is not None else None
        self._connection = Connection(
            sender=sender,
            base_url=base_url,
            tokens=tokens,
            timeout_seconds=timeout_seconds,
            http=http,
            mailboxes=max(1, len(mailboxes)),
        )
        self._mailboxes = tuple(mailboxes) or (sender,)
        self._drafts = Drafts(self._connection)
        self._save, self._draft, self._may_look = save_to_sent_items, draft, may_look
        self._concurrency = concurrency
        self._gates: dict[str, Gates] = {}  # by mailbox

    def needs_draft(self, mail: OutgoingMail) -> bool:
        """Whether the mail goes as a draft: always where that is configured, else what is too large for one request."""
        return self._draft or not fits(mail.letter)

    async def limit_exceeded(self, letter: Letter, *, sender: str, beside: Sequence[int] = ()) -> int:  # noqa: ARG002 - the port's
        """Graph announces no limit."""
        return 0

    async def prepare(self, mail: OutgoingMail) -> str:
        """Creates the draft with all its files. Nothing is sent, so no failure leaves anything in doubt."""
        made: list[str] = []
        async with self._gates_of(mail).sending:
            try:
                async with self._connection.deadline():
                    return await self._drafts.create(mail, made)
            except MailError as error:
                await self._drafts.discard(mail, *made)
                raise responses.unsent(error) from error

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:
        """Sends the mail, or its draft. Exactly 202 is success: other 2xx have been seen without a message."""
        async with self._gates_of(mail).sending, self._connection.deadline():
            if draft_id:
                response = await self._connection.ask(mail, lambda sdk: sdk.send_draft(draft_id))
            else:
                saved = not mail.route.unsaved if mail.route.is_known else self._save
                response = await self._connection.ask(mail, lambda sdk: sdk.send_mail(mail, save_to_sent_items=saved))
        answer = responses.read(response)
        if answer.status != ACCEPTED:
            error = responses.error_of(answer, draft=bool(draft_id))
            if draft_id and not isinstance(error, OutcomeUnknown):
                # Nobody comes back to it: another attempt makes a new one, and a person could send it by mistake.
                async with self._gates_of(mail).sending:
                    await self._drafts.discard(mail, draft_id)
            raise error
        return Accepted(GRAPH, self._drafts.message_id(draft_id), answer.request_id)

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:
        """Looks in all folders of the mailbox that it left from. Raises ``Throttled`` and ``TryAgain`` only."""
        if not self._may_look:
            return Seen(Sighting.CANNOT_TELL)
        lookup = self._lookup(mail)
        # A draft is always saved when it is sent, whatever was asked for.
        saved = bool(draft_id) or (not mail.route.unsaved if mail.route.is_known else self._save)
        async with self._gates_of(mail).looking:
            try:
                async with asyncio.timeout(self._connection.timeout):
                    return await lookup.find(mail, draft_id=draft_id, saved=saved)
            except TimeoutError as error:
                raise TryAgain(GRAPH, "Deadline", retry_after=responses.BEFORE_A_NEW_DRAFT) from error

    def returned_mails(self, mailbox: str = "") -> ReturnedMails:
        """What came back to that mailbox, else to the one that is set up; over the same connection and its one slot."""
        read = mailbox or self._connection.sender
        return ReturnedMails(self._connection, read, self._gates_at(read).looking)

    @property
    def inspection(self) -> Inspection:
        """Looks at what we may do with the mailbox."""
        return self._inspection(self._connection.sender)

    def _inspection(self, mailbox: str) -> Inspection:
        to = self._connection
        return Inspection(to.client, base_url=to.base_url, sender=mailbox, tokens=to.tokens)

    def checks(self, *, sender: str) -> Sequence[Check]:  # noqa: ARG002 - the port's; we know our mailboxes
        """What the doctor asks: the sign-in once, and the rights of each mailbox."""
        looks, drafts = self._may_look, self._draft
        each = [self._inspection(mailbox).checks(looks=looks, drafts=drafts) for mailbox in self._mailboxes]
        if len(each) == 1:
            return each[0]
        numbered = enumerate(zip(self._mailboxes, each, strict=True), start=1)
        rights = [of_mailbox(check, n, mailbox) for n, (mailbox, checks) in numbered for check in checks[1:]]
        return [each[0][0], *rights]

    async def close(self) -> None:
        """Gives back connections."""
        await self._connection.close()

    def _gates_of(self, mail: OutgoingMail) -> Gates:
        return self._gates_at(self._connection.mailbox_of(mail))

    def _gates_at(self, mailbox: str) -> Gates:
        if mailbox not in self._gates:
            sending = asyncio.Semaphore(self._concurrency)
            looking = asyncio.Semaphore(1) if self._concurrency < MOST_AT_ONCE else sending
            self._gates[mailbox] = Gates(sending, looking)
        return self._gates[mailbox]

    def _lookup(self, mail: OutgoingMail) -> Lookup:
        to = self._connection
        return Lookup(to.client, base_url=to.base_url, sender=to.mailbox_of(mail), tokens=to.tokens)
