"""The address that a letter comes back to stands in the envelope alone, and the doctor asks whether it may."""

import pytest

from dispatch.adapters.smtp_mail import SmtpMail
from dispatch.core import MailError, TransportRefused
from local.simulators.smtp import SmtpSimulator
from local.simulators.smtp_faults import SmtpFault
from tests.mail_builders import a_mail

KEYED = "retur+{}@etat.example".format


def opened(server: SmtpSimulator, **options: object) -> SmtpMail:
    return SmtpMail(host=server.host, port=server.port, encryption="none", timeout_seconds=5, **options)  # type: ignore[arg-type]


async def test_the_key_stands_in_the_envelope_and_in_no_field():
    with SmtpSimulator() as server:
        mail = opened(server, returns_to=KEYED)
        sent = a_mail()
        try:
            await mail.send(sent)
        finally:
            await mail.close()

    (letter,) = server.received
    assert letter.sender == KEYED(sent.key)
    fields = "".join(f"{name}: {value}\n" for name, value in letter.message.items())
    assert "retur+" not in fields
    assert sent.sender.address in fields


async def test_without_one_it_is_the_sender():
    with SmtpSimulator() as server:
        mail = opened(server)
        try:
            await mail.send(a_mail())
        finally:
            await mail.close()

    assert server.received[0].sender == a_mail().sender.address


async def test_the_doctor_asks_and_sends_nothing():
    with SmtpSimulator() as server:
        mail = opened(server, returns_to=KEYED)
        asks = {check.name: check for check in mail.checks(sender="x@etat.example")}
        assert await asks["smtp_return_path"].ask() is None
        server.faults.add(SmtpFault(stage="mail", match="retur", reply="550 5.7.60 may not send as this sender"))
        with pytest.raises(MailError):
            await asks["smtp_return_path"].ask()
        await mail.close()

    assert server.received == []


async def test_an_address_that_is_none_is_refused_before_anything_is_said():
    with SmtpSimulator() as server:
        mail = opened(server, returns_to="retur {}@etat.example".format)
        with pytest.raises(TransportRefused, match="SenderNotUsable"):
            await mail.send(a_mail())
        await mail.close()

    assert server.received == []
