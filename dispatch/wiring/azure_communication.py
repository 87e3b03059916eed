"""Opens Azure Communication Services."""

from datetime import timedelta
from typing import TYPE_CHECKING

from dispatch.wiring.resources import Resources, now

if TYPE_CHECKING:
    from dispatch.adapters.azure_communication import AzureCommunicationMail


def open_azure_communication(resources: Resources) -> "AzureCommunicationMail":
    """Communication Services, by the managed identity where there is no key."""
    from dispatch.adapters.azure_communication import AzureCommunicationMail

    s = resources.settings
    key = s.acs_access_key.get_secret_value()
    return resources.kept(
        AzureCommunicationMail(
            endpoint=s.acs_endpoint,
            sender=s.acs_sender,
            access_key=key,
            credential=None if key else resources.identity,
            remembers=timedelta(minutes=s.acs_remembers_minutes),
            concurrency=s.acs_concurrency,
            timeout_seconds=min(60.0, resources.deadline),
            clock=now,
        )
    )
