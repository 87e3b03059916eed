"""The requests that we make of Graph, and what we make of its answers: against a transport that plays the server."""

import asyncio
import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError

from dispatch.adapters.graph_mail import GraphMail
from dispatch.core import (
    Accepted,
    BadConfiguration,
    Mailbox,
    MessageRefused,
    OutcomeUnknown,
    Part,
    RecipientRefused,
    Sighting,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
)
from dispatch.ports import MailTransport
from tests import scripted_http
from tests.builders import a_letter
from tests.mail_builders import KEY, MAILBOX, a_mail

BASE = "https://graph.example/v1.0"
USER = f"{BASE}/users/utsending%40etat.example"
MARKER = "String {fc635e07-ed58-4f46-b979-4d8cddacd5fe} Name dispatchKey"
MB = 1_000_000

# The SDK warns of its own classes while it loads.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")


class Server(scripted_http.Server):
    """Plays Graph, and says what it was asked."""

    @property
    def lines(self) -> list[str]:
        return [f"{each.method} {each.url}" for each in self.requests]

    def body(self, index: int = 0) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.requests[index].content)
        return content


class Credential:
    """Hands out one token after the other; ``error`` instead, if set."""

    def __init__(self, error: Exception | None = None, *, hang: bool = False, token: str = "token-{}") -> None:
        self.error, self.hang, self.token = error, hang, token
        self.asked: list[tuple[tuple[str, ...], str | None]] = []

    async def get_token(self, *scopes: str, claims: str | None = None, **_: Any) -> AccessToken:
        self.asked.append((scopes, claims))
        if self.hang:
            await asyncio.sleep(60)
        if self.error:
            raise self.error
        return AccessToken(self.token.format(len(self.asked)), 2_000_000_000)


def refused(status: int, code: str, **headers: str) -> httpx.Response:
    message = "Recipient 'kari@eksempel.example' is not resolved"
    return httpx.Response(status, headers=headers, json={"error": {"code": code, "message": message}})


def accepted(**headers: str) -> httpx.Response:
    return httpx.Response(202, headers={"request-id": "11-22", **headers})


def created(**body: Any) -> httpx.Response:
    return httpx.Response(201, json=body)


def graph(server: Server, **overrides: Any) -> GraphMail:
    values: dict[str, Any] = {
        "sender": MAILBOX,
        "credential": None,
        "base_url": BASE,
        "save_to_sent_items": True,
        "draft": False,
        "may_look": True,
        "http": httpx.AsyncClient(transport=httpx.MockTransport(server)),
        **overrides,
    }
    return GraphMail(**values)


def test_it_is_a_mail_transport():
    """For the type checker, which reads this too."""
    transport: MailTransport = graph(Server(accepted()))

    assert transport.name is Transport.GRAPH


# --- sending in one request


async def test_a_mail_is_one_request_with_all_that_marks_it():
    server = Server(accepted())

    result = await graph(server).send(a_mail())

    assert result == Accepted(Transport.GRAPH, "", "11-22")
    assert server.lines == [f"POST {USER}/sendMail"]
    body = server.body()
    assert body["SaveToSentItems"] is True
    message = body["Message"]
    assert message["subject"] == "Høring om endring [Sak ID# 10234]"
    assert message["body"]["contentType"].lower() == "html"
    assert "Blåbærsyltetøy" in message["body"]["content"]
    assert message["from"] == {"emailAddress": {"address": MAILBOX, "name": "Etaten for blåbær"}}
    assert message["toRecipients"] == [{"emailAddress": {"address": "kari@eksempel.example", "name": "Kari Nordmann"}}]
    assert message["replyTo"] == [{"emailAddress": {"address": "svar@etat.example", "name": "Postmottak"}}]
    assert message["internetMessageId"] == f"<{KEY}@etat.example>"
    assert message["singleValueExtendedProperties"] == [{"id": MARKER, "value": KEY}]
    assert message["internetMessageHeaders"] == [
        {"name": "x-dispatch-key", "value": KEY},
        {"name": "x-auto-response-suppress", "value": "OOF, AutoReply"},
    ]


async def test_files_and_pictures_go_along():
    server = Server(accepted())
    letter = a_letter(
        attachments=(Part("../Søknad.pdf", "application/pdf; x=y", b"%PDF"),),
        inline=(Part("logo.png", "image/png", b"\x89PNG", "<logo>"),),
    )

    await graph(server).send(a_mail(letter=letter))

    pdf, logo = server.body()["Message"]["attachments"]
    assert pdf["@odata.type"] == "#microsoft.graph.fileAttachment"
    assert (pdf["name"], pdf["contentType"]) == ("Søknad.pdf", "application/pdf")
    assert base64.b64decode(pdf["contentBytes"]) == b"%PDF"
    assert not pdf.get("isInline")
    assert (logo["isInline"], logo["contentId"]) == (True, "logo")
    assert base64.b64decode(logo["contentBytes"]) == b"\x89PNG"


async def test_the_files_of_a_letter_reach_every_recipient():
    """They are encoded once and shared, so what the second recipient gets must not be what the first left over."""
    server, letter = Server(accepted()), a_letter()
    transport = graph(server)

    for name in ("kari", "ola", "per"):
        await transport.send(a_mail(letter=letter, to=Mailbox(f"{name}@eksempel.example")))

    messages = [server.body(index)["Message"] for index in range(3)]
    assert [each["toRecipients"][0]["emailAddress"]["address"][:3] for each in messages] == ["kar", "ola", "per"]
    assert messages[0]["attachments"] == messages[1]["attachments"] == messages[2]["attachments"]
    assert base64.b64decode(messages[2]["attachments"][0]["contentBytes"]) == b"%PDF-1.7 test"


async def test_what_has_no_name_and_no_reply_address_is_left_out():
    server = Server(accepted())

    await graph(server).send(a_mail(to=Mailbox("kari@eksempel.example"), reply_to=None))

    message = server.body()["Message"]
    assert message["toRecipients"] == [{"emailAddress": {"address": "kari@eksempel.example"}}]
    assert "replyTo" not in message


async def test_no_control_character_reaches_a_header():
    server = Server(accepted())
    letter = a_letter(subject="Hei\r\nBcc: ond@eksempel.example")

    await graph(server).send(a_mail(letter=letter, to=Mailbox("kari@eksempel.example", "Kari\r\nX")))

    message = server.body()["Message"]
    assert message["subject"] == "Hei  Bcc: ond@eksempel.example"
    assert message["toRecipients"][0]["emailAddress"]["name"] == "Kari  X"


async def test_each_attempt_has_an_id_of_its_own():
    server = Server(accepted())
    transport = graph(server)

    await transport.send(a_mail())
    await transport.send(a_mail())

    ids = [each.headers["client-request-id"] for each in server.requests]
    assert len(set(ids)) == 2


async def test_what_is_not_to_be_saved_is_not_saved():
    server = Server(accepted())

    await graph(server, save_to_sent_items=False).send(a_mail())

    assert server.body()["SaveToSentItems"] is False


async def test_202_is_final_whatever_comes_with_it():
    server = Server(accepted(**{"retry-after": "30"}))

    assert await graph(server).send(a_mail()) == Accepted(Transport.GRAPH, "", "11-22")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, json={}), OutcomeUnknown),
        (httpx.Response(201, json={}), OutcomeUnknown),
        (httpx.Response(204), OutcomeUnknown),
        (httpx.Response(301, headers={"location": "https://elsewhere.example"}), TransportRefused),
        (refused(400, "ErrorInvalidRecipients"), RecipientRefused),
        (refused(400, "UnableToDeserializePostBody"), MessageRefused),
        (httpx.Response(413, text="<html>too large</html>"), MessageRefused),
        (refused(403, "ErrorAccessDenied"), TransportRefused),
        (refused(403, "ErrorSendAsDenied"), TransportRefused),
        (refused(404, "MailboxNotEnabledForRESTAPI"), TransportRefused),
        (refused(429, "ApplicationThrottled"), Throttled),
        (refused(429, "ErrorSubmissionQuotaExceeded"), TransportRefused),
        (refused(500, "ErrorInternalServerError"), OutcomeUnknown),
        (httpx.Response(502), OutcomeUnknown),
        (refused(503, "ErrorServerBusy"), OutcomeUnknown),
        (httpx.Response(504, text="<html>Gateway Timeout</html>"), OutcomeUnknown),
        (httpx.ConnectError("refused"), TransportRefused),
        (httpx.ConnectTimeout("slow"), TransportRefused),
        (httpx.PoolTimeout("busy"), TransportRefused),
        (httpx.ReadTimeout("slow"), OutcomeUnknown),
        (httpx.ReadError("reset"), OutcomeUnknown),
        (httpx.WriteError("reset"), OutcomeUnknown),
        (httpx.RemoteProtocolError("eof"), OutcomeUnknown),
    ],
    ids=lambda each: getattr(each, "__name__", None) or str(getattr(each, "status_code", type(each).__name__)),
)
async def test_nothing_but_202_is_success_and_nothing_is_sent_twice(answer, kind):
    server = Server(answer)

    with pytest.raises(kind) as caught:
        await graph(server).send(a_mail())

    assert type(caught.value) is kind
    assert len(server.requests) == 1
    assert "kari" not in f"{caught.value!r} {caught.value}"


async def test_a_throttled_mailbox_rests_as_long_as_it_is_told():
    server = Server(refused(429, "ApplicationThrottled", **{"retry-after": "17"}))

    with pytest.raises(Throttled) as caught:
        await graph(server).send(a_mail())

    assert caught.value.retry_after == 17.0
    assert caught.value.code == "ApplicationThrottled"


async def test_a_request_that_hangs_is_in_doubt_at_the_deadline():
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return accepted()

    with pytest.raises(OutcomeUnknown, match="Deadline"):
        await graph(Server(hang), timeout_seconds=0.3).send(a_mail())


async def test_connections_are_given_back_and_taken_anew():
    """Against a port where nobody listens: what counts is that a closed transport can be used again."""
    transport = graph(Server(accepted()), http=None, base_url="http://127.0.0.1:1/v1.0")

    for _ in range(2):
        with pytest.raises(TransportRefused, match="ConnectError"):
            await transport.send(a_mail())
        await transport.close()


async def test_no_more_requests_are_under_way_than_the_mailbox_takes():
    under_way, most = 0, 0

    async def count(_: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return accepted()

    transport = graph(Server(count), concurrency=3)

    await asyncio.gather(*(transport.send(a_mail()) for _ in range(12)))

    assert most == 3


# --- sign-in


async def test_the_token_is_for_graph_and_goes_along():
    server, credential = Server(accepted()), Credential()

    await graph(server, credential=credential).send(a_mail())

    assert credential.asked == [(("https://graph.example/.default",), None)]
    assert server.requests[0].headers["authorization"] == "Bearer token-1"


async def test_a_refused_token_is_replaced_once():
    server = Server(refused(401, "InvalidAuthenticationToken"), accepted())

    await graph(server, credential=Credential()).send(a_mail())

    assert [each.headers["authorization"] for each in server.requests] == ["Bearer token-1", "Bearer token-2"]


async def test_a_second_refusal_of_the_token_is_final():
    server = Server(refused(401, "InvalidAuthenticationToken"))

    with pytest.raises(TransportRefused, match="InvalidAuthenticationToken"):
        await graph(server, credential=Credential()).send(a_mail())

    assert len(server.requests) == 2


async def test_the_claims_that_entra_wants_are_in_the_next_token():
    claims = base64.b64encode(b'{"access_token":{}}').decode()
    challenge = refused(401, "InvalidAuthenticationToken", **{"www-authenticate": f'Bearer claims="{claims}"'})
    server, credential = Server(challenge, accepted()), Credential()

    await graph(server, credential=credential).send(a_mail())

    assert [claims for _, claims in credential.asked] == [None, '{"access_token":{}}']
    assert len(server.requests) == 2


@pytest.mark.parametrize("error", [ClientAuthenticationError("no"), CredentialUnavailableError("no"), OSError("no")])
async def test_without_a_token_nothing_leaves(error):
    server = Server(accepted())

    with pytest.raises(TransportRefused, match="NoToken"):
        await graph(server, credential=Credential(error)).send(a_mail())

    assert server.requests == []


async def test_an_empty_token_is_none():
    server, credential = Server(accepted()), Credential(token="")

    with pytest.raises(TransportRefused, match="NoToken"):
        await graph(server, credential=credential).send(a_mail())

    assert server.requests == []


async def test_a_sign_in_that_hangs_leaves_nothing_in_doubt():
    server = Server(accepted())

    with pytest.raises(TransportRefused, match="NoToken"):
        await graph(server, credential=Credential(hang=True), timeout_seconds=0.3).send(a_mail())

    assert server.requests == []


def test_a_token_never_travels_in_clear_text():
    with pytest.raises(BadConfiguration):
        graph(Server(accepted()), credential=Credential(), base_url="http://graph.example/v1.0")


# --- drafts


@pytest.mark.parametrize(
    ("size", "drafted"),
    [(0, False), (2_500_000, False), (2_700_000, True)],
)
def test_a_large_mail_needs_a_draft(size, drafted):
    letter = a_letter(attachments=(Part("a.bin", "application/octet-stream", bytes(size)),))

    assert graph(Server(accepted())).needs_draft(a_mail(letter=letter)) is drafted


def test_every_mail_needs_a_draft_where_that_is_configured():
    assert graph(Server(accepted()), draft=True).needs_draft(a_mail())


def test_a_long_text_counts_as_json_writes_it():
    assert graph(Server(accepted())).needs_draft(a_mail(letter=a_letter(html="å" * 600_000)))


async def test_a_small_draft_is_made_with_its_files_in_one_request():
    server = Server(created(id="D1", internetMessageId="<changed@outlook.example>"), accepted())
    transport = graph(server, draft=True)

    draft_id = await transport.prepare(a_mail())
    result = await transport.send(a_mail(), draft_id=draft_id)

    assert draft_id == "D1"
    assert server.lines == [f"POST {USER}/messages", f"POST {USER}/messages/D1/send"]
    draft = server.body()
    assert draft["singleValueExtendedProperties"] == [{"id": MARKER, "value": KEY}]
    assert len(draft["attachments"]) == 1
    assert server.requests[0].headers["prefer"] == 'IdType="ImmutableId"'
    assert server.requests[1].content == b""
    assert result == Accepted(Transport.GRAPH, "<changed@outlook.example>", "11-22")


def large_letter(*sizes: int) -> Any:
    parts = (Part(f"{size}.bin", "application/octet-stream", bytes(range(256)) * (size // 256 + 1)) for size in sizes)
    return a_letter(attachments=tuple(Part(p.name, p.content_type, p.content[: int(p.name[:-4])]) for p in parts))


class Uploads:
    """Plays the draft, its files and the other host that ranges are put to."""

    def __init__(self, *, dash: str = "") -> None:
        self.received = bytearray()
        self.faults: list[httpx.Response | Exception] = []
        self.attached: list[str] = []
        self.total = 0
        self.dash = dash

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.url.host == "outlook.example":
            return self.put(request) if request.method == "PUT" else self.standing()
        if path.endswith("/createUploadSession"):
            item = json.loads(request.content)["AttachmentItem"]
            self.total = item["size"]
            assert item["attachmentType"] == "file"
            return created(uploadUrl="https://outlook.example/up?token=1", nextExpectedRanges=["0-"])
        if path.endswith("/attachments"):
            self.attached.append(json.loads(request.content)["name"])
            return created(id="A")
        return created(id="D/1=", internetMessageId="<x@y>")

    def put(self, request: httpx.Request) -> httpx.Response:
        if self.faults and self.received:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        if "authorization" in request.headers:
            return httpx.Response(401)
        first, _, last = request.headers["content-range"].removeprefix("bytes ").partition("/")[0].partition("-")
        if int(first) != len(self.received):
            return httpx.Response(416)
        assert int(last) - int(first) + 1 == len(request.content) == int(request.headers["content-length"])
        assert len(request.content) < 4 * MB
        self.received += request.content
        if len(self.received) == self.total:
            return httpx.Response(201, headers={"location": "https://outlook.example/A"})
        return self.standing()

    def standing(self) -> httpx.Response:
        return httpx.Response(200, json={"nextExpectedRanges": [f"{len(self.received)}{self.dash}"]})


async def test_files_of_a_large_mail_are_attached_one_by_one():
    uploads = Uploads()
    server = Server(uploads)
    letter = large_letter(1 * MB, 2 * MB, 9 * MB)

    draft_id = await graph(server, credential=Credential()).prepare(a_mail(letter=letter))

    assert draft_id == "D/1="
    assert "attachments" not in server.body()
    assert uploads.attached == ["1000000.bin", "2000000.bin"]
    assert bytes(uploads.received) == letter.attachments[2].content
    assert all("/messages/D%2F1%3D/attachments" in str(each.url) for each in server.requests[1:4])
    puts = [each for each in server.requests if each.method == "PUT"]
    assert [each.headers["content-range"] for each in puts] == [
        "bytes 0-3932159/9000000",
        "bytes 3932160-7864319/9000000",
        "bytes 7864320-8999999/9000000",
    ]


@pytest.mark.parametrize("dash", ["", "-"])
async def test_a_range_that_fails_is_put_again_from_where_the_server_stands(dash):
    uploads = Uploads(dash=dash)
    uploads.faults = [httpx.ReadError("reset")]
    letter = large_letter(9 * MB)

    await graph(Server(uploads)).prepare(a_mail(letter=letter))

    assert bytes(uploads.received) == letter.attachments[0].content


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        ([httpx.ReadError("reset"), httpx.ReadError("reset")], TryAgain),
        ([httpx.Response(503), httpx.Response(503)], TryAgain),
        ([httpx.Response(404)], TryAgain),
        ([httpx.Response(416)], TryAgain),
        ([httpx.Response(200, json={})], TryAgain),
        ([httpx.Response(200, json={"nextExpectedRanges": ["0"]})], TryAgain),
        ([httpx.Response(429, headers={"retry-after": "5"})], Throttled),
        ([refused(403, "ErrorQuotaExceeded")], TransportRefused),
    ],
)
async def test_an_upload_that_fails_leaves_nothing_in_doubt(faults, kind):
    uploads = Uploads()
    uploads.faults = faults

    with pytest.raises(kind) as caught:
        await graph(Server(uploads)).prepare(a_mail(letter=large_letter(9 * MB)))

    assert type(caught.value) is kind


async def test_a_range_of_which_nothing_is_known_is_put_again_from_its_start():
    """The server answers neither the range nor the question where it stands."""
    uploads = Uploads()
    uploads.faults = [httpx.ReadError("reset")]

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            raise httpx.ReadError("reset")
        return uploads(request)

    letter = large_letter(9 * MB)
    await graph(Server(handle)).prepare(a_mail(letter=letter))

    assert bytes(uploads.received) == letter.attachments[0].content


@pytest.mark.parametrize("url", [None, "", 5, "file:///etc/passwd", "not a url"])
async def test_a_session_without_a_usable_url_is_no_session(url):
    def handle(request: httpx.Request) -> httpx.Response:
        return created(uploadUrl=url) if "createUploadSession" in request.url.path else created(id="D1")

    with pytest.raises(TryAgain, match="NoUploadUrl"):
        await graph(Server(handle)).prepare(a_mail(letter=large_letter(9 * MB)))


async def test_a_file_that_is_too_small_for_a_session_goes_in_one_request():
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/createUploadSession"):
            return refused(400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize")
        return created(id="D1")

    server = Server(handle)

    await graph(server).prepare(a_mail(letter=large_letter(3 * MB)))

    assert [line.rpartition("/")[2] for line in server.lines] == ["messages", "createUploadSession", "attachments"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, json={"id": "D1"}), TryAgain),
        (httpx.Response(201, json={}), TryAgain),
        (httpx.Response(201, text="<html>"), TryAgain),
        (refused(400, "ErrorInvalidRecipients"), RecipientRefused),
        (refused(400, "BadRequest"), MessageRefused),
        (refused(403, "ErrorAccessDenied"), TransportRefused),
        (refused(429, "TooManyRequests"), Throttled),
        (refused(500, "ErrorInternalServerError"), TryAgain),
        (refused(503, "ErrorServerBusy"), TryAgain),
        (httpx.Response(504), TryAgain),
        (httpx.ReadTimeout("slow"), TryAgain),
        (httpx.ReadError("reset"), TryAgain),
        (httpx.ConnectError("refused"), TransportRefused),
    ],
)
async def test_a_draft_that_fails_leaves_nothing_in_doubt(answer, kind):
    with pytest.raises(kind) as caught:
        await graph(Server(answer), draft=True).prepare(a_mail())

    assert type(caught.value) is kind


async def test_a_draft_that_hangs_leaves_nothing_in_doubt():
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return accepted()

    with pytest.raises(TryAgain, match="Deadline"):
        await graph(Server(hang), draft=True, timeout_seconds=0.3).prepare(a_mail())


@pytest.mark.parametrize(
    "answer",
    [refused(404, "ErrorItemNotFound"), httpx.Response(404), refused(409, "ErrorIrresolvableConflict")],
)
async def test_a_draft_that_is_gone_may_have_left(answer):
    with pytest.raises(OutcomeUnknown):
        await graph(Server(answer)).send(a_mail(), draft_id="D1")


async def test_the_draft_that_vanishes_while_files_are_attached_is_made_anew():
    def handle(request: httpx.Request) -> httpx.Response:
        return refused(404, "ErrorItemNotFound") if "attachments" in request.url.path else created(id="D1")

    with pytest.raises(TryAgain):
        await graph(Server(handle)).prepare(a_mail(letter=large_letter(2 * MB, 2 * MB)))


# --- looking for what is in doubt


class Folder:
    """Plays the mailbox: ``items`` by the look that finds them; an int is a status, a list the messages."""

    def __init__(self, **looks: Any) -> None:
        self.looks = {"marker": [], "message_id": [], "draft": 404, **looks}
        self.filters: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = parse_qs(urlsplit(str(request.url)).query)
        if "$filter" not in query:
            found = self.looks["draft"]
            return refused(404, "ErrorItemNotFound") if found == 404 else self.answer(found, {})
        expression = query["$filter"][0]
        self.filters.append(expression)
        found = self.looks["marker" if "singleValueExtendedProperties" in expression else "message_id"]
        return self.answer(found, {"value": found})

    @staticmethod
    def answer(found: Any, body: dict[str, Any]) -> httpx.Response:
        if isinstance(found, httpx.Response):
            return found
        if isinstance(found, int):
            return refused(found, "ErrorAccessDenied" if found == 403 else "ErrorServerBusy", **{"retry-after": "9"})
        return httpx.Response(200, json=body or found)


SENT = {"id": "S1", "internetMessageId": "<kept@etat.example>", "isDraft": False}
DRAFT = {"id": "D1", "internetMessageId": "<kept@etat.example>", "isDraft": True}


async def test_a_look_asks_for_the_marker_and_for_the_message_id_in_all_folders():
    folder = Folder()
    server = Server(folder)

    seen = await graph(server).find(a_mail())

    assert seen.sighting is Sighting.ABSENT
    assert folder.filters == [
        f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER}' and ep/value eq '{KEY}')",
        f"internetMessageId eq '<{KEY}@etat.example>'",
    ]
    assert all(str(each.url).startswith(f"{USER}/messages?$filter=") for each in server.requests)
    assert all("+" not in str(each.url) and "<" not in str(each.url) for each in server.requests)
    assert all(each.method == "GET" for each in server.requests)


@pytest.mark.parametrize(
    ("looks", "draft_id", "sighting", "found_draft"),
    [
        ({"marker": [SENT]}, "", Sighting.SENT, ""),
        ({"message_id": [SENT]}, "", Sighting.SENT, ""),
        ({"marker": [DRAFT]}, "", Sighting.DRAFT, "D1"),
        ({"marker": [DRAFT, SENT]}, "", Sighting.SENT, ""),
        ({"marker": [DRAFT], "message_id": [SENT]}, "", Sighting.SENT, ""),
        ({"draft": DRAFT}, "D0", Sighting.DRAFT, "D0"),
        ({"draft": SENT}, "D0", Sighting.SENT, ""),
        ({"draft": DRAFT, "marker": [{**DRAFT, "id": "other form"}]}, "D0", Sighting.DRAFT, "D0"),
        ({"draft": DRAFT, "marker": [SENT]}, "D0", Sighting.SENT, ""),
        ({}, "D0", Sighting.ABSENT, ""),
        # what may not be read
        ({"marker": 403, "message_id": 403}, "", Sighting.CANNOT_TELL, ""),
        ({"marker": 403, "message_id": 403, "draft": 403}, "D0", Sighting.CANNOT_TELL, ""),
        ({"marker": 403, "message_id": [SENT]}, "", Sighting.SENT, ""),
        ({"marker": 403, "message_id": [DRAFT]}, "", Sighting.DRAFT, "D1"),
        ({"message_id": 403}, "", Sighting.ABSENT, ""),
        # the Message-ID of sendMail may have been replaced, that of a draft is kept
        ({"marker": 403}, "", Sighting.CANNOT_TELL, ""),
        ({"marker": 403}, "D0", Sighting.ABSENT, ""),
    ],
)
async def test_what_a_look_says(looks, draft_id, sighting, found_draft):
    seen = await graph(Server(Folder(**looks))).find(a_mail(), draft_id=draft_id)

    assert (seen.sighting, seen.draft_id) == (sighting, found_draft)
    assert seen.message_id == ("<kept@etat.example>" if sighting in (Sighting.SENT, Sighting.DRAFT) else "")


async def test_what_is_not_saved_can_not_be_missed():
    transport = graph(Server(Folder()), save_to_sent_items=False)

    assert (await transport.find(a_mail())).sighting is Sighting.CANNOT_TELL
    assert (await transport.find(a_mail(), draft_id="D0")).sighting is Sighting.ABSENT


async def test_who_may_not_look_does_not_ask():
    server = Server(accepted())

    assert (await graph(server, may_look=False).find(a_mail())).sighting is Sighting.CANNOT_TELL
    assert server.requests == []


@pytest.mark.parametrize("look", ["marker", "message_id", "draft"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (429, Throttled),
        (503, TryAgain),
        (500, TryAgain),
        (400, TryAgain),
        (httpx.Response(401), TryAgain),
        (refused(404, "ErrorInvalidUser"), TryAgain),
        (httpx.Response(200, text="<html>"), TryAgain),
        (httpx.Response(200, json={"other": 1}), TryAgain),
        (httpx.Response(200, json={"value": [{"id": "1"}]}), TryAgain),
    ],
)
async def test_a_look_that_fails_never_says_absent(look, answer, kind):
    with pytest.raises(kind) as caught:
        await graph(Server(Folder(**{look: answer}))).find(a_mail(), draft_id="D0")

    assert type(caught.value) is kind
    if answer in (429, 503):
        assert caught.value.retry_after == 9.0


@pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.ReadError("x")])
async def test_a_look_without_an_answer_never_says_absent(error):
    with pytest.raises(TryAgain):
        await graph(Server(error)).find(a_mail())


async def test_a_look_without_a_token_never_says_absent():
    with pytest.raises(TryAgain, match="NoToken"):
        await graph(Server(Folder()), credential=Credential(ClientAuthenticationError("no"))).find(a_mail())


async def test_a_look_that_hangs_never_says_absent():
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return accepted()

    with pytest.raises(TryAgain, match="Deadline"):
        await graph(Server(hang), timeout_seconds=0.3).find(a_mail())


async def test_a_look_signs_in_and_replaces_a_refused_token():
    claims = base64.b64encode(b"{}").decode()
    challenge = refused(401, "InvalidAuthenticationToken", **{"www-authenticate": f'Bearer claims="{claims}"'})
    server, credential = Server(challenge, Folder(marker=[SENT])), Credential()

    seen = await graph(server, credential=credential).find(a_mail())

    assert seen.sighting is Sighting.SENT
    assert [claims for _, claims in credential.asked] == [None, "{}"]
    assert server.requests[1].headers["authorization"] == "Bearer token-2"


async def test_a_look_follows_every_page_before_it_says_absent():
    def handle(request: httpx.Request) -> httpx.Response:
        if "skip" in str(request.url):
            return httpx.Response(200, json={"value": [SENT]})
        return httpx.Response(200, json={"value": [], "@odata.nextLink": f"{USER}/messages?$skip=10"})

    assert (await graph(Server(handle)).find(a_mail())).sighting is Sighting.SENT


async def test_a_look_takes_no_token_to_another_host():
    page = httpx.Response(200, json={"value": [], "@odata.nextLink": "https://elsewhere.example/messages"})
    server = Server(page)

    with pytest.raises(TryAgain, match="ForeignNextLink"):
        await graph(server, credential=Credential()).find(a_mail())

    assert {each.url.host for each in server.requests} == {"graph.example"}


async def test_a_look_does_not_follow_pages_for_ever():
    page = httpx.Response(200, json={"value": [], "@odata.nextLink": f"{USER}/messages?$skip=10"})
    server = Server(page)

    with pytest.raises(TryAgain, match="TooManyPages"):
        await graph(server).find(a_mail())

    assert len(server.requests) == 5


async def test_quotes_in_a_filter_are_doubled():
    folder = Folder()

    await graph(Server(folder)).find(a_mail(message_id="<o'hara@etat.example>"))

    assert folder.filters[1] == "internetMessageId eq '<o''hara@etat.example>'"
