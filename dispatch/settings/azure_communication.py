"""Azure Communication Services: where it is, who sends, and what its quota has room for."""

import base64
import binascii
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from dispatch.settings.concern import Concern, OptionalAddress, OwnLimits, Text

_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class AzureCommunicationSettings(Concern):
    """The transport of Azure Communication Services."""

    title = "Azure Communication Services"
    needs: ClassVar[tuple[str, ...]] = ("ACS_ENDPOINT", "ACS_SENDER")

    acs_endpoint: Text = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+)?$",
        description="Communication Services, as https://name.europe.communication.azure.com; empty means none",
    )
    acs_sender: OptionalAddress = Field(
        "",
        description="Address that letters are from: a sender of a verified domain there, whose name people see is set there too. Answers go to `MAIL_REPLYTO_ADDRESS`, else to `MAIL_FROM_ADDRESS`",
    )
    acs_access_key: SecretStr = Field(
        SecretStr(""), description="Access key; empty means that the managed identity signs in, as it should in Azure"
    )
    acs_rate_per_minute: int = Field(
        30, ge=0, description="Letters a minute that the subscription's quota has room for; 0 means no limit"
    )
    acs_rate_per_hour: int = Field(
        100, ge=0, description="Letters an hour that the subscription's quota has room for; 0 means no limit"
    )
    acs_daily_limit: int = Field(
        0, ge=0, description="Letters in 24 hours that the subscription's quota has room for; 0 means no limit"
    )
    acs_concurrency: int = Field(4, ge=1, le=32, description="Letters under way at once")
    acs_remembers_minutes: int = Field(
        30,
        ge=0,
        description="For how long after a letter was begun it is believed that Communication Services would know of it: one that is unknown there then has not left, and is sent again under the same id. Later, or with 0, `DISPATCH_IN_DOUBT` decides. How long it really remembers is not documented",
    )
    acs_delivery_reports: bool = Field(
        False,
        description="Whether Event Grid puts delivery reports in the queue `mail-reports` (`infra/` sets it up); without them nobody knows what comes back",
    )

    def disagreements(self) -> list[str]:
        """What can't work, known before the first letter."""
        url, key = urlsplit(self.acs_endpoint), self.acs_access_key.get_secret_value()
        problems = []
        if url.scheme == "http" and not (key and url.hostname in _THIS_MACHINE):
            problems.append("ACS_ENDPOINT: must begin with https://")
        if key and not _is_base64(key):
            problems.append("ACS_ACCESS_KEY: is no key of Communication Services: those are base64")
        return problems

    def own_sender(self) -> str:
        """One of its own verified domain."""
        return self.acs_sender

    def own_limits(self) -> OwnLimits | None:
        """The subscription's quota. The service counts what it refuses as well, so nothing is left to a refusal.

        Where there is a quota of the hour, letters leave in twentieths of it, at nineteen twentieths of its rate: then no
        sixty minutes hold more than it.
        """
        per_minute, per_hour = self.acs_rate_per_minute, self.acs_rate_per_hour
        rates = [rate for rate in (float(per_minute), 0.95 * per_hour / 60) if rate]
        return OwnLimits(
            f"azure-communication:{urlsplit(self.acs_endpoint).hostname}",
            self.acs_concurrency,
            min(rates, default=0.0),
            self.acs_daily_limit,
            together=max(1, per_hour // 20) if per_hour else 0,
            any_minute=per_minute,
            no_mailbox=True,
        )


def _is_base64(key: str) -> bool:
    try:
        return bool(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        return False
