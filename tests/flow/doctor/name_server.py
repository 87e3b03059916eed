"""A DNS server on this machine, for the tests of what is looked up of a domain."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from dispatch.doctor import sender_domain


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
        yield partial(sender_domain.look_up, server=transport.get_extra_info("sockname"))
    finally:
        transport.close()
