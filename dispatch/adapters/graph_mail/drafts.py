"""Drafts: a message with all its files in the mailbox, which is sent by its id."""

import asyncio
import json
from contextlib import suppress
from functools import lru_cache

import httpx

from dispatch.adapters.graph_mail import responses, upload
from dispatch.adapters.graph_mail.connection import Connection
from dispatch.adapters.graph_mail.responses import CREATED, GRAPH
from dispatch.core import Letter, MailError, OutgoingMail, Part, TryAgain

LARGEST_REQUEST = 3_500_000  # Graph refuses writes somewhere around 4 MB
LARGEST_ATTACHMENT = 3_000_000  # in one POST; above it, an upload session
DISCARD_SECONDS = 10.0
TOO_SMALL_FOR_A_SESSION = "attachmentsizeshouldnotbelessthanminimumsize"
_CACHED_LETTERS = 4
_REMEMBERED_DRAFTS = 1000


class Drafts:
    """Makes drafts and removes them. Nothing is sent here, so no failure leaves anything in doubt."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._message_ids: dict[str, str] = {}

    async def create(self, mail: OutgoingMail, made: list[str]) -> str:
        """The new draft's id, with all its files; ``made`` knows it before any file is put on it."""
        together = fits(mail.letter)
        response = await self._connection.ask(mail, lambda sdk: sdk.create(mail, with_files=together))
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

    async def discard(self, mail: OutgoingMail, *drafts: str) -> None:
        """Removes our own drafts that certainly were not sent. One that stays is untidy, so nothing is raised."""
        for draft_id in drafts:
            with suppress(MailError, TimeoutError):
                async with asyncio.timeout(min(self._connection.timeout, DISCARD_SECONDS)):
                    await self._connection.ask(mail, lambda sdk: sdk.delete(draft_id))  # noqa: B023 - awaited in the same turn

    def message_id(self, draft_id: str) -> str:
        """What the draft carried as Message-ID, once; empty where it is not known."""
        return self._message_ids.pop(draft_id, "")

    async def _attach(self, mail: OutgoingMail, draft_id: str, part: Part) -> None:
        if len(part.content) >= LARGEST_ATTACHMENT:
            session = await self._connection.ask(mail, lambda sdk: sdk.open_upload(draft_id, part))
            # Where exactly 3 MB lies is not documented; a file that is too small for a session goes in one POST.
            if not responses.read(session).code.lower().endswith(TOO_SMALL_FOR_A_SESSION):
                self._created(session, draft_id)
                await self._upload(session, part)
                return
        self._created(await self._connection.ask(mail, lambda sdk: sdk.attach(draft_id, part)), draft_id)

    async def _upload(self, session: httpx.Response, part: Part) -> None:
        url = responses.json_of(session).get("uploadUrl")
        if not isinstance(url, str) or not upload.is_signed(url):
            raise TryAgain(GRAPH, "NoUploadUrl", responses.read(session).detail)
        try:
            response = await upload.put(self._connection.client, url, part.content)
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


@lru_cache(maxsize=_CACHED_LETTERS)
def fits(letter: Letter) -> bool:
    """Whether the message fits in one request: base64 is a third larger, and JSON writes ``å`` as six bytes."""
    files = sum(len(part.content) for part in (*letter.attachments, *letter.inline))
    return files * 4 // 3 + len(json.dumps(letter.html)) <= LARGEST_REQUEST
