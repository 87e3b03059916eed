"""File names that the integration point, every service behind it and every receiver's archive can bear."""

import re
import unicodedata
from collections.abc import Iterable
from mimetypes import MimeTypes

LONGEST = 120
RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d|meta-inf|mimetype|manifest|arkivmelding|sbd", re.IGNORECASE)
SUFFIX = re.compile(r"\.([A-Za-z0-9]{1,10})$")
OUTSIDE = re.compile(r"[^A-Za-z0-9_-]+")
# What decomposition leaves whole; the rest of the Norwegian letters lose their ring.
LETTERS = str.maketrans({"æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss", "ł": "l", "Ł": "L"})
# Only what comes with Python: a table of the operating system would make names differ from machine to machine.
TYPES = MimeTypes()
# The integration point takes this one for a missing type, and guesses by a table in which the unknown is a PDF.
GENERIC = frozenset({"", "application/octet-stream"})
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", re.IGNORECASE | re.ASCII)
NAMELESS = "vedlegg"


def safe_names(files: Iterable[tuple[str, str]]) -> list[str]:
    """Names for files, given as name and media type: ASCII, one suffix, and no two alike in any letter case."""
    taken: set[str] = set()
    names: list[str] = []
    for name, media_type in files:
        stem, suffix = _parts(name, media_type)
        chosen, number = stem + suffix, 1
        while chosen.lower() in taken:
            number += 1
            mark = f"-{number}"
            chosen = stem[: LONGEST - len(suffix) - len(mark)] + mark + suffix
        taken.add(chosen.lower())
        names.append(chosen)
    return names


def media_type(name: str, given: str) -> str:
    """The type to upload as: as given, or by the name where nothing usable is."""
    plain = given.partition(";")[0].strip().lower()
    if plain not in GENERIC and MEDIA_TYPE.fullmatch(plain):
        return plain
    return TYPES.guess_type(name, strict=False)[0] or "application/octet-stream"


def suffix_of(name: str) -> str:
    """The suffix in lower case with its dot; empty where there is none."""
    found = SUFFIX.search(name)
    return found.group().lower() if found else ""


def _parts(name: str, given: str) -> tuple[str, str]:
    last = re.split(r"[/\\]", name)[-1].strip(" .")
    found = SUFFIX.search(last)
    suffix = found.group() if found else (TYPES.guess_extension(given.partition(";")[0].strip()) or ".bin")
    stem = last[: found.start()] if found else last
    plain = unicodedata.normalize("NFKD", stem.translate(LETTERS))
    plain = OUTSIDE.sub("_", "".join(sign for sign in plain if not unicodedata.combining(sign))).strip("_-")
    if RESERVED.fullmatch(plain):
        plain = f"fil-{plain}"
    return (plain or NAMELESS)[: LONGEST - len(suffix)], suffix
