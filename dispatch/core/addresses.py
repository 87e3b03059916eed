"""E-mail addresses and organisation numbers: normalise, validate, compare. Pure."""

import re
import unicodedata
from enum import StrEnum

import idna

LONGEST_LOCAL, LONGEST_ADDRESS, LONGEST_RAW = 64, 254, 1000
# Marks without width, in a position that no address has a use for: joiners, directions, soft hyphens, fillers.
WIDTHLESS = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0]")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
BLANK = re.compile(r"\s")
# Something after a domain that was already whole. Its blanks must not be closed: «a@b.no Oslo» is not «a@b.nooslo».
MORE_AFTER = re.compile(r"\.[^\s.@]+\s+[^\s.@]")
MAILTO = re.compile(r"mailto:", re.IGNORECASE)
IN_BRACKETS = re.compile(r"[^<>]*<([^<>]*)>\s*")
SEPARATOR = re.compile(r"[;,]")
DOTS = ".。．｡"
LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
TOP_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9]")
FEWEST_LABELS = 2
WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
ORGANISATION_NUMBER = re.compile(r"[1-9]\d{8}", re.ASCII)
# What people and registers write around the nine digits: the scheme's code, the country, and that VAT is paid.
DRESSED_NUMBER = re.compile(r"(?:0192:)?(?:NO)?(\d{9})(?:MVA)?", re.ASCII | re.IGNORECASE)
# Numbers with a right check digit that belong to nobody: both are placeholders of systems in this field.
NOBODY = frozenset({"000000000", "999999999"})


class Fault(StrEnum):
    """Why an address can't be sent to."""

    EMPTY = "empty"
    NO_AT = "no_at"  # no @, or nothing before or after it
    SEVERAL = "several"  # more than one address in the field: which was meant is not ours to choose
    CONTROL = "control"  # a control character or a line end in the middle
    TEXT_AFTER = "text_after"  # other text behind the address
    LOCAL_PART = "local_part"
    UTF8_LOCAL_PART = "utf8_local_part"  # would need SMTPUTF8 all the way to the recipient
    DOMAIN = "domain"
    TOO_LONG = "too_long"


class InvalidAddress(ValueError):
    """An address that can't be sent to; ``code`` says why. The address itself is left out."""

    def __init__(self, code: Fault) -> None:
        self.code = code
        super().__init__(str(code))


def normalise(raw: str) -> str:
    """The address as it is sent to: pure ASCII, without blanks, its domain in lower case and as A-labels.

    Raises:
        InvalidAddress: with the reason.
    """
    if len(raw) > LONGEST_RAW:
        raise InvalidAddress(Fault.TOO_LONG)
    local, domain = _halves(_bare(raw))
    address = f"{_local_part(BLANK.sub('', local))}@{_domain(BLANK.sub('', domain))}"
    if len(address) > LONGEST_ADDRESS:
        raise InvalidAddress(Fault.TOO_LONG)
    return address


def identity(address: str) -> str:
    """What two spellings of the same address have in common. Takes a normalised address."""
    return address.casefold()


def is_local(address: str) -> bool:
    """Whether it is a pseudo-address of Pureservice (``*.local``), which is never mailed."""
    return address.rpartition("@")[2].strip().rstrip(".").lower().endswith(".local")


def organisation_number(text: str) -> str:
    """The number as it is asked for: without blanks, ``0192:``, ``NO`` and ``MVA``. Says nothing of its validity."""
    plain = BLANK.sub("", _without_marks(text))
    dressed = DRESSED_NUMBER.fullmatch(plain)
    return dressed.group(1) if dressed else plain


def valid_organisation_number(text: str) -> bool:
    """Whether it is nine digits, dress aside, of which the last is the modulus-11 check digit, and somebody's."""
    digits = organisation_number(text)
    if not ORGANISATION_NUMBER.fullmatch(digits) or digits in NOBODY:
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=False)) % 11
    return rest != 1 and (11 - rest) % 11 == int(digits[-1])


def _without_marks(text: str) -> str:
    """Without what people can't see and did not mean to write."""
    if text.isascii():
        return text
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf" and not WIDTHLESS.match(sign))


def _bare(raw: str) -> str:
    """The address alone, out of ``Name <a@b>`` and ``mailto:``; blanks inside it are still there."""
    text = _without_marks(raw).strip().strip(";,").strip()
    bracketed = IN_BRACKETS.fullmatch(text)
    text = (bracketed.group(1) if bracketed else text).strip()
    scheme = MAILTO.match(text)
    return text[scheme.end() :].partition("?")[0].strip() if scheme else text


def _halves(text: str) -> tuple[str, str]:
    if not text:
        raise InvalidAddress(Fault.EMPTY)
    if SEPARATOR.search(text) or text.count("@") > 1:
        raise InvalidAddress(Fault.SEVERAL)
    if CONTROL.search(text):
        raise InvalidAddress(Fault.CONTROL)
    local, _, domain = text.partition("@")
    if not local.strip() or not domain.strip():
        raise InvalidAddress(Fault.NO_AT)
    if MORE_AFTER.search(domain):
        raise InvalidAddress(Fault.TEXT_AFTER)
    return local, domain


def _local_part(local: str) -> str:
    if not local.isascii():
        raise InvalidAddress(Fault.UTF8_LOCAL_PART)
    if len(local) > LONGEST_LOCAL or not LOCAL_PART.fullmatch(local):
        raise InvalidAddress(Fault.LOCAL_PART)
    return local


def _domain(domain: str) -> str:
    plain = domain.rstrip(DOTS).lower()
    try:
        ascii_domain = plain if plain.isascii() else idna.encode(plain, uts46=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise InvalidAddress(Fault.DOMAIN) from error
    labels = ascii_domain.split(".")
    whole = len(labels) >= FEWEST_LABELS and all(LABEL.fullmatch(label) for label in labels)
    if not whole or not TOP_LABEL.fullmatch(labels[-1]):
        raise InvalidAddress(Fault.DOMAIN)
    return ascii_domain
