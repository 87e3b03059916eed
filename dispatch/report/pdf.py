"""The letter as it was sent, as a PDF for the archive: PDF/A-2, tagged, with its fonts in it.

Typst sets a fixed template that is fed the letter as data: no programs, no fonts of the machine's, nothing fetched.
Why so: ``docs/decisions/0001-pdf.md``.
"""

import asyncio
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dispatch.core import DispatchError, Letter, Mailbox, Part
from dispatch.report.glyphs import drawable, named, undrawn_in
from dispatch.report.images import settable
from dispatch.report.outline import Outline, TooLarge, outline_of
from dispatch.report.texts import moment_text, number

TEMPLATE = Path(__file__).parent / "templates" / "letter.typ"
SECONDS = 30.0
LARGEST_HTML = 4_000_000  # characters
MOST_UNDRAWN = 40  # more than so many different signs is a script that the fonts lack; names would be no letter

# The best that the letter allows: archive with structure and accessible, archive with structure, archive as it looks.
STANDARDS = (("a-2a", "ua-1"), ("a-2a",), ("a-2b",))
_NAMES = {"a-2a": "PDF/A-2a", "a-2b": "PDF/A-2b", "ua-1": "PDF/UA-1"}
_UNDRAWN = re.compile(r'the text [`"]+(?P<text>.*?)["`]+ could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_LANGUAGE = re.compile(r'<html[^>]*\slang="([a-z]{2,3})\b', re.IGNORECASE)
_PROBE = "#image({name})\n"


class PdfError(DispatchError):
    """No PDF can be made of the letter; the caller keeps it as HTML instead."""


@dataclass(frozen=True, slots=True)
class PdfFile:
    """The PDF, what it claims to conform to, and what of the letter it shows in another way."""

    content: bytes
    standard: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around the letter on the page."""

    title: str
    author: str
    created: datetime
    request_number: int
    facts: tuple[tuple[str, str], ...]


async def render_pdf(
    letter: Letter,
    *,
    author: str,
    created: datetime,
    sender: Mailbox,
    request_number: int,
    recipients: int,
    title: str = "",
    seconds: float = SECONDS,
) -> PdfFile:
    """The letter as PDF, with who sent it, when, and to how many; the same input gives the same bytes.

    Raises:
        PdfError: it can't be made, or not in time.
    """
    facts = (
        ("Avsender", f"{sender.name} <{sender.address}>" if sender.name else sender.address),
        ("Emne", letter.subject),
        ("Sak", str(request_number)),
        ("Klargjort", moment_text(created)),
        ("Antall mottakere", number(recipients)),
        ("Vedlegg", ", ".join(part.name for part in letter.attachments) or "Ingen"),
    )
    frame = _Frame(
        title or letter.subject, author, created.astimezone(UTC).replace(microsecond=0), request_number, facts
    )
    try:
        return await asyncio.wait_for(asyncio.to_thread(_render, letter, frame), seconds)
    except TimeoutError as error:
        raise PdfError(f"not done in {seconds:g} seconds") from error


def _render(letter: Letter, frame: _Frame) -> PdfFile:
    """Sets the page in a folder of its own, which is all that Typst may read."""
    if len(letter.html) > LARGEST_HTML:
        raise PdfError("the letter is too long")
    with tempfile.TemporaryDirectory(prefix="letter-") as name:
        folder = Path(name)
        pictures, left_out = settable(letter.inline)
        for file, part in pictures.items():
            (folder / file).write_bytes(part.content)
        for file in [file for file in pictures if not _can_be_set(folder, file)]:
            left_out.append(pictures.pop(file).name)
        shutil.copyfile(TEMPLATE, folder / TEMPLATE.name)
        return _best(folder, letter, frame, _outline(letter, pictures), left_out)


def _outline(letter: Letter, pictures: dict[str, Part]) -> Outline:
    files = {f"cid:{part.content_id}": file for file, part in pictures.items()}
    try:
        return outline_of(letter.html, picture=files.get)
    except (TooLarge, RecursionError) as error:
        raise PdfError(f"the letter can't be read: {error}") from error


def _best(folder: Path, letter: Letter, frame: _Frame, outline: Outline, left_out: Sequence[str]) -> PdfFile:
    """Tries the standards in turn, and once more for every sign that turns out to have no glyph."""
    document: dict[str, Any] = {
        "title": frame.title,
        "author": frame.author,
        "language": _language(letter.html),
        "footer": f"Sak {frame.request_number}",
        "words": {"page": "Side", "of": "av"},
        "blocks": outline.blocks,
    }
    undrawn = undrawn_in(json.dumps([document, frame.facts], ensure_ascii=False))
    problem = ""
    for standard in STANDARDS:
        while len(undrawn) <= MOST_UNDRAWN:
            facts = [*frame.facts, *_remarks(outline, left_out, undrawn)]
            whole = json.dumps(_drawable({**document, "facts": facts}, undrawn), ensure_ascii=False)
            (folder / "letter.json").write_bytes(whole.encode("utf-8", "replace"))
            content, problem = _compiled(folder, TEMPLATE.name, standard, frame.created)
            if content:
                told = (*left_out, *outline.remote, *(named(sign) for sign in sorted(undrawn)))
                return PdfFile(content, " og ".join(_NAMES[part] for part in standard), told)
            found = _signs_in(problem) - undrawn
            if not found:
                break
            undrawn |= found
        else:
            raise PdfError("the letter is in a script that the embedded fonts lack")
    raise PdfError(f"Typst: {problem}")


def _remarks(outline: Outline, left_out: Sequence[str], undrawn: frozenset[str]) -> list[tuple[str, str]]:
    """What the reader of the archive copy must know about how it differs from the letter."""
    remarks = []
    if left_out or outline.remote:
        names = ", ".join(dict.fromkeys((*left_out, *outline.remote)))
        remarks.append(("Bilder", f"Disse kunne ikke tas med i denne kopien: {names}"))
    if undrawn:
        remarks.append(("Tegn", "Tegn som skriften her mangler, er skrevet med navn i hakeparentes"))
    return remarks


def _can_be_set(folder: Path, file: str) -> bool:
    (folder / "probe.typ").write_text(_PROBE.format(name=json.dumps(file)), encoding="utf-8")
    content, _ = _compiled(folder, "probe.typ", STANDARDS[-1], datetime(2000, 1, 1, tzinfo=UTC))
    return bool(content)


def _compiled(folder: Path, source: str, standard: Sequence[Any], created: datetime) -> tuple[bytes, str]:
    """The PDF, or an empty one and what was wrong."""
    import typst

    try:
        content: bytes = typst.compile(
            folder / source,
            root=folder,
            format="pdf",
            ignore_system_fonts=True,
            timestamp=created,
            pdf_standards=list(standard),
        )
    except typst.TypstError as error:
        return b"", str(error.message)
    except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception, and must not end the worker
        return b"", f"{type(error).__name__}: {error}"
    return content, ""


def _signs_in(problem: str) -> frozenset[str]:
    found = _UNDRAWN.search(problem)
    return frozenset(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), found["text"]) if found else "")


def _drawable(value: Any, undrawn: frozenset[str]) -> Any:
    """The same data with only signs that the fonts can draw."""
    if isinstance(value, str):
        return drawable(value, undrawn)
    if isinstance(value, dict):
        return {name: inner if name in {"image", "to"} else _drawable(inner, undrawn) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_drawable(inner, undrawn) for inner in value]
    return value


def _language(html: str) -> str:
    found = _LANGUAGE.search(html)
    return found[1].lower() if found else "nb"
