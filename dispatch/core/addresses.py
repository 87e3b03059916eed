"""E-mail addresses and organisation numbers: normalise, validate, compare. Pure."""

import re
import unicodedata
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

LONGEST_ADDRESS, LONGEST_RAW = 254, 1000
# Marks without width, in a position that no address has a use for: joiners, directions, soft hyphens, fillers.
WIDTHLESS = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0]")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
BLANK = re.compile(r"\s")
# What people and programs write in front of an address.
LABEL = re.compile(r"(?:mailto|smtp|e-?post(?:adresse)?|e-?mail|mail)\s*:", re.IGNORECASE)
QUOTES = {"'": "'", '"': '"', "(": ")", "[": "]", "\u00ab": "\u00bb", "\u2018": "\u2019", "\u201c": "\u201d", "`": "`"}
SEPARATOR = re.compile(r"[;,]")
DOTS = ".\u3002\uff0e\uff61"
# Blanks are closed only where no word can be meant: on either side of the @, before a dot of the local part, and beside
# the domain's first dot, since what stands before that is no domain yet. "eksempel.no .as" would become another one.
BESIDE_AT, BEFORE_DOT = re.compile(r"\s*@\s*"), re.compile(rf"\s+(?=[{DOTS}])")
BESIDE_DOT, AT_THE_END = re.compile(rf"\s*([{DOTS}])\s*"), re.compile(rf"[\s{DOTS}]+$")
TOP_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9]")
ANY_DOMAIN = "eksempel.no"
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
    TEXT_BEFORE = "text_before"  # other words in front of the address
    TEXT_AFTER = "text_after"  # and behind it, or between the parts of its domain
    LOCAL_PART = "local_part"
    UTF8_LOCAL_PART = "utf8_local_part"  # would need SMTPUTF8 all the way to the recipient
    DOMAIN = "domain"
    TOO_LONG = "too_long"


class InvalidAddress(ValueError):
    """An address that can't be sent to; ``code`` says why. The address itself is left out."""

    def __init__(self, code: Fault) -> None:
        self.code = code
        super().__init__(str(code))


def fault_of(raw: str) -> Fault | None:
    """Why the address can't be sent to; None where it can."""
    try:
        normalise(raw)
    except InvalidAddress as error:
        return error.code
    return None


def detail_of(fault: Fault) -> str:
    """The fault as a recipient's row remembers it."""
    return f"address: {fault}"


def normalise(raw: str) -> str:
    """The address as it is sent to: pure ASCII, its domain in lower case and as A-labels. Words are never joined.

    Raises:
        InvalidAddress: with the reason.
    """
    if len(raw) > LONGEST_RAW:
        raise InvalidAddress(Fault.TOO_LONG)
    local, domain = _halves(bare(raw))
    if len(local) + 1 + len(domain) > LONGEST_ADDRESS:
        raise InvalidAddress(Fault.TOO_LONG)
    return _checked(local, domain)


def bare(raw: str) -> str:
    """The address alone, out of ``Name <a@b>``, ``E-post: a@b``, ``mailto:a@b?subject=x``, ``'a@b'`` and ``(a@b)``.

    Raises:
        InvalidAddress: the name has an address too, so that there is a choice.
    """
    text = _without_marks(raw).strip()
    before, opened, rest = text.partition("<")
    inside, closed, after = rest.partition(">")
    if opened and closed and "<" not in inside and not after.strip(" ;,.\t"):
        if "@" in before and _undressed(before) != _undressed(inside):
            raise InvalidAddress(Fault.SEVERAL)
        text = inside
    return _undressed(text)


def identity(address: str) -> str:
    """What two spellings of the same address have in common. Takes a normalised address."""
    folded = address.casefold()
    return address if folded == address else folded  # not two of the same, where many are held


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


def _undressed(text: str) -> str:
    """Without labels, quotes, brackets, and the punctuation of a list at its ends."""
    while True:
        plain = text.strip().strip(";,").strip()
        scheme = LABEL.match(plain)
        if scheme:
            plain = plain[scheme.end() :].strip()
            if scheme[0][:6].lower() == "mailto":
                plain = plain.partition("?")[0]
        elif len(plain) > 1 and QUOTES.get(plain[0]) == plain[-1]:
            plain = plain[1:-1]
        if plain == text:
            return plain
        text = plain


def _halves(text: str) -> tuple[str, str]:
    if not text:
        raise InvalidAddress(Fault.EMPTY)
    if SEPARATOR.search(text) or text.count("@") > 1:
        raise InvalidAddress(Fault.SEVERAL)
    if CONTROL.search(text):
        raise InvalidAddress(Fault.CONTROL)
    local, _, domain = BESIDE_AT.sub("@", text).partition("@")
    local, domain = BEFORE_DOT.sub("", local), BESIDE_DOT.sub(r"\1", AT_THE_END.sub("", domain), count=1)
    if not local or not domain:
        raise InvalidAddress(Fault.NO_AT)
    if BLANK.search(local):
        raise InvalidAddress(Fault.TEXT_BEFORE)
    if BLANK.search(domain):
        raise InvalidAddress(Fault.TEXT_AFTER)
    return local, domain


def _checked(local: str, domain: str) -> str:
    """The address in ASCII, if it follows the standards and can be reached from outside."""
    if not local.isascii():
        raise InvalidAddress(Fault.UTF8_LOCAL_PART)
    found = _by_the_standards(f"{local}@{domain}")
    labels = found.rpartition("@")[2].split(".") if found else ()
    if len(labels) > 1 and TOP_LABEL.fullmatch(labels[-1]):
        return found
    raise InvalidAddress(Fault.DOMAIN if _by_the_standards(f"{local}@{ANY_DOMAIN}") else Fault.LOCAL_PART)


def _by_the_standards(address: str) -> str:
    # Pureservice's own addresses are right in form, and the report tells them apart from mistakes; the library doesn't.
    shown = f"{address}.{ANY_DOMAIN}" if is_local(address) else address
    try:
        found = validate_email(shown, check_deliverability=False, allow_smtputf8=False, strict=True)
    except (EmailNotValidError, ValueError):
        return ""
    valid = found.ascii_email or ""
    return valid.removesuffix(f".{ANY_DOMAIN}") if is_local(address) else valid
