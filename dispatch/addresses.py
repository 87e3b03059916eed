"""E-mail addresses and organisation numbers: normalise, validate, compare. Pure."""

import re
import unicodedata

import idna

LONGEST_LOCAL, LONGEST_ADDRESS = 64, 254
# Blanks that people can't see: no-break spaces, zero-width marks, soft hyphens, byte order marks.
INVISIBLE = re.compile(r"[\s\u00a0\u00ad\u180e\u200b-\u200f\u202a-\u202f\u2060\u2066-\u2069\u3000\ufeff]")
IN_BRACKETS = re.compile(r"^[^<>]*<([^<>]*)>\s*$")
SEVERAL = re.compile(r"[;,]")
LOCAL_PART = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
TOP_LABEL = re.compile(r"^([a-z]{2,63}|xn--[a-z0-9-]{1,59})$")
WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
NUMBER_LENGTH = 9


class InvalidAddress(ValueError):
    """An address that can't be sent to; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def normalise(raw: str) -> str:
    """The address as it is sent to: pure ASCII, without blanks, its domain in lower case and as A-labels.

    Raises:
        InvalidAddress: with one of the codes empty, several, no_at, local_part, utf8_local_part, domain, too_long.
    """
    text = raw.strip()
    bracketed = IN_BRACKETS.match(text)
    text = INVISIBLE.sub("", bracketed.group(1) if bracketed else text)
    text = text.removeprefix("mailto:").removeprefix("MAILTO:")
    if SEVERAL.search(text.strip(";,")) or text.count("@") > 1:
        raise InvalidAddress("several")
    text = text.strip(";,")
    if not text:
        raise InvalidAddress("empty")
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise InvalidAddress("no_at")
    address = f"{_local_part(local)}@{_domain(domain)}"
    if len(address) > LONGEST_ADDRESS:
        raise InvalidAddress("too_long")
    return address


def identity(address: str) -> str:
    """What two spellings of the same address have in common. Takes a normalised address."""
    return address.casefold()


def is_local(address: str) -> bool:
    """Whether it is a pseudo-address of Pureservice (``*.local``), which is never mailed."""
    return address.rpartition("@")[2].lower().endswith(".local")


def valid_organisation_number(text: str) -> bool:
    """Whether it is nine digits of which the last is the modulus-11 check digit."""
    digits = INVISIBLE.sub("", text)
    if len(digits) != NUMBER_LENGTH or not digits.isascii() or not digits.isdigit():
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=False)) % 11
    return rest != 1 and (11 - rest) % 11 == int(digits[-1])


def _local_part(local: str) -> str:
    if not local.isascii():
        # It needs SMTPUTF8 all the way to the recipient, which neither transport promises.
        raise InvalidAddress("utf8_local_part")
    if len(local) > LONGEST_LOCAL or not LOCAL_PART.match(local):
        raise InvalidAddress("local_part")
    return local


def _domain(domain: str) -> str:
    plain = unicodedata.normalize("NFC", domain).rstrip(".").lower()
    try:
        ascii_domain = idna.encode(plain, uts46=True).decode("ascii").lower() if not plain.isascii() else plain
    except idna.IDNAError as error:
        raise InvalidAddress("domain") from error
    labels = ascii_domain.split(".")
    if len(labels) < 2 or not all(LABEL.match(label) for label in labels) or not TOP_LABEL.match(labels[-1]):  # noqa: PLR2004 - a name and a top-level domain
        raise InvalidAddress("domain")
    return ascii_domain
