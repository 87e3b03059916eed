"""Messages at the integration point, one request a method."""

from typing import Any

from dispatch.adapters.eformidling import responses, statuses
from dispatch.adapters.eformidling.client import Client
from dispatch.adapters.eformidling.parcel import DESCRIPTION, File
from dispatch.adapters.eformidling.responses import Answer, Call
from dispatch.adapters.eformidling.statuses import Conversation

OUT = ("messages", "out")


class Messages:
    """Every method raises the ``MailError`` that the answer is, where it is not one of those that are named."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def create(self, message_id: str, envelope: bytes) -> bool:
        """Creates the message; False where it is there already, or was once."""
        answer = await self._client.post(Call.CREATE, *OUT, json=envelope)
        if answer.refused_as(responses.ALREADY_EXISTS):
            return False
        if not answer.ok or _id_in(answer) != message_id.lower():
            # A success that does not repeat our message is somebody else's.
            raise responses.error_of(Call.CREATE, answer)
        return True

    async def upload(self, message_id: str, file: File) -> bool | None:
        """Adds a file; False where it was there already, None where there is no such open message."""
        call = Call.DESCRIBE if file.name == DESCRIPTION else Call.UPLOAD
        headers = {
            "Content-Type": file.media_type,
            "Content-Disposition": f'attachment; filename="{file.name}"',
        }
        # The title goes in the query: in the header, each server has its own way with letters outside ASCII.
        answer = await self._client.put(call, *OUT, message_id, content=file.content, headers=headers, title=file.title)
        if answer.refused_as(responses.DUPLICATE_FILE):
            return False
        if answer.no_such_message:
            return None
        if not answer.ok:
            raise responses.error_of(call, answer)
        return True

    async def send(self, message_id: str) -> bool:
        """Hands the message over; False where there is no such open message."""
        answer = await self._client.post(Call.SEND, *OUT, message_id)
        if answer.no_such_message:
            return False
        if not answer.ok:
            raise responses.error_of(Call.SEND, answer)
        return True

    async def is_open(self, message_id: str) -> bool:
        """Whether the message is still among the outgoing ones."""
        answer = await self._client.get(Call.FOLLOW, *OUT, message_id)
        if answer.no_such_message:
            return False
        if not answer.ok:
            raise responses.error_of(Call.FOLLOW, answer)
        return True

    async def conversation(self, message_id: str) -> Conversation | None:
        """What became of the message; None where there was never any."""
        answer = await self._client.get(Call.FOLLOW, "conversations", "messageId", message_id)
        if answer.no_such_message:
            return None
        if not answer.ok:
            raise responses.error_of(Call.FOLLOW, answer)
        try:
            return statuses.read(answer.body)
        except ValueError as error:
            raise responses.error_of(Call.FOLLOW, answer) from error


def _id_in(answer: Answer) -> str:
    found: Any = answer.body
    for key in ("standardBusinessDocumentHeader", "documentIdentification", "instanceIdentifier"):
        found = found.get(key) if isinstance(found, dict) else None
    return found.lower() if isinstance(found, str) else ""
