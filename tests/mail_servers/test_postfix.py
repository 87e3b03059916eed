"""Dispatches through a real Postfix: what it holds, what its log says of us, and what our rows say."""

import asyncio
from typing import Any

import pytest

from dispatch.adapters.smtp_mail import SmtpMail
from dispatch.core import Accepted, Mailbox, OutgoingMail, Part, RecipientRefused, TransportRefused
from dispatch.sending import WHERE_NOTHING_CAN_TELL
from local.simulators.pureservice import seed
from tests.builders import a_letter
from tests.mail_builders import a_mail
from tests.mail_servers import postfix
from tests.mail_servers.authority import Authority
from tests.mail_servers.conftest import Dispatched, mailed_stage
from tests.mail_servers.postfix import Postfix
from tests.mail_servers.server import DOMAIN, HOST, PASSWORD, USERNAME, client_of

pytestmark = pytest.mark.skipif(not postfix.can_run(), reason=postfix.WHY_NOT)

ASCII_DOMAIN = "xn--blbr-roah.example"


def to(number: int, **overrides: Any) -> OutgoingMail:
    return a_mail(key=f"key{number}", to=Mailbox(f"kari{number}@{DOMAIN}", "Kari Nordmann"), **overrides)


# --- how it is reached


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_it_is_signed_in_to_under_tls_of_a_private_authority(dispatched: Dispatched, authority, tls):
    with Postfix(tls=tls, certificate=authority.issue(), sasl=True) as server:
        mail = client_of(
            server,
            encryption="tls" if tls == "starttls" else "ssl",
            username=f"{USERNAME}@mail.server.example",
            password=PASSWORD,
            tls_context=authority.context,
        )
        account = await dispatched(server, mail=mail)

        assert account.states == {"delivered": 30}
        account.assert_true()
        assert all(said.get("auth") == 1 for said in server.conversations() if said.get("mail"))
        assert not server.complaints()


async def test_a_wrong_password_sends_nothing(authority: Authority):
    with Postfix(tls="starttls", certificate=authority.issue(), sasl=True) as server:
        mail = client_of(server, encryption="tls", username=USERNAME, password="galt", tls_context=authority.context)
        with pytest.raises(TransportRefused, match=r"535 5\.7\.8 at SIGN_IN"):
            await mail.send(to(0))

        assert not server.held()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("wrong", [{"host": "mail.annen.example"}, {"expired": True}], ids=["another's", "expired"])
async def test_a_certificate_that_is_not_its_own_or_is_expired_gets_no_letter(authority, tls, wrong):
    with Postfix(tls=tls, certificate=authority.issue(**wrong)) as server:
        encryption = "tls" if tls == "starttls" else "ssl"
        mail = client_of(server, encryption=encryption, tls_context=authority.context)
        with pytest.raises(TransportRefused):
            await mail.send(to(0))

        assert not server.held()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_server_whose_authority_nobody_has_told_of_gets_no_letter(authority, tls):
    with Postfix(tls=tls, certificate=authority.issue()) as server:
        for known in (None, Authority(server.folder).context):  # the system's own, and another agency's
            mail = client_of(server, encryption="tls" if tls == "starttls" else "ssl", tls_context=known)
            with pytest.raises(TransportRefused):
                await mail.send(to(0))

        assert not server.held()
        assert not [said for said in server.conversations() if said.get("mail")]


# --- what it can do


@pytest.mark.parametrize(
    "main",
    [
        {"smtputf8_enable": "no"},
        {"smtpd_discard_ehlo_keywords": "8bitmime, pipelining, size, smtputf8, dsn, enhancedstatuscodes"},
        {"smtpd_discard_ehlo_keywords": "8bitmime"},
        {"disable_mime_input_processing": "yes", "strict_mime_encoding_domain": "yes"},
        {"strict_7bit_headers": "yes", "strict_8bitmime_body": "yes", "smtpd_forbid_bare_newline": "yes"},
    ],
    ids=["no SMTPUTF8", "nothing offered", "no 8BITMIME", "strict MIME", "strict 7 bit"],
)
async def test_what_it_does_not_offer_is_not_needed(dispatched: Dispatched, main):
    with Postfix(main=main) as server:
        account = await dispatched(server, members=10)

        assert account.states == {"delivered": 10}
        account.assert_true()
        assert not server.complaints()


async def test_three_hundred_letters_take_few_connections_and_four_replies_each(dispatched: Dispatched):
    with Postfix() as server:
        account = await dispatched(server, members=300)

        assert account.states == {"delivered": 300}
        account.assert_true()
        said = [each for each in server.conversations() if each.get("mail")]
        replies = sum(each["commands"] + each["data"] for each in said)
        assert len(said) <= 6
        assert replies / 300 < 4.1
        assert not server.complaints()


@pytest.mark.parametrize("smtputf8", ["yes", "no"])
async def test_a_domain_with_norwegian_letters_is_reached_by_its_ascii_form(smtputf8: str):
    main = {"virtual_mailbox_domains": ASCII_DOMAIN, "smtputf8_enable": smtputf8}
    with Postfix(main=main, tables={"users": f"/^kari[0-9]+@{ASCII_DOMAIN}$/ all/\n"}) as server:
        async with mailed_stage(server) as stage:
            ticket = stage.seed(members=0)
            store = stage.pureservice.store
            people = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@Blåbær.example") for n in range(3)]
            seed.relate_list_to_ticket(store, seed.add_list(store, "Bærplukkere", members=people), ticket)
            await stage.run(hours=4)

            assert stage.states_of(ticket) == {"delivered": 3}
            assert server.held() == {f"kari{n}@{ASCII_DOMAIN}": 1 for n in range(3)}
            assert not server.complaints()


# --- whom it refuses


async def test_unknown_recipients_are_told_apart_from_the_rest(dispatched: Dispatched):
    with Postfix(tables={"users": f"/^kari[0-9]*[1-9]@{DOMAIN}$/ all/\n"}) as server:
        account = await dispatched(server, members=30)

        assert account.states == {"delivered": 27, "failed": 3}
        assert account.reasons == {"recipient_refused": 3}
        account.assert_true()
        assert not server.complaints()


@pytest.mark.parametrize("when", ["recipient", "end_of_data"])
async def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(dispatched: Dispatched, when):
    table = f"/^kari1@{DOMAIN}$/ 450 4.2.0 Mailbox is being moved\n/^kari2@{DOMAIN}$/ 550 5.2.1 Mailbox is shut\n"
    check = {f"smtpd_{when}_restrictions": "check_recipient_access regexp:{folder}/access"}
    with Postfix(main=check, tables={"access": table}) as server:
        account = await dispatched(server, members=10)

        assert account.states == {"delivered": 8, "failed": 2}
        assert account.reasons == {"gave_up": 1, "recipient_refused": 1}
        account.assert_true()
        assert not server.complaints()


async def test_a_greylisting_server_gets_every_letter_once(dispatched: Dispatched):
    grey = {"smtpd_recipient_restrictions": "check_recipient_access regexp:{folder}/access"}
    table = f"/^kari[0-4]@{DOMAIN}$/ 450 4.7.1 Client host greylisted, come back in five minutes\n"
    with Postfix(main=grey, tables={"access": table}) as server:
        async with mailed_stage(server) as stage:
            ticket = stage.seed(members=10)
            await stage.run(hours=0.05)
            assert stage.states_of(ticket) == {"delivered": 5, "planned": 5}
            server.change(smtpd_recipient_restrictions="permit_auth_destination, reject")
            await stage.run(hours=4)

            assert stage.states_of(ticket) == {"delivered": 10}
            assert set(server.held().values()) == {1}


async def test_one_letter_refused_by_its_header_is_that_letters_own(dispatched: Dispatched):
    table = f"/^To:.*kari3@{DOMAIN}/ REJECT 5.7.1 not this one\n"
    with Postfix(main={"header_checks": "regexp:{folder}/headers"}, tables={"headers": table}) as server:
        account = await dispatched(server, members=10)

        assert account.states == {"delivered": 9, "failed": 1}
        assert account.reasons == {"message_refused": 1}
        account.assert_true()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("header_checks", "regexp:{folder}/headers"),
        ("smtpd_end_of_data_restrictions", "check_client_access static:{{550 5.7.1 Go away}}"),
        ("smtpd_recipient_restrictions", "check_client_access static:{{550 5.7.1 Go away}}"),
        ("smtpd_sender_restrictions", "check_client_access static:{{550 5.7.1 Go away}}"),
    ],
    ids=["header", "data", "recipient", "sender"],
)
async def test_a_letter_that_is_refused_for_all_is_refused_once_and_fails_nobody(setting, value):
    headers = {"headers": "/^Subject:/ REJECT 5.7.1 no letters of this kind\n"}
    with Postfix(main={setting: value}, tables=headers) as server:
        async with mailed_stage(server) as stage:
            ticket = stage.seed(members=20)
            await stage.tick()
            await stage.drain()
            assert stage.states_of(ticket) == {"planned": 20}
            assert (
                sum(row.attempt.count > 0 for row in stage.rows_of(ticket)) <= 2 * WHERE_NOTHING_CAN_TELL
            )  # the first few
            await stage.run(hours=0.5)
            assert stage.states_of(ticket) == {"planned": 20}
            assert not server.held()

            server.change(**{setting: ""})
            await stage.run(hours=4)

            assert stage.states_of(ticket) == {"delivered": 20}
            assert set(server.held().values()) == {1}


# --- how much it takes


@pytest.mark.parametrize(
    "main",
    [
        {"smtpd_client_connection_count_limit": "1"},
        {"smtpd_client_message_rate_limit": "20", "anvil_rate_time_unit": "1s"},
        {"smtpd_client_recipient_rate_limit": "20", "anvil_rate_time_unit": "1s"},
        {"smtpd_client_connection_rate_limit": "2", "anvil_rate_time_unit": "1s"},
    ],
    ids=["connections at a time", "messages", "recipients", "connections"],
)
async def test_a_limit_of_the_server_costs_nobody_the_letter(main):
    with Postfix(main=main) as server:
        async with mailed_stage(server, mail=client_of(server, connections=3)) as stage:
            ticket = stage.seed(members=60)
            for _ in range(12):
                await stage.run(hours=0.5)
                if stage.states_of(ticket) == {"delivered": 60}:
                    break
                await asyncio.sleep(0.5)  # the server's clock is a real one

            assert stage.states_of(ticket) == {"delivered": 60}
            assert set(server.held().values()) == {1}
            assert len(server.held()) == 60


async def test_at_a_connection_limit_of_one_nobody_meets_the_limit_twice(dispatched: Dispatched):
    with Postfix(main={"smtpd_client_connection_count_limit": "1"}) as server:
        account = await dispatched(server, members=60, mail=client_of(server, connections=3))

        assert account.states == {"delivered": 60}
        assert {row.attempt.count for row in account.stage.rows_of(account.ticket)} == {1}
        account.assert_true()
        assert len(server.conversations()) <= 5


async def test_many_refusals_in_one_connection_reach_its_limit_and_cost_nobody_else(dispatched: Dispatched):
    users = {"users": f"/^kari[0-9]*[05]@{DOMAIN}$/ all/\n"}
    with Postfix(main={"smtpd_hard_error_limit": "3"}, tables=users) as server:
        account = await dispatched(server, members=40)

        assert account.states == {"delivered": 8, "failed": 32}
        assert account.reasons == {"recipient_refused": 32}
        account.assert_true()


async def test_a_server_without_room_is_waited_for():
    with Postfix(main={"queue_minfree": "9000000000000000"}) as server:
        async with mailed_stage(server) as stage:
            ticket = stage.seed(members=10)
            await stage.run(hours=0.01)
            assert stage.states_of(ticket) == {"planned": 10}

            server.change(queue_minfree="0")
            await stage.run(hours=4)

            assert stage.states_of(ticket) == {"delivered": 10}
            assert set(server.held().values()) == {1}


async def test_a_letter_above_its_size_is_refused_before_the_plan():
    with Postfix(main={"message_size_limit": "60000"}) as server:
        async with mailed_stage(server) as stage:
            ticket = stage.seed(members=5)
            seed.add_attachment(stage.pureservice.store, ticket, "kart.pdf", b"x" * 60_000, "application/pdf")
            await stage.run(hours=1)

            (note,) = stage.notes_on(ticket)
            assert "E-postserveren tar ikke imot mer enn 0,1 MB" in note
            assert stage.status_of(ticket) == "Under arbeid"
            assert not stage.rows_of(ticket)
            assert not server.held()
            assert not [said for said in server.conversations() if said.get("mail")]


async def test_a_size_limit_that_is_lowered_in_mid_run_fails_nobody_and_sends_no_letter_twice():
    with Postfix() as server:
        async with mailed_stage(server, DISPATCH_BATCH_SIZE="5") as stage:
            ticket = stage.seed(members=15)
            seed.add_attachment(stage.pureservice.store, ticket, "kart.pdf", b"x" * 60_000, "application/pdf")
            await stage.tick()
            first = stage.queues.take()
            assert first is not None
            await stage.handle(first)
            assert stage.states_of(ticket) == {"delivered": 5, "planned": 10}

            server.change(message_size_limit="40000")
            await stage.run(hours=0.5)
            assert stage.states_of(ticket) == {"delivered": 5, "planned": 10}
            assert len(server.held()) == 5

            server.change(message_size_limit="10240000")
            await stage.run(hours=4)

            assert stage.states_of(ticket) == {"delivered": 15}
            assert set(server.held().values()) == {1}
            assert len(server.held()) == 15


async def test_a_large_letter_below_its_size_arrives_whole():
    letter = a_letter(attachments=(Part("kart.pdf", "application/pdf", bytes(range(256)) * 20_000),))
    with Postfix(main={"message_size_limit": "8000000"}) as server:
        mail = client_of(server)
        assert await mail.limit_exceeded(letter, sender="utsending@etat.example") == 0
        await mail.send(to(0, letter=letter))
        await mail.close()

        (message,) = server.messages()
        (attachment,) = message.iter_attachments()
        assert attachment.get_content() == letter.attachments[0].content


# --- when it goes away


class Interrupted(SmtpMail):
    """Stops the server at the hundredth letter, and starts it when it has been missed twice."""

    def __init__(self, server: Postfix, **options: Any) -> None:
        super().__init__(host=HOST, port=server.port, encryption="none", timeout_seconds=10.0, **options)
        self._postfix, self._tried, self._missed = server, 0, 0
        self._turns = asyncio.Lock()  # it is started when it has ended, not while it ends

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:
        self._tried += 1
        if self._tried == 100:
            async with self._turns:
                await asyncio.to_thread(self._postfix.stop)
        try:
            return await super().send(mail, draft_id=draft_id)
        except TransportRefused:
            self._missed += 1
            if self._missed == 2:
                async with self._turns:
                    await asyncio.to_thread(self._postfix.start)
            raise


async def test_stopped_and_started_within_a_run_of_three_hundred(dispatched: Dispatched):
    with Postfix() as server:
        account = await dispatched(server, members=300, mail=Interrupted(server))

        account.assert_true()
        states = account.states
        assert states["delivered"] + states["uncertain"] == 300
        assert states["uncertain"] <= 3  # those whose final dot had left when it was stopped


# --- what it says of us


@pytest.mark.parametrize(
    "refusal",
    [
        "554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using zen.spamhaus.org",
        "550 5.7.606 Access denied, banned sending IP [127.0.0.1]",
        "550 5.7.25 Client host rejected: cannot find your reverse hostname",
        "550 5.7.23 SPF validation failed",
        "550 5.7.515 Access denied, sending domain does not meet the required authentication level",
        "550 Rejected: 127.0.0.1 is listed in an RBL",
    ],
)
async def test_what_is_said_of_us_fails_nobody(refusal):
    main = {"smtpd_client_restrictions": f"check_client_access static:{{{{{refusal}}}}}"}
    with Postfix(main=main) as server:
        async with mailed_stage(server) as stage:
            ticket = stage.seed(members=8)
            await stage.run(hours=0.3)

            assert stage.states_of(ticket) == {"planned": 8}
            assert all(row.reason is None for row in stage.rows_of(ticket))
            assert not server.held()


async def test_an_address_that_it_will_not_relay_to_is_no_recipients_fault():
    with Postfix() as server:
        mail = client_of(server)
        with pytest.raises(TransportRefused):
            await mail.send(a_mail(to=Mailbox("ola@annen.example", "Ola")))
        with pytest.raises(RecipientRefused):
            await mail.send(a_mail(to=Mailbox(f"ukjent@{DOMAIN}", "Ola")))
        await mail.close()
