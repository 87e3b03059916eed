"""Checks everything that a dispatch needs, and says what to do about what is wrong."""

from dispatch.doctor.texts import Language, language_of

__all__ = [
    "Language",
    "language_of",
]
