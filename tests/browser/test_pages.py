"""What people see and press, in a real Chromium, while a dispatch runs; the pictures land in ``build/screens``."""

import asyncio
import functools
import json
import time

import pytest
from playwright.async_api import Page

from local.arrived import arrived
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.adapters.spreadsheets.making import xlsx
from tests.browser.conftest import ASKS, PHONE, SCREENS, Case, Site, serious, shot

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SEND = r"POST .*/sendMail"
REFUSED = json.dumps({"error": {"code": "ErrorInvalidRecipients", "message": "At least one recipient is not valid."}})
AS_IN_A_TICKET = (
    "div { font: 15px/1.5 sans-serif; padding: 4px 20px } "
    "table { border-collapse: collapse } th, td { text-align: left; padding: 3px 14px 3px 0 }"
)


async def text(page: Page, selector: str = "main") -> str:
    return " ".join((await page.locator(selector).inner_text()).replace("\u00a0", " ").split())


async def solved(site: Site, case: Case) -> None:
    assert await site.world.until(lambda: site.status_of(case.ticket) == "Løst", seconds=60), "not solved in time"


async def says(page: Page, words: str) -> None:
    await page.get_by_text(words).first.wait_for()


async def handled(page: Page) -> int:
    """How many have an outcome, by the progress bar."""
    told = await page.get_by_role("progressbar").first.get_attribute("aria-valuetext")
    return int((told or "0").replace("\u00a0", "").split(" av ")[0])


async def press(page: Page, button: str) -> None:
    """By keyboard: to the button, through the page that asks, and back."""
    await page.get_by_role("link", name=f"{button} …").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", level=1).wait_for()
    await page.get_by_role("button", name=button).focus()
    await page.keyboard.press("Enter")
    await page.locator(".melding").wait_for()


async def test_progress_moves_stop_stops_and_go_on_finishes(site: Site):
    page = await site.visitor()
    site.world.graph.faults.add(Fault(match=SEND, status=400, body=REFUSED, skip=8, times=2))
    # Twenty seconds of letters: a slow machine has time to press meanwhile.
    case = site.a_case(130, "Høring: endringer i byggesaksforskriften")
    assert await site.world.until(lambda: bool(site.letters(case)), seconds=20)

    await page.goto(site.url)
    await shot(page, "forside-pagar")
    assert not await serious(page)
    await page.get_by_role("link", name="Høring: endringer").click()
    await page.evaluate("window.same = true")
    before = await handled(page)
    assert await page.locator("#framdrift").is_visible()
    await page.wait_for_function(
        "from => parseInt(document.querySelector('[role=progressbar]').getAttribute('aria-valuetext')) > from",
        arg=before,
    )
    assert await page.evaluate("window.same"), "the page updates itself without being loaded anew"
    await shot(page, "utsendelse-pagar")
    assert not await serious(page)

    await page.get_by_role("link", name="Stopp …").click()
    await shot(page, "stopp-bekreft")
    assert not await serious(page)
    await page.get_by_role("link", name="Avbryt").click()
    await press(page, "Stopp")
    at_once = sum(site.letters(case).values())
    await asyncio.sleep(4)
    later = sum(site.letters(case).values())
    assert at_once < 130
    assert later - at_once <= 4, "no more than the send window that was on its way"
    assert site.status_of(case.ticket) == "Under arbeid"
    await says(page, "Utsendelsen er stoppet")
    await shot(page, "utsendelse-stoppet")
    assert not await serious(page)

    await press(page, "Fortsett")
    await solved(site, case)
    await page.goto(f"{site.url}/{case.key}")
    await page.locator(".merkelapp", has_text="Ferdig").wait_for()  # the ticket is solved an instant earlier
    assert "131 av 131 mottakere er behandlet" in await text(page)
    counted = site.letters(case)
    assert set(counted.values()) == {1}
    assert len(counted) == 128, "two were refused, and one has no address"
    await shot(page, "utsendelse-ferdig")
    assert not await serious(page)
    await page.set_viewport_size({"width": 900, "height": 1300})
    await page.goto(f"{site.url}/{case.key}/rapport/dokument")
    assert "statussiden" in await text(page)
    await page.screenshot(path=SCREENS / "rapport-i-saken.png")  # the beginning of it, for README and guide


async def test_send_again_sends_only_to_whom_was_not_reached_and_has_a_new_address(site: Site):
    store = site.world.pureservice.store
    case = site.a_case(8, "Nye åpningstider", nobody="<img src=x onerror=alert(1)>")
    site.world.graph.faults.clear()
    site.world.graph.faults.add(Fault(match=SEND, status=400, body=REFUSED, times=1))
    await solved(site, case)
    (wrong,) = set(case.addresses) - set(site.letters(case))
    person = case.people[case.addresses.index(wrong)]
    store.emailaddresses[person["emailAddressId"]]["email"] = "riktig@eksempel.example"
    case.addresses.append("riktig@eksempel.example")
    page = await site.visitor()

    await page.goto(f"{site.url}/{case.key}")
    assert "<img src=x onerror=alert(1)> Uten adresse" in await text(page), "a name with markup stays text"
    await page.goto(f"{site.url}/{case.key}/send-igjen")
    shown = await text(page)
    assert "Får meldingen nå (1)" in shown
    assert "riktig@eksempel.example" in shown
    assert "Kan ikke nås nå (1)" in shown
    await shot(page, "send-igjen")
    assert not await serious(page)
    await page.goto(f"{site.url}/{case.key}")
    await press(page, "Send på nytt til dem som ikke fikk den")

    assert "Meldingen sendes på nytt til 1 mottaker." in await text(page, ".melding")
    await solved(site, case)
    counted = site.letters(case)
    assert set(counted.values()) == {1}
    assert wrong not in counted
    assert counted["riktig@eksempel.example"] == 1


async def test_recipients_message_and_report(site: Site):
    case = site.a_case(60, "Søknadsfrist for tilskudd")
    await solved(site, case)
    page = await site.visitor()

    await page.goto(f"{site.url}/{case.key}")
    await page.get_by_role("link", name="Mottakere", exact=True).click()
    assert await page.locator("tbody tr").count() == 61
    await page.get_by_label("Navn, e-postadresse").fill("RET SÁR")
    await page.get_by_role("button", name="Vis").click()
    assert await page.locator("tbody tr").count() == 9
    assert "Máret Sárá" in await text(page)
    await shot(page, "mottakere-sok")
    assert not await serious(page)
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Last ned alle mottakerne").click()
    saved = (await (await download.value).path()).read_text(encoding="utf-8-sig")
    assert len(saved.strip().splitlines()) == 62

    await page.get_by_role("link", name="Meldingen", exact=True).click()
    letter = page.frame_locator("iframe.brev")
    assert "Frist for innspill" in await letter.locator("body").inner_text()
    assert await page.locator("iframe.brev").get_attribute("sandbox") == ""
    await shot(page, "meldingen")
    assert not await serious(page)

    await page.get_by_role("link", name="Rapporten", exact=True).click()
    report = page.frame_locator("iframe.brev")
    assert "60 av 61" in (await report.locator("body").inner_text()).replace("\u00a0", " ")
    await shot(page, "rapporten")
    assert not await serious(page)


async def test_preview(site: Site):
    case = site.a_case(12, "Invitasjon til innspillsmøte", status="Under arbeid")
    before = len(site.world.pureservice.history)
    page = await site.visitor()

    await page.get_by_role("link", name="Forhåndsvisning").click()
    await page.get_by_label("Sakens nummer").fill(str(case.ticket["requestNumber"]))
    await page.get_by_label("Vis meldingen for").fill(case.addresses[2])
    await page.get_by_role("button", name="Vis").click()

    shown = await text(page)
    assert "12 av 13 mottakere får meldingen" in shown
    assert f"Kari Nordmann, {case.addresses[2]}" in shown
    assert "Frist for innspill" in await page.frame_locator("iframe.brev").locator("body").inner_text()
    await shot(page, "forhandsvisning")
    assert not await serious(page)
    assert len(site.world.pureservice.history) == before
    assert not site.letters(case)

    await page.get_by_label("Sakens nummer").fill("99999999")
    await page.get_by_role("button", name="Vis").click()
    await page.get_by_role("alert").wait_for()
    await shot(page, "forhandsvisning-feil")
    assert not await serious(page)


ROWS = [
    ("Navn", "E-post", "Eiendom", "Frist", "Vedlegg"),
    ("Åse Ødegård", "ase@eksempel.example", "Storgata 4", "1. mars 2027", "Vedtak Storgata 4.pdf"),
    ("Bjørn Ærlig", "bjorn@eksempel.example", "Bakkeveien 12", "15. mars 2027", "Vedtak Bakkeveien 12.pdf"),
    ("Máret Sárá", "maret@eksempel.example", "Elvekroken 7", "1. april 2027", "Vedtak Elvekroken 7.pdf; Kart.pdf"),
    ("Per Aamodt", "per@eksempel.example", "Strandveien 31", "1. april 2027", ""),
]
AS_IN_A_SHEET = (
    "table { font: 14px/1.3 Calibri, Carlito, sans-serif; border-collapse: collapse; margin: 12px } "
    "th, td { border: 1px solid #c9cfd6; padding: 4px 10px; text-align: left } "
    "th { background: #eef1f4; color: #4a525c; font-weight: normal; text-align: center } "
    "tr:nth-child(2) td { font-weight: bold }"
)


def a_merge(site: Site) -> Case:
    """A ticket whose recipients stand in a spreadsheet, each with values and files."""
    store = site.world.pureservice.store
    row = seed.add_ticket(store, "Vedtak om eiendommen din", status="Under arbeid")
    html = "<p>Hei {{navn}}!</p><p>Vedtaket for <b>{{eiendom}}</b> ligger ved. Fristen for å klage er {{frist}}.</p>"
    text = seed.add_dispatch_text(store, row, html, subject="Vedtak for {{eiendom}}")
    seed.add_attachment(store, row, "mottakere.xlsx", xlsx(ROWS), XLSX)
    for name in sorted({name.strip() for *_, cell in ROWS[1:] for name in cell.split(";") if name}):
        seed.add_attachment(store, row, name, f"%PDF-1.7 {name}".encode(), "application/pdf")
    return Case(row, f"{row['id']}-{text['id']}", [], [address for _, address, *_ in ROWS[1:]])


async def test_what_differs_is_seen_and_a_trial_of_one_is_sent_to_whoever_presses(site: Site):
    case = a_merge(site)
    page = await site.visitor(viewport={"width": 1000, "height": 900})
    await page.goto(f"{site.url}/forhandsvisning?sak={case.ticket['requestNumber']}&mottaker=Sárá")

    differs = page.locator("section[aria-labelledby=o-ulikt]")
    assert "Elvekroken 7" in await differs.inner_text()
    assert "Ingen" in await differs.inner_text()
    assert "1 mottaker, som ikke står i mottakerfilen eller har en tom celle der" in await text(page)
    assert not await serious(page)
    await differs.screenshot(path=SCREENS / "forhandsvisning-ulikt.png")

    await page.get_by_role("button", name="Send en prøve til meg").click()
    await says(page, "Prøven er sendt til kari@dibk.example")
    frame = page.locator("iframe.brev")
    await frame.scroll_into_view_if_needed()
    await page.wait_for_timeout(300)
    await page.locator("section[aria-labelledby=o-brev]").screenshot(path=SCREENS / "forhandsvisning-prove.png")
    every = arrived(site.world.graph.received, site.world.smtp.received)
    (trial,) = [mail for mail in every if mail.to == "kari@dibk.example"]
    assert trial.subject.startswith("Prøve: Vedtak for Elvekroken 7")
    assert sorted(trial.files) == ["Kart.pdf", "Vedtak Elvekroken 7.pdf"]
    assert not site.letters(case)

    letters = "".join(f"<th>{letter}</th>" for letter in " ABCDE")
    lines = "".join(
        f"<tr><th>{number}</th>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for number, row in enumerate(ROWS, 1)
    )
    page = await site.visitor(person="")  # where no policy of ours keeps styles out
    await page.set_content(f"<style>{AS_IN_A_SHEET}</style><table><tr>{letters}</tr>{lines}</table>")
    await page.locator("table").screenshot(path=SCREENS / "mottakerfil.png")


async def test_dark_and_on_a_phone(site: Site):
    case = site.a_case(6, "Kontaktpersoner for 2027")
    await solved(site, case)
    paths = {
        "forside": "",
        "utsendelse": f"/{case.key}",
        "mottakere": f"/{case.key}/mottakere",
        "meldingen": f"/{case.key}/melding",
        "rapporten": f"/{case.key}/rapport",
        "send-igjen": f"/{case.key}/send-igjen",
        "send-til-nye": f"/{case.key}/send-til-nye",
        "forhandsvisning": f"/forhandsvisning?sak={case.ticket['requestNumber']}",
    }
    for name, options in (("mork", {"color_scheme": "dark"}), ("telefon", {"viewport": PHONE, "has_touch": True})):
        page = await site.visitor(**options)
        for what, path in paths.items():
            await page.goto(f"{site.url}{path}")
            await shot(page, f"{what}-{name}")
            assert not await serious(page), f"{what}, {name}"
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{what} scrolls sideways, {name}"


async def test_without_a_script_no_button_is_dead(site: Site):
    page = await site.visitor(java_script_enabled=False)
    await page.goto(site.url)

    assert await page.get_by_role("button").count() == 0
    assert "uten JavaScript" in await text(page, "footer")


async def test_those_who_were_forgotten_get_the_same_letter(site: Site):
    store = site.world.pureservice.store
    case = site.a_case(5, "Rundskriv om tilsyn")
    await solved(site, case)
    page = await site.visitor()
    await page.goto(f"{site.url}/{case.key}/send-til-nye")
    assert "Ingen er lagt til" in await text(page)
    mailing_list = list(store.assets.values())[-1]
    seed.add_member(store, mailing_list, seed.add_user(store, "Glemt", "Kommune", email="glemt@kommune.example"))
    case.addresses.append("glemt@kommune.example")

    await page.reload()
    assert "Glemt Kommune glemt@kommune.example" in await text(page)
    await shot(page, "send-til-nye")
    assert not await serious(page)
    await page.goto(f"{site.url}/{case.key}")
    await press(page, "Send til dem som er lagt til siden")
    await solved(site, case)
    assert set(site.letters(case).values()) == {1}
    assert len(site.letters(case)) == 6


async def test_who_is_not_let_in_sees_nothing(site: Site):
    case = site.a_case(3, "Fortrolig sak")
    await solved(site, case)
    stranger = await site.visitor(person="")
    await stranger.goto(f"{site.url}/{case.key}")
    assert "Logg inn" in await text(stranger)
    assert "Fortrolig" not in await stranger.content()

    colleague = await site.visitor("ola")
    for path in ("", f"/{case.key}", f"/{case.key}/mottakere.csv", f"/{case.key}/send-igjen", "/v1/dispatches"):
        answer = await colleague.goto(f"{site.url}{path}")
        assert answer is not None
        assert answer.status == 403, path
        assert "Fortrolig" not in await colleague.content()
    await colleague.goto(site.url)
    assert "Du har ikke tilgang" in await text(colleague)
    await shot(colleague, "ikke-tilgang")
    assert not await serious(colleague)


async def test_another_site_can_not_press_for_one(site: Site):
    case = site.a_case(36, "Ikke stopp meg")
    assert await site.world.until(lambda: bool(site.letters(case)), seconds=20)
    page = await site.visitor()
    foreign = await page.context.new_page()
    await foreign.route(
        "https://vond.example/**",
        lambda route: route.fulfill(
            content_type="text/html",
            body=(
                f'<form method="post" action="{site.url}/{case.key}/stopp"><input name="token" value="1.abc">'
                "<button>Vinn en premie</button></form>"
            ),
        ),
    )
    await foreign.goto("https://vond.example/")
    await foreign.get_by_role("button").click()
    await foreign.wait_for_url(f"{site.url}/**")

    assert "Ingenting er endret" in await text(foreign)
    await solved(site, case)
    assert len(site.letters(case)) == 36


async def test_a_page_that_loses_contact_says_so_and_a_paused_one_stays(site: Site):
    page = await site.visitor()
    await page.goto(site.url)
    await page.get_by_role("button", name="Stans automatisk oppdatering").click()
    assert await page.get_by_role("button", name="Start automatisk oppdatering").is_visible()
    await page.get_by_role("button", name="Start automatisk oppdatering").click()
    await page.evaluate("document.body.dataset.refresh = '1'")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Stans automatisk oppdatering").click()
    await page.get_by_role("button", name="Start automatisk oppdatering").click()
    begun = time.monotonic()
    await says(page, "Siden får ikke kontakt")
    assert time.monotonic() - begun < 10


def has_note(site: Site, case: Case) -> bool:
    return bool(site.notes(case))


async def test_pictures_of_the_notes(site: Site):
    """What the case worker reads in the ticket, for the user guide."""
    mend = site.a_case(3, "Mangler noe")
    store = site.world.pureservice.store
    (text,) = [row for row in store.communications.values() if f"{mend.ticket['id']}-{row['id']}" == mend.key]
    store.update("communication", text, {"text": ""})
    looked = site.a_case(40, "Se det først", status=ASKS)
    stopped = site.a_case(60, "Stoppes i saken")
    assert await site.world.until(lambda: bool(site.letters(stopped)), seconds=20)
    site.set_status(stopped, "Under arbeid")
    page = await site.visitor(person="", viewport={"width": 760, "height": 600})
    for name, case in (("rettes", mend), ("forhandsvisning", looked), ("stoppet", stopped)):
        assert await site.world.until(functools.partial(has_note, site, case), seconds=20), name
        (note,) = site.notes(case)
        await page.set_content(f"<style>{AS_IN_A_TICKET}</style><div>{note}</div>")
        await page.locator("div").first.screenshot(path=SCREENS / f"notat-{name}.png")
    assert not site.letters(mend)
    assert not site.letters(looked)
    assert len(site.letters(stopped)) < 60
