"""What the doctor as a whole says of the sender's domain, from a real DNS server on this machine."""

from collections.abc import Mapping

import pytest

from dispatch import doctor
from dispatch.doctor import sender_domain
from tests.flow.doctor.name_server import answering
from tests.flow.doctor.surgery import Surgery

pytestmark = pytest.mark.azurite

SPF = {"etat.no": ["v=spf1 ip4:192.0.2.1 -all"]}
DKIM = {"selector1._domainkey.etat.no": ["v=DKIM1; p=MIIB"]}
DMARC = {"_dmarc.etat.no": ["v=DMARC1; p=reject"]}
OWN = {"MAIL_FROM_ADDRESS": "utsending@etat.no", "MAIL_MAILER": "smtp"}


@pytest.mark.parametrize(
    ("records", "marks"),
    [
        (SPF | DKIM | DMARC, {"spf": True, "dkim": True, "dmarc": True}),
        (DKIM | DMARC, {"spf": False, "dkim": True, "dmarc": True}),
        (SPF | DMARC, {"spf": True, "dkim": None, "dmarc": True}),
        (SPF | DKIM, {"spf": True, "dkim": True, "dmarc": False}),
        ({}, {"spf": False, "dkim": None, "dmarc": False}),
        (None, {"spf": None, "dkim": None, "dmarc": None}),  # a DNS that does not answer
    ],
)
async def test_each_of_the_three_has_its_mark_and_a_remedy_among_all_the_others(
    surgery: Surgery, monkeypatch, records: Mapping[str, list[str]] | None, marks: dict[str, bool | None]
):
    async with answering(records or {}) as look:

        async def silent(name: str) -> list[str]:
            raise OSError(name)

        monkeypatch.setattr(sender_domain, "look_up", silent if records is None else look)
        findings = await doctor.examine({**surgery.environ, **OWN}, language="nb")

    assert {finding.check: finding.ok for finding in findings if finding.check in marks} == marks
    assert all(finding.ok for finding in findings if finding.check not in marks)
    for finding in findings:
        if finding.ok is not True:
            assert "etat.no" in finding.detail
            assert "DNS" in finding.remedy or "TXT" in finding.remedy
    assert ("Alt er i orden." in doctor.as_table(findings, language="nb")) is all(marks.values())
