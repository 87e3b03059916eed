"""What kind of file it is: its first bytes decide among those that are read, its ending only says what was meant."""

from pathlib import PurePosixPath

from dispatch.adapters.spreadsheets.unreadable import Unreadable
from dispatch.ports import FileFault

ZIPPED, TEXT = "zipped", "text"
_READ = frozenset({".xlsx", ".ods", ".csv"})
_MACRO_ENDINGS = frozenset({".xlsm", ".xltm", ".xlam"})
_ZIP, _OLD_OFFICE, _PDF = b"PK", b"\xd0\xcf\x11\xe0", b"%PDF"
_HTML = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<?xml", b"<style", b"<body", b"mime-version:")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEAD = 1_024
# How the container of old Office files names the parts that tell them apart.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def kind_of(content: bytes, name: str) -> str:
    """``ZIPPED`` or ``TEXT``.

    Raises:
        Unreadable: it is neither, or its name promises what is not read.
    """
    ending = PurePosixPath(name.strip()).suffix.lower()
    head = content[:_HEAD].removeprefix(_BYTE_ORDER_MARK).lstrip().lower()
    if not content.strip(b"\0 \t\r\n" + _BYTE_ORDER_MARK):
        raise Unreadable(FileFault.EMPTY)
    if content.startswith(_OLD_OFFICE):
        raise Unreadable(FileFault.PASSWORD if _ENCRYPTED in content else FileFault.OLD_EXCEL)
    if content.startswith(_PDF):
        raise Unreadable(FileFault.PDF)
    if head.startswith(_HTML):
        raise Unreadable(FileFault.HTML)
    if ending in _MACRO_ENDINGS:
        raise Unreadable(FileFault.MACROS)
    if ending not in _READ:
        raise Unreadable(FileFault.WRONG_KIND, named=ending)
    return ZIPPED if content.startswith(_ZIP) else TEXT
