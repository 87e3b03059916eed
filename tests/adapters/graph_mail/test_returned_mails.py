"""Returned mail through Graph: nothing is missed, nothing is read twice, and nothing that a person wrote is read."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dispatch.adapters.graph_mail import GraphMail, returned_mails
from dispatch.core import Mailbox, MailError, Throttled, TransportRefused, TryAgain
from dispatch.ports import RawMail, ReturnedMail, ReturnedMails, ReturnsMark
from dispatch.returns import Action, MailKind, MailReport, SentLetter, Tie, TiedBy, read_item, read_mime, tie
from local.simulators.faults import Fault
from local.simulators.graph import FORMS, GraphSimulator, ReturnRule
from local.simulators.graph.content import Content, Person
from local.simulators.graph.queries import parse
from local.simulators.graph.switches import READ, READ_BASIC, SEND
from tests import scripted_http
from tests.mail_builders import MAILBOX, a_mail

HOUR = 3600.0
LATER = datetime(2100, 1, 1, tzinfo=UTC)

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
async def graph(sim: GraphSimulator) -> AsyncIterator[GraphMail]:
    mail = GraphMail(
        sender=MAILBOX, credential=None, base_url=sim.url, save_to_sent_items=True, draft=False, may_look=True
    )
    yield mail
    await mail.close()


@pytest.fixture
def port(graph: GraphMail) -> ReturnedMails:
    return graph.returned_mails()


class Reader:
    """Reads as a timer would: what is dealt with is remembered mail by mail, and page by page."""

    def __init__(self, port: ReturnedMails, letters: Iterable[SentLetter] = ()) -> None:
        self.port, self.letters = port, list(letters)
        self.marks = [ReturnsMark(folder, datetime(2020, 1, 1, tzinfo=UTC)) for folder in port.folders]
        self.reports: list[MailReport] = []
        self.ties: list[Tie] = []
        self.folder = ""

    async def read(self) -> None:
        """Everything that has come."""
        for number in range(len(self.marks)):
            more = True
            while more:
                page = await self.port.page(self.marks[number], now=LATER)
                for mail in page.mails:
                    await self._take(mail)
                    self.marks[number] = self.marks[number].with_seen(mail)
                self.marks[number], more = page.mark, page.more

    async def read_whatever_happens(self) -> None:
        for _ in range(200):
            try:
                return await self.read()
            except (Throttled, TryAgain):
                continue
        raise AssertionError("it never came to its end")

    async def _take(self, mail: ReturnedMail) -> None:
        raw = await self.port.fetch(mail)
        if raw is None:
            return
        report = as_report(raw, mail)
        self.reports.append(report)
        found = tie(report, self.letters, mailbox=MAILBOX, received=mail.received)
        if found is not None:
            self.ties.append(found)
        if self.folder:
            await self.port.move(mail, self.folder)

    @property
    def returned(self) -> set[str]:
        return {one.letter.key for one in self.ties if one.told.action is Action.FAILED}


def as_report(raw: RawMail, mail: ReturnedMail) -> MailReport:
    if raw.mime:
        return read_mime(raw.mime, message_class=mail.message_class)
    return read_item(raw.item, message_class=mail.message_class)


def a_key(number: int) -> str:
    return f"{number:04d}".translate(str.maketrans("0123456789", "abcdefghij")).ljust(26, "q")


async def send(graph: GraphMail, *addresses: str, first: int = 0) -> list[SentLetter]:
    letters = []
    for number, address in enumerate(addresses, start=first):
        mail = a_mail(key=a_key(number), to=Mailbox(address))
        await graph.send(mail)
        letters.append(SentLetter(mail.key, mail.message_id, address, MAILBOX, datetime.now(UTC)))
    return letters


def fill(sim: GraphSimulator, clock: Clock, count: int, *, apart: float = 1.0, **content: Any) -> None:
    """So many mails of people, which come one after the other."""
    for number in range(count):
        mail = Content(subject=str(number), sender=Person("kari@eksempel.example"), **content)
        sim.mailbox(MAILBOX).await_mail(mail, due=clock.now + number * apart, folder="inbox")


def fetched(sim: GraphSimulator) -> int:
    return sum("$value" in request.path for request in sim.requests)


async def test_it_is_the_port(graph: GraphMail):
    """For the type checker, which reads this too."""
    port: ReturnedMails = graph.returned_mails()

    assert list(port.folders) == ["inbox", "junkemail"]


@pytest.mark.parametrize("form", FORMS)
async def test_each_form_says_of_its_own_letter_what_is_true(form, graph, sim, clock, port):
    sim.switches.returns = [ReturnRule("^kari", form, after=60)]
    reader = Reader(port, await send(graph, "kari@eksempel.example", "ola@eksempel.example"))

    await reader.read()
    assert reader.reports == []
    clock.now += 60
    await reader.read()

    said = FORMS[form].says
    assert [(one.letter.address, one.told.action.value) for one in reader.ties] == (
        [("kari@eksempel.example", said)] if said else []
    )
    kinds = {"failed": MailKind.NOT_DELIVERED, "delayed": MailKind.DELAYED}
    assert not said or [report.kind for report in reader.reports] == [kinds[said]]
    assert [mail.to for mail in sim.received].count("kari@eksempel.example") == (said != "failed")


async def test_what_people_and_programs_wrote_is_never_fetched(graph, sim, clock, port):
    forms = ("out_of_office", "challenge", "answer", "read_receipt")
    sim.switches.returns = [ReturnRule("", form, after=1) for form in forms]
    reader = Reader(port, await send(graph, "kari@eksempel.example"))
    fill(sim, clock, 3)
    clock.now += HOUR

    await reader.read()

    assert (fetched(sim), reader.ties) == (0, [])
    assert [len(mark.seen) for mark in reader.marks] == [len(forms) + 3, 0]


async def test_days_later_and_twice_each_is_found_for_its_own_letter(graph, sim, clock, port):
    sim.switches.returns = [
        ReturnRule("^a", "delayed", after=HOUR),
        ReturnRule("^a", "expired", after=48 * HOUR, copies=2),
        ReturnRule("^b", "postfix", after=1, folder="junkemail"),
    ]
    reader = Reader(port, await send(graph, "a@eksempel.example", "b@eksempel.example", "c@eksempel.example"))
    for _ in range(60):
        await reader.read()
        clock.now += HOUR

    said = [(one.letter.address[0], one.told.action.value) for one in reader.ties]
    assert sorted(said) == [("a", "delayed"), ("a", "failed"), ("a", "failed"), ("b", "failed")]
    assert said.index(("a", "delayed")) < said.index(("a", "failed"))


async def test_a_mark_stays_small_however_much_comes_at_once(graph, sim, clock, port):
    sim.switches.returns = [ReturnRule("^kari", "postfix", after=60)]
    reader = Reader(port, await send(graph, "kari@eksempel.example"))
    fill(sim, clock, 1_100, apart=0.1)
    clock.now += 120

    await reader.read()
    await reader.read()

    assert [one.letter.address for one in reader.ties] == ["kari@eksempel.example"]
    assert len(reader.marks[0].seen) == 1_000


@pytest.mark.parametrize("apart", [0.0, 1.0, 30.0])
async def test_all_pages_are_read_and_none_twice(apart, graph, sim, clock, port):
    """Also where more came in one second than a page holds."""
    sim.switches.returns = [ReturnRule("^kari", "postfix", after=125 * apart)]
    reader = Reader(port, await send(graph, "kari@eksempel.example"))
    fill(sim, clock, 250, apart=apart)
    clock.now += 250 * apart

    await reader.read()
    await reader.read()

    assert (len(reader.reports), len(reader.ties), fetched(sim)) == (1, 1, 1)
    assert len(reader.marks[0].seen) <= 251


async def test_what_is_moved_away_while_the_pages_are_read_shifts_none_of_them(graph, sim, clock, port):
    box = sim.mailbox(MAILBOX)
    box.folders["AAMkFolder="] = "Returer"
    addresses = [f"m{number}@eksempel.example" for number in range(120)]
    sim.switches.returns = [ReturnRule("", "headers", after=1)]
    reader = Reader(port, await send(graph, *addresses))
    reader.folder = "Returer"
    fill(sim, clock, 110)
    clock.now += HOUR

    await reader.read()
    await reader.read()

    assert len(reader.ties) == len(reader.returned) == 120
    moved = [request for request in sim.requests if request.path.endswith("/move")]
    assert [request.status for request in moved] == [201] * 120


async def test_a_folder_that_is_not_there_is_told(graph, sim, clock, port):
    sim.switches.returns = [ReturnRule("", "postfix", after=0)]
    reader = Reader(port, await send(graph, "kari@eksempel.example"))
    reader.folder = "Finnes ikke"

    with pytest.raises(TransportRefused, match="NoSuchFolder"):
        await reader.read()


async def test_a_mail_that_vanishes_between_list_and_fetch_is_left_out(graph, sim, clock, port):
    sim.switches.returns = [ReturnRule("", "postfix", after=0)]
    letters = await send(graph, "kari@eksempel.example", "ola@eksempel.example")
    page = await port.page(Reader(port).marks[0], now=LATER)
    first, second = page.mails
    box = sim.mailbox(MAILBOX)
    box.remove(box.get(first.id))

    assert await port.fetch(first) is None
    assert not await port.move(first, "deleteditems")
    raw = await port.fetch(second)
    assert raw is not None
    found = tie(as_report(raw, second), letters, mailbox=MAILBOX)
    assert found is not None
    assert found.letter in letters


async def test_a_mail_that_appears_late_is_found(graph, sim, clock, port):
    """Its time lies before what was read already."""
    reader = Reader(port, await send(graph, "kari@eksempel.example"))
    fill(sim, clock, 1)
    await reader.read()
    sim.switches.returns = [ReturnRule("", "postfix", after=0)]
    reader.letters += await send(graph, "ola@eksempel.example", first=1)
    late = next(sim.mailbox(MAILBOX).find(parse(""), "inbox", lag_seconds=0))
    late.created_at -= timedelta(minutes=5)

    await reader.read()

    assert [one.letter.address for one in reader.ties] == ["ola@eksempel.example"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("", status=429, headers={"Retry-After": "7"}), Throttled),
        (Fault("", status=503), TryAgain),
        (Fault("", status=500), TryAgain),
        (Fault("", status=200, body="[]"), TryAgain),
        (Fault("", status=200, body="<html>", content_type="text/html"), TryAgain),
        (Fault("", drop="before"), TryAgain),
        (Fault("", drop="body"), TryAgain),
    ],
)
@pytest.mark.parametrize("place", ["messages\\?", "value"])
async def test_faults_are_told_and_the_next_reading_finds_the_same(fault, error, place, graph, sim, clock, port):
    sim.switches.returns = [ReturnRule("", "postfix", after=0)]
    reader = Reader(port, await send(graph, "kari@eksempel.example"))
    fault.match, fault.hits = place, 0
    sim.faults.add(fault)

    if place == "value" and fault.status == 200:  # a body that is no report is the mail's own affair
        await reader.read()
        assert reader.ties == []
        return
    with pytest.raises(error) as caught:
        await reader.read()
    await reader.read()

    assert [one.letter.address for one in reader.ties] == ["kari@eksempel.example"]
    if error is Throttled:
        assert caught.value.retry_after == 7


async def test_without_the_permission_it_is_refused_and_says_so(graph, sim, port):
    sim.switches.permissions = {SEND, READ_BASIC}
    mail = ReturnedMail("AAkAL", datetime.now(UTC))

    for asked in (port.page(Reader(port).marks[0], now=LATER), port.fetch(mail)):
        with pytest.raises(TransportRefused, match="ErrorAccessDenied"):
            await asked
    sim.switches.permissions = {SEND, READ}
    with pytest.raises(TransportRefused, match="ErrorAccessDenied"):
        await port.move(mail, "deleteditems")


async def test_a_long_letter_is_not_fetched_to_its_end(graph, sim, clock, port):
    sim.switches.returns = [ReturnRule("", "postfix", after=0)]
    reader = Reader(port, await send(graph, "kari@eksempel.example"))
    (page,) = [await port.page(reader.marks[0], now=LATER)]
    item = sim.mailbox(MAILBOX).get(page.mails[0].id)
    item.content.mime = item.content.mime.replace(b"--=_report-4f2a--", b"x" * 20_000_000)

    raw = await port.fetch(page.mails[0])
    await reader.read()

    assert raw is not None
    assert len(raw.mime) == 1_000_000
    assert [one.letter.address for one in reader.ties] == ["kari@eksempel.example"]


async def test_where_no_mime_can_be_made_the_services_own_form_is_read(graph, sim, clock, port):
    sim.switches.returns, sim.switches.unmade_mime = [ReturnRule("", "exchange", after=0)], True
    reader = Reader(port, await send(graph, "kari@eksempel.example"))

    await reader.read()

    assert [(one.letter.address, one.by) for one in reader.ties] == [("kari@eksempel.example", TiedBy.MARKER)]


async def test_no_more_than_one_request_looks_at_a_time(graph, sim, clock, port):
    sim.switches.returns, sim.switches.latency_ms = [ReturnRule("", "postfix", after=0)], 20
    await send(graph, "kari@eksempel.example")
    marks = Reader(port).marks

    await asyncio.gather(*(graph.returned_mails().page(mark, now=LATER) for mark in marks * 3))

    assert sim.peak_concurrency(MAILBOX) == 1


async def test_many_letters_many_forms_faults_and_readers_that_die(graph, sim, clock):
    """Whatever the reader meets, what it says in the end is what the simulator sent back; none is wrong."""
    rng = random.Random(20)
    forms = list(FORMS)
    addresses = [f"{forms[number % len(forms)]}.{number}@eksempel.example" for number in range(4 * len(forms))]
    sim.switches.returns = [
        ReturnRule(rf"^{form}\.", form, after=rng.randrange(1, 200_000), copies=rng.randrange(1, 3)) for form in forms
    ]
    reader = Reader(graph.returned_mails(), await send(graph, *addresses))
    sim.faults.rng = rng
    sim.faults.add(
        Fault("GET", status=429, headers={"Retry-After": "1"}, times=None, probability=0.05),
        Fault("GET", drop="body", times=None, probability=0.05),
        Fault("GET", status=503, times=None, probability=0.05),
    )
    for _ in range(30):
        marks = list(reader.marks)
        await reader.read_whatever_happens()
        if rng.random() < 0.3:
            reader.marks = marks  # it died before it kept its mark
        clock.now += 2 * HOUR

    truth = {one.letter.key for one in sim.returned if one.says == "failed"}
    assert len(truth) > 50
    assert reader.returned - truth == set()
    assert truth - reader.returned == set()


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_comes_in_whatever_order_is_handed_out_once(seed, monkeypatch, sim, clock, port):
    """Small pages, mails that appear up to nine minutes late, some moved away, and some of people between them."""
    monkeypatch.setattr(returned_mails, "A_PAGE", 3)
    rng, box = random.Random(seed), sim.mailbox(MAILBOX)
    box.folders["AAMkF="] = "Returer"
    marks = [ReturnsMark("inbox", box.moment() - timedelta(minutes=10))]
    handed_out, came = list[str](), set[str]()
    for _ in range(25):
        for _ in range(rng.randrange(6)):
            of_a_person = rng.random() < 0.4
            sender = "kari@eksempel.example" if of_a_person else "postmaster@eksempel.example"
            item = box.add(Content(sender=Person(sender)), "inbox", is_draft=False)
            item.created_at -= timedelta(seconds=rng.choice((0, 0, rng.randrange(540))))
            came |= set() if of_a_person else {item.immutable_id}
        for _ in range(rng.randrange(1, 9)):  # it may stop in the middle of a reading, and goes on there
            page = await port.page(marks[-1], now=box.moment())
            marks.append(page.mark)
            for mail in page.mails:
                handed_out.append(mail.id)
                if rng.random() < 0.5:
                    await port.move(mail, "Returer")
        clock.now += rng.choice((0, 1, 60, 400))
    rounds = 0
    while rounds < 2:  # the one that is under way to its end, and a whole one
        page = await port.page(marks[-1], now=box.moment())
        marks.append(page.mark)
        handed_out += [mail.id for mail in page.mails]
        rounds += not page.more

    assert sorted(handed_out) == sorted(came)
    assert [mark.since for mark in marks] == sorted(mark.since for mark in marks)


class Server(scripted_http.Server):
    """Plays Graph."""


def scripted(*answers: Any) -> tuple[ReturnedMails, Server]:
    server = Server(*answers)
    graph = GraphMail(
        sender=MAILBOX, credential=None, base_url="https://graph.example/v1.0", save_to_sent_items=True, draft=False,
        may_look=True, http=httpx.AsyncClient(transport=httpx.MockTransport(server)),
    )  # fmt: skip
    return graph.returned_mails(), server


POSTMASTER = {"emailAddress": {"address": "postmaster@x.example"}}


async def test_a_row_that_cannot_be_read_is_left_out_and_the_others_are_not():
    good = {"id": "a", "receivedDateTime": "2026-03-02T12:00:00Z", "from": POSTMASTER}
    rows = [
        {}, 7, {"id": 1, "receivedDateTime": "2026-03-02T12:00:00Z"}, {"id": "b", "receivedDateTime": "today"},
        {"id": "c", "receivedDateTime": "2026-03-02T12:00:00"}, {**good, "id": "d", "from": 7},
        {**good, "id": "e", "from": None, "singleValueExtendedProperties": [{"value": "REPORT.IPM.NOTE.NDR"}]},
        {**good, "id": "f", "singleValueExtendedProperties": "?"},
        {**good, "id": "g", "singleValueExtendedProperties": [{"id": "x", "value": "REPORT.IPM.Note.DR"}]}, good,
    ]  # fmt: skip
    port, _ = scripted(httpx.Response(200, json={"value": rows}))

    page = await port.page(ReturnsMark("inbox", datetime(2026, 3, 1, tzinfo=UTC)), now=LATER)

    assert [mail.id for mail in page.mails] == ["e", "f", "a"]
    assert (page.more, page.mark.since) == (False, datetime(2026, 3, 2, 11, 50, tzinfo=UTC))


async def test_no_token_goes_to_another_server():
    page = {"value": [], "@odata.nextLink": "https://evil.example/v1.0/x"}
    port, server = scripted(httpx.Response(200, json=page))

    with pytest.raises(MailError, match="ForeignNextLink"):
        await port.page(ReturnsMark("inbox", datetime(2026, 3, 1, tzinfo=UTC)), now=LATER)
    assert len(server.requests) == 1
