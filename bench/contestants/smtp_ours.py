"""The letters by our own SMTP transport, without ledger and batches: what it costs to write and to say them."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from bench.letters import SENDER, SENDER_NAME, the_letter
from bench.processes import Stopwatch, specification
from dispatch.adapters.smtp_mail import SmtpMail
from dispatch.core import OWN_TICKET_NUMBER, Mailbox, OutgoingMail, numbered


async def main() -> None:
    """``{"host", "port", "username", "password", "recipients", "connections", "own_numbers"}``."""
    spec = specification()
    mail = SmtpMail(
        host=spec["host"],
        port=spec["port"],
        encryption="none",
        username=spec["username"],
        password=spec["password"],
        connections=spec["connections"],
    )
    todo = _mails(spec["recipients"], own_numbers=spec["own_numbers"])

    async def one_sender() -> None:
        for each in todo:
            await mail.send(each)

    await mail.send(next(_mails([("first@innbygger.example", "")], own_numbers=False)))
    watch = Stopwatch()
    await asyncio.gather(*(one_sender() for _ in range(spec["connections"])))
    watch.report()
    await mail.close()


def _mails(recipients: list[tuple[str, str]], *, own_numbers: bool) -> Iterator[OutgoingMail]:
    plain = the_letter()
    shared = replace(plain, html=f"{plain.html}{OWN_TICKET_NUMBER}", subject=f"{plain.subject}{OWN_TICKET_NUMBER}")
    for number, (address, name) in enumerate(recipients):
        yield OutgoingMail(
            key=f"k{number}",
            message_id=f"<{number}@bare.example>",
            date=datetime.now(UTC),
            sender=Mailbox(SENDER, SENDER_NAME),
            reply_to=None,
            to=Mailbox(address, name),
            letter=numbered(shared, number) if own_numbers else plain,
        )


if __name__ == "__main__":
    asyncio.run(main())
