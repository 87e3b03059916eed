"""Every state that a dispatch can be in, as the page shows it: light, dark and on a phone.

The pages are the site's own; what the dispatch waits for is put in, since most of it takes hours to come about.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Route, async_playwright

from dispatch.core import DispatchKey, DispatchState, Refusal
from dispatch.pacing import Waiting, Waits
from dispatch.watching import DispatchDetails, Tally, overview
from tests.browser.conftest import NO_BROWSER, PHONE, SCREENS, chromium, serious
from tests.stage import Stage, a_stage
from tests.web.visitor import HOST, Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="module")]

STATES = {
    Waits.PLAN: DispatchState.PLANNING,
    Waits.PLAN_HANGS: DispatchState.PLANNING,
    Waits.PERSON: DispatchState.STOPPED,
    Waits.HELD: DispatchState.STOPPED,
    Waits.GOING_ON: DispatchState.STOPPED,
    Waits.GOING_ON_LATE: DispatchState.STOPPED,
    Waits.ENDING: DispatchState.STOPPED,
    Waits.REPORT: DispatchState.RESOLVING,
    Waits.REPORT_LATE: DispatchState.RESOLVING,
}
FOLDER = SCREENS / "tilstander"
MOVES = frozenset({Waits.RATE, Waits.TURN, Waits.NOTHING})


@dataclass
class Shown:
    """A browser that gets the site's pages, and the dispatch that they are about."""

    stage: Stage
    context: BrowserContext
    key: str

    async def page(self) -> Page:
        """The dispatch's own page."""
        page = await self.context.new_page()
        await page.goto(f"https://{HOST}/api/status/{self.key}")
        return page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shown() -> AsyncIterator[Shown]:
    path = await asyncio.to_thread(chromium)
    if path is None:
        pytest.skip(NO_BROWSER)
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with a_stage(WEBSITE_AUTH_ENABLED="True", DISPATCH_BATCH_SIZE="6") as stage, async_playwright() as playwright:
        ticket = stage.seed(members=40)
        await stage.tick()
        visitor = Visitor(stage.services)

        async def answer(route: Route) -> None:
            asked = urlsplit(route.request.url)
            found = await visitor.get(asked.path.removeprefix("/api/status").lstrip("/"))
            headers = {**found.headers, "Content-Type": found.headers.get("Content-Type", "text/html; charset=utf-8")}
            await route.fulfill(status=found.status, headers=headers, body=found.body)

        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = await browser.new_context(locale="nb-NO", viewport={"width": 1200, "height": 900})
        context.set_default_timeout(20_000)
        await context.route(f"https://{HOST}/**", answer)
        yield Shown(stage, context, str(stage.dispatch_of(ticket).key))
        await browser.close()


def standing(found: DispatchDetails, what: Waits) -> DispatchDetails:
    """The dispatch as it is where it waits for that."""
    now, one = found.summary.looked, found.summary
    tally = Tally() if what in {Waits.PLAN, Waits.PLAN_HANGS} else replace(one.tally, delivered=23, failed=1)
    waits = Waiting(
        what,
        until=now + timedelta(minutes=25),
        since=now - timedelta(hours=2),
        ends=now + timedelta(hours=22),
        count=3,
        code="535 5.7.3",
        about=Refusal.US,
        by_exchange=what is Waits.EXCHANGE_REFUSED,
    )
    done = now + timedelta(minutes=47) if what in MOVES else None
    state = STATES.get(what, DispatchState.SENDING)
    summary = replace(one, state=state, tally=tally, waits=waits, expected_done=done)
    return replace(found, summary=summary)


@pytest.mark.parametrize("what", Waits)
async def test_a_state_is_readable_light_dark_and_on_a_phone(shown: Shown, what: Waits, monkeypatch):
    found = await overview.details(DispatchKey(shown.key), shown.stage.services)
    assert found is not None

    async def details(*_args: object, **_options: object) -> DispatchDetails:
        return standing(found, what)

    monkeypatch.setattr(overview, "details", details)
    page = await shown.page()
    try:
        name = what.replace(" ", "-")
        await page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
        assert not await serious(page)
        await page.emulate_media(color_scheme="dark")
        await page.screenshot(path=FOLDER / f"{name}-mork.png", full_page=True)
        assert not await serious(page)
        await page.emulate_media(color_scheme="light")
        await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        await page.screenshot(path=FOLDER / f"{name}-telefon.png", full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, "scrolls sideways"
    finally:
        await page.close()
