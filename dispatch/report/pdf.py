"""The letter as it was sent, as a PDF for the archive: PDF/A-2, tagged, with its fonts in it.

Why Typst: ``docs/decisions/0001-pdf.md``.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from dispatch.core import Letter, Mailbox
from dispatch.report.times import moment_text
from dispatch.typesetting import Job, PdfFile, Typesetter, set_letter

SECONDS = 30.0
_HEAD = 2_000  # characters, in which the language is said
_LANGUAGE = re.compile(r'<html[^>]*\slang="([a-z]{2,3})\b', re.IGNORECASE)


async def render_pdf(
    letter: Letter,
    *,
    author: str,
    created: datetime,
    senders: Sequence[Mailbox],
    request_number: int,
    title: str = "",
    seconds: float = SECONDS,
    typesetter: Typesetter = set_letter,
) -> PdfFile:
    """The letter as PDF, with who sent it and when; the same input gives the same bytes.

    Raises:
        PdfError: it can't be made, or not in time.
    """
    facts = (
        ("Avsender", ", ".join(f"{one.name} <{one.address}>" if one.name else one.address for one in senders)),
        ("Emne", letter.subject),
        ("Sak", str(request_number)),
        ("Klargjort", moment_text(created)),
        ("Vedlegg", ", ".join(part.name for part in letter.attachments) or "Ingen"),
    )
    job = Job(
        letter=letter,
        title=title or letter.subject,
        author=author,
        created=created.astimezone(UTC).replace(microsecond=0),
        language=language_in(letter.html),
        footer=f"Sak {request_number}",
        facts=facts,
    )
    return await asyncio.to_thread(typesetter, job, seconds=seconds)


def language_in(html: str) -> str:
    """The language that the letter says in its head; Norwegian where it says none."""
    found = _LANGUAGE.search(html[:_HEAD])
    return found[1].lower() if found else "nb"
