"""SPF, DKIM and DMARC of the sender's domain, asked of a real DNS server on this machine."""

import pytest

from dispatch.core import Transport
from dispatch.doctor.sender_domain import RESERVED, dkim, dmarc, look_up, sender_domain_checks, spf
from dispatch.wiring import Resources
from tests.builders import some_settings
from tests.flow.doctor.name_server import answering

MICROSOFT = "v=spf1 include:spf.protection.outlook.com -all"
KEY = "v=DKIM1; k=rsa; p=MIIBIjANBgkq"


@pytest.mark.parametrize(
    ("records", "words", "certain"),
    [
        ({"etat.no": [MICROSOFT]}, None, True),
        ({"etat.no": ["google-site-verification=x", MICROSOFT]}, None, True),
        ({"etat.no": ["v=spf1 redirect=_spf.etat.no"]}, None, True),
        ({"etat.no": ["v=spf1 " + "ip4:192.0.2.1 " * 40 + "include:spf.protection.outlook.com -all"]}, None, True),
        ({}, "no SPF record", True),
        ({"etat.no": []}, "no SPF record", True),
        ({"etat.no": ["v=spf10 -all"]}, "no SPF record", True),
        ({"etat.no": [MICROSOFT, "v=spf1 -all"]}, "2 SPF records", True),
        ({"etat.no": ["v=spf1 +all"]}, "lets everybody send", True),
        ({"etat.no": ["v=spf1 ip4:192.0.2.1 -all"]}, "doesn't name include", False),
    ],
)
async def test_spf(records, words, certain):
    async with answering(records) as look:
        trouble = await spf("etat.no", look, by_microsoft=True)

    assert (trouble is None) is (words is None)
    assert trouble is None or (words in trouble.en and trouble.fails is certain)


@pytest.mark.parametrize(
    ("records", "well"),
    [
        ({"selector2._domainkey.etat.no": [KEY]}, True),
        ({"mail._domainkey.etat.no": ["p=MIIB"]}, True),
        ({"selector1._domainkey.etat.no": ["v=DKIM1; p="], "selector2._domainkey.etat.no": [KEY]}, True),
        ({"selector1._domainkey.etat.no": ["v=DKIM1; p="]}, False),  # withdrawn
        ({"etat.no": [KEY]}, False),
        ({}, False),
    ],
)
async def test_dkim_is_never_said_to_be_missing_for_certain(records, well):
    async with answering(records) as look:
        trouble = await dkim("etat.no", look)

    assert (trouble is None) is well
    assert trouble is None or not trouble.fails


@pytest.mark.parametrize(
    ("records", "well"),
    [
        ({"_dmarc.post.etat.no": ["v=DMARC1; p=none"]}, True),
        ({"_dmarc.etat.no": ["v=DMARC1; p=reject"]}, True),  # of the organisation's domain
        ({"_dmarc.etat.no": ["v=spf1 -all"]}, False),
        ({"_dmarc.post.etat.no": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, False),
        ({"_dmarc.no": ["v=DMARC1; p=reject"]}, False),  # a top domain's is nobody's
        ({}, False),
    ],
)
async def test_dmarc(records, well):
    async with answering(records) as look:
        trouble = await dmarc("post.etat.no", look)

    assert (trouble is None) is well
    assert trouble is None or trouble.fails


async def test_a_dns_that_does_not_answer_says_nothing_for_certain():
    async def dead(name: str) -> list[str]:
        return await look_up(name, server=("127.0.0.1", 9))

    resources = Resources(some_settings(MAIL_FROM_ADDRESS="utsending@etat.no"))
    troubles = [await check.ask() for check in sender_domain_checks(resources, look=dead)[:1]]

    assert [trouble.fails for trouble in troubles if trouble] == [False]


@pytest.mark.parametrize("top", RESERVED)
async def test_a_domain_of_examples_is_never_asked_about(top):
    assert not sender_domain_checks(Resources(some_settings(MAIL_FROM_ADDRESS=f"utsending@etat.{top}")))


async def test_the_three_are_asked_for_a_domain_of_ones_own():
    settings = some_settings(MAIL_FROM_ADDRESS="utsending@etat.no")
    async with answering({"etat.no": [MICROSOFT], "_dmarc.etat.no": ["v=DMARC1; p=none"]}) as look:
        checks = sender_domain_checks(Resources(settings), look=look)
        troubles = {check.name: await check.ask() for check in checks}

    assert Transport.GRAPH in settings.transports
    assert troubles["spf"] is None
    assert troubles["dmarc"] is None
    assert troubles["dkim"] is not None


@pytest.mark.parametrize(
    ("mailer", "domains"),
    [
        ("azure-communication", {"varsel.etat.no"}),
        ("failover:azure-communication,microsoft-graph", {"varsel.etat.no", "etat.no"}),
        ("microsoft-graph", {"etat.no"}),
    ],
)
async def test_the_domain_is_that_of_whom_letters_are_from_by_each_transport(mailer: str, domains: set[str]):
    acs = {"ACS_ENDPOINT": "https://a.etat.no", "ACS_SENDER": "v@varsel.etat.no", "MAIL_FROM_ADDRESS": "p@etat.no"}
    asked: set[str] = set()

    async def look(name: str) -> list[str]:
        asked.add(name)
        return []

    for check in sender_domain_checks(Resources(some_settings(**acs, MAIL_MAILER=mailer)), look=look):
        await check.ask()

    assert {name for name in asked if name in {"varsel.etat.no", "etat.no"}} == domains
