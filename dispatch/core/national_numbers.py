"""Norwegian national identity numbers in text, known by their check digits and the date they begin with. Pure."""

import re
import unicodedata

# Eleven digits, closed up or with single blanks, dots or hyphens between them; each place where they can begin.
_CANDIDATE = re.compile(r"(?<!\d)(?=((?:\d[\s.\-]?){10}\d)(?!\d))")
_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_OF_DAY = 40  # added in the numbers of those who stay for a while
_OF_MONTH = (0, 40, 65, 80)  # added in those of hospitals, and in those that are made up for tests
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LENGTH = 11


def national_numbers(text: str) -> int:
    """How many numbers of eleven digits in the text are somebody's, as far as check digits and date can tell."""
    return sum(_is_national(candidate) for candidate in _candidates(text))


def other_numbers(text: str) -> int:
    """How many numbers of eleven digits are not: those of accounts, for the most part."""
    return sum(not _is_national(candidate) for candidate in _candidates(text))


def _candidates(text: str) -> list[list[int]]:
    if sum(map(str.isdecimal, text)) < _LENGTH:
        return []
    seen = text if text.isascii() else "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return [[int(sign) for sign in found[1] if sign.isdecimal()] for found in _CANDIDATE.finditer(seen)]


def _is_national(digits: list[int]) -> bool:
    """Both check digits are right, and a day of some year can be meant."""
    if sum(a * b for a, b in zip(digits, _FIRST, strict=False)) % _LENGTH:
        return False
    if sum(a * b for a, b in zip(digits, _SECOND, strict=True)) % _LENGTH:
        return False
    day = digits[0] * 10 + digits[1]
    day -= _OF_DAY if day > _OF_DAY else 0
    months = {digits[2] * 10 + digits[3] - added for added in _OF_MONTH}
    return any(1 <= month <= len(_DAYS) and 1 <= day <= _DAYS[month - 1] for month in months)
