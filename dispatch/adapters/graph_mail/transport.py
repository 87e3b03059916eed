"""Sends through Microsoft Graph: in one request, or as a draft that is recorded before it leaves."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING

import httpx

from dispatch.adapters.graph_mail import responses, upload
from dispatch.adapters.graph_mail.health_check import Inspection
from dispatch.adapters.graph_mail.lookup import Lookup, claims_of
from dispatch.adapters.graph_mail.responses import ACCEPTED, CREATED, GRAPH, UNAUTHORISED
from dispatch.adapters.graph_mail.tokens import Tokens
from dispatch.adapters.http_client import MEGABYTE, BoundedClient
from dispatch.core import Accepted, Letter, MailError, OutcomeUnknown, OutgoingMail, Part, Seen, Sighting, TryAgain
from dispatch.ports import Check

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from dispatch.adapters.graph_mail.sdk import Sdk

LARGEST_ANSWER = 4 * MEGABYTE  # a page of found messages is some kilobytes
LARGEST_REQUEST = 3_500_000  # Graph refuses writes somewhere around 4 MB
LARGEST_ATTACHMENT = 3_000_000  # in one POST; above it, an upload session
DISCARD_SECONDS = 10.0
MOST_AT_ONCE = 4  # Exchange refuses a fifth request of one app to one mailbox
TOO_SMALL_FOR_A_SESSION = "attachmentsizeshouldnotbelessthanminimumsize"
_CACHED_LETTERS = 4
_REMEMBERED_DRAFTS = 1000

Request = Callable[[], Awaitable[httpx.Response]]


class GraphMail:
    """See ``dispatch.ports.MailTransport``."""

    name = GRAPH

    def __init__(
        self,
        *,
        sender: str,
        credential: "AsyncTokenCredential | None",
        base_url: str = "https://graph.microsoft.com/v1.0",
        save_to_sent_items: bool,
        draft: bool,
        may_look: bool,
        concurrency: int = 3,
        timeout_seconds: float = 60,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """``credential`` None means anonymous, which only a simulator takes; the caller closes it.

        Raises:
            BadConfiguration: a token would travel in clear text.
        """
        base_url = base_url.rstrip("/")
        self._sender, self._base_url = sender, base_url
        # Shorter than a call's own deadline, so that a sign-in that hangs is told apart from a request that hangs.
        self._tokens = (
            Tokens(credential, base_url, timeout_seconds=timeout_seconds / 2) if credential is not None else None
        )
        self._save, self._draft, self._may_look = save_to_sent_items, draft, may_look
        self._timeout = timeout_seconds
        self._gate = asyncio.Semaphore(concurrency)
        self._look_gate = asyncio.Semaphore(1) if concurrency < MOST_AT_ONCE else self._gate
        self._http, self._owns_http = http, http is None
        self._sdks: dict[str, Sdk] = {}  # by mailbox
        self._message_ids: dict[str, str] = {}

    def needs_draft(self, mail: OutgoingMail) -> bool:
        """Whether the mail goes as a draft: always where that is configured, else what is too large for one request."""
        return self._draft or not _fits(mail.letter)

    async def limit_exceeded(self, letter: Letter, *, sender: str) -> int:  # noqa: ARG002 - the port's
        """Graph announces no limit."""
        return 0

    async def prepare(self, mail: OutgoingMail) -> str:
        """Creates the draft with all its files. Nothing is sent, so no failure leaves anything in doubt."""
        made: list[str] = []
        async with self._gate:
            try:
                async with self._deadline():
                    return await self._create(mail, made)
            except MailError as error:
                await self._discard(mail, *made)
                raise responses.unsent(error) from error

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:
        """Sends the mail, or its draft. Exactly 202 is success: other 2xx have been seen without a message."""
        async with self._gate, self._deadline():
            if draft_id:
                response = await self._ask(lambda: self._sdk(mail).send_draft(draft_id))
            else:
                saved = not mail.route.unsaved if mail.route.is_known else self._save
                response = await self._ask(lambda: self._sdk(mail).send_mail(mail, save_to_sent_items=saved))
        answer = responses.read(response)
        if answer.status != ACCEPTED:
            error = responses.error_of(answer, draft=bool(draft_id))
            if draft_id and not isinstance(error, OutcomeUnknown):
                # Nobody comes back to it: another attempt makes a new one, and a person could send it by mistake.
                async with self._gate:
                    await self._discard(mail, draft_id)
            raise error
        return Accepted(GRAPH, self._message_ids.pop(draft_id, ""), answer.request_id)

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:
        """Looks in all folders of the mailbox that it left from. Raises ``Throttled`` and ``TryAgain`` only."""
        if not self._may_look:
            return Seen(Sighting.CANNOT_TELL)
        lookup = Lookup(self._client, base_url=self._base_url, sender=self._mailbox(mail), tokens=self._tokens)
        # A draft is always saved when it is sent, whatever was asked for.
        saved = bool(draft_id) or (not mail.route.unsaved if mail.route.is_known else self._save)
        async with self._look_gate:
            try:
                async with asyncio.timeout(self._timeout):
                    return await lookup.find(mail, draft_id=draft_id, saved=saved)
            except TimeoutError as error:
                raise TryAgain(GRAPH, "Deadline", retry_after=responses.BEFORE_A_NEW_DRAFT) from error

    @property
    def inspection(self) -> Inspection:
        """Looks at what we may do with the mailbox."""
        return Inspection(self._client, base_url=self._base_url, sender=self._sender, tokens=self._tokens)

    def checks(self, *, sender: str) -> Sequence[Check]:  # noqa: ARG002 - the port's; we know our mailbox
        """What the doctor asks."""
        return self.inspection.checks(looks=self._may_look, drafts=self._draft)

    async def close(self) -> None:
        """Gives back connections."""
        if self._http is not None and self._owns_http:
            await self._http.aclose()
            self._http = None
            self._sdks.clear()

    # --- the draft

    async def _create(self, mail: OutgoingMail, made: list[str]) -> str:
        """The new draft's id, which ``made`` knows before any file is put on it."""
        together = _fits(mail.letter)
        response = await self._ask(lambda: self._sdk(mail).create(mail, with_files=together))
        self._created(response)
        body = responses.json_of(response)
        draft_id, message_id = body.get("id"), body.get("internetMessageId")
        if not isinstance(draft_id, str) or not draft_id:
            raise TryAgain(GRAPH, "NoDraftId", responses.read(response).detail)
        made.append(draft_id)
        if not together:
            for part in (*mail.letter.attachments, *mail.letter.inline):
                await self._attach(mail, draft_id, part)
        if isinstance(message_id, str):
            self._remember(draft_id, message_id)
        return draft_id

    async def _discard(self, mail: OutgoingMail, *drafts: str) -> None:
        """Removes our own drafts that certainly were not sent. One that stays is untidy, so nothing is raised."""
        for draft_id in drafts:
            with suppress(MailError, TimeoutError):
                async with asyncio.timeout(min(self._timeout, DISCARD_SECONDS)):
                    await self._ask(lambda: self._sdk(mail).delete(draft_id))  # noqa: B023 - awaited in the same turn

    async def _attach(self, mail: OutgoingMail, draft_id: str, part: Part) -> None:
        if len(part.content) >= LARGEST_ATTACHMENT:
            session = await self._ask(lambda: self._sdk(mail).open_upload(draft_id, part))
            # Where exactly 3 MB lies is not documented; a file that is too small for a session goes in one POST.
            if not responses.read(session).code.lower().endswith(TOO_SMALL_FOR_A_SESSION):
                self._created(session, draft_id)
                await self._upload(session, part)
                return
        self._created(await self._ask(lambda: self._sdk(mail).attach(draft_id, part)), draft_id)

    async def _upload(self, session: httpx.Response, part: Part) -> None:
        url = responses.json_of(session).get("uploadUrl")
        if not isinstance(url, str) or not upload.is_signed(url):
            raise TryAgain(GRAPH, "NoUploadUrl", responses.read(session).detail)
        try:
            response = await upload.put(self._client, url, part.content)
        except httpx.HTTPError as error:
            raise TryAgain(GRAPH, type(error).__name__, "upload", retry_after=responses.BEFORE_A_NEW_DRAFT) from error
        if upload.is_whole(response):
            return
        answer = responses.read(response)
        if answer.status == responses.TOO_MANY or answer.code:
            raise responses.error_of(answer)
        # The session is gone or has lost its place: a new draft gets a new one.
        raise TryAgain(GRAPH, answer.label, f"upload, {answer.detail}", retry_after=responses.BEFORE_A_NEW_DRAFT)

    @staticmethod
    def _created(response: httpx.Response, draft_id: str = "") -> None:
        if response.status_code != CREATED:
            answer = responses.read(response)
            raise responses.unsent(responses.error_of(answer, draft=bool(draft_id)), wait=answer.retry_after)

    def _remember(self, draft_id: str, message_id: str) -> None:
        """Keeps what the draft will carry as Message-ID until it is sent; a hint only, lost with the process."""
        while len(self._message_ids) >= _REMEMBERED_DRAFTS:
            self._message_ids.pop(next(iter(self._message_ids)))
        self._message_ids[draft_id] = message_id

    # --- requests

    async def _ask(self, request: Request) -> httpx.Response:
        """One request through the SDK, put again once with a new token if the first was not good."""
        try:
            response = await request()
            # Where Entra named the claims that it wants, the SDK has tried a second time on its own.
            if response.status_code == UNAUTHORISED and self._tokens is not None and claims_of(response) is None:
                response = await request()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise responses.error_of_exception(error) from error
        return response

    @asynccontextmanager
    async def _deadline(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except TimeoutError as error:
            raise OutcomeUnknown(GRAPH, "Deadline") from error

    @property
    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = BoundedClient(
                most=LARGEST_ANSWER,
                timeout=httpx.Timeout(self._timeout, connect=min(10.0, self._timeout)),
                limits=httpx.Limits(max_connections=2 * MOST_AT_ONCE, keepalive_expiry=30.0),
            )
        return self._http

    def _mailbox(self, mail: OutgoingMail) -> str:
        """The mailbox that the mail leaves from, or has left from."""
        return mail.route.sender or self._sender

    def _sdk(self, mail: OutgoingMail) -> "Sdk":
        mailbox = self._mailbox(mail)
        if mailbox not in self._sdks:
            from dispatch.adapters.graph_mail.sdk import Sdk

            self._sdks[mailbox] = Sdk(self._client, base_url=self._base_url, sender=mailbox, tokens=self._tokens)
        return self._sdks[mailbox]


@lru_cache(maxsize=_CACHED_LETTERS)
def _fits(letter: Letter) -> bool:
    """Whether the message fits in one request: base64 is a third larger, and JSON writes ``å`` as six bytes."""
    files = sum(len(part.content) for part in (*letter.attachments, *letter.inline))
    return files * 4 // 3 + len(json.dumps(letter.html)) <= LARGEST_REQUEST
