"""SPF, DKIM and DMARC of the sender's domain, asked of a real DNS server on this machine."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from dispatch.core import Transport
from dispatch.doctor.sender_domain import RESERVED, dkim, dmarc, look_up, sender_domain_checks, spf
from dispatch.wiring import Resources
from tests.builders import some_settings

MICROSOFT = "v=spf1 include:spf.protection.outlook.com -all"
KEY = "v=DKIM1; k=rsa; p=MIIBIjANBgkq"


class NameServer(asyncio.DatagramProtocol):
    """Answers from a table of TXT records; a name that is not in it does not exist."""

    def __init__(self, records: Mapping[str, list[str]]) -> None:
        self._records = records
        self.asked: list[str] = []
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name
        self.asked.append(name.to_text(omit_final_dot=True))
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        texts = self._records.get(self.asked[-1])
        if texts is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif texts:
            parts = [" ".join(f'"{text[i : i + 200]}"' for i in range(0, len(text), 200)) for text in texts]
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *parts))
        self._transport.sendto(reply.to_wire(), addr)


@asynccontextmanager
async def answering(records: Mapping[str, list[str]]) -> AsyncIterator[Any]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(records), local_addr=("127.0.0.1", 0))
    try:
        yield partial(look_up, server=transport.get_extra_info("sockname"))
    finally:
        transport.close()


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
