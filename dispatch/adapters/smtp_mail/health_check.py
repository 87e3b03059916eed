"""What the doctor asks of the SMTP server, without sending anything."""

from collections.abc import Awaitable, Callable

from dispatch.ports import Check, Places, Words

Ask = Callable[[], Awaitable[None]]
_PLACES = Places("MAIL_HOST", "MAIL_CA_FILE", "MAIL_USERNAME / MAIL_PASSWORD", "MAIL_PORT")


def checks(connect: Ask, returns: Ask | None = None) -> list[Check]:
    """Whether it lets us in, and takes the address that letters come back to."""
    return [_lets_in(connect), *([_takes_return_path(returns)] if returns else [])]


def _takes_return_path(ask: Ask) -> Check:
    return Check(
        name="smtp_return_path",
        ask=ask,
        places=_PLACES,
        nb=Words(
            "SMTP: adressen som returmeldinger går til",
            "La den som logger inn sende som adressen i MAIL_RETURN_PATH, eller skriv den uten +*. Uten den er det ikke kjent hva som kommer i retur.",
        ),
        en=Words(
            "SMTP: the address that mail comes back to",
            "Let whoever signs in send as the address in MAIL_RETURN_PATH, or write it without +*. Without it nobody knows what comes back.",
        ),
        needs="smtp",
    )


def _lets_in(connect: Ask) -> Check:
    return Check(
        name="smtp",
        ask=connect,
        places=_PLACES,
        nb=Words(
            "SMTP: forbindelse og innlogging",
            "Kontroller MAIL_HOST, MAIL_PORT, MAIL_ENCRYPTION, MAIL_USERNAME og MAIL_PASSWORD, og at brannmuren slipper ut porten.",
        ),
        en=Words(
            "SMTP: connection and sign-in",
            "Check MAIL_HOST, MAIL_PORT, MAIL_ENCRYPTION, MAIL_USERNAME and MAIL_PASSWORD, and that the firewall lets the port out.",
        ),
    )
