"""Word's symbol fonts: letters that stand for signs, both plain and in the private area."""

import re

_SYMBOLS = {
    "·": "•", "§": "▪", "à": "→", "ß": "←", "ü": "✓", "û": "✗", "J": "☺", "L": "☹", "o": "□", "q": "□", "x": "☒",
    "þ": "☑", "Ø": "➢", "v": "❖", "n": "■", "l": "●", "¨": "□",
}  # fmt: skip
_PRIVATE = re.compile("[\ue000-\uf8ff]")


def from_symbol_font(text: str) -> str:
    """Letters that stand for signs in Wingdings and Symbol."""
    return "".join(_SYMBOLS.get(sign, sign) for sign in text)


def without_private(text: str) -> str:
    """Signs of the private area as what they show: without the font nobody can know the others, so they become dots."""
    return _PRIVATE.sub(_plain, text)


def _plain(sign: re.Match[str]) -> str:
    """Word keeps a symbol font's letters at U+F000 and up."""
    return _SYMBOLS.get(chr(ord(sign[0]) & 0xFF), "•")
