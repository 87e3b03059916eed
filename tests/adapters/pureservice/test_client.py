"""The requests that we make of Pureservice, and what we make of failure: against a transport that plays the server."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from random import Random
from typing import Any

import httpx
import pytest

from dispatch.adapters.http_client import BodyTooLarge
from dispatch.adapters.pureservice import Pureservice
from dispatch.core import (
    BadConfiguration,
    Member,
    TicketId,
    TicketSystemBusy,
    TicketSystemRefused,
    UnreadableRow,
    UnsafeFilterValue,
)
from dispatch.ports import TicketSystem
from tests.scripted_http import Handler, Server

KEY = "eyJhbGciOi.the-key"
BASE = "https://etat.pureservice.example/agent/api"
VND = "application/vnd.api+json"
TICKET = TicketId(9001)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def pureservice(time: Time) -> AsyncIterator[Callable[..., Pureservice]]:
    opened: list[Pureservice] = []

    def make(server: Callable[[httpx.Request], Coroutine[None, None, httpx.Response]], **overrides: Any) -> Pureservice:
        values: dict[str, Any] = {
            "url": "https://etat.pureservice.example",
            "api_key": KEY,
            "message_type_name": "Utsendelse - innhold",
            "list_asset_type": "Mottakerliste",
            "link_to_company": "Inneholder firma",
            "link_to_user": "Inneholder bruker",
            "link_to_ticket": "Gir mottakere til",
            "transport": httpx.MockTransport(server),
            "monotonic": time,
            "sleep": time.sleep,
            **overrides,
        }
        opened.append(Pureservice(**values))
        return opened[-1]

    yield make
    for each in opened:
        await each.close()


def envelope(plural: str, *rows: dict[str, Any], **linked: Any) -> httpx.Response:
    return httpx.Response(200, json={plural: rows, **({"linked": linked} if linked else {})})


NO_STATUS = envelope("statuses")
A_TICKET = envelope("tickets", {"id": 9001, "requestNumber": 10234, "statusId": 5})
READ, WRITE = "read", "write"


async def ask(client: Pureservice, kind: str) -> None:
    if kind == READ:
        await client.statuses()
    else:
        await client.set_status(TICKET, 2)


def test_it_is_a_ticket_system(pureservice):
    """For the type checker, which reads this too."""
    system: TicketSystem = pureservice(Server(NO_STATUS))

    assert isinstance(system, Pureservice)


# --- headers, addresses, keys


async def test_a_read_asks_for_the_envelope_and_names_its_window(pureservice):
    server = Server(NO_STATUS)

    await pureservice(server).statuses()

    (request,) = server.requests
    assert request.headers["Accept"] == VND
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["User-Agent"].startswith("pureservice-utsendelse/")
    assert str(request.url).startswith(f"{BASE}/status/?")
    assert dict(request.url.params) == {
        "sort": "id",
        "start": "0",
        "limit": "500",
        "filter": '!disabled AND requesttype.key == "Ticket"',
    }
    assert b"+" not in request.url.raw_path
    assert b"%20" in request.url.raw_path
    assert request.extensions["timeout"] == {"connect": 10.0, "read": 90.0, "write": 90.0, "pool": 90.0}


async def test_a_change_is_a_bare_object_as_json_and_a_new_row_an_envelope(pureservice):
    server = Server(httpx.Response(204))
    client = pureservice(server)

    await client.set_status(TICKET, 2)
    await client.add_note(TICKET, subject="Utsendelse", html="<p>Blåbær \ud800</p>")

    patch, post = server.requests
    assert (patch.method, str(patch.url)) == ("PATCH", f"{BASE}/ticket/9001")
    assert (patch.headers["Content-Type"], patch.headers["Accept"]) == ("application/json", VND)
    assert json.loads(patch.content) == {"statusId": 2, "visibility": 1}
    assert (post.method, post.headers["Content-Type"], post.headers["Accept"]) == ("POST", VND, VND)
    assert json.loads(post.content)["communications"][0]["text"] == "<p>Blåbær ?</p>"


async def test_a_download_takes_any_type(pureservice):
    server = Server(httpx.Response(200, content=b"%PDF"))

    assert await pureservice(server).download(4001, most=10_000) == b"%PDF"

    assert str(server.requests[0].url) == f"{BASE}/attachment/download/4001"
    assert server.requests[0].headers["Accept"] == "*/*"


@pytest.mark.parametrize("given", [["abc"], [10**30], [None], [{"id": "9" * 5000}], [{}], [4001, ""]])
@pytest.mark.parametrize("form", ["list", "ids"])
async def test_a_link_to_a_file_that_can_not_be_read_is_told_of_and_never_left_out(pureservice, given, form):
    links = {"attachments": {"ids": given} if form == "ids" else given}
    row = {"id": 8001, "type": 2, "direction": 1, "customTypeId": 5, "text": "<p>Hei</p>", "links": links}
    named = httpx.Response(200, json={"communications": [row], "emails": [row]})

    (message,) = await pureservice(Server(named)).dispatch_messages(TICKET)
    assert message.faults == ("attachments",)
    with pytest.raises(UnreadableRow) as refused:
        await pureservice(Server(named)).file_origins(TICKET)
    assert (refused.value.noun, refused.value.row, refused.value.fields) == ("email", 8001, ("attachments",))


@pytest.mark.parametrize("status", [204, 404])
async def test_a_file_that_is_gone_is_refused(pureservice, status):
    with pytest.raises(TicketSystemRefused):
        await pureservice(Server(httpx.Response(status))).download(4001, most=10_000)


async def test_the_key_may_go_in_a_header_of_its_own_and_loses_what_was_pasted_with_it(pureservice):
    server = Server(NO_STATUS)

    await pureservice(
        server, api_key=f"\ufeff {KEY[:4]}\r\n{KEY[4:]}\t\n"[1:], auth_scheme="x-authorization-key"
    ).statuses()

    assert server.requests[0].headers["X-Authorization-Key"] == KEY
    assert "Authorization" not in server.requests[0].headers


@pytest.mark.parametrize("key", ["", " \r\n", "nøkkel", "key\x00", "\ufeffkey"])
def test_a_key_that_can_not_be_one_is_refused_without_being_repeated(pureservice, key):
    with pytest.raises(BadConfiguration, match="PURESERVICE_APIKEY") as caught:
        pureservice(Server(NO_STATUS), api_key=key)

    assert not key.strip() or key not in str(caught.value)


def test_an_address_that_can_not_be_one_is_refused(pureservice):
    with pytest.raises(BadConfiguration, match="PURESERVICE_URL"):
        pureservice(Server(NO_STATUS), url="https://etat.example:port")


@pytest.mark.parametrize(
    ("url", "prefix", "asked"),
    [
        ("https://etat.example", "/agent/api", "https://etat.example/agent/api/ticket/9001"),
        ("https://etat.example/", "agent/api/", "https://etat.example/agent/api/ticket/9001"),
        (" https://etat.example ", "/", "https://etat.example/ticket/9001"),
        ("http://127.0.0.1:8080", "/api", "http://127.0.0.1:8080/api/ticket/9001"),
    ],
)
async def test_slashes_make_no_difference(pureservice, url, prefix, asked):
    server = Server(httpx.Response(204))

    await pureservice(server, url=url, prefix=prefix).set_status(TICKET, 2)

    assert str(server.requests[0].url) == asked


async def test_nothing_that_can_be_read_holds_the_key(pureservice, caplog):
    caplog.set_level(logging.DEBUG)
    echo = httpx.Response(400, text=f"GET / Authorization: Bearer {KEY} to kari@eksempel.no")
    client = pureservice(Server(echo))

    with pytest.raises(TicketSystemRefused) as caught:
        await client.statuses()

    shown = f"{client!r} {vars(client)!r} {caught.value!r} {caught.value} {caplog.text}"
    assert KEY not in shown
    assert "kari" not in shown


# --- failures


def _leaves(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        yield from (_leaves(child) if child.__subclasses__() else [child])


BROKEN = {httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError}
EVERY_ERROR = sorted({*_leaves(httpx.RequestError)} - {BodyTooLarge}, key=lambda kind: kind.__name__)


def test_the_table_of_errors_is_not_empty():
    assert set(EVERY_ERROR) >= BROKEN | {httpx.ReadTimeout, httpx.ConnectTimeout, httpx.PoolTimeout}


@pytest.mark.parametrize("kind", EVERY_ERROR, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("call", [READ, WRITE])
async def test_no_answer_means_busy_and_only_a_read_over_a_broken_connection_is_repeated(pureservice, call, kind):
    server = Server(kind("something with kari@eksempel.no"))
    client = pureservice(server)

    with pytest.raises(TicketSystemBusy) as caught:
        await ask(client, call)

    assert len(server.requests) == client.requests == (2 if call == READ and kind in BROKEN else 1)
    assert (caught.value.status, caught.value.message) == (0, kind.__name__)
    assert caught.value.retry_after > 0


@pytest.mark.parametrize("status", [*range(300, 309), *range(400, 452), 499, 500, 501, 502, 503, 504, 507, 520, 599])
@pytest.mark.parametrize("call", [READ, WRITE])
async def test_every_status_class_means_one_thing(pureservice, call, status):
    server = Server(httpx.Response(status, json={"message": "Because"}))
    client = pureservice(server, patience_seconds=2.0)

    with pytest.raises(
        TicketSystemRefused if status < 500 and status not in (408, 429) else TicketSystemBusy
    ) as caught:
        await ask(client, call)

    assert caught.value.status == status
    assert status < 400 or caught.value.words == "Because"
    assert "Because" not in str(caught.value), "the words of others are in no log"
    assert caught.value.method == ("GET" if call == READ else "PATCH")
    assert caught.value.path == ("status/" if call == READ else "ticket/9001")
    # 400 may mean the limit of a page, which the second question leaves out.
    assert len(server.requests) == (2 if call == READ and (status >= 500 or status == 400) else 1)


@pytest.mark.parametrize(
    "first", [httpx.ConnectError("refused"), httpx.Response(502), httpx.RemoteProtocolError("cut")]
)
async def test_a_read_that_fails_once_succeeds(pureservice, time, first):
    server = Server(first, NO_STATUS)

    assert await pureservice(server).statuses() == []

    assert len(server.requests) == 2
    assert time.slept == [0.5]


async def test_a_server_that_names_its_own_rest_is_not_asked_again_before(pureservice, time):
    server = Server(httpx.Response(503, headers={"Retry-After": "120"}), NO_STATUS)

    with pytest.raises(TicketSystemBusy) as caught:
        await pureservice(server).statuses()

    assert (caught.value.status, caught.value.retry_after) == (503, 120.0)
    assert (len(server.requests), time.slept) == (1, [])


@pytest.mark.parametrize("patience", [0.0, 0.4])
async def test_without_patience_nothing_is_repeated(pureservice, time, patience):
    server = Server(httpx.Response(500))

    with pytest.raises(TicketSystemBusy):
        await pureservice(server, patience_seconds=patience).statuses()

    assert (len(server.requests), time.slept) == (1, [])


async def test_an_answer_that_drips_is_given_up(pureservice):
    async def drip(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    with pytest.raises(TicketSystemBusy, match="TimeoutError"):
        await pureservice(drip, timeout_seconds=0.05).statuses()


@pytest.mark.parametrize("body", ["<html>Log in</html>", '{"statuses": [{"id": 1, "na', '{"message": "ok"}', "[]"])
async def test_an_answer_that_is_no_envelope_is_busy_with_its_status(pureservice, body):
    with pytest.raises(TicketSystemBusy) as caught:
        await pureservice(Server(httpx.Response(200, text=body))).statuses()

    assert caught.value.status == 200


async def test_a_list_that_is_not_found_is_not_an_empty_one(pureservice):
    """A wrong prefix would otherwise look like no tickets, no lists and no members."""
    with pytest.raises(TicketSystemRefused) as caught:
        await pureservice(Server(httpx.Response(404))).attachments(TICKET)

    assert caught.value.status == 404


@pytest.mark.parametrize("answer", [httpx.Response(404), httpx.Response(204), envelope("tickets")])
async def test_a_ticket_that_is_not_there_is_none(pureservice, answer):
    assert await pureservice(Server(answer)).ticket(TICKET) is None


# --- patience


@pytest.mark.parametrize("call", [READ, WRITE])
async def test_a_short_rest_is_waited_for(pureservice, time, call):
    """Nothing was done for a 429, so a write may be repeated as well."""
    server = Server(httpx.Response(429, headers={"Retry-After": "2"}), NO_STATUS)

    await ask(pureservice(server), call)

    assert len(server.requests) == 2
    assert time.slept == [2.0]


async def test_a_long_rest_is_left_to_the_queue_and_holds_for_everybody(pureservice, time):
    server = Server(httpx.Response(429, headers={"Retry-After": "60"}, json={"message": "Slow down"}), NO_STATUS)
    client = pureservice(server)

    with pytest.raises(TicketSystemBusy) as first:
        await client.statuses()
    with pytest.raises(TicketSystemBusy) as second:
        await client.set_status(TICKET, 2)

    assert (first.value.status, first.value.retry_after, first.value.words) == (429, 60.0, "Slow down")
    assert second.value.retry_after == 60.0
    assert (len(server.requests), time.slept) == (1, [])
    time.now += 60.0
    assert await client.statuses() == []


async def test_the_third_refusal_ends_it(pureservice, time):
    server = Server(httpx.Response(429, headers={"Retry-After": "1"}))

    with pytest.raises(TicketSystemBusy) as caught:
        await pureservice(server, patience_seconds=100.0).statuses()

    assert caught.value.status == 429
    assert (len(server.requests), time.slept) == (3, [1.0, 1.0])


async def test_waits_of_every_kind_come_out_of_the_same_patience(pureservice, time):
    short = httpx.Response(429, headers={"Retry-After": "3"})
    server = Server(short, httpx.ConnectError("refused"), short, NO_STATUS)

    with pytest.raises(TicketSystemBusy) as caught:
        await pureservice(server).statuses()

    assert (caught.value.status, caught.value.retry_after) == (429, 3.0)
    assert (len(server.requests), time.slept) == (3, [3.0, 0.5])


async def test_our_own_budget_is_never_exceeded_however_many_ask_at_once(pureservice, time):
    server = Server(A_TICKET)
    client = pureservice(server, requests_per_minute=5)

    results = await asyncio.gather(*(client.ticket(TICKET) for _ in range(20)), return_exceptions=True)

    refused = [result for result in results if isinstance(result, TicketSystemBusy)]
    assert (len(server.requests), client.requests, len(refused)) == (5, 5, 15)
    assert {error.retry_after for error in refused} == {60.0}
    assert time.slept == []


async def test_a_budget_that_is_about_to_free_a_place_is_waited_for(pureservice, time):
    server = Server(A_TICKET)
    client = pureservice(server, requests_per_minute=1)

    await client.ticket(TICKET)
    time.now += 57.0
    await client.ticket(TICKET)

    assert len(server.requests) == 2
    assert time.slept == [3.0]


# --- paging


def relations(ids: Sequence[int], *, most: int, start: str, by_id: bool = True) -> Handler:
    """A list of members in the order given, cut at so many, that can perhaps be asked for by id."""

    def answer(request: httpx.Request) -> httpx.Response:
        given, asked = request.url.params, request.url.params["filter"]
        if start == "refused" and "start" in given:
            return httpx.Response(400, json={"message": "start?"})
        within = [number for number in ids if not by_id or _meets(number, asked)]
        begun = int(given["start"]) if start == "used" else 0
        rows = [{"id": number, "typeId": 62, "toUserId": number} for number in within[begun : begun + most]]
        return envelope("relationships", *rows, relationshiptypes=[{"id": 62, "name": "Inneholder bruker"}])

    return answer


def _meets(number: int, asked: str) -> bool:
    above = [int(limit) for limit in re.findall(r"id > (\d+)", asked)]
    upto = [int(limit) for limit in re.findall(r"id <= (\d+)", asked)]
    return all(number > limit for limit in above) and all(number <= limit for limit in upto)


def listing(ids: Sequence[int], *, most: int = 500, ignores_start: bool = False) -> Handler:
    def answer(request: httpx.Request) -> httpx.Response:
        start = 0 if ignores_start else int(request.url.params["start"])
        rows = ids[start : start + min(int(request.url.params["limit"]), most)]
        return envelope("attachments", *({"id": number, "ticketId": 9001} for number in rows))

    return answer


@pytest.mark.parametrize(
    ("count", "most", "requests"),
    [
        (0, 500, 1),
        (1, 500, 2),
        (499, 500, 2),
        (500, 500, 2),
        (501, 500, 3),
        (1200, 500, 4),
        (450, 200, 4),
        (137, 25, 7),
        (2000, 30, 70),
        (50, 500, 2),
    ],
)
async def test_every_row_comes_once_however_short_the_server_s_pages_are(pureservice, count, most, requests):
    ids = list(range(1, count + 1))
    server = Server(listing(ids, most=most))

    found = await pureservice(server, requests_per_minute=1000).attachments(TICKET)

    assert [each.id for each in found] == ids
    assert len(server.requests) == requests


async def test_a_list_that_loses_a_row_while_it_is_read_is_read_again(pureservice):
    """Everything behind it moves up by one, and whoever stood at the border would be left out."""
    ids = list(range(1, 601))
    server = Server(listing(ids), listing(ids[1:]))

    assert [each.id for each in await pureservice(server).attachments(TICKET)] == ids[1:]


async def test_a_list_that_changes_for_ever_does_not_keep_us_for_ever(pureservice):
    ids = list(range(1, 601))
    server = Server(*(each for _ in range(3) for each in (listing(ids), listing([]))))

    with pytest.raises(TicketSystemBusy, match="changed while it was read"):
        await pureservice(server).attachments(TICKET)

    assert len(server.requests) == 6


@pytest.mark.parametrize("count", [1, 2, 49, 50, 100, 137, 500])
@pytest.mark.parametrize("most", [25, 30, 100, 500])
@pytest.mark.parametrize("order", ["ascending", "none"])
@pytest.mark.parametrize("start", ["used", "ignored", "refused"])
async def test_a_list_of_relations_comes_whole_whatever_the_server_makes_of_start_and_sort(
    pureservice, count, most, order, start
):
    ids = list(range(1, count + 1))
    if order == "none":
        Random(count).shuffle(ids)
    client = pureservice(Server(relations(ids, most=most, start=start)), requests_per_minute=10_000)

    members = [member async for member in client.members(501)]

    assert sorted(member.relation_id for member in members) == sorted(ids)


@pytest.mark.parametrize(("count", "told"), [(50, True), (500, True), (137, False)])
async def test_where_nothing_can_prove_the_end_a_round_number_of_rows_is_no_list(pureservice, count, told):
    server = Server(relations(list(range(1, count + 1)), most=500, start="ignored", by_id=False))
    client = pureservice(server, requests_per_minute=1000)

    if told:
        with pytest.raises(TicketSystemRefused, match=f"beyond its first {count} rows"):
            [member async for member in client.members(501)]
    else:
        assert len([member async for member in client.members(501)]) == count


async def test_rows_that_come_meanwhile_are_taken_along(pureservice):
    server = Server(listing(list(range(1, 501))), listing(list(range(1, 601))))

    assert len(await pureservice(server).attachments(TICKET)) == 600


# --- names that no filter can carry


@pytest.mark.parametrize(
    ("setting", "variable"),
    [
        ("message_type_name", "PURESERVICE_DISPATCH_COMMTYPE_NAME"),
        ("list_asset_type", "PURESERVICE_DISPATCH_LIST_ASSETNAME"),
    ],
)
async def test_a_name_that_no_filter_can_carry_is_refused_before_anything_is_asked(pureservice, setting, variable):
    server = Server(NO_STATUS)
    client = pureservice(server, **{setting: 'x" OR 1 == 1 OR name == "'})

    with pytest.raises(UnsafeFilterValue, match=variable):
        await (client.dispatch_messages(TICKET) if setting == "message_type_name" else client.mailing_lists(TICKET))

    assert server.requests == []


# --- rows that do not fit together


async def test_members_whose_relation_has_no_type_stop_the_reading(pureservice):
    """Going on would leave out recipients without a word."""
    relation = {"id": 2101, "typeId": 61, "toCompanyId": 71}
    client = pureservice(Server(envelope("relationships", relation)))

    async def read() -> list[Member]:
        return [member async for member in client.members(501)]

    with pytest.raises(TicketSystemRefused, match="relation type 61"):
        await read()


async def test_a_list_that_is_not_side_loaded_stops_the_reading(pureservice):
    kinds = envelope("assettypes", {"id": 12, "name": "Mottakerliste"})
    relation = {"id": 2001, "typeId": 63, "toAssetId": 501}
    related = envelope("relationships", relation, relationshiptypes=[{"id": 63, "name": "Gir mottakere til"}])

    with pytest.raises(TicketSystemRefused, match="asset 501"):
        await pureservice(Server(kinds, kinds, related)).mailing_lists(TICKET)


async def test_members_marked_for_deletion_count_as_disabled(pureservice):
    """Not seen on people so far, but tickets and assets are deleted that way."""
    relations = [{"id": 2101, "typeId": 61, "toCompanyId": 71}, {"id": 2102, "typeId": 62, "toUserId": 301}]
    page = envelope(
        "relationships",
        *relations,
        relationshiptypes=[{"id": 61, "name": "Inneholder firma"}, {"id": 62, "name": "Inneholder bruker"}],
        companies=[{"id": 71, "name": "Nedlagt AS", "isMarkedForDeletion": True}],
        users=[{"id": 301, "fullName": "Kari Nordmann", "isMarkedForDeletion": True}],
    )

    found = [member async for member in pureservice(Server(page)).members(501)]

    assert [(member.name, member.disabled) for member in found] == [("Nedlagt AS", True), ("Kari Nordmann", True)]


async def test_an_asset_of_another_type_is_no_list_even_by_the_right_relation(pureservice):
    kinds = envelope("assettypes", {"id": 12, "name": "Mottakerliste"}, {"id": 13, "name": "Datamaskin"})
    related = envelope(
        "relationships",
        {"id": 2001, "typeId": 63, "toAssetId": 601},
        relationshiptypes=[{"id": 63, "name": "Gir mottakere til"}],
        assets=[{"id": 601, "name": "PC-1", "typeId": 13}],
    )

    assert await pureservice(Server(kinds, kinds, kinds, related)).mailing_lists(TICKET) == []


async def test_what_a_filter_lets_through_by_mistake_is_left_out(pureservice):
    """A server that ignores a filter must not make a note of another ticket into a mailing."""
    rows = [
        {"id": 1, "type": 9, "ticketId": 9001, "text": "this one"},
        {"id": 2, "type": 9, "ticketId": 9002, "text": "another ticket's"},
        {"id": 3, "type": 1, "ticketId": 9001, "text": "a note"},
        {"id": 4, "type": 1, "ticketId": 9001, "text": "a note of its own type", "customTypeId": 41},
        {"id": 5, "type": 6, "ticketId": 9001, "text": "history"},
        {"id": 6, "type": 7, "ticketId": 9001, "text": "the description"},
        {"id": 7, "type": 2, "requestId": 9001, "text": "as it was called once", "direction": 2, "messageId": 7001},
        {"id": 8, "type": 2, "ticketId": 9001, "text": "incoming", "direction": 1, "messageId": 7002},
    ]
    client = pureservice(Server(envelope("communications", *rows)))

    messages = await client.dispatch_messages(TICKET)

    assert [message.id for message in messages] == [1, 4, 7, 8]
    assert [message.email_id for message in messages] == [None, None, 7001, None]
    assert await client.notes(TICKET) == ["a note", "a note of its own type"]


async def test_tickets_and_files_are_looked_at_again_whatever_the_filter_let_through(pureservice):
    tickets = envelope(
        "tickets",
        {"id": 1, "requestNumber": 11, "statusId": 5},
        {"id": 2, "requestNumber": 12, "statusId": 7},
        {"id": 3, "requestNumber": 13, "statusId": 5, "isMarkedForDeletion": True},
    )
    files = envelope("attachments", {"id": 1, "ticketId": 9001}, {"id": 2, "ticketId": 9002}, {"id": 3})

    assert [ticket.id for ticket in await pureservice(Server(tickets)).tickets_in_status(5)] == [1]
    assert [each.id for each in await pureservice(Server(files)).attachments(TICKET)] == [1, 3]


async def test_statuses_of_changes_and_disabled_ones_are_left_out(pureservice):
    rows = [
        {"id": 7, "name": " Løst ", "coreStatus": 50, "requestTypeKey": "ticket"},
        {"id": 70, "name": "Løst", "coreStatus": 50, "requestTypeKey": "Change"},
        {"id": 71, "name": "Gammel", "coreStatus": 50, "disabled": True},
    ]

    found = await pureservice(Server(envelope("statuses", *rows))).statuses()

    assert [(status.id, status.name) for status in found] == [(7, "Løst")]
