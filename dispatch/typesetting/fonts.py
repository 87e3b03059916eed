"""The fonts that letters are set in: Typst's own, and those of packages that carry the scripts it lacks.

The packages hold nothing but the fonts of the Noto project. The second is for those who write Chinese, Japanese or
Korean: it is large, so whoever needs it adds it to the requirements, and it is found here.
"""

from importlib.util import find_spec
from pathlib import Path

_OWN = ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono")
_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_LATIN_AGAIN = "Noto Sans"
_EMOJI = "Noto Emoji"


def folders() -> list[Path]:
    """Where the packages' fonts lie; those that are not installed are left out."""
    found = (find_spec(name) for name in _PACKAGES)
    return [Path(spec.origin).parent for spec in found if spec is not None and spec.origin]


def families() -> list[str]:
    """The families in the order in which they are asked for a sign: scripts, then all signs, emoji last."""
    from typst import Fonts

    files = {file for folder in folders() for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES}
    if not files:
        return list(_OWN)
    known = set(Fonts(include_system_fonts=False, font_paths=[str(folder) for folder in folders()]).families())
    noto = sorted(family for family in known if family.startswith("Noto "))
    last = [family for family in (_LATIN_AGAIN, _EMOJI) if family in noto]
    return [*_OWN, *(family for family in noto if family not in last), *last]
