"""Signs that the embedded fonts can't draw, said in another way: an archive copy may not have holes."""

import re
import unicodedata
from collections.abc import Set as AbstractSet

# Word's symbol fonts, both as plain letters and in the private area, for the signs that people use.
_SYMBOLS = {
    "·": "•", "§": "▪", "à": "→", "ß": "←", "ü": "✓", "û": "✗", "J": "☺", "L": "☹", "o": "□", "q": "□", "x": "☒",
    "þ": "☑", "Ø": "➢", "v": "❖", "n": "■", "l": "●", "¨": "□",
}  # fmt: skip
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_INVISIBLE = re.compile("[\u200c\u200d\u2060\ufe00-\ufe0f\U000e0100-\U000e01ef\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Planes above the first, and East Asian scripts: none of the embedded fonts has them.
_UNDRAWN = re.compile("[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uff00-\uffef\U00010000-\U0010ffff]")


def from_symbol_font(text: str) -> str:
    """Letters that stand for signs in Wingdings and Symbol."""
    return "".join(_SYMBOLS.get(sign, sign) for sign in text)


def undrawn_in(text: str) -> frozenset[str]:
    """Signs that are known to have no glyph."""
    return frozenset(_UNDRAWN.findall(_INVISIBLE.sub("", text)))


def drawable(text: str, undrawn: AbstractSet[str]) -> str:
    """The text with every undrawn sign written by its name, and those of symbol fonts as what they show."""
    shown = _PRIVATE.sub(_plain, _INVISIBLE.sub("", text))
    return "".join(named(sign) if sign in undrawn else sign for sign in shown) if undrawn else shown


def named(sign: str) -> str:
    """The sign's Unicode name in brackets, as ``[grinning face]``; what is never seen is left out."""
    if unicodedata.category(sign) in {"Cc", "Cf", "Cs"}:
        return ""
    return f"[{unicodedata.name(sign, f'U+{ord(sign):04X}').lower()}]"


def _plain(sign: re.Match[str]) -> str:
    """Word keeps a symbol font's letters at U+F000 and up; without the font nobody can know the others."""
    return _SYMBOLS.get(chr(ord(sign[0]) & 0xFF), "•")
