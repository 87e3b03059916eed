"""A mail with overrides, for the tests of the transports."""

from typing import Any

from dispatch.core import Mailbox, OutgoingMail
from tests.builders import NOON, a_letter

MAILBOX = "utsending@etat.example"
KEY = "k3y5abcdefghijklmnopqrstuv"
KARI = Mailbox("kari@eksempel.example", "Kari Nordmann")


def a_mail(**overrides: Any) -> OutgoingMail:
    values: dict[str, Any] = {
        "key": KEY,
        "message_id": f"<{overrides.get('key', KEY)}@etat.example>",
        "date": NOON,
        "sender": Mailbox(MAILBOX, "Etaten for blåbær"),
        "reply_to": Mailbox("svar@etat.example", "Postmottak"),
        "to": KARI,
        "letter": a_letter(),
        **overrides,
    }
    return OutgoingMail(**values)
