"""What each page asks of the storage, counted where the requests leave the process.

The list is longer than a page of the table service; ``make bench ONLY=pages`` measures one of 20,000.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import BlobServiceClient

from dispatch.adapters.azure_storage import BlobContent, TableLedger, TableReader
from dispatch.mail import FrozenLetters
from local.azurite import Azurite
from local.filled import fill
from tests.stage import a_stage
from tests.web.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.azurite, pytest.mark.asyncio(loop_scope="module")]

RECIPIENTS = 2_500
# A list by name, a search for any part of it, and who would be reached: these look at every row.
READS_ALL = {"/mottakere": 3, "/send-igjen": 11}
PAGES = (
    "",
    "{key}",
    "{key}/mottakere",
    "{key}/mottakere?utfall=ikke-levert",
    "{key}/mottakere?sok=m19998",
    "{key}/melding",
    "{key}/rapport",
    "{key}/stopp",
    "{key}/send-igjen",
    "v1/dispatches",
    "v1/dispatches/{key}",
    "v1/dispatches/{key}/recipients?limit=200",
)


class Counting(SansIOHTTPPolicy[Any, Any]):
    """Counts what is asked of the table."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def on_request(self, request) -> None:
        self.asked.append(request.http_request.url)


@dataclass
class Large:
    visitor: Visitor
    counting: Counting
    keys: Mapping[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def large(azurite: Azurite) -> AsyncIterator[Large]:
    counting = Counting()
    table = TableClient.from_connection_string(
        azurite.connection_string, "dispatcheslarge", per_call_policies=[counting]
    )
    ledger = TableLedger(table)
    await ledger.open()
    content = BlobContent(BlobServiceClient.from_connection_string(azurite.connection_string))
    await content.open()
    keys = {
        "half": await fill(ledger, recipients=RECIPIENTS, ticket=9101, done=0.5),
        "done": await fill(ledger, recipients=RECIPIENTS, ticket=9102),
    }
    async with a_stage(WEBSITE_AUTH_ENABLED="True") as stage:
        services = replace(
            stage.services, ledger=ledger, reader=TableReader(table), content=content, letters=FrozenLetters(content)
        )
        yield Large(Visitor(services), counting, keys)
    await content.close()
    await ledger.close()


@pytest.mark.parametrize("which", ["half", "done"])
@pytest.mark.parametrize("page", PAGES)
async def test_no_page_asks_more_than_twice_but_for_those_that_read_the_list(large: Large, page: str, which: str):
    path = page.format(key=large.keys[which])
    await large.visitor.get("")  # a finished dispatch is asked for once a process
    large.counting.asked.clear()

    answer = await large.visitor.get(path)

    assert answer.status in {200, 409}, "409: the button is not for a dispatch in this state"
    whole = sum(queries for name, queries in READS_ALL.items() if name in page)
    assert len(large.counting.asked) <= 2 + whole, large.counting.asked
