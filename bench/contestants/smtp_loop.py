"""The limit by SMTP: one open aiosmtplib connection, the body serialised once, and no record of anything."""

import asyncio
from datetime import UTC, datetime

from aiosmtplib import SMTP

from bench.letters import SENDER, SENDER_NAME, the_letter
from bench.processes import Stopwatch, specification
from dispatch.adapters.mime import as_bytes
from dispatch.core import Mailbox, OutgoingMail


async def main() -> None:
    """``{"host", "port", "username", "password", "recipients"}``."""
    spec = specification()
    letter = the_letter()
    client = SMTP(hostname=spec["host"], port=spec["port"], start_tls=False)
    await client.connect()
    await client.login(spec["username"], spec["password"])
    watch = Stopwatch()
    for number, (address, name) in enumerate(spec["recipients"]):
        mail = OutgoingMail(
            key=f"k{number}",
            message_id=f"<{number}@bare.example>",
            date=datetime.now(UTC),
            sender=Mailbox(SENDER, SENDER_NAME),
            reply_to=None,
            to=Mailbox(address, name),
            letter=letter,
        )
        await client.sendmail(SENDER, [address], as_bytes(mail))
    watch.report()
    await client.quit()


if __name__ == "__main__":
    asyncio.run(main())
