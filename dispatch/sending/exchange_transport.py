"""eFormidling as one more transport: what a batch hands over goes to the integration point as an archive message."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache

from dispatch.core import (
    Accepted,
    ExchangeMessage,
    Journey,
    Letter,
    MessageRefused,
    OutcomeUnknown,
    OutgoingMail,
    Part,
    Reason,
    RecipientRefused,
    Refusal,
    Seen,
    Sighting,
    Standing,
    Transport,
    TransportRefused,
    TryAgain,
)
from dispatch.ports import MessageExchange
from dispatch.report import PdfError, render_pdf
from dispatch.settings import Settings
from dispatch.typesetting import Typesetter

DOCUMENT = "melding.pdf"
KEPT_DOCUMENTS = 8
KEPT_DIGESTS = 2  # each holds on to its letter


class EformidlingTransport:
    """See ``dispatch.ports.ExchangeTransport``. ``Accepted`` means handed over; only the receipt means delivered."""

    name = Transport.EFORMIDLING

    def __init__(self, exchange: MessageExchange, settings: Settings, *, typesetter: Typesetter) -> None:
        self._exchange = exchange
        self._settings = settings
        self._typesetter = typesetter
        # A submission that outlived its worker's lease could meet a second one.
        self._deadline = settings.longest_request_seconds
        self._documents: OrderedDict[str, bytes] = OrderedDict()

    def needs_draft(self, mail: OutgoingMail) -> bool:  # noqa: ARG002 - the port's
        """Nothing is prepared: every call but the last may be repeated."""
        return False

    async def limit_exceeded(self, letter: Letter, *, sender: str, beside: Sequence[int] = ()) -> int:  # noqa: ARG002 - the port's
        """What the integration point takes is a setting, and looked at when the parcel is made."""
        return 0

    async def prepare(self, mail: OutgoingMail) -> str:  # noqa: ARG002 - the port's
        """Never called."""
        return ""

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:  # noqa: ARG002 - the id is the mail's own
        """Hands the message over, if the organisation can be reached."""
        until = asyncio.get_running_loop().time() + self._deadline
        try:
            async with asyncio.timeout_at(until):
                reachable = await self._exchange.service_for(mail.organization_number)
            if not reachable:
                raise RecipientRefused(self.name, "unreachable", reason=Reason.EF_UNREACHABLE)
            message = await self._message_by(until, mail)
            async with asyncio.timeout_at(until):
                service = await self._exchange.submit(message)
        except TimeoutError as error:
            raise OutcomeUnknown(self.name, "timeout") from error
        except RecipientRefused as error:
            raise RecipientRefused(self.name, error.code, error.detail, reason=Reason.EF_UNREACHABLE) from error
        except MessageRefused as error:
            raise RecipientRefused(self.name, error.code, error.detail, reason=Reason.EF_FAILED) from error
        return Accepted(self.name, message_id=mail.message_id, request_id=service)

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:  # noqa: ARG002 - the id is the mail's own
        """Whether the integration point has it: sent, still waiting to be sent, or unknown.

        One that may have been handed to another integration point means nothing by its absence from this one.
        """
        journey = await self.journey(mail.message_id)
        if journey.standing is Standing.UNKNOWN:
            ours = not mail.route.is_known or mail.route.sender == self._settings.ef_ip_url
            return Seen(Sighting.ABSENT if ours else Sighting.CANNOT_TELL)
        if journey.standing is Standing.CREATED and journey.waits_to_be_sent:
            return Seen(Sighting.DRAFT, draft_id=mail.message_id)
        return Seen(Sighting.SENT, message_id=mail.message_id)

    async def journey(self, message_id: str) -> Journey:
        """How far a message has come."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._exchange.journey(message_id)
        except TimeoutError as error:
            raise OutcomeUnknown(self.name, "timeout") from error

    async def close(self) -> None:
        """Gives back connections."""
        await self._exchange.close()

    async def _message_by(self, until: float, mail: OutgoingMail) -> ExchangeMessage:
        """The message; where its document is not made in time nothing has left, and nobody is in doubt."""
        try:
            async with asyncio.timeout_at(until):
                return await self._message(mail)
        except TimeoutError as error:
            raise TryAgain(self.name, "no_document_yet", retry_after=self._deadline) from error

    async def _message(self, mail: OutgoingMail) -> ExchangeMessage:
        document = await self._document(mail)
        return ExchangeMessage(
            message_id=mail.message_id,
            conversation_id=mail.conversation_id,
            receiver=mail.organization_number,
            receiver_name=mail.to.name,
            title=mail.letter.subject,
            request_number=mail.request_number,
            created=mail.date,
            expires=mail.date + timedelta(hours=self._settings.ef_ttl_hours),
            main=Part(DOCUMENT, "application/pdf", document),
            attachments=mail.letter.attachments,
        )

    async def _document(self, mail: OutgoingMail) -> bytes:
        """The letter as PDF/A: the same bytes for every recipient and at every attempt, kept for the next of them."""
        key = _fingerprint(mail)
        document = self._documents.get(key)
        if document is None:
            try:
                made = await render_pdf(
                    mail.letter,
                    author=self._settings.mail_organisation or self._settings.mail_from_name,
                    created=mail.planned_at or mail.date,
                    senders=(mail.sender,),
                    request_number=mail.request_number,
                    typesetter=self._typesetter,
                )
            except PdfError as error:
                # Ours to put right, or something that passes: it says nothing about the recipient.
                raise TransportRefused(self.name, "no_pdf", about=Refusal.LETTER) from error
            document = self._documents[key] = made.content
            while len(self._documents) > KEPT_DOCUMENTS:
                self._documents.popitem(last=False)
        return document


def _fingerprint(mail: OutgoingMail) -> str:
    """What the document is made of: two letters with the same words may have other files, dates and senders."""
    parts = (mail.request_number, mail.planned_at or mail.date, mail.sender, _digest(mail.letter))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@lru_cache(maxsize=KEPT_DIGESTS)
def _digest(letter: Letter) -> str:
    found = hashlib.sha256(repr((letter.subject, letter.html, letter.text)).encode())
    for part in (*letter.attachments, *letter.inline):
        found.update(repr((part.name, part.content_type, part.content_id)).encode())
        found.update(hashlib.sha256(part.content).digest())
    return found.hexdigest()
