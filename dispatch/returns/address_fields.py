"""Addresses and Message-IDs out of fields and lines that others wrote."""

import re

from dispatch.core import addresses

MOST_ADDRESSES = 50
_ANGLED = re.compile(r"<([^<>]*)>")
_BETWEEN = re.compile(r"[\s<>()\[\]\",;:]+")
_HEXED = re.compile(r"\+([0-9A-F]{2})")
_TYPES = ("rfc822;", "utf-8;", "smtp;", "unknown;")


def known_address(raw: str) -> str:
    """The address as two spellings of it are compared; what is none stays as it is written."""
    try:
        return addresses.identity(addresses.normalise(raw))
    except addresses.InvalidAddress:
        return raw.strip().strip("<>").casefold()


def addresses_in(value: str) -> frozenset[str]:
    """Every address in a field such as ``To``; where some stand between angles, only those."""
    angled = [one for one in _ANGLED.findall(value) if "@" in one]
    found = angled or [one for one in _BETWEEN.split(value) if "@" in one]
    return frozenset(known_address(one) for one in found[:MOST_ADDRESSES])


def typed_address(value: str) -> frozenset[str]:
    """The address of a field such as ``Final-Recipient``, with its type and its encoding (RFC 3461) taken off."""
    plain = value.strip()
    kind = next((kind for kind in _TYPES if plain.lower().startswith(kind)), "")
    plain = plain[len(kind) :].strip().strip("<>").strip()
    if not plain:
        return frozenset()
    return frozenset({known_address(plain), known_address(_HEXED.sub(lambda found: chr(int(found[1], 16)), plain))})


def known_message_id(value: str) -> str:
    """The Message-ID as two spellings of it are compared. A field that holds more than one id is none of ours."""
    return f"<{value.strip().strip('<>').strip().casefold()}>"
