"""What the doctor asks of the SMTP server, without sending anything."""

from collections.abc import Awaitable, Callable

from dispatch.ports import Check, Places, Words


def checks(connect: Callable[[], Awaitable[None]]) -> list[Check]:
    """Whether it lets us in."""
    return [
        Check(
            name="smtp",
            ask=connect,
            places=Places("MAIL_HOST", "MAIL_CA_FILE", "MAIL_USERNAME / MAIL_PASSWORD", "MAIL_PORT"),
            nb=Words(
                "SMTP: forbindelse og innlogging",
                "Kontroller MAIL_HOST, MAIL_PORT, MAIL_ENCRYPTION, MAIL_USERNAME og MAIL_PASSWORD, og at brannmuren slipper ut porten.",
            ),
            en=Words(
                "SMTP: connection and sign-in",
                "Check MAIL_HOST, MAIL_PORT, MAIL_ENCRYPTION, MAIL_USERNAME and MAIL_PASSWORD, and that the firewall lets the port out.",
            ),
        ),
    ]
