"""An answer that is only for now gives one mark with its true words, and never a remedy for a setting."""

import pytest

from dispatch import doctor
from dispatch.core import Language
from local.simulators.faults import Fault
from local.simulators.smtp import SmtpSimulator
from tests.flow.doctor.surgery import Surgery

pytestmark = pytest.mark.azurite
MOST_REQUESTS = 16  # of a hundred a minute, which a dispatch under way needs too
WRONG = ("API-nøkkel", "API key", "NTP", "Opprett", "Create", "PURESERVICE_", "mail-permission", "tillatelse")


async def marked(surgery: Surgery, language: Language = "nb", **changed: str) -> list[doctor.Finding]:
    found = await doctor.examine({**surgery.environ, **changed}, language=language)
    return [finding for finding in found if finding.ok is not True]


async def test_the_doctor_needs_few_requests(surgery: Surgery):
    surgery.pureservice.requests.clear()

    assert not await marked(surgery)

    assert surgery.pureservice.count() <= MOST_REQUESTS


@pytest.mark.parametrize("left", range(MOST_REQUESTS))
async def test_a_quota_that_is_used_is_one_mark_wherever_it_is_met(surgery: Surgery, left: int):
    surgery.pureservice.requests_per_minute = left or 1
    if not left:
        surgery.pureservice.faults.add(Fault(status=429, headers={"Retry-After": "30"}, times=None))

    found = await doctor.examine(surgery.environ, language="nb")

    told = doctor.as_table(found, language="nb")
    marks = [finding for finding in found if finding.ok is not True]
    if not marks:
        assert surgery.pureservice.count() <= left
        return
    assert len(marks) == 1, told
    assert "kvoten for dette minuttet er brukt" in marks[0].detail
    assert "om et minutt" in marks[0].remedy
    assert not [word for word in WRONG if word in marks[0].remedy]
    assert {"storage", "table", "smtp", "letter"} <= {finding.check for finding in found}, (
        "what asks elsewhere is asked"
    )


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("path", ["/status/", "/relationshiptype/", "/user/", "/assettype/"])
async def test_pureservice_out_for_a_while_is_no_wrong_setting(
    surgery: Surgery, path: str, status: int, language: Language
):
    surgery.pureservice.faults.add(Fault(match=path, status=status, headers={"Retry-After": "30"}, times=None))

    (found,) = await marked(surgery, language)

    assert not [word for word in WRONG if word in found.remedy]
    assert ("kvoten" in found.detail or "quota" in found.detail) is (status == 429)
    assert str(status) in found.detail or status == 429


@pytest.mark.parametrize("status", [429, 503])
async def test_graph_out_for_a_while_is_no_missing_right(surgery: Surgery, status: int):
    surgery.graph.faults.add(Fault(status=status, times=None))

    (found,) = await marked(surgery)

    assert found.check.startswith("graph")
    assert not [word for word in WRONG if word in found.remedy]


async def test_a_mail_server_without_a_sign_in_is_said_to_have_none(surgery: Surgery):
    async with SmtpSimulator() as relay:
        (found,) = await marked(surgery, MAIL_PORT=str(relay.port))

    assert found.detail == "serveren tilbyr ingen innlogging"
    assert "MAIL_USERNAME" in found.remedy
    assert "STARTTLS" not in found.detail


async def test_a_port_that_nobody_listens_on_is_looked_for_where_the_port_is(surgery: Surgery):
    (found,) = await marked(surgery, MAIL_PORT="9")

    assert "MAIL_PORT" in found.remedy
