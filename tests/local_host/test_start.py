"""``make start``: what is wrong is told in one sentence, and one can be the case worker in a browser."""

import json
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from local import start
from local.case_worker import CaseWorkerPage
from local.simulators.pureservice import PureserviceSimulator, seed
from tests.stage import a_stage

GOOD = json.loads(start.EXAMPLE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("given", ["rate=x", "rate=-1", "rate=", "recipients=9", "recipients=1e3", "speed=3", "rate=٣"])
def test_a_wrong_value_is_refused_with_what_is_right(given: str, capsys: pytest.CaptureFixture[str]):
    assert start.main([given]) == 1

    told = capsys.readouterr().err
    assert told.startswith(f"{given} can't be used")
    assert len(told.splitlines()) == 1


def test_without_a_choice_some_hundred_go_in_a_few_minutes():
    recipients, rate = start.chosen([])

    assert 100 <= recipients <= 999
    assert 1 <= recipients / rate <= 5


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "can't be read as JSON"),
        ('{"Values": ', "can't be read as JSON"),
        ("[]", '"Values"'),
        ('{"Values": []}', '"Values"'),
        ('{"Values": {"MAIL_PORT": 25}}', '"Values"'),
        ('{"Values": {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}}', "PURESERVICE_APIKEY: missing"),
        (json.dumps({"Values": {**GOOD["Values"], "MAIL_PORT": "x"}}), "MAIL_PORT"),
    ],
)
def test_settings_that_can_not_be_used_are_told_in_one_sentence(content: str, says: str, tmp_path: Path):
    file = tmp_path / "local.settings.json"
    file.write_text(content)

    with pytest.raises(start.CanNotStart) as caught:
        start.read_values(file)

    assert says in str(caught.value)
    assert "Fix it, or delete it" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_example_can_be_used(tmp_path: Path):
    file = tmp_path / "local.settings.json"
    file.write_bytes(start.EXAMPLE.read_bytes())

    assert start.ports_of(start.read_values(file)) == [10000, 10001, 10002, 18080, 18081, 18025, 18082, 7071]


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(start.CanNotStart, match=f"listens on {port} already"):
            start.check_ports([port])


async def test_one_can_be_the_case_worker_from_a_new_ticket_to_its_report():
    async with a_stage() as stage, aiohttp.ClientSession() as browser:
        store = stage.pureservice.store
        people = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@x.example") for n in range(3)]
        seed.add_list(store, "Listen", members=people)
        page = CaseWorkerPage(store, status_page="http://127.0.0.1:7071/api/status")
        await page.start()
        try:
            form = {"emne": "<b>Ny</b>", "liste": "Listen", "melding": "Hei\nalle", "status": "Under arbeid"}
            made = await _text(browser.post(page.url, data=form))
            assert "&lt;b&gt;Ny&lt;/b&gt;" in made
            (ticket,) = store.tickets.values()
            url = f"{page.url}/sak/{ticket['requestNumber']}"
            await _text(browser.post(url, data={"status": "Til ekspedering"}))
            await stage.run()

            shown = await _text(browser.get(url))
            assert "Rapport etter utsendelse" in shown
            assert "mottakere.csv" in shown
            assert stage.received().total() == 3
            number = next(row["id"] for row in store.attachments.values() if str(row["fileName"]).endswith(".csv"))
            assert "kari1@x.example" in await _text(browser.get(f"{page.url}/fil/{number}"))
        finally:
            await page.stop()


async def test_links_to_a_ticket_lead_to_the_case_workers_page_and_the_api_still_asks_for_its_key():
    async with PureserviceSimulator() as pureservice, aiohttp.ClientSession() as browser:
        pureservice.ticket_pages = "http://127.0.0.1:1"
        assert "location.replace" in await _text(browser.get(f"{pureservice.url}/agent/"))
        async with browser.get(f"{pureservice.url}/agent/api/ticket/") as refused:
            assert refused.status == 401


async def _text(asked: Any) -> str:
    async with asked as answer:
        assert answer.status == 200, await answer.text()
        return str(await answer.text())
