"""What only can't be asked now: a quota that is used up, or a service that is busy. It says nothing of the settings."""

import re
from collections.abc import Sequence

from dispatch.core import MailError, OutcomeUnknown, Throttled, TicketSystemBusy, Transport, TryAgain
from dispatch.ports import Places, Remedy, Trouble

TIMED_OUT, TOO_MANY, SERVER_ERROR = 408, 429, 500
_FOR_NOW = re.compile(r"4\d\d\b")  # SMTP: try again
IN_A_MINUTE = Remedy(
    "Kjør på nytt om et minutt. Resten som spør samme sted, er ikke kontrollert nå.",
    "Run again in a minute. What else asks there was not checked now.",
)
LATER = Remedy(
    "Kjør på nytt om noen minutter. Varer det ved, spør den som drifter tjenesten. Resten som spør samme sted, er ikke kontrollert nå.",
    "Run again in some minutes. Where it lasts, ask whoever runs the service. What else asks there was not checked now.",
)


def passing(chain: Sequence[BaseException], places: Places) -> Trouble | None:
    """What was met on the way, where it may be gone the next time; None where it will not."""
    for error in chain:
        if _is_the_quota(error):
            return _trouble(
                "kvoten for dette minuttet er brukt", "the quota of this minute is used", IN_A_MINUTE, places
            )
        if code := _busy(error):
            return _trouble(f"kan ikke svare akkurat nå ({code})", f"can't answer just now ({code})", LATER, places)
    return None


def _trouble(nb: str, en: str, remedy: Remedy, places: Places) -> Trouble:
    return Trouble(nb, en, remedy=remedy, root=places.address, passes=True)


def _is_the_quota(error: BaseException) -> bool:
    if _status(error) == TOO_MANY or isinstance(error, Throttled):
        return True
    # Our own budget of requests: nothing was asked, and nothing lies below.
    ours = isinstance(error, TicketSystemBusy) and not error.status and error.undone
    return ours and error.__cause__ is None


def _busy(error: BaseException) -> str:
    """The code, or what is known instead; empty where the same would be answered again."""
    status = _status(error)
    if status == TIMED_OUT or status >= SERVER_ERROR:
        return str(status)
    if isinstance(error, TicketSystemBusy) and not status:
        return error.message
    if isinstance(error, TryAgain | OutcomeUnknown):
        return error.code
    of_smtp = isinstance(error, MailError) and error.transport is Transport.SMTP and _FOR_NOW.match(error.code)
    return error.code if of_smtp and isinstance(error, MailError) else ""


def _status(error: BaseException) -> int:
    found = getattr(error, "status", 0) or getattr(error, "status_code", 0)
    return found if isinstance(found, int) else 0
