"""The archive that a workbook is, unpacked part by part by one who counts: its own figures may lie."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from dispatch.adapters.spreadsheets.unreadable import Unreadable
from dispatch.ports import FileFault, SheetLimits

# Few and large: the XML parser of some versions reads what it holds of an unfinished tag again with every chunk.
_CHUNK = 1_000_000
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error,
    EOFError, OSError, ValueError, OverflowError, IndexError, RuntimeError, NotImplementedError,
)  # fmt: skip


class Archive:
    """The parts by name, in whatever letter case; of two with one name only the first is there."""

    def __init__(self, content: bytes, limits: SheetLimits) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _BROKEN as error:
            raise Unreadable(FileFault.BROKEN) from error
        found = self._zip.infolist()
        if len(found) > limits.parts:
            raise Unreadable(FileFault.TOO_MANY_PARTS, most=limits.parts)
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for part in found:
            self._parts.setdefault(part.filename.lower(), part)
        self._most = limits.unpacked
        self._room = limits.unpacked

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def any_in(self, folder: str) -> bool:
        """Whether some part lies in the folder."""
        return any(name.startswith(f"{folder.lower()}/") for name in self._parts)

    def name_of(self, name: str) -> str:
        """The part's name as the archive writes it."""
        return self._parts[name.lower()].filename

    def chunks(self, name: str) -> Iterator[bytes]:
        """The part's content, until it is at its end or past what may be unpacked of the whole file."""
        part = self._parts.get(name.lower())
        if part is None:
            raise Unreadable(FileFault.BROKEN)
        if part.flag_bits & _ENCRYPTED:
            raise Unreadable(FileFault.PASSWORD)
        if part.compress_type not in _METHODS:
            raise Unreadable(FileFault.BROKEN)
        try:
            yield from self._counted(part)
        except _BROKEN as error:
            raise Unreadable(FileFault.BROKEN) from error

    def whole(self, name: str) -> bytes:
        """The part's content in one piece."""
        return b"".join(self.chunks(name))

    def _counted(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        with self._zip.open(part) as opened:
            while chunk := opened.read(_CHUNK):
                self._room -= len(chunk)
                if self._room < 0:
                    raise Unreadable(FileFault.TOO_LARGE_UNPACKED, most=self._most)
                yield chunk
