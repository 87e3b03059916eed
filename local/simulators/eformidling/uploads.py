"""What an upload's headers and content mean: the integration point's own parser, with its quirks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from local.simulators.eformidling.errors import ARKIVMELDING, NEXT_MOVE, Refusal

NOARK = "{http://www.arkivverket.no/standarder/noark5/arkivmelding}"
MAIN = "arkivmelding.xml"
FORBIDDEN = set('<>:"/\\|?*')
ALTINN = frozenset(
    ".doc .xls .docx .xlsx .ppt .pps .zip .pdf .html .txt .xml .jpg .jpeg .gif .bmp .png .json .csv .dcm .dicom".split()  # noqa: SIM905
)
RESERVED = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{device}{n}" for device in ("COM", "LPT") for n in range(1, 10))})
MOST_FILES, LONGEST = 100, 255


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it was stored."""

    name: str
    title: str
    content_type: str
    content: bytes


def disposition(header: str) -> dict[str, str]:
    """The attributes; the extended form wins. A part without ``=`` is refused, and quotes are only stripped."""
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    for part in header.split(";")[1:]:
        name, sign, value = part.strip().partition("=")
        if not sign:
            raise Refusal(500, "java.lang.IllegalArgumentException", "a part without =")
        if name.endswith("*"):
            charset, _, text = value.partition("''")
            extended[name[:-1]] = unquote(text, encoding=charset or "utf-8")
        else:
            plain[name] = value.strip('"')
    return {**plain, **extended}


def title_of(content: bytes) -> str:
    """The public title in ``arkivmelding.xml``, which is parsed on arrival and not validated."""
    try:
        root = ET.fromstring(content)  # noqa: S314 - our own client wrote it
    except ET.ParseError as error:
        raise Refusal(500, NEXT_MOVE, "not XML") from error
    post = _post(root)
    if post is None:
        raise Refusal(500, ARKIVMELDING, "no journalpost")
    return post.findtext(f"{NOARK}offentligTittel") or ""


def referenced(content: bytes) -> list[str]:
    """Files that the first journalpost names."""
    post = _post(ET.fromstring(content))  # noqa: S314 - our own client wrote it
    return [str(node.text) for node in post.iter(f"{NOARK}referanseDokumentfil")] if post is not None else []


def _post(root: Any) -> Any:
    folder = root.find(f"{NOARK}mappe")
    return None if folder is None else folder.find(f"{NOARK}basisregistrering")


def altinn_refuses(files: list[Upload]) -> str:
    """What Altinn holds against a message, after the integration point has taken it; empty where nothing."""
    shown = [file for file in files if file.name != MAIN]
    if len(shown) > MOST_FILES:
        return "too many attachments"
    for file in shown:
        stem, _, extension = file.name.rpartition(".")
        if f".{extension.lower()}" not in ALTINN:
            return f"the extension .{extension} is not allowed"
        if len(file.name) > LONGEST or FORBIDDEN & set(file.name) or stem.upper() in RESERVED:
            return "the file name is not allowed"
        if not file.title.strip() or len(file.title) > LONGEST:
            return "the title is not allowed"
    return ""


def schema_faults(content: bytes, schema: Path) -> list[str]:
    """Everything that the schema holds against an archive message."""
    from lxml import etree

    checker = etree.XMLSchema(etree.parse(str(schema)))
    try:
        checker.assertValid(etree.fromstring(content))
    except etree.DocumentInvalid as error:
        return [str(error)]
    return []
