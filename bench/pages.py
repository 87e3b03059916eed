"""Section 6: the status page over a list of 20,000: server time and storage queries of each page."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qsl

from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import BlobServiceClient

from bench.figures import Collector
from dispatch.adapters.azure_storage import BlobContent, TableLedger, TableReader
from dispatch.mail import FrozenLetters
from dispatch.services import Services, Statuses, TicketWatch
from dispatch.settings import Settings
from dispatch.typesetting import set_letter
from dispatch.web import site
from dispatch.web.access import Door
from dispatch.web.http import Request
from local.azurite import Azurite
from local.filled import fill
from local.small_worlds.pureservice import SmallPureservice

RECIPIENTS = 20_000
PAGES = {
    "front": "",
    "dispatch": "{key}",
    "recipients": "{key}/mottakere",
    "recipients_failed": "{key}/mottakere?utfall=ikke-levert",
    "recipients_search": "{key}/mottakere?sok=m19998",
    "message": "{key}/melding",
    "report": "{key}/rapport",
    "confirm": "{key}/stopp",
    "api_dispatches": "v1/dispatches",
    "api_dispatch": "v1/dispatches/{key}",
}
CLAIMS = [{"typ": "oid", "val": "1"}, {"typ": "roles", "val": "Utsendelse"}]
PRINCIPAL = base64.b64encode(json.dumps({"claims": CLAIMS}).encode()).decode()


class _Counting(SansIOHTTPPolicy[Any, Any]):
    def __init__(self) -> None:
        self.count = 0

    def on_request(self, _: Any) -> None:
        """One request more."""
        self.count += 1


@dataclass
class _Asked:
    milliseconds: float
    queries: int


async def measure(collector: Collector, *, quick: bool) -> None:
    """One dispatch half sent and one finished, each with that many recipients; medians of the rounds."""
    recipients, rounds = (RECIPIENTS // 10, 3) if quick else (RECIPIENTS, 9)
    counting = _Counting()
    async with Azurite() as azurite:
        table = TableClient.from_connection_string(
            azurite.connection_string, "dispatches", per_call_policies=[counting]
        )
        ledger = TableLedger(table)
        await ledger.open()
        content = BlobContent(BlobServiceClient.from_connection_string(azurite.connection_string))
        await content.open()
        services = _services(ledger, TableReader(table), content)
        keys = {
            "under_way": await fill(ledger, recipients=recipients, ticket=9101, done=0.5),
            "finished": await fill(ledger, recipients=recipients, ticket=9102),
        }
        collector.add("recipients", recipients, "recipients in each of two dispatches")
        for which, key in keys.items():
            for name, path in PAGES.items():
                asked = [await _ask(path.format(key=key), services, counting) for _ in range(rounds)]
                warm = asked[1:]  # a finished dispatch is read once a process
                took = [one.milliseconds for one in warm]
                collector.samples(f"{which}.{name}", took, "ms of server time, storage included", "< 300")
                collector.add(f"{which}.{name}.queries", max(one.queries for one in warm), "storage queries", "<= 2")
        await content.close()
        await ledger.close()


async def _ask(path: str, services: Services, counting: _Counting) -> _Asked:
    where, _, query = path.partition("?")
    headers: Mapping[str, str] = {"x-ms-client-principal": PRINCIPAL, "host": "127.0.0.1"}
    request = Request("GET", f"https://127.0.0.1/api/status/{path}", where, dict(parse_qsl(query)), headers)

    async def opened() -> Services:
        return services

    before, began = counting.count, time.perf_counter()
    answer = await site.answer(request, services.settings, opened, Door.SIGNED_IN)
    took = (time.perf_counter() - began) * 1000
    if answer.status not in {200, 404, 409}:
        raise RuntimeError(f"{path}: {answer.status}")
    return _Asked(took, counting.count - before)


def _services(ledger: TableLedger, reader: TableReader, content: BlobContent) -> Services:
    settings = Settings.from_environ(
        {
            "PURESERVICE_URL": "http://127.0.0.1:1",
            "PURESERVICE_APIKEY": "x",
            "MAIL_FROM_ADDRESS": "ikkesvar@dibk.example",
            "MAIL_HOST": "127.0.0.1",
            "MAIL_ENCRYPTION": "none",
            "AzureWebJobsStorage": "UseDevelopmentStorage=true",
            "WEBSITE_AUTH_ENABLED": "True",
        }
    )

    def now() -> datetime:
        return datetime.now(UTC)

    nothing = Mock()  # no page that is measured sends or makes anything
    tickets: Any = SmallPureservice(people=1)  # asked for its statuses, once in ten minutes
    return Services(
        settings=settings,
        clock=now,
        tickets=tickets,
        own_tickets=nothing,
        undelivered_mail=nothing,
        ledger=ledger,
        reader=reader,
        content=content,
        templates=content,
        queues=nothing,
        transports=(),
        exchange=None,
        statuses=Statuses(tickets, now),
        watch=TicketWatch(tickets, now),
        letters=FrozenLetters(content),
        typesetter=set_letter,
    )
