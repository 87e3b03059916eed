"""Letters through Communication Services: the real SDK against the simulator, and what that saw."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from dispatch.adapters.azure_communication import AzureCommunicationMail
from dispatch.adapters.azure_communication.message import body_of, wire_size
from dispatch.core import (
    Accepted,
    Letter,
    Mailbox,
    MessageRefused,
    OutcomeUnknown,
    Part,
    RecipientRefused,
    Refusal,
    Seen,
    Sighting,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
)
from dispatch.ports import MailTransport
from local.simulators.azure_communication import ACCESS_KEY, CommunicationSimulator, Switches
from local.simulators.faults import Fault
from tests.builders import NOON, a_letter
from tests.mail_builders import KEY, a_mail

SENDER = "varsel@varsel.etat.example"
SAME_ID = ("accept_once", "conflict_409", "bad_request_400", "send_again")


@asynccontextmanager
async def service(**changes: Any) -> AsyncIterator[tuple[CommunicationSimulator, AzureCommunicationMail]]:
    """The simulator, and the transport as it is at noon."""
    options: dict[str, Any] = {"timeout_seconds": 5, "clock": lambda: NOON}
    options |= {name: changes.pop(name) for name in list(changes) if name not in Switches.__dataclass_fields__}
    async with CommunicationSimulator(switches=Switches(**changes)) as simulator:
        mail = AzureCommunicationMail(endpoint=simulator.url, sender=SENDER, access_key=ACCESS_KEY, **options)
        try:
            yield simulator, mail
        finally:
            await mail.close()


def test_it_is_a_mail_transport():
    """For the type checker, which reads this too."""
    mail: MailTransport = AzureCommunicationMail(endpoint="https://x.example", sender=SENDER, access_key=ACCESS_KEY)

    assert mail.name is Transport.COMMUNICATION
    assert not mail.needs_draft(a_mail())


async def test_what_was_meant_is_what_leaves():
    files = (Part("brev æ.pdf", "application/pdf", b"%PDF-1.7 \xe5\x00"),)
    pictures = (Part("logo.png", "image/png", b"\x89PNG", "logo"),)
    letter = Letter("Høring om «blåbær»", "<p>Hei, Kåre</p>", "Hei, Kåre\n", files, pictures)
    async with service() as (simulator, mail):
        accepted = await mail.send(a_mail(letter=letter))

        (got,) = simulator.received
        assert (got.sender, got.to, got.to_name) == (SENDER, "kari@eksempel.example", "Kari Nordmann")
        assert (got.subject, got.html, got.text) == (letter.subject, letter.html, letter.text)
        assert [(file.name, file.content, file.content_id) for file in got.attachments] == [
            ("brev æ.pdf", files[0].content, ""),
            ("logo.png", pictures[0].content, "logo"),
        ]
        assert (got.key, got.reply_to) == (KEY, "svar@etat.example")
        assert got.headers["auto-submitted"] == "auto-generated"
        assert got.message_id == accepted.message_id == f"<{KEY}.{got.operation_id[:8]}@etat.example>"
        assert [request.status for request in simulator.requests] == [202]


async def test_answers_go_to_the_usual_sender_where_no_other_address_is_set():
    async with service() as (simulator, mail):
        await mail.send(a_mail(reply_to=None))

        assert simulator.received[0].reply_to == "utsending@etat.example"


@pytest.mark.parametrize("named", [True, False])
def test_what_is_filled_in_is_what_json_would_have_written(named: bool):
    strange = a_letter(subject='"Å\u2028\\', html="<p>" + '"\\u0000"' * 200, text="\t{{navn}}\n")
    name = 'Ka"ri' if named else ""
    mail = a_mail(letter=strange, to=Mailbox("kari@eksempel.example", name))

    told = json.loads(body_of(mail, sender=SENDER))

    assert told["content"] == {"subject": '"Å \\', "html": strange.html, "plainText": strange.text}
    assert told["recipients"]["to"] == [{"address": "kari@eksempel.example"} | ({"displayName": name} if name else {})]


async def test_another_round_is_another_sending_and_a_repeat_is_none():
    async with service() as (simulator, mail):
        first, again = a_mail(), a_mail(date=NOON + timedelta(days=1))
        for one in (first, first, again):
            await mail.send(one)

        assert len(simulator.received) == 2
        assert len({got.message_id for got in simulator.received}) == 2


@pytest.mark.parametrize("same_id", SAME_ID)
@pytest.mark.parametrize("fault", [{"status": 504, "commit": True}, {"drop": "after"}, {"drop": "body"}])
async def test_a_lost_answer_is_settled_by_asking_and_leaves_one_letter(same_id: str, fault: dict[str, Any]):
    async with service(same_id=same_id) as (simulator, mail):
        simulator.faults.add(Fault("POST", **fault))
        with pytest.raises(OutcomeUnknown):
            await mail.send(a_mail())

        seen = await mail.find(a_mail())

        assert seen == Seen(Sighting.SENT, message_id=simulator.received[0].message_id)
        assert len(simulator.received) == 1


@pytest.mark.parametrize("same_id", SAME_ID)
async def test_what_never_came_is_unknown_there_and_is_sent_again_once(same_id: str):
    async with service(same_id=same_id) as (simulator, mail):
        simulator.faults.add(Fault("POST", drop="before"))
        with pytest.raises(OutcomeUnknown):
            await mail.send(a_mail())
        assert await mail.find(a_mail()) == Seen(Sighting.ABSENT)

        await mail.send(a_mail())

        assert len(simulator.received) == 1


@pytest.mark.parametrize("same_id", SAME_ID)
@pytest.mark.parametrize("forgotten", [True, False])
async def test_a_repeat_is_never_taken_for_a_refusal(same_id: str, forgotten: bool):
    """Also where the operation can't be asked for any more, and its Message-ID alone tells."""
    async with service(same_id=same_id) as (simulator, mail):
        await mail.send(a_mail())
        if forgotten:
            simulator.switches.forget_after = -1.0
        if forgotten and same_id == "conflict_409":
            with pytest.raises(OutcomeUnknown):  # no word of what is in conflict
                await mail.send(a_mail())
        else:
            assert isinstance(await mail.send(a_mail()), Accepted)

        assert len(simulator.received) == 1


async def test_after_a_while_not_to_be_known_says_nothing():
    later = NOON + timedelta(minutes=31)
    async with service(clock=lambda: later) as (_, mail):
        assert await mail.find(a_mail()) == Seen(Sighting.CANNOT_TELL)


async def test_where_a_refused_repeat_can_not_be_asked_about_nothing_is_certain():
    async with service(same_id="bad_request_400") as (simulator, mail):
        await mail.send(a_mail())
        simulator.faults.add(Fault("GET", status=503))
        with pytest.raises(OutcomeUnknown):
            await mail.send(a_mail())


@pytest.mark.parametrize(
    ("address", "code"),
    [("suppressed@x.example", "EmailDroppedAllRecipientsSuppressed"), ("dropped@x.example", "EmailDropped")],
)
async def test_what_was_taken_and_sent_to_nobody_is_told_apart(address: str, code: str):
    async with service() as (_, mail):
        one = a_mail(to=Mailbox(address))
        await mail.send(one)
        with pytest.raises(RecipientRefused) as refused:
            await mail.find(one)

        assert refused.value.code == code


async def test_the_quota_is_a_rest_of_the_services_own_length_and_nothing_is_repeated():
    async with service(sends_a_minute=1) as (simulator, mail):
        await mail.send(a_mail())
        with pytest.raises(Throttled) as throttled:
            await mail.send(a_mail(key="a" * 26))
        simulator.switches.says_retry_after = False
        with pytest.raises(Throttled) as silent:
            await mail.send(a_mail(key="a" * 26))

        assert 50 < throttled.value.retry_after <= 60
        assert silent.value.retry_after == 60
        assert [request.status for request in simulator.requests] == [202, 429, 429]


async def test_a_quota_of_questions_is_a_rest_too():
    async with service(asks_a_minute=0) as (_, mail):
        with pytest.raises(Throttled):
            await mail.find(a_mail())


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 200])
async def test_an_answer_that_says_nothing_is_asked_for_once(status: int):
    async with service() as (simulator, mail):
        simulator.faults.add(Fault("POST", status=status, body="{}", times=None))
        with pytest.raises(OutcomeUnknown):
            await mail.send(a_mail())

        assert len(simulator.requests) == 1


@pytest.mark.parametrize(
    ("change", "kind", "about"),
    [
        ({"senders": frozenset({"other@etat.example"})}, TransportRefused, Refusal.US),
        ({"access_key": "YW5vdGhlcg=="}, TransportRefused, Refusal.US),
    ],
)
async def test_a_refusal_of_us_is_the_transports(change: dict[str, Any], kind: type[Exception], about: Refusal):
    key = change.pop("access_key", ACCESS_KEY)
    async with service(**change) as (simulator, _):
        mail = AzureCommunicationMail(endpoint=simulator.url, sender=SENDER, access_key=key, clock=lambda: NOON)
        with pytest.raises(kind) as refused:
            await mail.send(a_mail())
        await mail.close()

        assert getattr(refused.value, "about", None) is about
        assert simulator.received == []


async def test_a_service_out_of_reach_has_got_nothing():
    async with service() as (simulator, mail):
        await simulator.stop()
        with pytest.raises(TransportRefused) as refused:
            await mail.send(a_mail())
        with pytest.raises(TryAgain):
            await mail.find(a_mail())

        assert refused.value.about is Refusal.OUT_OF_REACH


async def test_a_service_that_hangs_is_left_in_doubt():
    async with service(latency_ms=5000, timeout_seconds=0.2) as (_, mail):
        with pytest.raises(OutcomeUnknown):
            await mail.send(a_mail())
        with pytest.raises(TryAgain):
            await mail.find(a_mail())


async def test_a_page_of_somebody_else_is_no_answer_to_a_question():
    async with service() as (simulator, mail):
        simulator.faults.add(Fault("GET", status=404, body="<html>", content_type="text/html"))
        with pytest.raises(TryAgain):
            await mail.find(a_mail())


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # of aiohttp; the SDK hands it texts
async def test_a_letter_of_ten_megabytes_is_foretold_and_refused():
    large = a_letter(attachments=(Part("a.pdf", "application/pdf", b"x" * 7_600_000),))
    async with service() as (_, mail):
        assert await mail.limit_exceeded(large, sender=SENDER) == 10_000_000
        assert await mail.limit_exceeded(a_letter(), sender=SENDER, beside=[7_600_000]) == 10_000_000
        assert await mail.limit_exceeded(a_letter(), sender=SENDER, beside=[7_000_000]) == 0
        with pytest.raises(MessageRefused):
            await mail.send(a_mail(letter=replace(large, attachments=(*large.attachments, *large.attachments))))


def test_the_size_that_is_foretold_holds_what_is_sent():
    mail = a_mail(letter=a_letter(html="<p>å</p>" * 1000))

    sent = len(body_of(mail, sender=SENDER))

    assert sent <= wire_size(mail.letter, sender=SENDER) <= sent + 4096


class Identity:
    """Hands out one token, or none."""

    def __init__(self, token: str) -> None:
        self.token, self.scopes = token, list[str]()

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.scopes += scopes
        if not self.token:
            raise ClientAuthenticationError("no identity")
        return AccessToken(self.token, 9_999_999_999)


async def test_without_a_token_nothing_leaves():
    identity = Identity("")
    async with service() as (simulator, _):
        endpoint = simulator.url.replace("http://", "https://")
        mail = AzureCommunicationMail(endpoint=endpoint, sender=SENDER, credential=identity)
        with pytest.raises(TransportRefused) as refused:
            await mail.send(a_mail())
        await mail.close()

        assert refused.value.code == "NoToken"
        assert identity.scopes == ["https://communication.azure.com//.default"]


async def test_the_doctor_asks_for_a_letter_that_never_was():
    async with service() as (simulator, mail):
        (check,) = mail.checks(sender=SENDER)
        assert await check.ask() is None
        simulator.faults.add(Fault("GET", status=403, body='{"error": {"code": "Forbidden"}}'))
        with pytest.raises(TransportRefused):
            await check.ask()

        assert simulator.received == []


async def test_many_letters_at_once_keep_to_what_may_be_under_way():
    async with service(concurrency=2, latency_ms=20) as (simulator, mail):
        await asyncio.gather(*(mail.send(a_mail(key=f"{n:026}")) for n in range(6)))

        assert len(simulator.received) == 6
