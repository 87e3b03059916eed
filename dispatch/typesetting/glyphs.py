"""Signs that no font can draw: a letter of a script makes the copy impossible, a lone sign is said by its name."""

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from dispatch.document import without_private

_INVISIBLE = re.compile("[\u2060\U000e0100-\U000e01ef\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")


def drawable(text: str, undrawn: AbstractSet[str]) -> str:
    """The text with every undrawn sign written by its name, and those of symbol fonts as what they show."""
    shown = _INVISIBLE.sub("", without_private(text))
    return "".join(named(sign) if sign in undrawn else sign for sign in shown) if undrawn else shown


def named(sign: str) -> str:
    """The sign's Unicode name in brackets, as ``[grinning face]``; what is never seen is left out."""
    if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Mn", "Me"} or "\U0001f3fb" <= sign <= "\U0001f3ff":
        return ""
    return f"[{unicodedata.name(sign, f'U+{ord(sign):04X}').lower()}]"


def scripts_of(signs: Iterable[str]) -> list[str]:
    """The scripts of those signs that are letters, by the first word of their names: names would be no letter."""
    letters = (sign for sign in signs if unicodedata.category(sign)[0] == "L")
    return sorted({unicodedata.name(sign, "unknown").split()[0].lower() for sign in letters})
