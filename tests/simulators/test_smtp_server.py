"""The SMTP simulator: what it takes, keeps and offers, seen through a real client."""

import asyncio
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage

import aiosmtplib
import pytest

from local.simulators.smtp import SmtpSimulator

FROM, TO = "utsending@etat.example", "kari@eksempel.example"
LETTER = EmailMessage()
LETTER["From"], LETTER["To"], LETTER["Subject"] = f"Etaten <{FROM}>", TO, "Høring om blåbær"
LETTER["Message-ID"], LETTER["Date"] = "<k3y@etat.example>", "Mon, 23 Nov 2026 12:00:00 -0000"
LETTER.set_content("Hei.\n.En linje med punktum først.\n", cte="quoted-printable")
PDF = bytes(range(256)) * 400


def a_client(smtp: SmtpSimulator, **options) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=smtp.host, port=smtp.port, **{"start_tls": False, "use_tls": False, "timeout": 5, **options}
    )


def trusting(smtp: SmtpSimulator) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(smtp.ca_path))


async def test_a_message_is_kept_as_it_came():
    async with SmtpSimulator() as smtp, a_client(smtp) as client:
        await client.send_message(LETTER)

    (mail,) = smtp.received
    assert (mail.sender, mail.to, mail.recipients) == (FROM, TO, (TO,))
    assert mail.message_id == "<k3y@etat.example>"
    assert mail.date == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert mail.subject == "Høring om blåbær"
    assert mail.message.get_content().splitlines() == ["Hei.", ".En linje med punktum først."]
    assert b"Message-ID: <k3y@etat.example>\r\n" in mail.raw
    assert (mail.tls, mail.username, smtp.connections) == (False, "", 1)


async def test_one_connection_carries_many_messages():
    async with SmtpSimulator() as smtp, a_client(smtp) as client:
        for number in range(5):
            await client.sendmail(FROM, [f"kari{number}@eksempel.example"], LETTER.as_bytes())

    assert [mail.to for mail in smtp.received] == [f"kari{number}@eksempel.example" for number in range(5)]
    assert smtp.connections == 1


async def test_an_attachment_is_held_once_however_many_carry_it():
    async with SmtpSimulator() as smtp, a_client(smtp) as client:
        for number in range(3):
            letter = EmailMessage()
            letter["From"], letter["To"] = FROM, f"kari{number}@eksempel.example"
            letter.set_content(f"Hei, nummer {number}.")
            letter.add_attachment(PDF, "application", "pdf", filename="brev.pdf")
            await client.send_message(letter)

    pieces = [piece for mail in smtp.received for piece in mail.pieces if len(piece) > 100_000]
    assert len(pieces) == 3
    assert len({id(piece) for piece in pieces}) == 1
    assert [next(mail.message.iter_attachments()).get_content() for mail in smtp.received] == [PDF] * 3


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
async def test_one_signs_in_with_the_password(mechanism, caplog):
    async with SmtpSimulator(username="utsending", password="passord") as smtp, a_client(smtp) as client:
        await client.ehlo()
        await getattr(client, mechanism)("utsending", "passord")
        await client.send_message(LETTER)

    assert [mail.username for mail in smtp.received] == ["utsending"]
    assert caplog.records == []


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
async def test_a_wrong_password_is_refused(mechanism):
    async with SmtpSimulator(username="utsending", password="passord") as smtp, a_client(smtp) as client:
        await client.ehlo()

        with pytest.raises(aiosmtplib.SMTPAuthenticationError) as refused:
            await getattr(client, mechanism)("utsending", "feil")

    assert (refused.value.code, refused.value.message) == (535, "5.7.3 Authentication unsuccessful")


async def test_nobody_sends_without_signing_in():
    async with SmtpSimulator(username="utsending", password="passord") as smtp, a_client(smtp) as client:
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
            await client.send_message(LETTER)

    assert refused.value.code == 530
    assert smtp.received == []


async def test_a_long_access_token_signs_in_by_xoauth2():
    token = "t" * 2500
    async with SmtpSimulator(username=FROM, oauth_token=token) as smtp, a_client(smtp) as client:
        await client.auth_xoauth2(FROM, token)
        await client.send_message(LETTER)

    assert [mail.username for mail in smtp.received] == [FROM]


@pytest.mark.parametrize(("user", "token"), [(FROM, "another"), ("somebody@else.example", "good")])
async def test_another_token_or_another_user_is_refused_by_xoauth2(user, token):
    async with SmtpSimulator(username=FROM, oauth_token="good") as smtp, a_client(smtp) as client:
        with pytest.raises(aiosmtplib.SMTPAuthenticationError) as refused:
            await client.auth_xoauth2(user, token)

    assert refused.value.code == 535


@pytest.mark.parametrize(
    ("account", "offered"),
    [
        ({}, None),
        ({"username": "u", "password": "p"}, {"PLAIN", "LOGIN"}),
        ({"username": "u", "oauth_token": "t"}, {"XOAUTH2"}),
        ({"username": "u", "password": "p", "oauth_token": "t"}, {"PLAIN", "LOGIN", "XOAUTH2"}),
    ],
)
async def test_only_what_can_succeed_is_offered(account, offered):
    async with SmtpSimulator(**account) as smtp, a_client(smtp) as client:
        await client.ehlo()

        assert client.supports_extension("auth") == (offered is not None)
        assert set(client.esmtp_extensions.get("auth", "").upper().split()) == (offered or set())
        assert client.supports_extension("enhancedstatuscodes")
        assert not client.supports_extension("smtputf8")


async def test_starttls_is_needed_and_its_certificate_can_be_checked():
    async with SmtpSimulator(username="utsending", password="passord", tls="starttls") as smtp:
        async with a_client(smtp) as plain:
            with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
                await plain.send_message(LETTER)
        async with a_client(smtp, start_tls=True, tls_context=trusting(smtp)) as client:
            await client.login("utsending", "passord")
            await client.send_message(LETTER)

    assert refused.value.code == 530
    assert [mail.tls for mail in smtp.received] == [True]


async def test_implicit_tls_offers_to_sign_in():
    async with (
        SmtpSimulator(username="utsending", password="passord", tls="implicit") as smtp,
        a_client(smtp, use_tls=True, tls_context=trusting(smtp)) as client,
    ):
        await client.login("utsending", "passord")
        await client.send_message(LETTER)

    assert [mail.tls for mail in smtp.received] == [True]


async def test_who_does_not_trust_the_certificate_does_not_connect():
    async with SmtpSimulator(tls="implicit") as smtp:
        with pytest.raises(aiosmtplib.SMTPConnectError):
            await a_client(smtp, use_tls=True, tls_context=ssl.create_default_context()).connect()


async def test_too_large_a_message_is_refused():
    async with SmtpSimulator(max_bytes=1000) as smtp, a_client(smtp) as client:
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await client.sendmail(FROM, [TO], b"Subject: x\r\n\r\n" + b"linje\r\n" * 1000)

    assert refused.value.code == 552
    assert smtp.received == []


async def test_a_line_that_is_too_long_is_refused():
    async with SmtpSimulator() as smtp, a_client(smtp) as client:
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.sendmail(FROM, [TO], b"Subject: x\r\n\r\n" + b"x" * 999 + b"\r\n")

    assert refused.value.code == 500
    assert smtp.received == []


async def test_an_address_that_is_not_ascii_is_refused_unless_smtputf8_is_on():
    async with SmtpSimulator() as strict, SmtpSimulator(smtputf8=True) as liberal:
        async with a_client(strict) as client:
            await client.ehlo()
            await client.mail(FROM)
            answer = await client.execute_command(b"RCPT", "TO:<kåre@eksempel.example>".encode())
        async with a_client(liberal) as client:
            await client.sendmail(FROM, ["kåre@eksempel.example"], LETTER.as_bytes(), mail_options=["SMTPUTF8"])

    assert answer.code == 500
    assert [mail.to for mail in liberal.received] == ["kåre@eksempel.example"]


async def test_it_can_be_stopped_and_started_again_on_the_same_port():
    smtp = SmtpSimulator()
    smtp.start()
    port = smtp.port
    try:
        async with a_client(smtp) as client:
            await client.send_message(LETTER)
        smtp.stop()
        with pytest.raises(aiosmtplib.SMTPConnectError):
            await a_client(smtp).connect()
        smtp.start()
        async with a_client(smtp) as client:
            await client.send_message(LETTER)
    finally:
        smtp.stop()

    assert smtp.port == port
    assert len(smtp.received) == 2


async def test_a_port_that_is_taken_is_said_at_once():
    with SmtpSimulator() as smtp:
        other = SmtpSimulator(port=smtp.port)
        with pytest.raises(OSError, match="in use"):
            other.start()


async def test_stopping_hangs_up_on_those_who_stay():
    smtp = SmtpSimulator()
    smtp.start()
    client = a_client(smtp)
    await client.connect()

    smtp.stop()

    await asyncio.sleep(0.05)
    assert not client.is_connected


async def test_several_connections_at_once():
    async with SmtpSimulator() as smtp:

        async def send(number: int) -> None:
            async with a_client(smtp) as client:
                await client.sendmail(FROM, [f"kari{number}@eksempel.example"], LETTER.as_bytes())

        await asyncio.gather(*(send(number) for number in range(8)))

    assert len({mail.to for mail in smtp.received}) == 8
    assert smtp.connections == 8
