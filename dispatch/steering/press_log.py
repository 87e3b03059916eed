"""One line in the log for each press, with who pressed."""

import hashlib
import logging

from dispatch.core import Dispatch
from dispatch.telemetry import Action, event

log = logging.getLogger("dispatch.steering.actions")


def note(what: str, dispatch: Dispatch | None, who: str, **numbers: int) -> None:
    """What was pressed, for which dispatch, or for several."""
    event(log, Action.PRESSED, dispatch=dispatch.key if dispatch else None, what=what, who=_id(who), **numbers)


def _id(who: str) -> str:
    """Who pressed, as an id: an address is never logged."""
    return hashlib.sha256(who.casefold().encode()).hexdigest()[:12] if "@" in who else who[:80]
