"""What lies on the queues: ids and counts, never a person. The version lets an older message still be read."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch.core.batches import Batch
from dispatch.core.identifiers import DispatchKey, message_of
from dispatch.core.states import BatchState, Channel


class _QueueMessage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    dispatch: DispatchKey = Field(pattern="^[0-9]+-e?[0-9]+$", max_length=40)
    traceparent: str = ""

    def to_json(self) -> str:
        """The message as it is put on the queue."""
        return self.model_dump_json()

    @classmethod
    def read(cls, body: bytes) -> Self | None:
        """The message, or None for what is none of ours: an error that quotes the body would carry it into the log."""
        try:
            return cls.model_validate_json(body)
        except ValidationError:
            return None


class PlanDispatch(_QueueMessage):
    """Plan one dispatch or answer; with ``preview`` (the question's token) only say in its ticket what it would do."""

    preview: str = Field("", max_length=32)

    @property
    def is_answer(self) -> bool:
        """Whether it is an answer to one end user, known by its e-mail row."""
        return message_of(self.dispatch).startswith("e")


class ReleasedRow(BaseModel):
    """The row of a batch that nobody has worked on, as its release has just written it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    size: int
    to_send: int
    channel: Channel
    due: datetime | None
    version: str


class SendBatch(_QueueMessage):
    """Send one batch. A message whose ``release`` is older than the batch's is stale and is dropped.

    The first message of a batch brings its row along, so that nobody need read what was written a moment before. It
    may be old: whoever acts on it writes on condition of its version first.
    """

    batch: int = Field(ge=0)
    release: int = Field(ge=0)
    row: ReleasedRow | None = None

    @classmethod
    def asking_for(cls, batch: Batch) -> Self:
        """The message that asks for the batch as it was just written."""
        row = ReleasedRow(
            size=batch.size, to_send=batch.to_send, channel=batch.channel, due=batch.due, version=batch.version
        )
        message = cls(dispatch=batch.dispatch, batch=batch.number, release=batch.release, row=row)
        return message if message.released == batch else message.without_row()

    @property
    def released(self) -> Batch | None:
        """The batch that the message brings along."""
        if self.row is None:
            return None
        return Batch(
            dispatch=self.dispatch,
            number=self.batch,
            state=BatchState.RELEASED,
            size=self.row.size,
            to_send=self.row.to_send,
            channel=self.row.channel,
            due=self.row.due,
            release=self.release,
            version=self.row.version,
        )

    def without_row(self) -> Self:
        """The message for another time, when the row is to be read."""
        return self.model_copy(update={"row": None})


class ResolveTicket(_QueueMessage):
    """Every batch of the dispatch is recorded: answer in the ticket."""
