"""The mailboxes of ``MAIL_SENDERS``, as they are written."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

FORM = "must be addresses with commas between, each as a@x.no, a@x.no:20 or a@x.no:20:5000"
_MEMBER = re.compile(r"([^@\s:,]+@[^@\s:,]+\.[^@\s.:,]+)(?::(\d{0,6}))?(?::(\d{1,7}))?")


@dataclass(frozen=True, slots=True)
class PoolMember:
    """One mailbox; None where it has no rate or limit of its own."""

    address: str
    rate: int | None = None
    daily_limit: int | None = None


@lru_cache(maxsize=8)
def members_of(value: str) -> tuple[PoolMember, ...]:
    """The mailboxes that a value of MAIL_SENDERS means.

    Raises:
        ValueError: it means none, or one of them twice.
    """
    members = tuple(_member(text.strip()) for text in value.replace(";", ",").split(",") if text.strip())
    counted = Counter(member.address.casefold() for member in members)
    if any(times > 1 for times in counted.values()):
        raise ValueError("holds the same address twice")
    return members


def _member(text: str) -> PoolMember:
    found = _MEMBER.fullmatch(text)
    if found is None:
        raise ValueError(FORM)
    address, rate, limit = found.groups()
    return PoolMember(address, int(rate) if rate else None, int(limit) if limit else None)
