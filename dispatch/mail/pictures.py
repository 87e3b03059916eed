"""Pictures inside a letter: those that the reader couldn't fetch go with it, and each says what it shows."""

import base64
import binascii
import hashlib
import io
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import SplitResult, unquote, unquote_to_bytes, urlsplit

from dispatch.core import NamesInUse, Part
from dispatch.mail.file_kinds import rare_picture
from dispatch.mail.links import on_the_web
from dispatch.mail.markup import Attributes


@dataclass(frozen=True, slots=True)
class FileOnTicket:
    """A file that lies on the ticket, fetched."""

    id: int
    name: str
    content_type: str
    content: bytes


_DOWNLOAD = re.compile(r"/attachment/download/(\d+)/?$", re.IGNORECASE)
_IMAGE_TYPE = re.compile(r"image/[a-z0-9.+-]{1,60}")
_ORNAMENT = re.compile(r"(?:spacer|pixel|blank|transparent|divider|separator|strek|skille)", re.IGNORECASE)
_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".svg": "image/svg+xml",
}
# The others are XML, or containers that are read in full.
_MEASURED = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"RIFF")
_NO_PICTURE = 2  # pixels: nothing is shown by so little
_UNDESCRIBED = re.compile(r"bilde \d+|.+\.(?:png|jpe?g|gif|webp|bmp|svg|tiff?|emf|wmf)", re.IGNORECASE)


class Pictures:
    """Takes the pictures of one letter and gathers the parts that must go with it."""

    def __init__(self, files: Sequence[FileOnTicket]) -> None:
        self._files = files
        self._names = NamesInUse()
        self._parts: dict[str, Part] = {}
        self._seen = 0
        self.used: set[int] = set()
        self.problems: list[str] = []

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the letter shows by ``cid:``, in the order of its first showing."""
        return tuple(self._parts.values())

    def take(self, attributes: Attributes, base: str = "") -> Attributes:
        """The image's attributes as they go out: a source that the reader can open, and a text in its place.

        Where no reader could open it, the source is empty, and the text is what the writer gave.
        """
        self._seen += 1
        source = attributes.get("src", "").strip()
        changed = {**attributes, "src": source}
        file = self._file(source)
        if file:
            self.used.add(file.id)
            changed["src"] = self._shown(file.name, _picture_type(file), file.content)
        elif data := _decoded(source):
            kind, content = data
            changed["src"] = self._shown(f"bilde-{self._seen}{_extension(kind)}", kind, content)
        elif _url(source).scheme not in {"http", "https"} or not _url(source).netloc:
            whole = on_the_web(source, base) if source else ""
            if not whole:
                return self._lost(attributes, source)
            changed["src"] = whole
        if "alt" not in changed:
            changed["alt"] = self._stand_in(changed, file.name if file else _name_in(source))
        if is_undescribed(changed["alt"]):
            self.problems.append(f"Bildet «{changed['alt']}» mangler en tekst som sier hva det viser.")
        return changed

    def size_of(self, source: str) -> tuple[int, int]:
        """How large the picture itself is, in pixels; (0, 0) where it lies elsewhere or doesn't say."""
        import imagesize

        part = self._parts.get(source.removeprefix("cid:"))
        if part is None or not part.content.startswith(_MEASURED):
            return 0, 0
        try:
            width, height = imagesize.get(io.BytesIO(part.content))
        except (ValueError, LookupError, OSError, struct.error):  # a header that breaks off
            return 0, 0
        return max(int(width), 0), max(int(height), 0)

    def _shown(self, name: str, kind: str, content: bytes) -> str:
        if not content:
            self.problems.append(f"Bildet «{name}» er en tom fil (0 byte). Lim det inn på nytt.")
        elif rare := rare_picture(name, kind, content):
            self.problems.append(
                f"Bildet «{name}» er et {rare}-bilde, som mange e-postprogrammer ikke viser. "
                "Lagre det som JPEG eller PNG, og sett det inn på nytt."
            )
        return self.embed(name, kind, content)

    def _lost(self, attributes: Attributes, source: str) -> Attributes:
        alternative = attributes.get("alt", "").strip()
        name = alternative or _name_in(source)
        # Nobody misses a spacer.
        if alternative or self._stand_in(attributes, name):
            which = f"Bildet «{name}»" if name else f"Bilde nummer {self._seen} i meldingen"
            self.problems.append(f"{which} vises ikke for mottakerne. Legg det ved saken eller lim det inn på nytt.")
        return {"src": "", "alt": alternative}

    def embed(self, name: str, content_type: str, content: bytes) -> str:
        """Adds the picture once and returns the source that shows it."""
        identity = f"bilde-{hashlib.sha256(content).hexdigest()[:20]}@utsendelse"
        if identity not in self._parts:
            self._parts[identity] = Part(self._names.unique(name), content_type, content, identity)
        return f"cid:{identity}"

    def _file(self, source: str) -> FileOnTicket | None:
        pictures = [file for file in self._files if _picture_type(file)]
        url = _url(source)
        if download := _DOWNLOAD.search(url.path):
            return next((file for file in pictures if file.id == int(download.group(1))), None)
        if url.scheme in {"http", "https", "blob", "file"} or url.netloc:
            return None
        name = unquote(url.path).casefold()
        names = {name, PurePosixPath(name).name, name.partition("@")[0]}
        return next((file for file in pictures if file.name.casefold() in names), None)

    def _stand_in(self, attributes: Attributes, name: str) -> str:
        sizes = (attributes.get("width", ""), attributes.get("height", ""))
        tiny = any(size.isdecimal() and int(size) <= _NO_PICTURE for size in sizes)
        hidden = attributes.get("role") in {"presentation", "none"} or attributes.get("aria-hidden") == "true"
        if tiny or hidden or _ORNAMENT.search(name):
            return ""
        return name or f"Bilde {self._seen}"


def is_undescribed(alternative: str) -> bool:
    """Whether the text in an image's place is only a file name or a number."""
    return _UNDESCRIBED.fullmatch(alternative.strip()) is not None


def _picture_type(file: FileOnTicket) -> str:
    given = file.content_type.partition(";")[0].strip().lower()
    return given if given.startswith("image/") else _TYPES.get(PurePosixPath(file.name).suffix.lower(), "")


def _url(source: str) -> SplitResult:
    whole = f"https:{source}" if source.startswith("//") else source
    try:
        return urlsplit("" if _is_data(source) else whole)
    except ValueError:  # a broken host in brackets
        return urlsplit("")


def _is_data(source: str) -> bool:
    return source[:5].lower() == "data:"


def _decoded(source: str) -> tuple[str, bytes] | None:
    head, comma, data = source.partition(",")
    kind, *parameters = head[5:].lower().split(";")
    if not (_is_data(source) and comma and _IMAGE_TYPE.fullmatch(kind.strip())):
        return None
    if "base64" not in (parameter.strip() for parameter in parameters):
        return kind.strip(), unquote_to_bytes(data)
    try:
        blank = {9: None, 10: None, 13: None, 32: None}
        return kind.strip(), base64.b64decode(unquote(data).translate(blank), validate=True)
    except (binascii.Error, ValueError):
        return None


def _extension(kind: str) -> str:
    return next((extension for extension, known in _TYPES.items() if known == kind), "")


def _name_in(source: str) -> str:
    name = PurePosixPath(unquote(_url(source).path)).name
    return name if "." in name else ""
