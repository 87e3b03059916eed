"""One message to one organisation: created, filled and sent at the integration point, and followed afterwards."""

import asyncio
import re
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import httpx

from dispatch.adapters.eformidling import capabilities, responses, submission
from dispatch.adapters.eformidling.arkivmelding import Origin, plain
from dispatch.adapters.eformidling.client import READ_SECONDS, Auth, Client
from dispatch.adapters.eformidling.envelope import Profile
from dispatch.adapters.eformidling.health_check import Inspected
from dispatch.adapters.eformidling.message_calls import Messages
from dispatch.adapters.eformidling.parcel import pack
from dispatch.adapters.eformidling.responses import EFORMIDLING, Call
from dispatch.core import (
    BadConfiguration,
    ExchangeMessage,
    Journey,
    MessageRefused,
    RecipientRefused,
    Standing,
    TransportRefused,
    TryAgain,
)

NAMESPACE = uuid.UUID("0d0b1f7a-58a5-5c0e-8a39-6a8c1f2e4b77")  # never changed: the ids of archived units are made in it
SUBMIT_SECONDS = 300.0
DIGITS = re.compile(r"\d{9}", re.ASCII)


def _now() -> datetime:
    return datetime.now(UTC)


class EformidlingExchange:
    """See ``dispatch.ports.MessageExchange``.

    ``base_url`` is what ``api_base`` makes; ``timeout_seconds`` is the longest of one request; ``submit_seconds`` is
    how long everything before the sending may take: no request that sends leaves after it. Raises ``BadConfiguration``
    where the address, the certificate file or an id can't be used.
    """

    def __init__(
        self,
        *,
        base_url: str,
        auth: Auth = "basic",
        username: str = "",
        password: str = "",
        sender: str,
        sender_name: str,
        sender_address: str = "",
        sender_postcode: str = "",
        sender_city: str = "",
        system_name: str,
        system_id: str = "",
        process: str = "administrasjon",
        message_type: str = "arkivmelding",
        standard: str = "urn:no:difi:arkivmelding:xsd::arkivmelding",
        security_level: int = 3,
        enabled_services: Sequence[str] = ("DPO", "DPF", "DPV"),
        max_bytes: int = 50 * 1024 * 1024,
        ca_file: str = "",
        clock: Callable[[], datetime] = _now,
        timeout_seconds: float = READ_SECONDS,
        submit_seconds: float = SUBMIT_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._origin = Origin(
            sender,
            plain(sender_name),
            plain(system_name),
            _namespace(system_id),
            plain(sender_address),
            plain(sender_postcode),
            plain(sender_city),
        )
        self._profile = Profile(process, message_type, standard, security_level)
        self._enabled = tuple(enabled_services)
        self._max_bytes, self._submit_seconds = max_bytes, submit_seconds
        self._clock = clock
        self._cache = capabilities.Cache(clock)
        self._client = Client(
            base_url=base_url,
            auth=auth,
            username=username,
            password=password,
            ca_file=ca_file,
            timeout_seconds=timeout_seconds,
            transport=transport,
        )
        self._messages = Messages(self._client)

    async def close(self) -> None:
        """Gives back connections."""
        await self._client.close()

    async def service_for(self, organisation: str) -> str:
        """The service that reaches the organisation; empty where none that we have enabled does."""
        known = self._cache.get(organisation)
        if known is not None:
            return known
        offered = await self._capabilities(organisation)
        service = self._choose(offered or ())
        self._cache.put(organisation, service)
        return service

    async def submit(self, message: ExchangeMessage) -> str:
        """Creates the message, uploads its files and sends it; returns the service."""
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._submit_seconds):
                service = await self._service_of(message)
                parcel = pack(message, self._origin, service=service, max_bytes=self._max_bytes)
                ready = await submission.prepare(
                    self._messages, message, parcel, self._profile, sender=self._origin.organisation, now=self._clock()
                )
        except TimeoutError as error:
            raise TryAgain(EFORMIDLING, "OutOfTime", "before it was sent", retry_after=responses.A_WHILE) from error
        except (RecipientRefused, MessageRefused, TransportRefused):
            self._cache.forget(message.receiver)  # what was remembered may be what is wrong
            raise
        if not ready:
            return service
        if asyncio.get_running_loop().time() - began > self._submit_seconds:
            # A process that was frozen just here: by now another may have taken over.
            raise TryAgain(EFORMIDLING, "OutOfTime", "before it was sent", retry_after=responses.A_WHILE)
        await submission.send(self._messages, message)
        return service

    async def journey(self, message_id: str) -> Journey:
        """How far the message has come."""
        known = await self._messages.conversation(message_id)
        if known is None:
            return Journey(Standing.UNKNOWN)
        waits = known.standing is Standing.CREATED and await self._messages.is_open(message_id)
        return Journey(
            known.standing, known.service, known.complaint, has_left=known.handed_over, waits_to_be_sent=waits
        )

    async def inspect(self) -> Inspected:
        """Asks for the integration point's health, and for what reaches our own organisation.

        Raises:
            MailError: it can't be reached, or refuses the credentials.
        """
        offered = await self._capabilities(self._origin.organisation)
        health = await self._client.health()
        told = str((health.body or {}).get("status", ""))
        services = tuple(sorted({each.service for each in offered or ()}))
        return Inspected(told == "UP" if told else None, offered is not None, self._choose(offered or ()), services)

    async def _service_of(self, message: ExchangeMessage) -> str:
        service = await self.service_for(message.receiver)
        if not service:
            raise RecipientRefused(EFORMIDLING, "NoService", "nothing enabled reaches it with the configured process")
        return service

    def _choose(self, offered: Sequence[capabilities.Capability]) -> str:
        profile = self._profile
        return capabilities.choose(
            offered, process=profile.process_urn, standard=profile.standard, enabled=self._enabled
        )

    async def _capabilities(self, organisation: str) -> tuple[capabilities.Capability, ...] | None:
        """What reaches the organisation; None where no register knows it."""
        if not DIGITS.fullmatch(organisation):
            raise RecipientRefused(EFORMIDLING, "NotAnOrganisationNumber")
        level = str(self._profile.security_level)  # the same as in the message, whose creation asks the registry again
        answer = await self._client.get(Call.LOOK_UP, "capabilities", organisation, securityLevel=level)
        if answer.status == responses.NOT_FOUND and answer.exception == responses.NO_SUCH_ORGANISATION:
            return None
        if not answer.ok:
            raise responses.error_of(Call.LOOK_UP, answer)
        try:
            return capabilities.read(answer.body)
        except ValueError as error:
            raise responses.error_of(Call.LOOK_UP, answer) from error


def _namespace(system_id: str) -> uuid.UUID:
    if not system_id.strip():
        return NAMESPACE
    try:
        return uuid.UUID(system_id.strip())
    except ValueError as error:
        raise BadConfiguration(["EF_SYSTEM_ID: is not a UUID"]) from error
