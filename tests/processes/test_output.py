"""What the process prints holds ids and numbers: no address, no name, no text, no secret."""

import re

import pytest

from local.demo import faults
from local.demo.account import status_name
from local.demo.case import seed_case
from local.world import API_KEY, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


async def test_nothing_personal_and_no_secret_is_printed_even_when_much_goes_wrong(tmp_path):
    log = tmp_path / "host.log"
    async with World(settings=faults.SETTINGS) as world:
        case = seed_case(world.pureservice.store, recipients=60, documents=(b"%PDF-1", b"%PDF-2"))
        faults.inject(world, 60)
        world.start_host(log=log)
        assert await world.until(lambda: status_name(world, case) == "Løst", seconds=90)
        await world.stop_host()
        password = world.environ()["MAIL_PASSWORD"]
        key = world.azurite.connection_string.split("AccountKey=")[1].split(";")[0]

    printed = log.read_text(encoding="utf-8")
    assert "batch_recorded" in printed
    for secret in (API_KEY, password, key):
        assert secret not in printed
    assert re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.example", printed) == []
    assert not any(name in printed for name in ("Alstahaug", "Adresseløs", "byggesaksforskriften"))
