"""One check of the doctor: its name, what it examines, and what to do where it fails."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from dispatch.core import Language


class Remedy(NamedTuple):
    """What to do, in both languages."""

    nb: str
    en: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a check found to be wrong, in both languages.

    One that doesn't ``fail`` works, or can't be known, and needs a look. A ``remedy`` of its own replaces that of the
    check. ``root`` names the check, or the address's setting, that it is really about: what needs that is left out.
    One that ``passes`` was met on the way, and tells nothing about what the check examines.
    """

    nb: str
    en: str
    fails: bool = True
    remedy: Remedy | None = None
    root: str = ""
    passes: bool = False

    def said(self, language: Language) -> str:
        """In one of them."""
        return self.nb if language == "nb" else self.en


class Known(NamedTuple):
    """What a check found where all is well and there is something to tell, in both languages."""

    nb: str
    en: str

    def said(self, language: Language) -> str:
        """In one of them."""
        return self.nb if language == "nb" else self.en


class Words(NamedTuple):
    """A check in one language: what it is called, and what to do where it fails."""

    name: str
    remedy: str


class Places(NamedTuple):
    """Which settings hold what a check uses, so that a remedy can name the one that is wrong."""

    address: str = ""  # where it connects to
    authority: str = ""  # a certificate authority of one's own
    identity: str = ""  # who signs in
    port: str = ""  # the port, where a setting of its own holds it


NOWHERE = Places()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a dispatch needs.

    ``name`` is for programs. ``ask`` answers None where all is well, or what is known by it, and may raise what the
    adapters raise.
    A check is left out where the one that it ``needs`` failed: the first failure is the one to fix.
    """

    name: str
    ask: Callable[[], Awaitable[Trouble | Known | None]]
    nb: Words
    en: Words
    needs: str = ""
    places: Places = NOWHERE

    def words(self, language: Language) -> Words:
        """In one of the languages."""
        return self.nb if language == "nb" else self.en


class Examined(Protocol):
    """What brings the checks of itself."""

    def checks(self, *, sender: str) -> Sequence[Check]:
        """What the doctor asks, in order; nothing of it sends a letter."""
        ...
