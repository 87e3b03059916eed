"""The letter as it was sent, as a PDF for the archive: PDF/A-2, tagged, with its fonts in it.

Typst sets a fixed template that is fed the letter as data. No system fonts, no programs, nothing fetched.
"""

import asyncio
import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dispatch.errors import DispatchError
from dispatch.model import Letter, Mailbox
from dispatch.report.glyphs import drawable, named
from dispatch.report.images import settable
from dispatch.report.outline import TooLarge, outline_of
from dispatch.report.texts import moment_text, number

TEMPLATE = Path(__file__).parent / "templates" / "letter.typ"
SECONDS = 30.0
LARGEST_HTML = 4_000_000  # characters

# The best that the letter allows: archive and accessible, archive with structure, archive as it looks.
STANDARDS = (("a-2a", "ua-1"), ("a-2a",), ("a-2b",))
_NAMES = {"a-2a": "PDF/A-2a", "a-2b": "PDF/A-2b", "ua-1": "PDF/UA-1"}
_UNDRAWN = re.compile(r'the text [`"]+(?P<text>.*?)["`]+ could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_MOST_ROUNDS = 40
_LANGUAGE = re.compile(r'<html[^>]*\slang="([a-z]{2,3})\b[^"]*"', re.IGNORECASE)


class PdfError(DispatchError):
    """No PDF can be made of the letter; the caller keeps it as HTML instead."""


@dataclass(frozen=True, slots=True)
class PdfFile:
    """The PDF, what it claims to conform to, and what of the letter it could not show."""

    content: bytes
    standard: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Job:
    """Everything that Typst is given."""

    document: dict[str, Any]
    images: Mapping[str, bytes]
    created: datetime


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
    facts = [
        ("Avsender", f"{sender.name} <{sender.address}>" if sender.name else sender.address),
        ("Emne", letter.subject),
        ("Sak", str(request_number)),
        ("Klargjort", moment_text(created)),
        ("Antall mottakere", number(recipients)),
        ("Vedlegg", ", ".join(part.name for part in letter.attachments) or "Ingen"),
    ]
    made = asyncio.to_thread(_render, letter, title or letter.subject, author, facts, created, request_number)
    try:
        return await asyncio.wait_for(made, seconds)
    except TimeoutError as error:
        raise PdfError(f"not done in {seconds:.0f} seconds") from error


def _render(
    letter: Letter, title: str, author: str, facts: Sequence[tuple[str, str]], created: datetime, request_number: int
) -> PdfFile:
    if len(letter.html) > LARGEST_HTML:
        raise PdfError("the letter is too long")
    images, left_out = settable(letter.inline)
    files = {part.content_id: name for name, part in images.items()}
    try:
        blocks = outline_of(letter.html, picture=lambda source: files.get(source.removeprefix("cid:")))
    except (TooLarge, RecursionError) as error:
        raise PdfError(f"the letter can't be read: {error}") from error
    document = {
        "title": title,
        "author": author,
        "language": _language(letter.html),
        "footer": f"Sak {request_number}",
        "words": {"page": "Side", "of": "av"},
        "facts": facts,
        "blocks": blocks,
    }
    job = _Job(document, {name: part.content for name, part in images.items()}, created)
    made, undrawn = _set(job)
    return PdfFile(made.content, made.standard, (*left_out, *(named(sign) for sign in sorted(undrawn))))


def _set(job: _Job) -> tuple[PdfFile, frozenset[str]]:
    """Sets the page in a folder of its own, which is all that Typst may read."""
    with tempfile.TemporaryDirectory(prefix="letter-") as name:
        folder = Path(name)
        shutil.copyfile(TEMPLATE, folder / TEMPLATE.name)
        for image, content in job.images.items():
            (folder / image).write_bytes(content)
        return _best(folder, job)


def _best(folder: Path, job: _Job) -> tuple[PdfFile, frozenset[str]]:
    """Tries the standards in turn, and once more for every sign that turns out to have no glyph."""
    undrawn: frozenset[str] = frozenset()
    problem = ""
    for standard in STANDARDS:
        for _ in range(_MOST_ROUNDS):
            content, problem = _compiled(folder, job, standard, undrawn)
            if content:
                return PdfFile(content, " og ".join(_NAMES[part] for part in standard)), undrawn
            found = frozenset(_signs_in(problem)) - undrawn
            if not found:
                break
            undrawn |= found
    raise PdfError(f"Typst: {problem}")


def _compiled(folder: Path, job: _Job, standard: Sequence[Any], undrawn: frozenset[str]) -> tuple[bytes, str]:
    """The PDF, or an empty one and what was wrong."""
    import typst

    document = json.dumps(_drawable(job.document, undrawn), ensure_ascii=False)
    (folder / "letter.json").write_bytes(document.encode("utf-8", "replace"))
    try:
        content: bytes = typst.compile(
            folder / "letter.typ",
            root=folder,
            format="pdf",
            ignore_system_fonts=True,
            timestamp=job.created.astimezone(UTC).replace(microsecond=0),
            pdf_standards=list(standard),
        )
    except typst.TypstError as error:
        return b"", str(error.message)
    except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception, and must not end the worker
        return b"", f"{type(error).__name__}: {error}"
    return content, ""


def _signs_in(problem: str) -> str:
    found = _UNDRAWN.search(problem)
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found["text"]) if found else ""


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
