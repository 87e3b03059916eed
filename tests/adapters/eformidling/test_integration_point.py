"""The client of the integration point against its simulator: what was stored there, and what each fault means."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.adapters.eformidling import EformidlingExchange, api_base
from dispatch.core import (
    ExchangeMessage,
    MessageRefused,
    OutcomeUnknown,
    Part,
    RecipientRefused,
    Standing,
    Throttled,
    TransportRefused,
    TryAgain,
    message_ids,
)
from local.simulators.eformidling import IntegrationPointSimulator
from local.simulators.faults import Fault
from tests.builders import FixedClock

DPO, DPF, DPV, UNKNOWN, BROKEN = "910000020", "910000039", "910000047", "910000063", "910000071"
CREATE, UPLOAD, SEND = r"POST /api/messages/out$", r"PUT /api/messages/out/", r"POST /api/messages/out/[0-9a-f-]+$"


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
async def point(clock):
    simulator = IntegrationPointSimulator(username="utsending", password="passord", clock=clock)
    await simulator.start()
    yield simulator
    await simulator.stop()


def opened(point, clock, **given):
    usual = {
        "base_url": api_base(point.url, "api"),
        "auth": "basic",
        "username": "utsending",
        "password": "passord",
        "sender": point.own_organisation,
        "sender_name": "Etaten",
        "system_name": "pureservice-utsendelse",
        "clock": clock,
        "timeout_seconds": 2.0,
    }
    return EformidlingExchange(**{**usual, **given})


@pytest.fixture
async def exchange(point, clock):
    made = opened(point, clock)
    yield made
    await made.close()


def letter(clock, receiver=DPO, *, attempt=1, files=1, **given):
    message_id, conversation_id = message_ids("9001-8001", receiver, attempt)
    usual = {
        "message_id": message_id,
        "conversation_id": conversation_id,
        "receiver": receiver,
        "receiver_name": "Eksempel kommune",
        "title": "Svar på henvendelse [Sak ID# 10234]",
        "request_number": 10234,
        "created": clock(),
        "expires": clock() + timedelta(hours=24),
        "main": Part("melding.pdf", "application/pdf", b"%PDF-1.7 hoved"),
        "attachments": tuple(
            Part(f"Vedlegg {n} – æøå.pdf", "application/pdf", b"%PDF-1.7 vedlegg") for n in range(files)
        ),
    }
    return ExchangeMessage(**{**usual, **given})


@pytest.mark.parametrize(("receiver", "service"), [(DPO, "DPO"), (DPF, "DPF"), (DPV, "DPV")])
async def test_a_letter_is_delivered_by_each_service(point, clock, exchange, receiver, service):
    assert await exchange.submit(letter(clock, receiver)) == service
    (message,) = point.delivered_to(receiver)
    assert [file.name for file in message.files][:2] == ["arkivmelding.xml", "melding.pdf"]
    assert all(file.title for file in message.files)
    assert message.files[2].title == "Vedlegg 0 – æøå.pdf"
    assert message.files[2].name.isascii()
    journey = await exchange.journey(message.id)
    assert (journey.standing, journey.service) == (Standing.DELIVERED, service)


async def test_capabilities_are_asked_for_once_in_a_while(point, clock, exchange):
    for _ in range(3):
        assert await exchange.service_for(DPO) == "DPO"
    assert sum("/capabilities/" in path for _, path, _ in point.requests) == 1
    clock.now += timedelta(minutes=30)
    await exchange.service_for(DPO)
    assert sum("/capabilities/" in path for _, path, _ in point.requests) == 2


async def test_whom_no_register_knows_and_a_registry_that_is_down(point, exchange):
    assert await exchange.service_for(UNKNOWN) == ""
    with pytest.raises(TryAgain):
        await exchange.service_for(BROKEN)


async def test_a_service_that_we_have_not_enabled_reaches_nobody(point, clock):
    made = opened(point, clock, enabled_services=("DPO",))
    assert await made.service_for(DPV) == ""
    await made.close()


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize(("match", "skip"), [(CREATE, 0), (UPLOAD, 0), (UPLOAD, 1), (UPLOAD, 2)])
async def test_before_the_sending_everything_may_be_repeated(point, clock, exchange, match, skip, drop):
    point.faults.add(Fault(match=match, drop=drop, skip=skip))
    with pytest.raises(TryAgain):
        await exchange.submit(letter(clock))
    assert point.delivered_to(DPO) == []
    # Where all files were there, whoever stored the last may have sent it: the second attempt waits half a minute.
    first = letter(clock)
    clock.now += timedelta(minutes=1)
    await exchange.submit(first)
    (message,) = point.delivered_to(DPO)
    assert message.sent == 1
    assert len(message.files) == len({file.name for file in message.files}) == 3


async def test_an_ambiguous_sending_is_asked_about_before_anything_else(point, clock, exchange):
    point.faults.add(Fault(match=SEND, drop="after"))
    assert await exchange.submit(letter(clock)) == "DPO"
    assert len(point.delivered_to(DPO)) == 1
    assert point.double_sends == 0


async def test_a_sending_that_nothing_can_settle_is_in_doubt(point, clock, exchange):
    point.delay(queue=60)
    point.faults.add(Fault(match=SEND, drop="before"))
    with pytest.raises(OutcomeUnknown):
        await exchange.submit(letter(clock))
    journey = await exchange.journey(letter(clock).message_id)
    assert (journey.standing, journey.waits_to_be_sent) == (Standing.CREATED, True)


async def test_what_was_sent_before_is_never_sent_again(point, clock, exchange):
    await exchange.submit(letter(clock))
    await exchange.submit(letter(clock))
    (message,) = point.delivered_to(DPO)
    assert message.sent == 1


async def test_a_message_id_that_failed_is_burned_and_a_new_attempt_has_a_new_one(point, clock, exchange):
    point.behave(DPO, fails=True)
    await exchange.submit(letter(clock))
    assert (await exchange.journey(letter(clock).message_id)).standing is Standing.FAILED
    point.behave(DPO, fails=False)
    again = letter(clock, attempt=2)
    assert again.conversation_id == letter(clock).conversation_id
    await exchange.submit(again)
    assert [message.id for message in point.delivered_to(DPO)] == [again.message_id]


async def test_expiry_and_a_receipt_that_comes_after_it(point, clock, exchange):
    point.behave(DPO, never_delivered=True)
    await exchange.submit(letter(clock))
    assert (await exchange.journey(letter(clock).message_id)).standing is Standing.ON_ITS_WAY
    clock.now += timedelta(hours=25)
    assert (await exchange.journey(letter(clock).message_id)).standing is Standing.EXPIRED
    point.post.say(point.messages[letter(clock).message_id], "LEVERT")
    assert (await exchange.journey(letter(clock).message_id)).standing is Standing.DELIVERED


async def test_an_unknown_message(clock, exchange):
    assert (await exchange.journey(letter(clock).message_id)).standing is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(match=CREATE, status=401), TransportRefused),
        (Fault(match=CREATE, status=429, headers={"Retry-After": "3"}), Throttled),
        (Fault(match=CREATE, status=503, body="<html>nede</html>", content_type="text/html"), TryAgain),
        (Fault(match=CREATE, status=404, body="<html>ingen</html>", content_type="text/html"), TransportRefused),
        (Fault(match=CREATE, status=200, body="ikke json"), TransportRefused),  # somebody else answers there
    ],
)
async def test_what_each_refusal_means(point, clock, exchange, fault, kind):
    point.faults.add(replace(fault))
    with pytest.raises(kind):
        await exchange.submit(letter(clock))
    assert point.delivered_to(DPO) == []


async def test_wrong_credentials_are_the_operators_to_mend(point, clock):
    made = opened(point, clock, password="feil")
    with pytest.raises(TransportRefused):
        await made.service_for(DPO)
    await made.close()


async def test_a_receiver_that_disappeared_and_a_letter_that_is_too_large(point, clock, exchange):
    await exchange.service_for(DPO)
    point.behave(DPO, exists=False)
    with pytest.raises(RecipientRefused):
        await exchange.submit(letter(clock))
    made = opened(point, clock, max_bytes=100)
    with pytest.raises(MessageRefused):
        await made.submit(letter(clock, DPF))
    await made.close()


async def test_what_altinn_would_refuse_in_silence_is_refused_at_once(point, clock, exchange):
    file = Part("brev.odt", "application/vnd.oasis.opendocument.text", b"x")
    with pytest.raises(MessageRefused):
        await exchange.submit(letter(clock, DPV, attachments=(file,)))
    assert point.messages == {}


async def test_files_of_one_name_are_told_apart(point, clock, exchange):
    same = tuple(Part("brev.pdf", "application/pdf", b"%PDF" + bytes([n])) for n in range(3))
    await exchange.submit(letter(clock, attachments=same))
    (message,) = point.delivered_to(DPO)
    names = [file.name.lower() for file in message.files]
    assert len(set(names)) == len(names) == 5
