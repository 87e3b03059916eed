"""Sends through Azure Communication Services, each letter under an id of its own that it can be asked for by."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dispatch.adapters.azure_communication import health_check, responses
from dispatch.adapters.azure_communication.connection import Connection
from dispatch.adapters.azure_communication.message import (
    LARGEST_REQUEST,
    body_of,
    file_size,
    message_id_of,
    wire_size,
)
from dispatch.adapters.azure_communication.responses import COMMUNICATION, Answer, Operation
from dispatch.adapters.mime_headers import is_plain_address
from dispatch.core import (
    Accepted,
    Letter,
    MailError,
    OutcomeUnknown,
    OutgoingMail,
    Reason,
    RecipientRefused,
    Seen,
    Sighting,
    Throttled,
    TryAgain,
)
from dispatch.ports import Check

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

LARGE_LETTER = 1024 * 1024  # bytes: 10 ms


def _now() -> datetime:
    return datetime.now(UTC)


class AzureCommunicationMail:
    """See ``dispatch.ports.MailTransport``."""

    name = COMMUNICATION

    def __init__(
        self,
        *,
        endpoint: str,
        sender: str,
        access_key: str = "",
        credential: "AsyncTokenCredential | None" = None,
        remembers: timedelta = timedelta(minutes=30),
        concurrency: int = 4,
        timeout_seconds: float = 60,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """``remembers`` is for how long after a letter was begun not to know it means that it has not left."""
        self._connection = Connection(
            endpoint=endpoint, access_key=access_key, credential=credential, timeout_seconds=timeout_seconds
        )
        self._sender, self._remembers, self._clock = sender, remembers, clock
        self._timeout = timeout_seconds
        self._sending, self._looking = asyncio.Semaphore(concurrency), asyncio.Semaphore(1)
        self._serialising = asyncio.Lock()

    def needs_draft(self, mail: OutgoingMail) -> bool:  # noqa: ARG002  # the port's
        """Never: a letter that is in doubt is asked for by its id."""
        return False

    async def prepare(self, mail: OutgoingMail) -> str:  # noqa: ARG002
        """Nothing to prepare."""
        return ""

    async def limit_exceeded(self, letter: Letter, *, sender: str, beside: Sequence[int] = ()) -> int:  # noqa: ARG002
        """The largest request, if the letter with so large files beside it is above that."""
        size = wire_size(letter, sender=self._sender) + sum(map(file_size, beside))
        return LARGEST_REQUEST if size > LARGEST_REQUEST else 0

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:  # noqa: ARG002
        """Sends the mail. Exactly 202 is success; it says that the service has the letter, and no more."""
        if not is_plain_address(mail.to.address):
            raise RecipientRefused(COMMUNICATION, "AddressNotUsable", reason=Reason.INVALID_ADDRESS)
        body = await self._body_of(mail)
        async with self._sending, self._deadline():
            answer = await self._connection.send(body, operation_id=mail.operation_id)
            if answer.status in responses.PERHAPS_A_REPEAT:
                return await self._unless_known(mail, answer)
        if answer.status != responses.ACCEPTED:
            raise responses.error_of(answer)
        return _accepted(mail, answer)

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:  # noqa: ARG002
        """Asks for the sending by its id.

        Raises what the service says of one that it took and sent to nobody; else ``Throttled`` and ``TryAgain`` only.
        """
        async with self._looking:
            try:
                async with asyncio.timeout(self._timeout):
                    operation = await self._operation(mail)
            except TimeoutError as error:
                raise TryAgain(COMMUNICATION, "Deadline", retry_after=responses.BEFORE_ANOTHER_LOOK) from error
        if operation is None:
            is_telling = self._clock() - mail.date <= self._remembers
            return Seen(Sighting.ABSENT if is_telling else Sighting.CANNOT_TELL)
        if refusal := operation.refusal():
            raise refusal
        return Seen(Sighting.SENT, message_id=message_id_of(mail))

    async def check(self) -> None:
        """Asks for a sending that never was, as of one in doubt: it takes the right that sending takes."""
        answer = await self._connection.operation(health_check.NEVER_SENT)
        try:
            responses.operation_of(answer)
        except TryAgain as error:
            raise responses.error_of(answer) from error

    def checks(self, *, sender: str) -> Sequence[Check]:  # noqa: ARG002 - the port's; we have a sender of our own
        """What the doctor asks."""
        return health_check.checks(self.check)

    async def close(self) -> None:
        """Gives back connections."""
        await self._connection.close()

    async def _body_of(self, mail: OutgoingMail) -> str:
        """Of a large letter beside the event loop, and once however many wait for it."""
        async with self._serialising:
            if mail.letter.size <= LARGE_LETTER:
                return body_of(mail, sender=self._sender)
            return await asyncio.to_thread(body_of, mail, sender=self._sender)

    async def _unless_known(self, mail: OutgoingMail, answer: Answer) -> Accepted:
        """What a refusal comes to that may have been of a repeat: one that the service knows of was accepted before."""
        try:
            operation = await self._operation(mail)
        except (Throttled, TryAgain) as error:
            raise OutcomeUnknown(COMMUNICATION, answer.label, answer.detail) from error
        if operation is not None and (refusal := operation.refusal()):
            raise refusal
        if operation is not None or responses.is_of_a_used_id(answer):
            return _accepted(mail, answer)
        raise responses.error_of(answer)

    async def _operation(self, mail: OutgoingMail) -> Operation | None:
        try:
            answer = await self._connection.operation(mail.operation_id)
        except MailError as error:
            raise TryAgain(
                COMMUNICATION, error.code, error.detail, retry_after=responses.BEFORE_ANOTHER_LOOK
            ) from error
        return responses.operation_of(answer)

    @asynccontextmanager
    async def _deadline(self) -> AsyncIterator[None]:
        """Bounds all the requests of one sending. What was under way may have been done."""
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except TimeoutError as error:
            raise OutcomeUnknown(COMMUNICATION, "Deadline") from error


def _accepted(mail: OutgoingMail, answer: Answer) -> Accepted:
    return Accepted(COMMUNICATION, message_id_of(mail), answer.request_id)
