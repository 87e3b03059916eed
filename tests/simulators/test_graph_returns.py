"""The simulator's returned mail: when it comes, and which questions about it the service answers."""

from collections.abc import AsyncIterator
from email import message_from_bytes

import httpx
import pytest

from local.simulators.graph import FORMS, GraphSimulator, ReturnRule
from local.simulators.graph.switches import READ_BASIC, SEND

MAILBOX = "utsending@etat.example"
USER = "users/utsending%40etat.example"
KEY = "k3y5abcdefghijklmnopqrstuv"
CLASS = "singleValueExtendedProperties($filter=id eq 'String 0x001A')"
REPORTS = "singleValueExtendedProperties/Any(ep: ep/id eq 'String 0x001A' and startswith(ep/value,'REPORT.IPM.Note'))"


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


async def send(http: httpx.AsyncClient, *addresses: str) -> None:
    for address in addresses:
        message = {
            "subject": "Høring",
            "toRecipients": [{"emailAddress": {"address": address}}],
            "internetMessageId": f"<{KEY}@etat.example>",
            "internetMessageHeaders": [{"name": "x-dispatch-key", "value": KEY}],
            "singleValueExtendedProperties": [
                {"id": "String {fc635e07-ed58-4f46-b979-4d8cddacd5fe} Name dispatchKey", "value": KEY}
            ],
        }
        assert (await http.post(f"{USER}/sendMail", json={"message": message})).status_code == 202


async def listed(http: httpx.AsyncClient, folder: str = "inbox", **query: str) -> httpx.Response:
    return await http.get(f"{USER}/mailFolders/{folder}/messages", params={f"${n}": v for n, v in query.items()})


async def test_it_comes_when_its_time_has_come_and_says_so(sim, http, clock):
    sim.switches.returns = [ReturnRule("^kari", "delayed", after=60), ReturnRule("^kari", "expired", after=172_800)]
    before = sim.mailbox(MAILBOX).moment()
    await send(http, "kari@eksempel.example", "ola@eksempel.example")

    for passed, count in ((59, 0), (60, 1), (172_799, 1), (172_800, 2)):
        clock.now = 1000.0 + passed
        rows = (await listed(http)).json()["value"]
        assert len(rows) == count
    assert rows[0]["receivedDateTime"] == sim.mailbox(MAILBOX).moment().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (sim.mailbox(MAILBOX).moment() - before).days == 2
    assert [(one.form, one.due, one.says) for one in sim.returned] == [
        ("delayed", 1060.0, "delayed"),
        ("expired", 173_800.0, "failed"),
    ]
    assert [mail.to for mail in sim.bounced] == ["kari@eksempel.example"]


@pytest.mark.parametrize("form", FORMS)
async def test_each_form_is_a_mail_with_a_class(form, sim, http):
    sim.switches.returns = [ReturnRule("", form, after=0)]
    await send(http, "kari@eksempel.example")

    (row,) = (await listed(http, expand=CLASS, select="id,from,internetMessageHeaders")).json()["value"]
    mime = (await http.get(f"{USER}/messages/{row['id']}/$value")).content

    assert row["singleValueExtendedProperties"] == [{"id": "String 0x1a", "value": FORMS[form].message_class}]
    assert row["from"]["emailAddress"]["address"] in str(message_from_bytes(mime)["From"])
    assert {"name": "MIME-Version", "value": "1.0"} in row["internetMessageHeaders"]


async def test_copies_come_one_after_the_other_to_the_folder_that_is_named(sim, http, clock):
    sim.switches.returns = [ReturnRule("", "exim", after=5, copies=3, folder="junkemail")]
    await send(http, "kari@eksempel.example")
    clock.now += 6

    assert len((await listed(http)).json()["value"]) == 0
    assert len((await listed(http, "junkemail")).json()["value"]) == 2


async def test_the_questions_about_time_class_and_order(sim, http, clock):
    sim.switches.returns = [ReturnRule("^a", "exim", after=0), ReturnRule("^b", "postfix", after=10)]
    await send(http, "a@eksempel.example", "b@eksempel.example")
    clock.now += 10
    latest = sim.mailbox(MAILBOX).moment().strftime("%Y-%m-%dT%H:%M:%SZ")
    since = f"receivedDateTime ge {latest}"

    oldest_first = await listed(http, filter="receivedDateTime ge 2020-01-01T00:00:00Z", orderby="receivedDateTime")
    assert [row["subject"][:5] for row in oldest_first.json()["value"]] == ["Undel", "Undel"]
    times = [row["receivedDateTime"] for row in oldest_first.json()["value"]]
    assert times == sorted(times)
    assert len((await listed(http, filter=since)).json()["value"]) == 1
    assert len((await listed(http, filter=f"{since} and {REPORTS}")).json()["value"]) == 1
    assert len((await listed(http, filter=REPORTS)).json()["value"]) == 1
    refused = await listed(http, filter=f"{REPORTS} and {since}", orderby="receivedDateTime")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InefficientFilter")
    assert (await listed(http, orderby="subject")).status_code == 400
    assert (await listed(http, expand="attachments")).status_code == 400


async def test_the_basic_permission_gives_neither_class_nor_content(sim, http):
    sim.switches.returns = [ReturnRule("", "postfix", after=0)]
    await send(http, "kari@eksempel.example")
    (row,) = (await listed(http)).json()["value"]
    sim.switches.permissions = {SEND, READ_BASIC}

    assert (await listed(http)).status_code == 200
    assert (await listed(http, expand=CLASS)).status_code == 403
    assert (await listed(http, filter=REPORTS)).status_code == 403
    assert (await http.get(f"{USER}/messages/{row['id']}/$value")).status_code == 403


async def test_content_is_had_of_the_message_and_not_through_its_folder(sim, http):
    sim.switches.returns = [ReturnRule("", "postfix", after=0)]
    await send(http, "kari@eksempel.example")
    (row,) = (await listed(http)).json()["value"]

    refused = await http.get(f"{USER}/mailFolders/inbox/messages/{row['id']}/$value")

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "ErrorInvalidRequest")
    sim.switches.unmade_mime = True
    assert (await http.get(f"{USER}/messages/{row['id']}/$value")).status_code == 500


async def test_a_mail_is_moved_and_has_another_id_but_for_the_immutable_one(sim, http):
    sim.switches.returns = [ReturnRule("", "postfix", after=0)]
    sim.mailbox(MAILBOX).folders["AAMkF="] = "Returer"
    await send(http, "kari@eksempel.example")
    (row,) = (await listed(http)).json()["value"]
    found = (await http.get(f"{USER}/mailFolders", params={"$filter": "displayName eq 'Returer'"})).json()["value"]

    moved = await http.post(f"{USER}/messages/{row['id']}/move", json={"destinationId": found[0]["id"]})

    assert (moved.status_code, moved.json()["parentFolderId"]) == (201, "AAMkF=")
    assert moved.json()["id"] != row["id"]
    assert (await http.get(f"{USER}/messages/{row['id']}")).status_code == 404
    assert (await listed(http)).json()["value"] == []
    nowhere = await http.post(f"{USER}/messages/{moved.json()['id']}/move", json={"destinationId": "x"})
    assert nowhere.status_code == 404
    assert (await http.get(f"{USER}/mailFolders", params={"$filter": "id eq 'x'"})).status_code == 400
