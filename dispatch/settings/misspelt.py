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
        close = close or [right for right in by_upper if _one_slip_apart(upper, right)]
        if close:
            found[name] = by_upper[close[0]]
    return found


def _one_slip_apart(one: str, other: str) -> bool:
    """Of short names one slip is more than the ratio allows: a sign wrong, too many, too few, or two exchanged."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) == 1:
        return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or not differ:
        return False
    first, last = differ[0], differ[-1]
    exchanged = last == first + 1 and one[first : last + 1] == other[first : last + 1][::-1]
    return first == last or exchanged
