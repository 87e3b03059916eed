"""How large a picture is shown, as attributes: Outlook reads them and not the CSS that says the same."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turbohtml import Element

_PIXELS = {"px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "em": 16.0, "rem": 16.0}
_LARGEST = 5000
_HUNDRED = 100


def outlook_sizes(image: "Element", size_of: Callable[[str], tuple[int, int]]) -> dict[str, str]:
    """``width`` and ``height`` from the picture's own style; empty where the attributes can hold none of it.

    ``size_of`` says how large the picture with a source is: (0, 0) where nobody can tell.
    """
    from turbohtml.cssom import StyleDeclaration

    style = StyleDeclaration.parse(image.attr("style") or "")
    shown = _shown(style.get("width")) or (image.attr("width") or "").strip()
    limit = _shown(style.get("max-width"))
    width, height = size_of(image.attr("src") or "")
    if not shown and not limit:
        tall = _shown(style.get("height")) or _shown(f"{image.attr('height') or ''}px")
        shown = _in_proportion(tall, width, height)
    if limit.isdecimal():
        # A limit alone says nothing of a picture that is smaller.
        known = int(shown) if shown.isdecimal() else 0 if shown else width
        shown = str(min(known, int(limit))) if known else shown
    said = {"width": shown, "height": _shown(style.get("height"))}
    return {name: value for name, value in said.items() if value}


def _in_proportion(tall: str, width: int, height: int) -> str:
    """The width that goes with a height alone: the letter's own sheet lets pictures shrink, and frees their height."""
    wide = round(int(tall) * width / height) if tall.isdecimal() and height else 0
    return str(wide) if 0 < wide <= _LARGEST else ""


def _shown(value: str | None) -> str:
    """A CSS length as an attribute has it: whole pixels, or per cent."""
    bare = (value or "").strip().lower()
    unit = bare.lstrip("0123456789.")
    number = bare.removesuffix(unit)
    try:
        size = float(number)
    except ValueError:
        return ""
    if unit == "%":
        return f"{round(size)}%" if 0 < size <= _HUNDRED else ""
    pixels = round(size * _PIXELS.get(unit, 0))
    return str(pixels) if 0 < pixels <= _LARGEST else ""
