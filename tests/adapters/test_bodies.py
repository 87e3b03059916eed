"""No answer, however large it is, says it is or unpacks to, takes more memory than its ceiling. Over real sockets."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Literal

import httpx
import pytest

from dispatch.adapters.eformidling import EformidlingExchange
from dispatch.adapters.graph_mail import GraphMail
from dispatch.adapters.http_client import BodyTooLarge, BoundedClient, is_this_machine
from dispatch.adapters.pureservice import Pureservice
from dispatch.core import BadConfiguration, TooLarge, TryAgain
from tests.mail_builders import a_mail

MEGABYTE = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def bomb(megabytes: int, container: int = 31) -> bytes:
    """So much nothing, packed a thousandfold, with a beginning that looks like an answer."""
    packer = zlib.compressobj(9, wbits=container)
    start = packer.compress(b'{"statuses": [], "value": [], "x": "')
    return start + b"".join(packer.compress(b" " * MEGABYTE) for _ in range(megabytes)) + packer.flush()


@asynccontextmanager
async def serving(*writes: bytes) -> AsyncIterator[str]:
    """A server that answers every request with these bytes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for part in writes:
                writer.write(part)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def packed(body: bytes, encoding: str = "gzip") -> tuple[bytes, bytes]:
    return (HEAD + f"Content-Encoding: {encoding}\r\n".encode() + b"\r\n", body)


ENDLESS = (HEAD + b"\r\n", *([b" " * MEGABYTE] * 12))
DECLARED = (HEAD + b"Content-Length: 99999999999\r\n\r\n", b"{}")
TOO_LARGE: dict[str, Callable[[], tuple[bytes, ...]]] = {
    "gzip": lambda: packed(bomb(64)),
    "deflate": lambda: packed(bomb(64, 15), "deflate"),
    "deflate without a head": lambda: packed(bomb(64, -15), "deflate"),
    "endless": lambda: ENDLESS,
    "declared": lambda: DECLARED,
}


@pytest.mark.parametrize("answer", TOO_LARGE.values(), ids=TOO_LARGE)
async def test_no_body_takes_more_memory_than_its_ceiling(answer):
    """The bomb is of 64 MB; the library alone would unpack all of it."""
    writes = answer()
    async with serving(*writes) as url, BoundedClient(most=4 * MEGABYTE) as client:
        tracemalloc.start()
        try:
            with pytest.raises(BodyTooLarge):
                await client.get(url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert peak < 14 * MEGABYTE


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "identity"])
async def test_what_is_small_arrives_whole(encoding):
    body = "{'navn': 'Kåre'}".encode() * 1000
    raw = zlib.compressobj(wbits=-15)
    forms = {
        "gzip": gzip.compress(body),
        "deflate": zlib.compress(body),
        "raw deflate": raw.compress(body) + raw.flush(),
        "identity": body,
    }
    answer = packed(forms[encoding], encoding.rpartition(" ")[2])
    async with serving(*answer) as url, BoundedClient(most=len(body)) as client:
        response = await client.get(url)
        own = await client.get(url, extensions={"most": len(body)})
        with pytest.raises(BodyTooLarge):
            await client.get(url, extensions={"most": len(body) - 1})

    assert response.content == own.content == body


@pytest.mark.parametrize(
    "answer",
    [packed(gzip.compress(b"{}" * 5000)[:-40]), packed(b"no gzip"), packed(b"\x1b", "br")],
    ids=["cut", "none", "br"],
)
async def test_what_can_not_be_unpacked_is_no_answer(answer):
    async with serving(*answer) as url, BoundedClient(most=MEGABYTE) as client:
        with pytest.raises(httpx.DecodingError):
            await client.get(url)


def pureservice(url: str) -> Pureservice:
    return Pureservice(
        url=url,
        api_key="key",
        message_type_name="Utsendelse",
        list_asset_type="Mottakerliste",
        link_to_company="Inneholder firma",
        link_to_user="Inneholder bruker",
        link_to_ticket="Gir mottakere til",
    )


async def test_pureservice_says_that_a_list_or_a_file_is_too_large():
    async with serving(*packed(bomb(65))) as url:
        client = pureservice(url)
        with pytest.raises(TooLarge):
            await client.statuses()
        with pytest.raises(TooLarge) as caught:
            await client.download(1, most=MEGABYTE)
        await client.close()

    assert caught.value.most == MEGABYTE


def exchange(url: str, *, auth: Literal["none", "basic"] = "none") -> EformidlingExchange:
    return EformidlingExchange(
        base_url=url,
        auth=auth,
        username="utsending",
        password="hemmelig",
        sender="910000012",
        sender_name="Etaten",
        system_name="Utsendelse",
        clock=lambda: datetime.now(UTC),
    )


async def test_an_integration_point_s_flood_is_tried_again_later():
    async with serving(*packed(bomb(5))) as url:
        point = exchange(url)
        with pytest.raises(TryAgain):
            await point.journey("0d0b1f7a-58a5-5c0e-8a39-6a8c1f2e4b77")
        await point.close()


async def test_graph_s_flood_is_tried_again_later():
    async with serving(*packed(bomb(5))) as url:
        graph = GraphMail(
            sender="ut@etat.example", credential=None, base_url=url, save_to_sent_items=True, draft=False, may_look=True
        )
        with pytest.raises(TryAgain):
            await graph.find(a_mail())
        await graph.close()


@pytest.mark.parametrize(
    "url", ["http://pureservice.example", "http://10.0.0.4", "http://127.0.0.1.example", "ftp://x"]
)
def test_the_key_never_travels_in_clear_text(url):
    with pytest.raises(BadConfiguration, match="PURESERVICE_URL"):
        pureservice(url)


@pytest.mark.parametrize("url", ["http://ip.etat.example:9093", "http://10.0.0.4:9093"])
def test_the_password_at_the_integration_point_never_travels_in_clear_text(url):
    with pytest.raises(BadConfiguration, match=r"EF_IP_URL: must begin with https://.*EF_IP_AUTH"):
        exchange(url, auth="basic")
    exchange(url, auth="none")  # nothing secret: it often stands in the application's own network


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("x.no", False),
    ],
)
def test_this_machine_is_known_by_its_address(host, ours):
    assert is_this_machine(host) is ours
