"""Settings that somebody meant and wrote otherwise: nobody reads them, and the default stands without a word."""

import os
from collections.abc import Mapping
from difflib import get_close_matches

from dispatch.settings.settings import Settings

OURS = ("PURESERVICE_", "MAIL_", "EF_", "DISPATCH_", "MICROSOFT_GRAPH_")
CLOSE, CLOSE_ENOUGH = 0.9, 0.75  # the second where the name begins as ours do


def misspelt(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The names in the environment that none of ours has, and the one of ours that each is close to."""
    given = os.environ if environ is None else environ
    known = {str(field.alias) for field in Settings.model_fields.values()} | {"DISPATCH_SCHEDULE"}
    by_upper = {name.upper(): name for name in known}
    found = {}
    for name in given:
        if name in known:
            continue
        upper = name.strip().upper().replace("-", "_")
        close = get_close_matches(upper, by_upper, n=1, cutoff=CLOSE_ENOUGH if upper.startswith(OURS) else CLOSE)
        close = close or [right for right in by_upper if _one_sign_apart(upper, right)]
        if close:
            found[name] = by_upper[close[0]]
    return found


def _one_sign_apart(one: str, other: str) -> bool:
    """Of short names one wrong sign is more than the ratio allows."""
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
