"""What a terminal says of the person who sits at it."""

import os
from collections.abc import Mapping


def terminal_locale(environ: Mapping[str, str] | None = None) -> str:
    """The locale of messages, as a terminal sets it; empty where it does not."""
    given = os.environ if environ is None else environ
    return next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := given.get(name, ""))), "")
