"""What an SMTP server sees of us, and what we make of its replies: against a server that follows a script."""

import asyncio
import base64
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP as SMTP_POLICY
from ipaddress import ip_address
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dispatch.adapters.smtp_mail import SmtpMail, connection, transport
from dispatch.adapters.smtp_mail.dialogue import Dialogue
from dispatch.adapters.smtp_mail.message import message_of
from dispatch.adapters.smtp_mail.server import Server
from dispatch.core import (
    Accepted,
    BadConfiguration,
    Mailbox,
    MailError,
    MessageRefused,
    OutcomeUnknown,
    Part,
    Reason,
    RecipientRefused,
    Seen,
    Sighting,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
)
from dispatch.ports import MailTransport
from tests.builders import a_letter
from tests.mail_builders import KEY, MAILBOX, a_mail
from tests.scripted_smtp import DROP, HANG, Script, running, smtp


@pytest.fixture(params=["in_step", "at_once"], autouse=True)
def pipelining(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Everything holds for a server that takes one command at a time and for one that takes several."""
    at_once: bool = request.param == "at_once"
    monkeypatch.setattr(Script, "also_offers", ("PIPELINING",) if at_once else ())
    return at_once


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    unencrypted = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def client_tls(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_it_is_a_mail_transport():
    """For the type checker, which reads this too."""
    mail: MailTransport = SmtpMail(host="h", port=25, encryption="none")

    assert mail.name is Transport.SMTP


# --- one message


async def test_a_mail_is_one_transaction_for_one_recipient():
    async with running(Script()) as script, smtp(script) as mail:
        result = await mail.send(a_mail())

    assert result == Accepted(Transport.SMTP, f"<{KEY}@etat.example>")
    mail_from = next(command for command in script.commands if command.startswith("MAIL"))
    assert mail_from.split(" ")[1] == f"FROM:<{MAILBOX}>"
    assert mail_from.split(" ")[2].startswith("SIZE=")
    assert [command for command in script.commands if command.startswith("RCPT")] == ["RCPT TO:<kari@eksempel.example>"]
    assert script.verbs[0] == "EHLO"
    (raw,) = script.messages
    message = message_from_bytes(raw, policy=SMTP_POLICY)
    assert message["Message-ID"] == f"<{KEY}@etat.example>"
    assert message["Subject"] == "Høring om endring [Sak ID# 10234]"
    assert message["To"] == "Kari Nordmann <kari@eksempel.example>"
    raw.decode("ascii")


async def test_we_call_ourselves_by_the_configured_name_or_by_the_senders_domain():
    async with (
        running(Script()) as script,
        smtp(script) as unnamed,
        smtp(script, ehlo_domain="ut.etat.example") as named,
    ):
        await unnamed.send(a_mail())
        await named.send(a_mail())

    assert [command for command in script.commands if command.startswith("EHLO")] == [
        "EHLO etat.example",
        "EHLO ut.etat.example",
    ]


def test_a_name_that_is_no_domain_is_a_mistake_in_the_settings():
    with pytest.raises(BadConfiguration, match="MAIL_EHLO_DOMAIN"):
        SmtpMail(host="h", port=25, encryption="none", ehlo_domain="ut etat\r\n")


async def test_size_is_told_only_to_who_asked_for_it():
    async with running(Script(extensions=())) as script, smtp(script) as mail:
        await mail.send(a_mail())

    assert f"MAIL FROM:<{MAILBOX}>" in script.commands


@pytest.mark.parametrize("part", [1, 2, 3, 5, 1_000_000])
async def test_lines_that_begin_with_a_dot_arrive_as_they_were(monkeypatch, part):
    monkeypatch.setattr(connection, "LARGEST_PART", part)
    monkeypatch.setattr(connection, "SMALL", 0)
    letter = a_letter(text=".\n..\n.x\n\n.\n", attachments=())
    async with running(Script()) as script, smtp(script) as mail:
        await mail.send(a_mail(letter=letter))

    body = message_from_bytes(script.messages[0], policy=SMTP_POLICY).get_body(("plain",))
    assert body is not None
    assert body.get_content().split() == [".", "..", ".x", "."]


async def test_a_large_mail_arrives_whole():
    content = bytes(range(256)) * 16_000
    letter = a_letter(attachments=(Part("a.bin", "application/octet-stream", content),))
    async with running(Script()) as script, smtp(script, timeout_seconds=30) as mail:
        await mail.send(a_mail(letter=letter))

    (attachment,) = message_from_bytes(script.messages[0], policy=SMTP_POLICY).iter_attachments()
    assert attachment.get_payload(decode=True) == content


async def test_a_large_mail_is_written_beside_the_event_loop(monkeypatch):
    letter = a_letter(attachments=(Part("stor.bin", "application/pdf", b"x" * 2_000_000),))
    turned, made = threading.Event(), []

    def waits_for_the_loop(written, **said):
        assert turned.wait(20), "nothing else ran"
        made.append(threading.current_thread())
        return message_of(written, **said)

    monkeypatch.setattr(transport, "message_of", waits_for_the_loop)
    asyncio.get_running_loop().call_later(0.05, turned.set)
    async with running(Script()) as script, smtp(script) as mail:
        await asyncio.gather(mail.send(a_mail(letter=letter)), mail.send(a_mail(letter=letter)))

    assert threading.main_thread() not in made
    assert len(script.messages) == 2


async def test_a_large_mail_is_given_to_the_connection_part_by_part(monkeypatch):
    letter = a_letter(attachments=(Part("stor.bin", "application/pdf", b"x" * 4_000_000),))
    written = []
    write = Dialogue.write

    def noted(dialogue, data):
        written.append(len(data))
        write(dialogue, data)

    monkeypatch.setattr(Dialogue, "write", noted)
    async with running(Script()) as script, smtp(script, timeout_seconds=30) as mail:
        await mail.send(a_mail(letter=letter))

    assert sum(written) >= len(script.messages[0]) > 5_000_000
    assert max(written) <= connection.LARGEST_PART


async def test_smtp_has_no_drafts_and_no_memory():
    async with smtp(Script()) as mail:
        assert not mail.needs_draft(a_mail())
        assert await mail.prepare(a_mail()) == ""
        assert await mail.find(a_mail()) == Seen(Sighting.CANNOT_TELL)


# --- addresses


@pytest.mark.parametrize(
    "address",
    [
        "kari@eksempel.example>\r\nRCPT TO:<ond@eksempel.example",
        "<kari@eksempel.example>",
        "kari@eksempel.example ",
        "Kari <kari@eksempel.example>",
        "kåre@eksempel.example",
        "kari@blåbær.example",
        "kari..n@eksempel.example",
        "",
    ],
)
async def test_an_address_that_would_go_elsewhere_goes_nowhere(address):
    async with running(Script()) as script, smtp(script) as mail:
        with pytest.raises(RecipientRefused) as caught:
            await mail.send(a_mail(to=Mailbox(address)))

    assert caught.value.reason is Reason.INVALID_ADDRESS
    assert script.commands == []


async def test_a_sender_that_can_not_be_used_is_not_the_recipients_fault():
    async with running(Script()) as script, smtp(script) as mail:
        with pytest.raises(TransportRefused, match="SenderNotUsable"):
            await mail.send(a_mail(sender=Mailbox("utsending etat")))

    assert script.commands == []


async def test_a_mail_that_can_not_be_composed_is_refused():
    async with running(Script()) as script, smtp(script) as mail:
        with pytest.raises(MessageRefused, match="NotComposable"):
            await mail.send(a_mail(message_id="no brackets"))

    assert script.commands == []


# --- encryption and sign-in


async def test_starttls_comes_before_anything_secret(server_tls, client_tls):
    script = Script(extensions=("STARTTLS", "AUTH PLAIN"), tls=server_tls)
    async with (
        running(script),
        smtp(script, encryption="tls", tls_context=client_tls, username="u", password="hemmelig") as mail,
    ):
        await mail.send(a_mail())

    assert script.verbs[:2] == ["EHLO", "STARTTLS"]
    assert script.secure_commands == script.commands[2:]
    secret = next(command for command in script.secure_commands if command.startswith("AUTH PLAIN"))
    assert base64.b64decode(secret.split(" ")[2]) == b"\0u\0hemmelig"
    assert len(script.messages) == 1


async def test_a_server_without_starttls_gets_nothing(client_tls):
    async with running(Script()) as script, smtp(script, encryption="tls", tls_context=client_tls) as mail:
        with pytest.raises(TransportRefused):
            await mail.send(a_mail())

    assert "MAIL" not in script.verbs


async def test_ssl_is_tls_from_the_first_byte(server_tls, client_tls):
    async with (
        running(Script(), implicit_tls=server_tls) as script,
        smtp(script, encryption="ssl", tls_context=client_tls) as mail,
    ):
        await mail.send(a_mail())

    assert script.secure_commands == script.commands
    assert len(script.messages) == 1


@pytest.mark.parametrize(
    ("encryption", "port", "implicit", "starttls"),
    [
        ("tls", 587, False, True),
        ("tls", 25, False, True),
        ("tls", 2525, False, True),
        ("tls", 465, True, False),
        ("ssl", 465, True, False),
        ("ssl", 1465, True, False),
        ("none", 25, False, False),
        ("none", 465, False, False),
    ],
)
def test_encryption_and_port_say_which_tls(encryption, port, implicit, starttls):
    server = Server("mail.example", port, encryption, "", "", None, 1)

    assert (server.implicit_tls, server.starttls) == (implicit, starttls)


@pytest.mark.parametrize(("encryption", "implicit"), [("tls", False), ("ssl", True)])
async def test_a_certificate_that_nobody_vouches_for_is_refused(server_tls, encryption, implicit):
    script = Script(extensions=("STARTTLS",), tls=server_tls)
    async with (
        running(script, implicit_tls=server_tls if implicit else None),
        smtp(script, encryption=encryption) as mail,
    ):
        with pytest.raises(TransportRefused):
            await mail.send(a_mail())

    assert "MAIL" not in script.verbs


async def test_a_password_is_never_sent_in_clear_text_over_a_network():
    """To this machine itself it may be: the simulator, or a relay beside us."""
    away = SmtpMail(host="mail.example.invalid", port=25, encryption="none", username="u", password="p")

    with pytest.raises(TransportRefused, match="AuthWithoutTls"):
        await away.send(a_mail())

    async with (
        running(Script(extensions=("AUTH PLAIN",))) as script,
        smtp(script, username="u", password="p") as here,
    ):
        await here.send(a_mail())
    assert "AUTH" in script.verbs


async def test_oauth_signs_in_with_a_token():
    async def token() -> str:
        return "entra-token"

    async with (
        running(Script(extensions=("AUTH XOAUTH2",))) as script,
        smtp(script, username=MAILBOX, token=token) as mail,
    ):
        await mail.send(a_mail())

    auth = next(command for command in script.commands if command.startswith("AUTH XOAUTH2"))
    assert base64.b64decode(auth.split(" ")[2]) == f"user={MAILBOX}\x01auth=Bearer entra-token\x01\x01".encode()


@pytest.mark.parametrize("error", [ClientAuthenticationError("no"), OSError("no"), TimeoutError()])
async def test_without_a_token_nothing_leaves(error):
    async def token() -> str:
        raise error

    async with (
        running(Script(extensions=("AUTH XOAUTH2",))) as script,
        smtp(script, username=MAILBOX, token=token) as mail,
    ):
        with pytest.raises(TransportRefused):
            await mail.send(a_mail())

    assert script.verbs == ["EHLO"]


@pytest.mark.parametrize("reply", ["535 5.7.3 Authentication unsuccessful for hemmelig", "454 4.7.0 Later"])
async def test_a_refused_sign_in_is_about_us_and_names_no_secret(reply):
    script = Script({"AUTH": reply}, extensions=("AUTH PLAIN",))
    async with running(script), smtp(script, username="u", password="hemmelig") as mail:
        with pytest.raises(TransportRefused) as caught:
            await mail.send(a_mail())

    assert "MAIL" not in script.verbs
    assert "hemmelig" not in chain(caught.value)


async def test_a_server_that_offers_no_sign_in_is_refused():
    async with running(Script(extensions=())) as script, smtp(script, username="u", password="p") as mail:
        with pytest.raises(TransportRefused):
            await mail.send(a_mail())


# --- refusals


def chain(error: BaseException | None) -> str:
    """The error and all that it came from, as a log would show them."""
    return "" if error is None else f"{error!r} {error} {chain(error.__cause__)}"


@pytest.mark.parametrize(
    ("stage", "reply", "kind"),
    [
        ("MAIL", "450 4.7.1 Slow down", Throttled),
        ("MAIL", "550 5.7.1 Sender not allowed", TransportRefused),
        ("MAIL", "552 5.3.4 Too big", MessageRefused),
        ("MAIL", "432 4.3.2 Concurrent connections limit exceeded", Throttled),
        ("RCPT", "451 4.7.1 Greylisted", TryAgain),
        ("RCPT", "552 5.2.2 Full", TryAgain),
        ("RCPT", "421 4.7.0 Closing", TryAgain),
        ("RCPT", "550 5.1.1 <kari@eksempel.example> unknown", RecipientRefused),
        ("RCPT", "554 5.7.1 Blocked", RecipientRefused),
        ("RCPT", "554 5.7.1 <kari@eksempel.example>: Relay access denied", TransportRefused),
        ("DATA", "451 4.3.0 Later", TryAgain),
        ("DATA", "554 5.5.1 No", MessageRefused),
        ("END", "451 4.3.0 Later", TryAgain),
        ("END", "554 5.7.1 Spam", MessageRefused),
        ("END", "554 5.6.0 Bad", MessageRefused),
        ("END", "554 5.2.0 SubmissionQuotaExceededException", TransportRefused),
        ("END", "421 4.7.0 Closing", OutcomeUnknown),
        ("END", "garbage", OutcomeUnknown),
        ("RCPT", "garbage kari@eksempel.example", TryAgain),
        ("MAIL", DROP, TryAgain),
        ("RCPT", DROP, TryAgain),
        ("DATA", DROP, TryAgain),
        ("END", DROP, OutcomeUnknown),
        ("EHLO", DROP, TransportRefused),
        ("EHLO", "500 What?", TransportRefused),
    ],
)
async def test_a_refusal_means_what_it_means_at_its_stage(stage, reply, kind):
    async with running(Script({stage: reply})) as script, smtp(script) as mail:
        with pytest.raises(MailError) as caught:
            await mail.send(a_mail())

    assert type(caught.value) is kind
    assert "kari" not in chain(caught.value)
    assert script.verbs.count("DATA") <= 1


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [
        ("421 4.3.0 Later", TransportRefused),
        ("554 No service", TransportRefused),
        ("432 4.3.2 Too many", Throttled),
        (DROP, TransportRefused),
    ],
)
async def test_a_server_that_does_not_greet_got_nothing(greeting, kind):
    async with running(Script(greeting=greeting)) as script, smtp(script) as mail:
        with pytest.raises(kind):
            await mail.send(a_mail())

    assert script.commands == []


async def test_a_server_that_is_not_there_got_nothing():
    async with running(Script()) as script:
        pass
    async with smtp(script) as mail:
        with pytest.raises(TransportRefused):
            await mail.send(a_mail())


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        ("EHLO", TransportRefused),
        ("MAIL", TryAgain),
        ("RCPT", TryAgain),
        ("DATA", TryAgain),
        ("END", OutcomeUnknown),
    ],
)
async def test_a_server_that_hangs_is_in_doubt_only_after_the_final_dot(stage, kind):
    async with running(Script({stage: HANG})) as script, smtp(script, timeout_seconds=0.6) as mail:
        with pytest.raises(kind) as caught:
            await mail.send(a_mail())

    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("early", "kind"),
    [("", TryAgain), ("421 4.7.0 Closing", TryAgain), ("552 5.3.4 Too big", MessageRefused), ("250 OK", TryAgain)],
)
async def test_a_connection_lost_before_the_final_dot_sent_nothing(early, kind):
    """More than the sockets hold, so that the rest, and the dot, are still here when the server gives up."""
    letter = a_letter(attachments=(Part("a.bin", "application/octet-stream", bytes(12_000_000)),))
    async with running(Script(early=early, early_after=100_000)) as script, smtp(script, timeout_seconds=20) as mail:
        with pytest.raises(MailError) as caught:
            await mail.send(a_mail(letter=letter))

    assert not isinstance(caught.value, OutcomeUnknown)
    assert type(caught.value) in (kind, TryAgain)  # the reset may overtake the reply
    assert script.messages == []


async def test_a_cancelled_sending_leaves_no_connection_behind():
    async with running(Script({"END": HANG})) as script, smtp(script) as mail:
        sending = asyncio.create_task(mail.send(a_mail()))
        await asyncio.sleep(0.2)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        script.replies.clear()

        await mail.send(a_mail())

    assert script.connections == 2


# --- the pool


async def test_a_connection_carries_many_messages():
    async with running(Script()) as script, smtp(script) as mail:
        for _ in range(5):
            await mail.send(a_mail())

    assert script.connections == 1
    assert len(script.messages) == 5
    assert script.verbs[-1] == "QUIT"


async def test_a_refused_recipient_costs_no_connection(pipelining):
    async with running(Script({"RCPT": ["550 5.1.1 No"]})) as script, smtp(script) as mail:
        with pytest.raises(RecipientRefused):
            await mail.send(a_mail())
        await mail.send(a_mail())

    assert script.connections == 1
    refused = ["MAIL", "RCPT", "DATA", "RSET"] if pipelining else ["MAIL", "RCPT", "RSET"]
    assert script.verbs == ["EHLO", *refused, "MAIL", "RCPT", "DATA", "QUIT"]


async def test_there_are_never_more_connections_than_allowed():
    async with running(Script()) as script, smtp(script, connections=2) as mail:
        await asyncio.gather(*(mail.send(a_mail()) for _ in range(20)))

    assert script.most_open == 2
    assert len(script.messages) == 20


async def test_a_server_that_wants_fewer_connections_gets_fewer():
    async with running(Script({"MAIL": ["432 4.3.2 Too many"]})) as script, smtp(script, connections=2) as mail:
        with pytest.raises(Throttled):
            await mail.send(a_mail())
        most_before, script.most_open = script.most_open, script.open

        await asyncio.gather(*(mail.send(a_mail()) for _ in range(10)))

    assert most_before == 1
    assert script.most_open == 1
    assert len(script.messages) == 10


async def test_the_last_connection_is_never_given_up():
    script = Script({"MAIL": ["432 4.3.2 Too many", "432 4.3.2 Too many", "432 4.3.2 Too many"]})
    async with running(script), smtp(script, connections=2) as mail:
        for _ in range(3):
            with pytest.raises(Throttled):
                await mail.send(a_mail())

        await mail.send(a_mail())

    assert len(script.messages) == 1


@pytest.mark.parametrize("refusal", ["421 4.7.0 Error: too many connections", "421 4.7.0 Not now", DROP])
async def test_a_connection_that_is_refused_while_another_works_is_nobodys_attempt(refusal):
    async with running(Script(most=1, over=refusal)) as script, smtp(script, connections=3) as mail:
        results = await asyncio.gather(*(mail.send(a_mail()) for _ in range(30)), return_exceptions=True)

    assert all(isinstance(result, Accepted) for result in results)
    assert len(script.messages) == 30
    assert script.connections <= 3  # the two that were refused, once


@pytest.mark.parametrize("refusal", ["421 4.3.0 Down", DROP])
async def test_a_server_that_refuses_every_connection_is_told_of_by_each(refusal):
    async with running(Script(most=0, over=refusal)) as script, smtp(script, connections=3) as mail:
        results = await asyncio.gather(*(mail.send(a_mail()) for _ in range(5)), return_exceptions=True)

    assert {type(result) for result in results} == {TransportRefused}


async def test_who_waits_for_a_connection_has_a_deadline():
    script = Script({"END": [HANG]}, most=1, over="421 4.7.0 Not now")
    async with running(script), smtp(script, connections=1, timeout_seconds=0.4) as mail:
        results = await asyncio.gather(*(mail.send(a_mail()) for _ in range(2)), return_exceptions=True)

    assert {type(result) for result in results} <= {OutcomeUnknown, TryAgain, TransportRefused}
    assert type(results[0]) is OutcomeUnknown


@pytest.mark.parametrize(("announced", "told"), [("SIZE 1000", 1000), ("SIZE 10000000", 0), ("SIZE", 0), ("SIZE 0", 0)])
async def test_the_announced_size_is_read_before_anything_is_sent(announced, told):
    async with running(Script(extensions=(announced,))) as script, smtp(script) as mail:
        assert await mail.limit_exceeded(a_letter(), sender=MAILBOX) == told

    assert script.verbs == ["EHLO", "QUIT"]


async def test_a_server_that_is_away_is_no_reason_to_find_a_letter_too_large():
    async with running(Script(most=0, over=DROP)) as script, smtp(script) as mail:
        assert await mail.limit_exceeded(a_letter(), sender=MAILBOX) == 0


async def test_a_letter_above_the_announced_size_is_for_another_transport_and_never_offered_to_this_one():
    async with running(Script(extensions=("SIZE 1000",))) as script, smtp(script) as mail:
        for _ in range(3):
            with pytest.raises(TransportRefused, match="TooLarge"):
                await mail.send(a_mail())

    assert script.connections == 1
    assert "MAIL" not in script.verbs


async def test_a_connection_is_changed_after_a_hundred_messages():
    async with running(Script()) as script, smtp(script) as mail:
        for _ in range(101):
            await mail.send(a_mail())

    assert script.connections == 2
    assert len(script.messages) == 101
    assert script.verbs.count("QUIT") == 2


async def test_a_connection_that_nobody_needs_any_more_is_left_politely():
    async with running(Script()) as script, smtp(script, leave_seconds=0.05) as mail:
        await mail.send(a_mail())
        await asyncio.sleep(0.2)
        assert script.verbs[-1] == "QUIT"
        assert script.open == 0

        await mail.send(a_mail())

    assert script.connections == 2
    assert len(script.messages) == 2


@pytest.mark.parametrize("noop", ["250 OK", DROP, "421 Closing", "500 What?"])
async def test_an_idle_connection_is_asked_whether_it_is_there(noop):
    async with running(Script({"NOOP": noop})) as script, smtp(script, idle_seconds=0.0) as mail:
        await mail.send(a_mail())
        await mail.send(a_mail())

    assert "NOOP" in script.verbs
    assert len(script.messages) == 2
    assert script.connections == (1 if noop.startswith("250") else 2)


@pytest.mark.parametrize("gone", [DROP, "421 4.4.2 Idle too long"])
async def test_a_kept_connection_that_is_gone_costs_no_message(gone):
    async with running(Script()) as script, smtp(script) as mail:
        await mail.send(a_mail())
        script.replies["MAIL"] = [gone]

        await mail.send(a_mail())

    assert len(script.messages) == 2
    assert script.connections == 2


async def test_a_kept_connection_that_breaks_after_the_dot_is_in_doubt_and_not_repeated():
    async with running(Script()) as script, smtp(script) as mail:
        await mail.send(a_mail())
        script.replies["END"] = [DROP]

        with pytest.raises(OutcomeUnknown):
            await mail.send(a_mail())

    assert len(script.messages) == 2
    assert script.connections == 1
