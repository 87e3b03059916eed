"""The SMTP simulator's faults: what a client sees at each stage, and what was stored all the same."""

import asyncio
import time
from collections import Counter

import aiosmtplib
import pytest

from local.simulators.smtp import SmtpFault, SmtpSimulator

FROM, KARI, OLA = "utsending@etat.example", "kari@eksempel.example", "ola@annen.example"
LETTER = b"Subject: Hei\r\nMessage-ID: <k3y@etat.example>\r\n\r\nHei.\r\n"


@pytest.fixture
async def smtp():
    async with SmtpSimulator() as running:
        yield running


def a_client(smtp: SmtpSimulator, timeout: float = 5) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(hostname=smtp.host, port=smtp.port, start_tls=False, timeout=timeout)


async def send(smtp: SmtpSimulator, to: str = KARI, *, patience: float = 5) -> None:
    async with a_client(smtp, patience) as client:
        await client.sendmail(FROM, [to], LETTER)


def addresses(smtp: SmtpSimulator) -> list[str]:
    return [mail.to for mail in smtp.received]


async def test_the_greeting_is_a_refusal_once(smtp):
    smtp.faults.add(SmtpFault("connect"))

    with pytest.raises(aiosmtplib.SMTPConnectResponseError) as refused:
        await send(smtp)
    await send(smtp)

    assert (refused.value.code, refused.value.message) == (421, "4.3.2 Service not available")
    assert addresses(smtp) == [KARI]
    assert smtp.connections == 2


async def test_the_server_hangs_up_instead_of_greeting(smtp):
    smtp.faults.add(SmtpFault("connect", drop=True))

    with pytest.raises((aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected, ConnectionError)):
        await send(smtp)

    assert smtp.received == []


async def test_the_right_password_is_refused_by_a_fault():
    async with SmtpSimulator(username="u", password="p") as smtp, a_client(smtp) as client:
        smtp.faults.add(SmtpFault("auth", times=None))
        await client.ehlo()

        with pytest.raises(aiosmtplib.SMTPAuthenticationError) as refused:
            await client.login("u", "p")

    assert refused.value.code == 535


@pytest.mark.parametrize("reply", ["550 5.7.60 SMTP; Client does not have permissions", "451 4.3.0 Try later"])
async def test_the_sender_is_refused(smtp, reply):
    smtp.faults.add(SmtpFault("mail", match="^utsending@", reply=reply))

    with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
        await send(smtp)
    await send(smtp)

    assert f"{refused.value.code} {refused.value.message}" == reply
    assert addresses(smtp) == [KARI]


@pytest.mark.parametrize(
    "reply", ["550 5.1.1 User unknown", "451 4.7.1 Greylisted", "452 4.2.2 Mailbox full", "550 5.7.1 Not accepted"]
)
async def test_a_recipient_is_refused_and_others_are_not(smtp, reply):
    smtp.faults.add(SmtpFault("rcpt", match="@annen", reply=reply, times=None))

    await send(smtp, KARI)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(smtp, OLA)

    (refusal,) = refused.value.recipients
    assert f"{refusal.code} {refusal.message}" == reply
    assert addresses(smtp) == [KARI]


async def test_a_refused_recipient_is_left_out_of_the_envelope(smtp):
    smtp.faults.add(SmtpFault("rcpt", match="kari"))

    async with a_client(smtp) as client:
        refusals, _ = await client.sendmail(FROM, [KARI, OLA], LETTER)

    assert list(refusals) == [KARI]
    assert [mail.recipients for mail in smtp.received] == [(OLA,)]


@pytest.mark.parametrize("reply", ["554 5.6.0 Message content rejected", "451 4.3.0 Try later"])
async def test_the_message_is_refused_after_the_dot_and_not_stored(smtp, reply):
    smtp.faults.add(SmtpFault("data", reply=reply))

    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await send(smtp)

    assert f"{refused.value.code} {refused.value.message}" == reply
    assert smtp.received == []


async def test_the_connection_is_lost_before_the_dot_and_nothing_is_stored(smtp):
    smtp.faults.add(SmtpFault("drop_before_dot"))

    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(smtp)
    assert smtp.received == []

    await send(smtp)
    assert addresses(smtp) == [KARI]


async def test_the_connection_is_lost_within_the_body(smtp):
    smtp.faults.add(SmtpFault("drop_before_dot", after_bytes=1000))

    with pytest.raises((aiosmtplib.SMTPServerDisconnected, ConnectionError)):
        async with a_client(smtp) as client:
            await client.sendmail(FROM, [KARI], LETTER + b"linje\r\n" * 100_000)

    assert smtp.received == []


async def test_the_connection_is_lost_after_the_dot_and_the_message_is_stored(smtp):
    smtp.faults.add(SmtpFault("drop_after_dot", match="kari"))

    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(smtp, KARI)

    assert addresses(smtp) == [KARI]
    assert smtp.received[0].message_id == "<k3y@etat.example>"


async def test_a_client_that_does_not_wait_has_sent_all_the_same(smtp):
    smtp.faults.add(SmtpFault("slow", delay_seconds=30))

    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await send(smtp, patience=0.3)

    assert addresses(smtp) == [KARI]


async def test_a_client_that_waits_hears_that_it_was_taken(smtp):
    smtp.faults.add(SmtpFault("slow", delay_seconds=0.2))
    begun = time.monotonic()

    await send(smtp)

    assert time.monotonic() - begun >= 0.2
    assert addresses(smtp) == [KARI]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_421_closes_the_connection(smtp, stage):
    smtp.faults.add(SmtpFault(stage, reply="421 4.3.2 Shutting down"))

    async with a_client(smtp) as client:
        with pytest.raises(aiosmtplib.SMTPException):
            await client.sendmail(FROM, [KARI], LETTER)
        await asyncio.sleep(0.05)
        assert not client.is_connected

    assert smtp.received == []


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_any_stage_can_lose_the_connection(smtp, stage):
    smtp.faults.add(SmtpFault(stage, drop=True))

    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(smtp)

    assert smtp.received == []


async def test_a_good_reply_only_delays(smtp):
    smtp.faults.add(SmtpFault("mail", reply="250 OK", delay_seconds=0.2))
    begun = time.monotonic()

    await send(smtp)

    assert time.monotonic() - begun >= 0.2
    assert addresses(smtp) == [KARI]


async def test_skip_and_times_say_which_matches_are_struck(smtp):
    smtp.faults.append(SmtpFault("rcpt", match="kari", skip=1, times=2))
    outcomes = []

    async with a_client(smtp) as client:
        for to in (KARI, OLA, KARI, KARI, KARI):
            try:
                await client.sendmail(FROM, [to], LETTER)
                outcomes.append("taken")
            except aiosmtplib.SMTPRecipientsRefused:
                outcomes.append("refused")

    assert outcomes == ["taken", "taken", "refused", "refused", "taken"]
    assert smtp.faults[0].hits == 2


async def test_a_probability_strikes_about_as_often_as_it_says_and_the_same_each_time():
    counts = []
    for _ in range(2):
        async with SmtpSimulator(seed=7) as smtp, a_client(smtp) as client:
            smtp.faults.add(SmtpFault("rcpt", probability=0.5, times=None))
            outcomes: Counter[str] = Counter()
            await client.ehlo()
            for _ in range(100):
                await client.mail(FROM)
                try:
                    await client.rcpt(KARI)
                    outcomes["taken"] += 1
                except aiosmtplib.SMTPRecipientRefused:
                    outcomes["refused"] += 1
                await client.rset()
            counts.append(outcomes)

    assert 30 < counts[0]["refused"] < 70
    assert counts[0] == counts[1]


async def test_the_first_rule_of_the_stage_that_matches_acts(smtp):
    smtp.faults.add(
        SmtpFault("data", reply="554 5.6.0 Not this"),
        SmtpFault("rcpt", match="nobody"),
        SmtpFault("rcpt", reply="450 4.2.1 First"),
        SmtpFault("rcpt", reply="550 5.1.1 Second"),
    )

    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(smtp)

    assert refused.value.recipients[0].code == 450
    assert [rule.hits for rule in smtp.faults] == [0, 0, 1, 0]


async def test_faults_work_under_starttls_too():
    async with SmtpSimulator(tls="starttls") as smtp:
        smtp.faults.add(SmtpFault("drop_after_dot"))
        client = aiosmtplib.SMTP(
            hostname=smtp.host, port=smtp.port, start_tls=True, cert_bundle=str(smtp.ca_path), timeout=5
        )
        await client.connect()

        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await client.sendmail(FROM, [KARI], LETTER)

    assert addresses(smtp) == [KARI]
