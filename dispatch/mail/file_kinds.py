"""What a file is, by what it begins with, where recipients can't be expected to open it."""

from pathlib import PurePosixPath

_HEIC = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"})
_BEGINNINGS = {
    b"\xd7\xcd\xc6\x9a": "WMF",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"\x78\x9f\x3e\x22": "TNEF",
}
_NAMES = {
    ".heic": "HEIC", ".heif": "HEIC", ".avif": "AVIF", ".emf": "EMF", ".wmf": "WMF", ".svg": "SVG", ".tif": "TIFF",
    ".tiff": "TIFF",
}  # fmt: skip
_XML = (b"<svg", b"<?xml")


def rare_picture(name: str, content_type: str, content: bytes) -> str:
    """The kind of a picture that mail programs and other people's machines often can't show; empty for all else."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "AVIF" if content[8:12] == b"avif" else "HEIC"
    if content[:4] == b"\x01\x00\x00\x00" and content[40:44] == b" EMF":
        return "EMF"
    if found := _BEGINNINGS.get(content[:4]):
        return "" if found == "TNEF" else found
    if content_type.startswith("image/svg") or (content.lstrip()[:5].startswith(_XML) and b"<svg" in content[:1024]):
        return "SVG"
    return "" if content else _NAMES.get(PurePosixPath(name).suffix.lower(), "")


def is_winmail(name: str, content: bytes) -> bool:
    """Whether the file is Outlook's own wrapping of a message, which only Outlook opens."""
    return name.casefold() == "winmail.dat" or _BEGINNINGS.get(content[:4]) == "TNEF"


def attachment_problem(name: str, content_type: str, content: bytes) -> str:
    """What a case worker should know of a file that goes with the letter, as a Norwegian sentence; empty if nothing."""
    if not content:
        return f"Vedlegget «{name}» er tomt (0 byte). Last det opp på nytt, eller fjern det."
    if is_winmail(name, content):
        return f"Vedlegget «{name}» kan bare åpnes i Outlook. Legg ved filene som ligger i det, hver for seg."
    if kind := rare_picture(name, content_type, content):
        return f"Vedlegget «{name}» er et {kind}-bilde, som mange ikke kan åpne. Legg det ved som JPEG, PNG eller PDF."
    return ""
