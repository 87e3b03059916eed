"""What lies on the queues: ids only, with a version, so that an older message can still be read after a deployment."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch.core.identifiers import DispatchKey, message_of


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


class SendBatch(_QueueMessage):
    """Send one batch. A message whose ``release`` is older than the batch's is stale and is dropped."""

    batch: int = Field(ge=0)
    release: int = Field(ge=0)


class ResolveTicket(_QueueMessage):
    """Every batch of the dispatch is recorded: answer in the ticket."""
