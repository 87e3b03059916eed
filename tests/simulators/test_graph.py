"""The simulator of Graph's mail, over HTTP."""

import asyncio
import base64
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from dispatch.adapters.graph_mail import GraphMail
from dispatch.core import Mailbox, OutcomeUnknown, Part, RecipientRefused, Sighting, Throttled, TransportRefused
from local.simulators.faults import Fault
from local.simulators.graph import GraphSimulator, ReceivedPart
from tests.builders import a_letter
from tests.mail_builders import KARI, KEY, MAILBOX, a_mail

MARKER = "String {fc635e07-ed58-4f46-b979-4d8cddacd5fe} Name dispatchKey"
USER = "users/utsending%40etat.example"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}
PDF = base64.b64encode(b"%PDF-1.7").decode()

# The SDK warns of its own classes while it loads.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[GraphSimulator]:
    async with GraphSimulator(mailboxes=(MAILBOX,), clock=clock) as running:
        yield running


@pytest.fixture
async def http(sim: GraphSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sim.url) as client:
        yield client


def person(address: str, name: str = "") -> dict[str, Any]:
    return {"emailAddress": {"address": address, "name": name}}


def a_message(**overrides: Any) -> dict[str, Any]:
    values = {
        "subject": "Høring",
        "body": {"contentType": "HTML", "content": "<p>Hei</p>"},
        "toRecipients": [person(KARI.address, KARI.name)],
        "internetMessageId": f"<{KEY}@etat.example>",
        "internetMessageHeaders": [{"name": "x-dispatch-key", "value": KEY}],
        "singleValueExtendedProperties": [{"id": MARKER, "value": KEY}],
        **overrides,
    }
    return {name: value for name, value in values.items() if value is not None}


def a_file(**overrides: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": "brev.pdf",
        "contentType": "application/pdf",
        "contentBytes": PDF,
        **overrides,
    }


async def send(http: httpx.AsyncClient, save: object = None, user: Any = USER, **message: Any) -> httpx.Response:
    body = {"Message": a_message(**message)} | ({} if save is None else {"SaveToSentItems": save})
    return await http.post(f"{user}/sendMail", json=body)


async def draft(http: httpx.AsyncClient, **message: Any) -> dict[str, Any]:
    response = await http.post(f"{USER}/messages", json=a_message(**message), headers=IMMUTABLE)
    assert response.status_code == 201
    found: dict[str, Any] = response.json()
    return found


async def found(http: httpx.AsyncClient, expression: str = "", folder: str = "", **query: Any) -> list[dict[str, Any]]:
    path = f"{USER}/mailFolders/{folder}/messages" if folder else f"{USER}/messages"
    response = await http.get(path, params={"$filter": expression, **query})
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["value"]
    return rows


def by_key(key: str = KEY) -> str:
    return f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER}' and ep/value eq '{key}')"


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


# --- sendMail


async def test_what_was_sent_is_what_was_received(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    files = [a_file(), a_file(name="logo.png", contentType="image/png", isInline=True, contentId="logo")]
    sender, reply_to = person(MAILBOX, "Etaten"), [person("svar@etat.example")]
    response = await send(http, attachments=files, **{"from": sender, "replyTo": reply_to})
    assert (response.status_code, response.content) == (202, b"")
    assert "content-type" not in response.headers
    (mail,) = sim.received
    assert (mail.mailbox, mail.to, mail.to_name, mail.subject) == (MAILBOX, KARI.address, KARI.name, "Høring")
    assert (mail.html, mail.message_id, mail.key) == ("<p>Hei</p>", f"<{KEY}@etat.example>", KEY)
    assert (mail.reply_to, mail.from_name, mail.at, mail.via) == ("svar@etat.example", "Etaten", 1000.0, "sendMail")
    assert mail.headers == {"x-dispatch-key": KEY}
    assert mail.attachments == [
        ReceivedPart("brev.pdf", "application/pdf", b"%PDF-1.7"),
        ReceivedPart("logo.png", "image/png", b"%PDF-1.7", is_inline=True, content_id="logo"),
    ]
    assert sim.with_key(KEY) == sim.with_message_id(mail.message_id) == [mail]
    sim.received.clear()
    assert sim.with_key(KEY) == []


async def test_letters_share_their_files_and_texts(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    for _ in range(2):
        await send(http, attachments=[a_file()])
    one, two = sim.received
    assert one.attachments[0] is two.attachments[0]
    assert one.html is two.html


async def test_each_recipient_is_one_letter(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    await send(http, ccRecipients=[person("b@c.example")], bccRecipients=[person("d@e.example")])
    assert [mail.to for mail in sim.received] == [KARI.address, "b@c.example", "d@e.example"]


async def test_parameter_names_and_paths_are_taken_in_any_case(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    response = await http.post(f"{sim.url}//users/utsending@ETAT.example/SendMail", json={"message": a_message()})
    assert response.status_code == 202
    assert sim.requests[0] == ("POST", "/v1.0//users/utsending@ETAT.example/SendMail", 202)


async def test_ids_of_requests_come_back(http: httpx.AsyncClient) -> None:
    response = await http.post(f"{USER}/sendMail", json={}, headers={"client-request-id": "abc"})
    assert code(response) == (400, "ErrorInvalidRequest")
    inner = response.json()["error"]["innerError"]
    assert inner["request-id"] == response.headers["request-id"]
    assert inner["client-request-id"] == response.headers["client-request-id"] == "abc"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"toRecipients": []}, (400, "ErrorInvalidRecipients")),
        ({"toRecipients": [person("kari.@eksempel.example")]}, (400, "ErrorInvalidRecipients")),
        ({"toRecipients": [person(f"a{n}@b.example") for n in range(501)]}, (400, "ErrorExceededMaxRecipientLimit")),
        ({"internetMessageHeaders": [{"name": "Subject", "value": "x"}]}, (400, "InvalidInternetMessageHeader")),
        (
            {"internetMessageHeaders": [{"name": f"x-{n}", "value": "x"} for n in range(6)]},
            (400, "InvalidInternetMessageHeaderCollection"),
        ),
        ({"from": person("annen@etat.example")}, (403, "ErrorSendAsDenied")),
        ({"attachments": [a_file(contentBytes="%%%")]}, (400, "RequestBodyRead")),
        ({"attachments": [{"name": "x"}]}, (400, "ErrorInvalidRequest")),
        ({"attachments": [a_file(name=None)]}, (400, "RequestBodyRead")),
        ({"internetMessageId": "no brackets"}, (400, "RequestBodyRead")),
        ({"singleValueExtendedProperties": [{"id": "x", "value": "y"}]}, (400, "ErrorInvalidProperty")),
        ({"body": {"contentType": "rtf"}}, (400, "RequestBodyRead")),
        ({"toRecipients": "kari"}, (400, "RequestBodyRead")),
        ({"unknown": 1}, (400, "RequestBodyRead")),
    ],
)
async def test_what_is_not_sound_is_refused(
    sim: GraphSimulator, http: httpx.AsyncClient, message: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert code(await send(http, **message)) == expected
    assert sim.received == []


@pytest.mark.parametrize("body", [b"{", b"[]"])
async def test_a_body_that_is_no_object(http: httpx.AsyncClient, body: bytes) -> None:
    response = await http.post(f"{USER}/sendMail", content=body, headers={"content-type": "application/json"})
    assert code(response) == (400, "BadRequest")


async def test_a_request_above_4_mib_gets_a_page(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    response = await send(http, body={"contentType": "html", "content": "x" * 4 * 1024 * 1024})
    assert (response.status_code, response.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert sim.received == []


async def test_send_as_can_be_allowed(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    sim.switches.send_as.add("annen@etat.example")
    assert (await send(http, **{"from": person("annen@etat.example")})).status_code == 202


async def test_who_has_a_mailbox(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    assert code(await send(http, user="users/x@y.example")) == (404, "ErrorInvalidUser")
    sim.switches.unlicensed.add(MAILBOX)
    assert code(await send(http)) == (404, "MailboxNotEnabledForRESTAPI")


async def test_mime(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = MAILBOX, "Kåre <kare@b.example>", "Blåbær"
    message["Message-ID"], message["Auto-Submitted"] = "<1@etat.example>", "auto-generated"
    message["X-Dispatch-Key"] = KEY
    message.set_content("Hei")
    message.add_alternative("<p>Hei</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="æ.pdf")
    plain = {"content-type": "text/plain"}
    response = await http.post(f"{USER}/sendMail", content=base64.encodebytes(message.as_bytes()), headers=plain)
    assert response.status_code == 202
    (mail,) = sim.received
    assert (mail.to, mail.to_name, mail.subject, mail.html) == ("kare@b.example", "Kåre", "Blåbær", "<p>Hei</p>\n")
    assert (mail.message_id, mail.headers) == ("<1@etat.example>", {"X-Dispatch-Key": KEY})
    assert mail.attachments == [ReceivedPart("æ.pdf", "application/pdf", b"%PDF")]
    refused = await http.post(f"{USER}/sendMail", content=b"%%", headers=plain)
    assert code(refused) == (400, "ErrorMimeContentInvalidBase64String")
    created = await http.post(f"{USER}/messages", content=base64.b64encode(message.as_bytes()), headers=plain)
    assert created.json()["internetMessageId"] == "<1@etat.example>"


# --- where a message is


async def test_a_message_is_in_drafts_first_and_then_in_sent_items_under_a_new_id(
    http: httpx.AsyncClient, clock: Clock
) -> None:
    await send(http)
    (before,) = await found(http, by_key())
    (same,) = await found(http, folder="drafts")
    assert (before["isDraft"], same["id"]) == (True, before["id"])
    clock.now += 0.05
    (after,) = await found(http, by_key())
    assert after["isDraft"] is False
    assert after["id"] != before["id"]
    assert await found(http, folder="drafts") == []
    assert [row["id"] for row in await found(http, folder="sentItems")] == [after["id"]]
    assert code(await http.get(f"{USER}/messages/{before['id']}")) == (404, "ErrorItemNotFound")


async def test_an_immutable_id_stays(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await draft(http)
    await http.post(f"{USER}/messages/{made['id']}/send")
    clock.now += 1
    response = await http.get(f"{USER}/messages/{made['id']}", headers=IMMUTABLE)
    assert (response.json()["id"], response.json()["isDraft"]) == (made["id"], False)


@pytest.mark.parametrize("save", [False, "false"])
async def test_what_is_not_saved_is_gone(
    sim: GraphSimulator, http: httpx.AsyncClient, clock: Clock, save: object
) -> None:
    await send(http, save)
    assert len(await found(http, by_key())) == 1
    clock.now += 1
    assert await found(http) == []
    assert len(sim.received) == 1


@pytest.mark.parametrize("mode", ["keep", "replace"])
async def test_the_message_id_is_kept_or_replaced(sim: GraphSimulator, http: httpx.AsyncClient, mode: Any) -> None:
    sim.switches.message_id = mode
    await send(http)
    assert (sim.received[0].message_id == f"<{KEY}@etat.example>") is (mode == "keep")
    assert (await found(http, by_key()))[0]["internetMessageId"] == sim.received[0].message_id
    assert len(await found(http, f"internetMessageId eq '<{KEY}@etat.example>'")) == (mode == "keep")


async def test_the_message_id_is_refused(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    sim.switches.message_id = "reject"
    assert code(await send(http)) == (400, "ErrorInvalidRequest")
    assert (await send(http, internetMessageId=None)).status_code == 202
    assert sim.received[0].message_id.startswith("<")


async def test_look_ups_can_lag(sim: GraphSimulator, http: httpx.AsyncClient, clock: Clock) -> None:
    sim.switches.lookup_lag_ms = 5000
    made = await draft(http)
    assert await found(http, by_key()) == []
    assert (await http.get(f"{USER}/messages/{made['id']}")).status_code == 200
    clock.now += 5
    assert len(await found(http, by_key())) == 1


async def test_what_is_stuck_leaves_when_it_is_sent_again(
    sim: GraphSimulator, http: httpx.AsyncClient, clock: Clock
) -> None:
    sim.switches.stuck_in_drafts = True
    assert (await send(http)).status_code == 202
    clock.now += 3600
    (row,) = await found(http, by_key())
    assert (row["isDraft"], sim.received) == (True, [])
    assert (await http.post(f"{USER}/messages/{row['id']}/send")).status_code == 202
    assert len(sim.received) == 1
    clock.now += 1
    assert (await found(http, by_key()))[0]["isDraft"] is False


# --- filters


@pytest.mark.parametrize(
    ("expression", "hits"),
    [
        (by_key(), 1),
        (by_key(KEY.upper()), 1),
        (by_key("another"), 0),
        (by_key().replace("dispatchKey", "DispatchKey"), 0),
        (f"internetMessageId eq '<{KEY}@etat.example>'", 1),
        ("internetMessageId eq '<o''hara+1@etat.example>'", 1),
        ("isDraft eq true", 2),
        ("isDraft eq false", 0),
        (f"isDraft eq true and {by_key()}", 1),
        (f"{by_key()} and isDraft eq false", 0),
        (f"internetMessageId eq '<o''hara+1@etat.example>' and {by_key()}", 0),
    ],
)
async def test_filters(http: httpx.AsyncClient, expression: str, hits: int) -> None:
    await draft(http)
    other = [{"id": MARKER, "value": "b"}]
    await draft(http, internetMessageId="<o'hara+1@etat.example>", singleValueExtendedProperties=other)
    assert len(await found(http, expression)) == hits


@pytest.mark.parametrize(
    "expression",
    [
        "subject eq 'x'",
        "isDraft eq true or isDraft eq false",
        "isDraft eq true and ",
        "internetMessageId eq 'x' trailing",
        by_key().replace("ep/value", "xx/value"),
    ],
)
async def test_other_filters_are_refused(http: httpx.AsyncClient, expression: str) -> None:
    response = await http.get(f"{USER}/messages", params={"$filter": expression})
    assert code(response) == (400, "ErrorInvalidUrlQueryFilter")


async def test_pages_and_selected_properties(http: httpx.AsyncClient) -> None:
    for n in range(5):
        await draft(http, subject=f"Nr {n}")
    url: str | None = f"{USER}/messages?$filter={quote(by_key())}&$top=2&$select=subject"
    seen: list[str] = []
    while url:
        body = (await http.get(url)).json()
        assert all(set(row) == {"@odata.etag", "id", "subject"} for row in body["value"])
        seen += [row["subject"] for row in body["value"]]
        url = body.get("@odata.nextLink")
    assert seen == ["Nr 4", "Nr 3", "Nr 2", "Nr 1", "Nr 0"]
    wrong = await http.get(f"{USER}/messages?$select=colour")
    assert code(wrong) == (400, "RequestBroker--ParseUri")
    assert code(await http.get(f"{USER}/messages?$top=x")) == (400, "RequestBroker--ParseUri")
    assert code(await http.get(f"{USER}/mailFolders/nowhere/messages")) == (404, "ErrorItemNotFound")


async def test_headers_are_shown_on_request(http: httpx.AsyncClient) -> None:
    made = await draft(http)
    assert "internetMessageHeaders" not in made
    response = await http.get(f"{USER}/messages/{made['id']}?$select=internetMessageHeaders")
    assert response.json()["internetMessageHeaders"] == [{"name": "x-dispatch-key", "value": KEY}]


# --- drafts


async def test_a_draft_is_made_changed_sent_and_not_sent_again(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    made = await draft(http)
    path = f"{USER}/messages/{made['id']}"
    assert made["internetMessageId"] == f"<{KEY}@etat.example>"
    changed = await http.patch(path, json={"subject": "Ny", "internetMessageId": "<ny@etat.example>"})
    assert (changed.json()["subject"], changed.json()["body"]["content"]) == ("Ny", "<p>Hei</p>")
    assert sim.received == []
    sent = await http.post(f"{path}/send")
    assert (sent.status_code, sent.content) == (202, b"")
    (mail,) = sim.received
    assert (mail.subject, mail.message_id, mail.via, mail.key) == ("Ny", "<ny@etat.example>", "draft", KEY)
    assert code(await http.post(f"{path}/send")) == (404, "ErrorItemNotFound")
    assert code(await http.patch(path, json={"subject": "x"})) == (400, "ErrorInvalidRequest")
    assert len(sim.received) == 1
    sim.switches.send_repeat = "again"
    assert (await http.post(f"{path}/send")).status_code == 202
    assert len(sim.received) == 2


async def test_a_draft_is_deleted(http: httpx.AsyncClient) -> None:
    made = await draft(http)
    path = f"{USER}/messages/{made['id']}"
    assert (await http.delete(path)).status_code == 204
    assert await found(http, by_key()) == []
    assert code(await http.delete(path)) == (404, "ErrorItemNotFound")


async def test_a_draft_gets_files(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    made = await draft(http)
    path = f"{USER}/messages/{made['id']}"
    response = await http.post(f"{path}/attachments", json=a_file())
    assert (response.status_code, response.json()["size"]) == (201, 8)
    assert len((await http.get(f"{path}/attachments")).json()["value"]) == 1
    assert (await http.get(path)).json()["hasAttachments"] is True
    await http.post(f"{path}/send")
    assert sim.received[0].attachments == [ReceivedPart("brev.pdf", "application/pdf", b"%PDF-1.7")]


async def open_session(http: httpx.AsyncClient, size: int) -> tuple[str, httpx.Response]:
    path = f"{USER}/messages/{(await draft(http))['id']}"
    item = {"attachmentType": "file", "name": "stor.pdf", "size": size, "contentType": "application/pdf"}
    return path, await http.post(f"{path}/attachments/createUploadSession", json={"AttachmentItem": item})


async def put(http: httpx.AsyncClient, url: str, span: str, data: bytes, **headers: str) -> httpx.Response:
    return await http.put(url, content=data, headers={"Content-Range": f"bytes {span}", **headers})


async def test_a_large_file_comes_in_ranges(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    content = bytes(range(256)) * 20_000
    path, session = await open_session(http, len(content))
    assert (session.status_code, session.json()["nextExpectedRanges"]) == (201, ["0-"])
    url, half, total = session.json()["uploadUrl"], 3_000_000, len(content)
    leaked = await put(http, url, f"0-{half - 1}/{total}", content[:half], Authorization="Bearer x")
    assert leaked.status_code == 401
    early = await put(http, url, f"{half}-{total - 1}/{total}", content[half:])
    assert early.status_code == 416
    assert (await put(http, url, f"0-9/{total}", b"short")).status_code == 400
    assert (await http.put(url, content=b"x")).status_code == 400
    assert (await put(http, url, f"0-{4_500_000 - 1}/{total}", content[:4_500_000])).status_code == 413
    first = await put(http, url, f"0-{half - 1}/{total}", content[:half])
    assert (first.status_code, first.json()["nextExpectedRanges"]) == (200, [str(half)])
    assert (await http.get(url)).json()["nextExpectedRanges"] == [str(half)]
    last = await put(http, url, f"{half}-{total - 1}/{total}", content[half:])
    assert (last.status_code, last.content) == (201, b"")
    assert "Attachments" in last.headers["location"]
    await http.post(f"{path}/send")
    assert sim.received[0].attachments == [ReceivedPart("stor.pdf", "application/pdf", content)]
    assert (await http.get(url)).status_code == 404


async def test_upload_sessions_are_refused_cancelled_and_expire(http: httpx.AsyncClient, clock: Clock) -> None:
    _, small = await open_session(http, 3_000_000)
    assert code(small) == (400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize")
    _, huge = await open_session(http, 150_000_001)
    assert code(huge) == (400, "ErrorAttachmentSizeLimitExceeded")
    path, session = await open_session(http, 3_000_001)
    assert code(await http.post(f"{path}/attachments/createUploadSession", json={})) == (400, "RequestBodyRead")
    url = session.json()["uploadUrl"]
    assert (await http.post(url)).status_code == 405
    assert (await http.delete(url)).status_code == 204
    assert (await http.get(url)).status_code == 404
    _, session = await open_session(http, 3_000_001)
    clock.now += 3600
    assert (await http.get(session.json()["uploadUrl"])).status_code == 404


# --- who may do what, and how much


@pytest.mark.parametrize(
    ("permissions", "allowed"),
    [
        ({"Mail.Send"}, [202, 403, 403, 403]),
        ({"Mail.ReadWrite"}, [403, 201, 200, 200]),
        ({"Mail.Send", "Mail.Read"}, [202, 403, 200, 200]),
        ({"Mail.ReadBasic"}, [403, 403, 200, 403]),
    ],
)
async def test_permissions(
    sim: GraphSimulator, http: httpx.AsyncClient, permissions: set[str], allowed: list[int]
) -> None:
    sim.switches.permissions = permissions
    answers = [
        await send(http),
        await http.post(f"{USER}/messages", json=a_message()),
        await http.get(f"{USER}/messages", params={"$filter": "internetMessageId eq 'x'"}),
        await http.get(f"{USER}/messages", params={"$filter": by_key()}),
    ]
    assert [answer.status_code for answer in answers] == allowed
    assert all(code(answer)[1] == "ErrorAccessDenied" for answer in answers if answer.status_code == 403)


async def test_a_token_can_be_required(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    sim.switches.required_token = "secret"
    assert code(await send(http)) == (401, "InvalidAuthenticationToken")
    http.headers["Authorization"] = "Bearer secret"
    assert (await send(http)).status_code == 202


async def test_the_fifth_request_at_once_is_refused(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    sim.switches.latency_ms = 100
    answers = await asyncio.gather(*(send(http) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202] * 4 + [429]
    (refused,) = [answer for answer in answers if answer.status_code == 429]
    assert (code(refused)[1], refused.headers["Retry-After"]) == ("ApplicationThrottled", "1")
    assert (sim.peak_concurrency(MAILBOX), sim.peak_concurrency("x@y.example")) == (5, 0)
    assert len(sim.received) == 4
    sim.switches.enforce_concurrency = False
    answers = await asyncio.gather(*(send(http) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {202}


async def test_requests_in_ten_minutes(sim: GraphSimulator, http: httpx.AsyncClient, clock: Clock) -> None:
    sim.switches.request_limit = 2
    assert [(await send(http)).status_code for _ in range(3)] == [202, 202, 429]
    clock.now += 600
    assert (await send(http)).status_code == 202


async def test_the_quota_of_the_day(sim: GraphSimulator, http: httpx.AsyncClient, clock: Clock) -> None:
    sim.switches.daily_limit = 1
    assert (await send(http)).status_code == 202
    assert code(await send(http)) == (429, "ErrorSubmissionQuotaExceeded")
    sim.switches.quota_mode = "ndr"
    assert (await send(http)).status_code == 202
    assert (len(sim.received), len(sim.bounced)) == (1, 1)
    (report,) = await found(http, folder="inbox")
    assert report["subject"] == "Undeliverable: Høring"
    clock.now += 24 * 3600
    await send(http)
    assert len(sim.received) == 2


async def test_some_recipients_bounce(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    sim.switches.bounce_for = "^kari"
    await send(http)
    assert (sim.received, [mail.to for mail in sim.bounced]) == ([], [KARI.address])


# --- faults and control


async def test_an_answer_is_lost_after_the_message_was_taken(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    sim.faults.add(Fault("sendMail", drop="after"), Fault("sendMail", status=504, commit=True))
    with pytest.raises(httpx.RemoteProtocolError):
        await send(http)
    answer = await send(http)
    assert (answer.status_code, "request-id" in answer.headers) == (504, True)
    assert len(sim.received) == 2
    assert [request.status for request in sim.requests] == [0, 504]
    assert sim.count() == 2


async def test_the_connection_is_cut_before_anything_is_taken(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    sim.faults.add(Fault("sendMail", drop="before"), Fault("sendMail", status=503))
    with pytest.raises(httpx.RemoteProtocolError):
        await send(http)
    assert (await send(http)).status_code == 503
    assert sim.received == []


async def test_the_control_pages(sim: GraphSimulator, http: httpx.AsyncClient) -> None:
    control = sim.url.removesuffix("/v1.0") + "/_control"
    await http.post(f"{control}/faults", json={"match": "sendMail", "status": 503})
    assert (await send(http)).status_code == 503
    await send(http, attachments=[a_file()])
    (row,) = (await http.get(f"{control}/received")).json()
    assert (row["to"], row["key"], row["attachments"]) == (KARI.address, KEY, [{"name": "brev.pdf", "size": 8}])
    assert sim.count() == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "me", 404), ("GET", f"{USER}/events", 404), ("PUT", f"{USER}/messages", 405), ("GET", "", 404)],
)
async def test_other_paths(http: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    assert (await http.request(method, path)).status_code == status


async def test_it_can_be_away_and_come_back_with_what_it_had() -> None:
    sim = GraphSimulator()
    await sim.start()
    port = int(sim.url.split(":")[2].split("/")[0])
    async with httpx.AsyncClient(base_url=sim.url) as http:
        await send(http, user="users/any@mailbox.example")
        await sim.stop()
        await sim.stop()
        with pytest.raises(httpx.ConnectError):
            await send(http)
        await sim.start(port)
        await send(http)
    await sim.stop()
    assert [mail.mailbox for mail in sim.received] == ["any@mailbox.example", MAILBOX]


# --- the adapter


def adapter(sim: GraphSimulator, **overrides: Any) -> GraphMail:
    options = {"save_to_sent_items": True, "draft": False, "may_look": True, "timeout_seconds": 5, **overrides}
    return GraphMail(sender=MAILBOX, credential=None, base_url=sim.url, **options)


async def test_the_adapter_delivers_what_was_meant(sim: GraphSimulator, clock: Clock) -> None:
    mail = a_mail(letter=a_letter(inline=(Part("logo.png", "image/png", b"\x89PNG", "logo@etat"),)))
    transport = adapter(sim)
    try:
        accepted = await transport.send(mail)
        assert accepted.request_id
        assert (await transport.find(mail)).sighting is Sighting.DRAFT
        clock.now += 1
        assert (await transport.find(mail)).sighting is Sighting.SENT
        assert (await transport.find(a_mail(key="another"))).sighting is Sighting.ABSENT
    finally:
        await transport.close()
    (got,) = sim.received
    assert (got.to, got.to_name, got.subject, got.html) == (
        mail.to.address, mail.to.name, mail.letter.subject, mail.letter.html
    )  # fmt: skip
    assert (got.message_id, got.key, got.headers["x-dispatch-key"]) == (mail.message_id, mail.key, mail.key)
    assert (got.mailbox, got.from_name, got.reply_to) == (MAILBOX, mail.sender.name, "svar@etat.example")
    assert [(part.name, part.content, part.is_inline, part.content_id) for part in got.attachments] == [
        ("vedlegg æøå.pdf", b"%PDF-1.7 test", False, ""),
        ("logo.png", b"\x89PNG", True, "logo@etat"),
    ]


@pytest.mark.parametrize("size", [10, 3_000_000, 9_000_000])
async def test_the_adapter_prepares_and_sends_a_draft(sim: GraphSimulator, clock: Clock, size: int) -> None:
    content = b"%PDF" + b"x" * size
    mail = a_mail(letter=a_letter(attachments=(Part("stor.pdf", "application/pdf", content),)))
    transport = adapter(sim, draft=True)
    try:
        draft_id = await transport.prepare(mail)
        assert (await transport.find(mail, draft_id=draft_id)).sighting is Sighting.DRAFT
        accepted = await transport.send(mail, draft_id=draft_id)
        assert accepted.message_id == mail.message_id
        clock.now += 1
        assert (await transport.find(mail, draft_id=draft_id)).sighting is Sighting.SENT
        with pytest.raises(OutcomeUnknown):
            await transport.send(mail, draft_id=draft_id)
    finally:
        await transport.close()
    (got,) = sim.received
    assert (got.via, got.key, got.attachments[0].content == content) == ("draft", mail.key, True)


async def test_the_adapter_and_refusals(sim: GraphSimulator) -> None:
    transport = adapter(sim)
    try:
        with pytest.raises(RecipientRefused):
            await transport.send(a_mail(to=Mailbox("kari.@eksempel.example")))
        sim.faults.add(Fault("sendMail", drop="after"))
        with pytest.raises(OutcomeUnknown):
            await transport.send(a_mail())
        assert len(sim.received) == 1
        sim.switches.request_limit = 0
        with pytest.raises(Throttled):
            await transport.send(a_mail())
        sim.switches.request_limit = None
        sim.switches.permissions = set()
        with pytest.raises(TransportRefused):
            await transport.send(a_mail())
        assert (await transport.find(a_mail())).sighting is Sighting.CANNOT_TELL
    finally:
        await transport.close()
