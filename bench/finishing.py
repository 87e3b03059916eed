"""Section 12: when the last letter leaves, by a simulated clock: one mailbox, four, and Communication Services.

Nothing is sent: the release is played through as the forecast does it, 30 letters a minute and 10,000 recipients in
24 hours for each mailbox, in batches of 96. Communication Services stands twice: with the quota that a subscription has
at first, 30 a minute and 100 an hour, and with one that was raised to 1,000 a minute: a figure to reckon with, and no
promise of Microsoft's.
"""

from datetime import UTC, datetime

from bench.figures import Collector
from dispatch.core import Batch, BatchState, CommunicationId, Dispatch, DispatchKey, DispatchState, TicketId
from dispatch.settings import Settings
from local.pool import finished_minutes, pool_settings

SIZE = 96
KEY = DispatchKey("9001-8001")
SETTINGS = {
    "PURESERVICE_URL": "http://127.0.0.1:1",
    "PURESERVICE_APIKEY": "x",
    "MAIL_FROM_ADDRESS": "ikkesvar@dibk.example",
    "MAIL_HOST": "127.0.0.1",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
}
COMMUNICATION = {
    "MAIL_MAILER": "azure-communication",
    "ACS_ENDPOINT": "https://acs.europe.communication.azure.com",
    "ACS_SENDER": "utsending@varsel.dibk.example",
}
RAISED = {"ACS_RATE_PER_MINUTE": "1000", "ACS_RATE_PER_HOUR": "0"}
WAYS = {
    "one_mailbox": {},
    "four_mailboxes": pool_settings(4),
    "communication_as_given": COMMUNICATION,
    "communication_raised": {**COMMUNICATION, **RAISED},
}


async def measure(collector: Collector, *, quick: bool) -> None:  # noqa: ARG001 - it takes two seconds
    """10,000 and 100,000 recipients, by each way."""
    dispatch = Dispatch(
        KEY,
        TicketId(9001),
        10234,
        CommunicationId(8001),
        DispatchState.SENDING,
        created=datetime(2026, 11, 23, tzinfo=UTC),
    )
    for name, more in WAYS.items():
        settings = Settings.from_environ({**SETTINGS, **more})
        for recipients in (10_000, 100_000):
            minutes = finished_minutes(dispatch, _batches(recipients), settings)
            hours = round((minutes or 0.0) / 60, 2)
            collector.add(f"{name}.{recipients}", hours, "hours until the last letter has left (simulated clock)")


def _batches(recipients: int) -> list[Batch]:
    sizes = [min(SIZE, recipients - start) for start in range(0, recipients, SIZE)]
    return [Batch(KEY, number, BatchState.PLANNED, size, size) for number, size in enumerate(sizes)]
