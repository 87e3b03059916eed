"""The marks of list items, by HTML's ordinal values and the predefined counter styles of CSS."""

from collections.abc import Mapping
from itertools import groupby

_BULLETS = {"disc": "•", "circle": "◦", "square": "▪"}
_ALPHABETS = {
    "lower-alpha": "abcdefghijklmnopqrstuvwxyz",
    "lower-latin": "abcdefghijklmnopqrstuvwxyz",
    "upper-alpha": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "upper-latin": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "lower-greek": "αβγδεζηθικλμνξοπρστυφχψω",
}
_ROMAN = {"m": 1000, "cm": 900, "d": 500, "cd": 400, "c": 100, "xc": 90, "l": 50, "xl": 40, "x": 10, "ix": 9, "v": 5,
          "iv": 4, "i": 1}  # fmt: skip
_MOST_ROMAN = 3999
_TYPES = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
_BULLET_TYPES = frozenset({*_BULLETS, "none"})


def kind_of_marks(tag: str, attributes: Mapping[str, str], css: Mapping[str, str], before: str, nested: int) -> str:
    """The ``list-style-type`` of a list or an item, given that of what it lies in and in how many lists that is."""
    if declared := css.get("list-style-type", ""):
        return before if declared == "inherit" else declared
    said = attributes.get("type", "").strip()
    if tag in {"ol", "ul", "li"} and (
        kind := _TYPES.get(said) or (said.lower() if said.lower() in _BULLET_TYPES else "")
    ):
        return kind
    if tag == "ol":
        return "decimal"
    return ("disc", "circle", "square")[min(nested, 2)] if tag == "ul" else before


def first_ordinal(attributes: Mapping[str, str], items: int) -> tuple[int, int]:
    """The first item's number, and the step to the next."""
    backwards = "reversed" in attributes
    return integer(attributes.get("start", ""), items if backwards else 1), -1 if backwards else 1


def integer(text: str, otherwise: int) -> int:
    """The number at the beginning of the text, by HTML's rules for parsing integers."""
    plain = text.strip()
    sign = -1 if plain.startswith("-") else 1
    runs = [(decimal, "".join(signs)) for decimal, signs in groupby(plain.lstrip("+-"), "0123456789".__contains__)]
    return sign * int(runs[0][1][:9]) if runs and runs[0][0] else otherwise


def mark_of(kind: str, number: int) -> str:
    """What stands before an item; empty where nothing does."""
    if kind in _BULLETS or kind == "none":
        return _BULLETS.get(kind, "")
    if kind[:1] in {'"', "'"}:
        return kind.strip("\"'").strip()
    if kind in _ALPHABETS and number > 0:
        return f"{_alphabetic(_ALPHABETS[kind], number)}."
    if kind.endswith("-roman") and 0 < number <= _MOST_ROMAN:
        numeral = _roman(number)
        return f"{numeral.upper() if kind.startswith('upper') else numeral}."
    return f"{number:02d}." if kind == "decimal-leading-zero" else f"{number}."


def is_bullet(mark: str) -> bool:
    """Whether the mark is the same for every item of its list."""
    return mark in _BULLETS.values()


def _alphabetic(alphabet: str, number: int) -> str:
    signs = ""
    while number:
        number, at = divmod(number - 1, len(alphabet))
        signs = alphabet[at] + signs
    return signs


def _roman(number: int) -> str:
    signs = ""
    for sign, value in _ROMAN.items():
        count, number = divmod(number, value)
        signs += sign * count
    return signs
