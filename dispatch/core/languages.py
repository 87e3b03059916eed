"""The languages in which an operator is spoken to."""

from typing import Literal

Language = Literal["nb", "en"]


def language_of(locale: str) -> Language:
    """Norwegian where the terminal's locale is, else English."""
    return "nb" if locale.lower()[:2] in {"nb", "nn", "no"} else "en"
