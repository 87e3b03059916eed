"""Dispatches through chasquid: a second make of server, with limits and words of its own."""

import pytest

from local.simulators.pureservice import seed
from tests.mail_servers import chasquid
from tests.mail_servers.chasquid import SENDER, Chasquid
from tests.mail_servers.conftest import Dispatched, mailed_stage
from tests.mail_servers.server import DOMAIN, PASSWORD, client_of

pytestmark = pytest.mark.skipif(not chasquid.can_run(), reason=chasquid.WHY_NOT)


def signed_in(server, authority, **options):
    values = {
        "encryption": "tls",
        "username": SENDER,
        "password": PASSWORD,
        "tls_context": authority.context,
        **options,
    }
    return client_of(server, **values)


@pytest.mark.parametrize("how", ["starttls", "implicit"])
async def test_a_dispatch_arrives_once_at_each(dispatched: Dispatched, authority, how):
    with Chasquid(authority.issue()) as server:
        options = {} if how == "starttls" else {"encryption": "ssl", "port": server.tls_port}
        account = await dispatched(server, members=60, mail=signed_in(server, authority, **options))

        assert account.states == {"delivered": 60}
        account.assert_true()
        assert not server.complaints()


async def test_an_unknown_recipient_is_the_only_one_that_fails(authority):
    with Chasquid(authority.issue()) as server:
        aliases = server.folder / "domains" / DOMAIN / "aliases"
        aliases.write_text(aliases.read_text().replace("kari3: alle\n", ""))
        server.stop()
        server.start()
        async with mailed_stage(server, mail=signed_in(server, authority)) as stage:
            ticket = stage.seed(members=10)
            await stage.run(hours=4)

            failed = [row.address for row in stage.rows_of(ticket) if str(row.state) == "failed"]
            assert failed == [f"kari3@{DOMAIN}"]
            assert len(server.held()) == 9


async def test_a_letter_above_its_size_is_refused_before_the_plan(authority):
    with Chasquid(authority.issue()) as server:
        async with mailed_stage(server, mail=signed_in(server, authority)) as stage:
            ticket = stage.seed(members=5)
            seed.add_attachment(stage.pureservice.store, ticket, "kart.pdf", b"x" * 1_000_000, "application/pdf")
            await stage.run(hours=1)

            (note,) = stage.notes_on(ticket)
            assert "E-postserveren tar ikke imot mer enn 1,0 MB" in note
            assert not stage.rows_of(ticket)
            assert not server.held()
