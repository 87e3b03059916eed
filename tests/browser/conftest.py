"""A real Chromium before the local host, with the simulators behind it. Skipped where there is no Chromium."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from playwright.sync_api import sync_playwright

from local.simulators.pureservice import Row, seed
from local.world import ROOT, World

SCREENS = ROOT / "build" / "screens"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NO_BROWSER = "there is no Chromium; make browser installs one"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ASKS = "Forhåndsvis utsendelse"
WIDE, PHONE = {"width": 1200, "height": 900}, {"width": 375, "height": 812}
SETTINGS = {
    "WEBSITE_AUTH_ENABLED": "True",
    "STATUS_PAGE_URL": "https://utsendelse.etat.example/api/status",
    "PURESERVICE_DISPATCH_PREVIEW_STATUS": ASKS,
    "DISPATCH_SCHEDULE": "*/1 * * * * *",
    "DISPATCH_BATCH_SIZE": "6",
    "DISPATCH_RELEASE_AHEAD_SECONDS": "2",
    "MAIL_RATE_PER_MINUTE": "360",
    "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:01",
}
LETTER = """
<p>Hei!</p>
<p>Direktoratet for byggkvalitet sender på høring forslag til endringer i byggesaksforskriften.</p>
<table border="1" cellpadding="6"><tr><th>Hva</th><th>Når</th></tr>
<tr><td>Frist for innspill</td><td>1. mars 2027</td></tr></table>
<p>Vennlig hilsen<br>Direktoratet for byggkvalitet</p>
"""


@dataclass(frozen=True)
class Case:
    """What was seeded."""

    ticket: Row
    key: str
    people: list[Row]
    addresses: list[str]


@dataclass
class Site:
    """The world, the address of its page, and a browser."""

    world: World
    url: str
    browser: Browser
    pages: list[BrowserContext] = field(default_factory=list)

    async def visitor(self, person: str = "kari", **options: Any) -> Page:
        """A new browser window in which somebody has signed in; nobody where the name is empty."""
        context = await self.browser.new_context(
            locale="nb-NO", **{"viewport": WIDE, "color_scheme": "light", **options}
        )
        self.pages.append(context)
        page = await context.new_page()
        page.set_default_timeout(20_000)
        if person:
            await page.goto(self.url)
            await page.locator(f'button[value="{person}"]').click()
        return page

    def a_case(self, members: int, subject: str, *, nobody: str = "Berit", **ticket: Any) -> Case:
        """A ticket that is ready, with so many people on its list and one who has no address."""
        store, number = self.world.pureservice.store, len(self.world.pureservice.store.tickets)
        addresses = [f"post{n}@kommune{number}.example" for n in range(members)]
        people = [
            seed.add_user(store, *NORWEGIANS[n % len(NORWEGIANS)], email=address) for n, address in enumerate(addresses)
        ]
        without = seed.add_user(store, nobody, "Uten adresse")
        row = seed.add_ticket(store, subject, **ticket)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Alle kommuner", members=[*people, without]), row)
        text = seed.add_dispatch_text(store, row, LETTER)
        return Case(row, f"{row['id']}-{text['id']}", people, addresses)

    def status_of(self, ticket: Row) -> str:
        store = self.world.pureservice.store
        return str(store.statuses[store.tickets[ticket["id"]]["statusId"]]["name"])

    def notes(self, case: Case) -> list[str]:
        """The HTML of the ticket's internal notes."""
        rows = self.world.pureservice.store.communications.values()
        return [str(row["text"]) for row in rows if row.get("ticketId") == case.ticket["id"] and row.get("type") == 1]

    def set_status(self, case: Case, name: str) -> None:
        """The case worker sets a status."""
        store = self.world.pureservice.store
        number = seed.status_id(store, name)
        store.update("ticket", store.tickets[case.ticket["id"]], {"statusId": number})

    def letters(self, case: Case) -> Counter[str]:
        """How often each address of the case received a letter."""
        counted = Counter(mail.to.casefold() for mail in self.world.graph.received)
        counted.update(mail.to.casefold() for mail in self.world.smtp.received)
        return Counter({address: counted[address] for address in case.addresses if counted[address]})


NORWEGIANS = [
    ("Åse", "Ødegård"),
    ("Bjørn", "Ærlig"),
    ("Kari", "Nordmann"),
    ("Máret", "Sárá"),
    ("Ola", "Hansen"),
    ("Solveig", "Bakken"),
    ("Per", "Aamodt"),
]


def chromium() -> str | None:
    """The browser on the PATH, or the one that Playwright brought."""
    if found := next((found for name in NAMES if (found := shutil.which(name))), None):
        return found
    with sync_playwright() as playwright:
        known = Path(playwright.chromium.executable_path)
    return str(known) if known.exists() else None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    log: Path = tmp_path_factory.mktemp("browser") / "host.log"
    path = await asyncio.to_thread(chromium)
    if path is None:
        pytest.skip(NO_BROWSER)
    async with async_playwright() as playwright:
        SCREENS.mkdir(parents=True, exist_ok=True)
        async with World(settings=SETTINGS) as world:
            seed.seed_basics(world.pureservice.store)
            world.pureservice.store.add(
                "status",
                id=30,
                name=ASKS,
                userDisplayName=ASKS,
                index=30,
                coreStatus=20,
                requestTypeId=1,
                disabled=False,
            )
            world.start_host(log=log)
            address = await world.host_url(log)
            browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            site = Site(world, f"{address}/api/status", browser)
            try:
                yield site
            finally:
                for context in site.pages:
                    await context.close()
                await browser.close()


async def shot(page: Page, name: str) -> None:
    """The whole page as a picture."""
    for frame in await page.locator("iframe").all():
        await frame.scroll_into_view_if_needed()
        await page.wait_for_timeout(300)  # a frame that was never in view is not painted
    await page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


async def serious(page: Page) -> list[str]:
    """What axe finds wrong by WCAG 2.1 A and AA."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'], iframes: false})"
    )
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {', '.join(str(node['target']) for node in one['nodes'][:3])}"
        for one in found["violations"]
    ]
