"""One check of the doctor: its name, what it examines, and what to do where it fails."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from dispatch.core import Language


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a check found to be wrong, in both languages. One that isn't ``certain`` is no failure."""

    nb: str
    en: str
    certain: bool = True

    def said(self, language: Language) -> str:
        """In one of them."""
        return self.nb if language == "nb" else self.en


class Words(NamedTuple):
    """A check in one language: what it is called, and what to do where it fails."""

    name: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a dispatch needs.

    ``name`` is for programs. ``ask`` answers None where all is well, and may raise what the adapters raise.
    A check is left out where the one that it ``needs`` failed: the first failure is the one to fix.
    """

    name: str
    ask: Callable[[], Awaitable[Trouble | None]]
    nb: Words
    en: Words
    needs: str = ""

    def words(self, language: Language) -> Words:
        """In one of the languages."""
        return self.nb if language == "nb" else self.en


class Examined(Protocol):
    """What brings the checks of itself."""

    def checks(self, *, sender: str) -> Sequence[Check]:
        """What the doctor asks, in order; nothing of it sends a letter."""
        ...
