"""The files of one message as they are uploaded: arkivmelding.xml, the letter, its attachments."""

import re
from dataclasses import dataclass

from dispatch.adapters.eformidling import document_names
from dispatch.adapters.eformidling.arkivmelding import Document, Origin, arkivmelding, plain, title_of
from dispatch.adapters.eformidling.responses import EFORMIDLING
from dispatch.core import ExchangeMessage, MessageRefused

DESCRIPTION = "arkivmelding.xml"
DPF, DPV = "DPF", "DPV"
PDF = ".pdf"
MOST_FILES_OF_DPV = 100
# Altinn's list. It refuses others after the integration point has accepted them, and nobody is told until the message
# expires; so here they are refused at once.
DPV_TAKES = frozenset(
    [
        ".doc",
        ".xls",
        ".docx",
        ".xlsx",
        ".ppt",
        ".pps",
        ".zip",
        ".pdf",
        ".html",
        ".txt",
        ".xml",
        ".jpg",
        ".jpeg",
        ".gif",
        ".bmp",
        ".png",
        ".json",
        ".csv",
        ".dcm",
        ".dicom",
    ]
)


@dataclass(frozen=True, slots=True)
class File:
    """One file; ``title`` is what a receiver sees in Altinn, ``name`` is safe everywhere."""

    name: str
    title: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parcel:
    """``files`` in the order of upload: the description comes first, then the main document."""

    files: tuple[File, ...]
    main_name: str


def pack(message: ExchangeMessage, origin: Origin, *, service: str, max_bytes: int) -> Parcel:
    """The files of the message, fit for the service. The same bytes and names at every attempt.

    Raises:
        MessageRefused: the service would not carry it.
    """
    parts = (message.main, *message.attachments)
    names = document_names.safe_names((part.name, part.content_type) for part in parts)
    documents = tuple(
        File(name, plain(part.name) or name, document_names.media_type(name, part.content_type), part.content)
        for name, part in zip(names, parts, strict=True)
    )
    _check(documents, service)
    # The letter goes by the title of the case, an attachment by its own name.
    titles = (title_of(message), *(file.title for file in documents[1:]))
    listed = [Document(file.name, title) for file, title in zip(documents, titles, strict=True)]
    about = File(DESCRIPTION, "Arkivmelding", "application/xml", arkivmelding(message, listed, origin))
    files = (about, *documents)
    if sum(len(file.content) for file in files) > max_bytes:
        raise MessageRefused(EFORMIDLING, "TooLarge", f"more than {max_bytes} bytes")
    return Parcel(files, names[0])


def _check(documents: tuple[File, ...], service: str) -> None:
    if service == DPF and document_names.suffix_of(documents[0].name) != PDF:
        raise MessageRefused(EFORMIDLING, "MainDocumentNotPdf", f"for {service}")
    if service != DPV:
        return
    if len(documents) > MOST_FILES_OF_DPV:
        raise MessageRefused(EFORMIDLING, "TooManyFiles", f"more than {MOST_FILES_OF_DPV} for {service}")
    for suffix in (document_names.suffix_of(file.name) for file in documents):
        if suffix not in DPV_TAKES:
            told = suffix if re.fullmatch(r"\.[a-z]{1,5}", suffix) else "another"
            raise MessageRefused(EFORMIDLING, "FileTypeNotAllowed", f"{told} for {service}")
