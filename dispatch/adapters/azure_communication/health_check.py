"""What the doctor asks of Communication Services, without sending anything."""

from collections.abc import Awaitable, Callable

from dispatch.ports import Check, Places, Words

NEVER_SENT = "00000000-0000-4000-8000-000000000000"  # an id that no letter has
_PLACES = Places("ACS_ENDPOINT", identity="ACS_ACCESS_KEY")


def checks(ask: Callable[[], Awaitable[None]]) -> list[Check]:
    """Whether it lets us in."""
    return [
        Check(
            name="communication",
            ask=ask,
            places=_PLACES,
            nb=Words(
                "Azure Communication Services: innlogging og rett til å sende",
                "Kontroller ACS_ENDPOINT, og at identiteten har rollen Communication and Email Service Owner på ressursen. En ny rolle kan trenge en halv time.",
            ),
            en=Words(
                "Azure Communication Services: sign-in and right to send",
                "Check ACS_ENDPOINT, and that the identity has the role Communication and Email Service Owner on the resource. A new role may need half an hour.",
            ),
        )
    ]
