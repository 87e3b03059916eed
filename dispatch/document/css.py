"""Declarations of CSS as a reader of letters needs them: shorthands spelled out, lengths in pixels, colours in hex."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

NO_STYLES: Mapping[str, str] = MappingProxyType({})
LIST_STYLES = frozenset(
    {"none", "disc", "circle", "square", "decimal", "decimal-leading-zero", "lower-alpha", "lower-latin"}
    | {"upper-alpha", "upper-latin", "lower-roman", "upper-roman", "lower-greek"}
)
_PIXELS = {
    "": 1,
    "px": 1,
    "pt": 4 / 3,
    "pc": 16,
    "in": 96,
    "cm": 96 / 2.54,
    "mm": 9.6 / 2.54,
    "em": 16,
    "rem": 16,
    "ex": 8,
}
_LENGTH = re.compile(r"([+-]?(?:\d{1,7}(?:\.\d{0,9})?|\.\d{1,9}))([a-z]*|%)")
_NAMED = {
    "red": "#ff0000", "darkred": "#8b0000", "maroon": "#800000", "green": "#008000", "darkgreen": "#006400",
    "blue": "#0000ff", "navy": "#000080", "darkblue": "#00008b", "purple": "#800080", "gray": "#808080",
    "grey": "#808080", "silver": "#c0c0c0", "yellow": "#ffff00", "white": "#ffffff", "black": "#000000",
    "orange": "#ffa500", "teal": "#008080",
}  # fmt: skip
_SHORT_HEX = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])")
_HEX = re.compile(r"#[0-9a-f]{6}")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)")
_SLANTS = frozenset({"italic", "oblique"})
_WEIGHTS = frozenset({"bold", "bolder", "lighter"})
_SIDES = 3  # of margin's values, the third is the lower one


def styles_of(style: str) -> Mapping[str, str]:
    """A style attribute's declarations in lower case: what is important last, so that it wins."""
    if not style:
        return NO_STYLES
    from turbohtml.cssom import StyleDeclaration

    declared = StyleDeclaration.parse(style)
    styles: dict[str, str] = {}
    for name in sorted(declared, key=declared.important):
        value = (declared.get(name) or "").strip().lower()
        styles |= {name: value, **dict(_spelled_out(name, value))}
    return styles


def pixels(value: str) -> float | None:
    """A length in pixels of the screen; None where it is a share, or no length."""
    found = _LENGTH.fullmatch(value.strip())
    return float(found[1]) * _PIXELS[found[2]] if found and found[2] in _PIXELS else None


def share(value: str) -> float | None:
    """A percentage as a part of one; None where it is none."""
    found = _LENGTH.fullmatch(value.strip())
    return float(found[1]) / 100 if found and found[2] == "%" else None


def is_nothing(value: str) -> bool:
    """Whether a length or a share is zero."""
    found = _LENGTH.fullmatch(value.strip())
    return found is not None and float(found[1]) == 0


def color_of(value: str) -> str:
    """The colour as six hex digits; empty for those that say none."""
    plain = value.strip().lower()
    if short := _SHORT_HEX.fullmatch(plain):
        return "#" + "".join(digit * 2 for digit in short.groups())
    if rgb := _RGB.fullmatch(plain):
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in rgb.groups())
    return plain if _HEX.fullmatch(plain) else _NAMED.get(plain, "")


def _spelled_out(name: str, value: str) -> Iterator[tuple[str, str]]:
    """The longhands of a shorthand that matter here."""
    words = value.split()
    if name == "list-style":
        yield "list-style-type", next((word for word in words if word in LIST_STYLES or word[0] in "\"'"), "disc")
    elif name == "background":
        yield "background-color", value if value.startswith("rgb") else next(filter(color_of, words), "")
    elif name == "margin" and words:
        yield "margin-top", words[0]
        yield "margin-bottom", words[2] if len(words) >= _SIDES else words[0]
    elif name == "font":
        yield from _font(words)


def _font(words: list[str]) -> Iterator[tuple[str, str]]:
    """Style and weight stand before the size, the families after it."""
    for at, word in enumerate(words):
        size = word.partition("/")[0]
        if word in _SLANTS:
            yield "font-style", word
        elif word in _WEIGHTS or (word.isdecimal() and len(word) == len("700")):
            yield "font-weight", word
        elif _LENGTH.fullmatch(size):
            yield "font-size", size
            yield "font-family", " ".join(words[at + 1 :])
            return
