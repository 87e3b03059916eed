"""Starts the process that sets a letter, and reads what it left."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from dispatch.bounded_process import run_in_process
from dispatch.core import DispatchError, Letter
from dispatch.typesetting.pictures import settable

LARGEST_HTML = 4_000_000  # characters
MEMORY = 900_000_000  # bytes of addresses, of an instance's two gigabytes
_PAGE = "dispatch.typesetting.page"
_SCRIPTS = {
    "arabic": "arabisk", "bopomofo": "kinesisk", "cjk": "kinesisk", "ethiopic": "etiopisk", "hangul": "koreansk",
    "hebrew": "hebraisk", "hiragana": "japansk", "katakana": "japansk", "thai": "thai", "tibetan": "tibetansk",
}  # fmt: skip


class PdfError(DispatchError):
    """No PDF can be made of the letter; the caller keeps it as HTML instead. ``why`` is for people, in Norwegian."""

    def __init__(self, message: str, *, why: str = "") -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class PdfFile:
    """The PDF, what it claims to conform to, and what of the letter it shows in another way."""

    content: bytes
    standard: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A letter, and what stands around it on the page."""

    letter: Letter
    title: str
    author: str
    created: datetime
    language: str
    footer: str
    facts: Sequence[tuple[str, str]]
    words: Mapping[str, str] = field(default_factory=lambda: {"page": "Side", "of": "av"})


Runner = Callable[[Path], bool]  # sets what lies in the folder; whether it was done


class Typesetter(Protocol):
    """Whoever sets the pages: ``set_letter``, or what remembers its work."""

    def __call__(self, job: Job, *, seconds: float) -> PdfFile:
        """As ``set_letter``."""
        ...


def set_letter(job: Job, *, seconds: float, memory: int = MEMORY, runner: Runner | None = None) -> PdfFile:
    """The letter as PDF, set in a process of its own; without its pictures where it could not be done with them.

    Raises:
        PdfError: it can't be made, or not in time.
    """
    if len(job.letter.html) > LARGEST_HTML:
        raise PdfError("the letter is too long", why="Meldingen er for lang.")
    run = runner or partial(_in_a_process, seconds=seconds, memory=memory)
    made = _attempt(job, run, with_pictures=True)
    if made is None and job.letter.inline:
        made = _attempt(job, run, with_pictures=False)
    if made is None:
        raise PdfError(f"not done in {seconds:g} seconds and {memory / 1e6:.0f} MB", why="Meldingen er for stor.")
    return made


def _attempt(job: Job, run: Runner, *, with_pictures: bool) -> PdfFile | None:
    """Set once; None where time or memory ran out."""
    with tempfile.TemporaryDirectory(prefix="letter-") as name:
        folder = Path(name)
        _write(folder, job, with_pictures=with_pictures)
        return _read(folder) if run(folder) else None


def _write(folder: Path, job: Job, *, with_pictures: bool) -> None:
    """All that the process may read."""
    pictures, left_out = settable(job.letter.inline)
    if not with_pictures:
        pictures, left_out = {}, [part.name for part in job.letter.inline]
    for file, part in pictures.items():
        (folder / file).write_bytes(part.content)
    values = {
        "html": job.letter.html,
        "pictures": {f"cid:{part.content_id}": file for file, part in pictures.items()},
        "names": {file: part.name for file, part in pictures.items()},
        "left_out": left_out,
        "created": job.created.timestamp(),
        **{name: getattr(job, name) for name in ("title", "author", "language", "footer", "facts", "words")},
    }
    (folder / "job.json").write_text(json.dumps(values), encoding="utf-8")


def _in_a_process(folder: Path, *, seconds: float, memory: int) -> bool:
    return run_in_process(_PAGE, folder, seconds=seconds, memory=memory) and (folder / "result.json").exists()


def _read(folder: Path) -> PdfFile:
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    if error := result.get("error", ""):
        scripts = sorted({_SCRIPTS.get(script, script) for script in result.get("scripts", ())})
        why = f"Skriften i PDF-en mangler tegn for {' og '.join(scripts)} skrift." if scripts else ""
        raise PdfError(error, why=why)
    return PdfFile((folder / "letter.pdf").read_bytes(), result["standard"], tuple(result["left_out"]))
