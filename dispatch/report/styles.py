"""The few things of a letter's look that a printed page keeps: weight, slant, lines, colour, alignment."""

import re
from dataclasses import dataclass, replace
from typing import Any

from dispatch.report.glyphs import from_symbol_font

_BOLD = frozenset({"b", "strong", "th", "dt"})
_ITALIC = frozenset({"i", "em", "cite", "dfn", "var", "address"})
_UNDERLINED = frozenset({"u", "ins"})
_STRUCK = frozenset({"s", "strike", "del"})
_TYPED = frozenset({"code", "kbd", "samp", "tt"})
_ALIGNMENTS = {"center": "center", "right": "right", "left": "left", "start": "left", "end": "right"}
_BOLD_FROM = 600
_NAMED = {
    "red": "#ff0000",
    "darkred": "#8b0000",
    "maroon": "#800000",
    "green": "#008000",
    "darkgreen": "#006400",
    "blue": "#0000ff",
    "navy": "#000080",
    "darkblue": "#00008b",
    "purple": "#800080",
    "gray": "#808080",
    "grey": "#808080",
    "silver": "#c0c0c0",
    "yellow": "#ffff00",
    "white": "#ffffff",
    "black": "#000000",
    "orange": "#ffa500",
    "teal": "#008080",
}
_DECLARATION = re.compile(r"([a-z-]+)\s*:\s*([^;]+)")
_SHORT_HEX = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])")
_HEX = re.compile(r"#[0-9a-f]{6}")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
_PIXELS = re.compile(r"(\d{1,5})(?:\.\d+)?(?:px)?")
_READABLE_ON_WHITE = 3.0  # pure red is 4.0; what is lighter came with a dark ground that the page has not
_AS_GOOD_AS_BLACK = 15.0
_LIGHT = 11.0  # a fill that black text reads well on, as contrast with black


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks where the reader has come to."""

    bold: bool = False
    italic: bool = False
    underlined: bool = False
    struck: bool = False
    typed: bool = False
    script: str = ""
    color: str = ""
    align: str = ""
    symbols: bool = False
    hidden: bool = False

    def inside(self, tag: str, attributes: dict[str, str]) -> "Look":
        """The look inside a tag."""
        css = declarations(attributes.get("style", ""))
        weight, slant = css.get("font-weight", ""), css.get("font-style", "")
        lines = css.get("text-decoration", "") + css.get("text-decoration-line", "")
        font = (css.get("font-family", "") + attributes.get("face", "")).lower()
        return replace(
            self,
            bold=_is_bold(weight) if weight else self.bold or tag in _BOLD,
            italic=slant in {"italic", "oblique"} if slant else self.italic or tag in _ITALIC,
            underlined="underline" in lines or (lines != "none" and (self.underlined or tag in _UNDERLINED)),
            struck=self.struck or tag in _STRUCK or "line-through" in lines,
            typed=self.typed or tag in _TYPED,
            script=tag if tag in {"sub", "sup"} else self.script,
            color=_readable(css.get("color") or attributes.get("color", "")) or self.color,
            align=_alignment(tag, attributes, css) or ("" if tag == "table" else self.align),
            symbols="wingdings" in font or "symbol" in font if font else self.symbols,
            hidden=self.hidden or css.get("display") == "none" or css.get("mso-hide") == "all",
        )

    def run(self, text: str) -> dict[str, Any]:
        """The text in this look; what is as usual is left out."""
        run: dict[str, Any] = {"text": from_symbol_font(text) if self.symbols else text}
        for name in ("bold", "italic", "underlined", "struck", "typed", "script", "color"):
            if value := getattr(self, name):
                run[name] = value
        return run


def declarations(style: str) -> dict[str, str]:
    """A style attribute's declarations, in lower case."""
    return {name: value.replace("!important", "").strip() for name, value in _DECLARATION.findall(style.lower())}


def fill_of(attributes: dict[str, str]) -> str:
    """A cell's background, where text reads well on it."""
    css = declarations(attributes.get("style", ""))
    color = _hex(css.get("background-color") or css.get("background", "") or attributes.get("bgcolor", ""))
    return color if color and color != "#ffffff" and _luminance(color) * 20 + 1 >= _LIGHT else ""


def pixels_of(attributes: dict[str, str]) -> int:
    """How wide an image says it is; 0 where it doesn't."""
    width = declarations(attributes.get("style", "")).get("width", "")
    for given in (width, attributes.get("width", "")):
        if found := _PIXELS.fullmatch(given.strip()):
            return int(found.group(1))
    return 0


def _is_bold(weight: str) -> bool:
    return weight in {"bold", "bolder"} or (weight.isdecimal() and int(weight) >= _BOLD_FROM)


def _alignment(tag: str, attributes: dict[str, str], css: dict[str, str]) -> str:
    if tag == "center":
        return "center"
    said = "" if tag in {"table", "img"} else attributes.get("align", "").lower()  # theirs places the box, not the text
    return _ALIGNMENTS.get(css.get("text-align", ""), "") or _ALIGNMENTS.get(said, "")


def _readable(color: str) -> str:
    """The colour, where it can be read on white paper: white text on a button's blue ground can't."""
    found = _hex(color)
    contrast = 1.05 / (_luminance(found) + 0.05) if found else 0.0
    return found if _READABLE_ON_WHITE <= contrast < _AS_GOOD_AS_BLACK else ""


def _hex(color: str) -> str:
    plain = color.strip().lower()
    if short := _SHORT_HEX.fullmatch(plain):
        return "#" + "".join(digit * 2 for digit in short.groups())
    if rgb := _RGB.fullmatch(plain):
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in rgb.groups())
    return plain if _HEX.fullmatch(plain) else _NAMED.get(plain, "")


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
