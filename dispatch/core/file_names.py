"""File names that are safe on every recipient's machine and still tell what the file is."""

import re
import unicodedata
from pathlib import PurePosixPath

NO_NAME = "vedlegg"
LONGEST = 150

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_LONGEST_SUFFIX = 20


def safe_file_name(name: str) -> str:
    """The name without path, control or direction characters, reserved words and forbidden signs; letters stay."""
    composed = unicodedata.normalize("NFC", name)
    visible = "".join(sign for sign in composed if unicodedata.category(sign)[0] != "C")
    last = re.split(r"[/\\]", visible)[-1]
    plain = " ".join(_FORBIDDEN.sub("_", last).split()).strip(" .")
    if _RESERVED.fullmatch(plain):
        plain = f"_{plain}"
    return _shortened(plain) or NO_NAME


class NamesInUse:
    """Keeps names apart, as Windows does: letter case makes no difference."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def unique(self, name: str) -> str:
        """The safe form of the name, with a number where it is taken."""
        safe = safe_file_name(name)
        chosen, number = safe, 1
        while chosen.casefold() in self._taken:
            number += 1
            chosen = _shortened(safe, f" ({number})")
        self._taken.add(chosen.casefold())
        return chosen


def _shortened(name: str, mark: str = "") -> str:
    suffix = PurePosixPath(name).suffix
    if len(suffix) > _LONGEST_SUFFIX or suffix == name:
        suffix = ""
    stem = name.removesuffix(suffix)
    return f"{stem[: LONGEST - len(suffix) - len(mark)].rstrip(' .')}{mark}{suffix}"


def report_file_name(key: str, what: str, extension: str) -> str:
    """The name of a file that we attach to the ticket."""
    return f"utsendelse-{key}-{what}.{extension}"
