"""Sets one letter as PDF. Runs in a process of its own, with a folder that holds all it may read.

The folder has ``job.json`` (a letter and what stands around it) and the pictures; ``letter.pdf`` and ``result.json``
are written there. Typst is fed a fixed template with the letter as data: no programs, no fonts of the machine's,
nothing fetched.
"""

import json
import os
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dispatch.bounded_process import limit_memory
from dispatch.document import Outline, TooManyBlocks, outline_of
from dispatch.typesetting import fonts
from dispatch.typesetting.glyphs import drawable, named, scripts_of
from dispatch.typesetting.structure import with_row_heads

TEMPLATE = Path(__file__).parent / "letter.typ"
THREADS = 2
MOST_BLOCKS = 20_000
MOST_UNDRAWN = 40  # different signs without a glyph; each costs a try

# The best that the letter allows: archive with structure and accessible, archive with structure, archive as it looks.
STANDARDS = (("a-2a", "ua-1"), ("a-2a",), ("a-2b",))
_NAMES = {"a-2a": "PDF/A-2a", "a-2b": "PDF/A-2b", "ua-1": "PDF/UA-1"}
_UNDRAWN = re.compile(r'the text [`"]+(?P<text>.*?)["`]+ could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_PROBE = "#image({name})\n"


class CanNotBeSet(Exception):
    """No PDF can be made of the letter, and trying again changes nothing. ``scripts`` are those that no font has."""

    def __init__(self, why: str, *, scripts: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.scripts = scripts


def main(folder: str, memory: int) -> None:
    """Sets the letter in the folder, within so many bytes of memory.

    Typst starts a thread for every core, each with its own stack and heap: many would use the limit up alone.
    """
    os.putenv("RAYON_NUM_THREADS", str(THREADS))
    limit_memory(memory)
    write_result(Path(folder))


def write_result(folder: Path) -> None:
    """Sets the letter in the folder, and says there how it went."""
    (folder / "result.json").write_text(json.dumps(_result(folder)), encoding="utf-8")


def _result(folder: Path) -> dict[str, Any]:
    job: dict[str, Any] = json.loads((folder / "job.json").read_bytes())
    shutil.copyfile(TEMPLATE, folder / TEMPLATE.name)
    try:
        outline = outline_of(job["html"], picture=job["pictures"].get, most=MOST_BLOCKS)
        return _Page(folder, job).set(outline)
    except (TooManyBlocks, RecursionError) as error:
        return {"error": f"the letter can't be read: {error}"}
    except CanNotBeSet as error:
        return {"error": str(error), "scripts": list(error.scripts)}


class _Page:
    def __init__(self, folder: Path, job: dict[str, Any]) -> None:
        self._folder = folder
        self._job = job
        self._created = datetime.fromtimestamp(job["created"], tz=UTC)
        self._families = fonts.families()
        self._left_out: list[str] = list(job["left_out"])
        self._undrawn: frozenset[str] = frozenset()
        self._remote: tuple[str, ...] = ()

    def set(self, outline: Outline) -> dict[str, Any]:
        """The best PDF that can be made; pictures and signs that stand in its way are left out, and named."""
        self._remote = outline.remote
        problem = ""
        for standard in STANDARDS:
            content, problem = self._drawn(outline, standard)
            if not content and (unset := self._unset_pictures()):
                return self._without(unset)
            if content:
                (self._folder / "letter.pdf").write_bytes(with_row_heads(content, outline.blocks))
                left_out = [*self._left_out, *outline.remote, *filter(None, map(named, sorted(self._undrawn)))]
                return {"standard": " og ".join(_NAMES[part] for part in standard), "left_out": left_out}
        raise CanNotBeSet(f"Typst: {problem}")

    def _without(self, unset: Sequence[str]) -> dict[str, Any]:
        """Once more, from the letter itself, without the pictures that Typst does not take."""
        names = self._job["names"]
        self._left_out += [names[file] for file in unset]
        self._job["pictures"] = {source: file for source, file in self._job["pictures"].items() if file not in unset}
        return self.set(outline_of(self._job["html"], picture=self._job["pictures"].get, most=MOST_BLOCKS))

    def _drawn(self, outline: Outline, standard: Sequence[str]) -> tuple[bytes, str]:
        """The PDF, once more for every text that turns out to have a sign without a glyph."""
        while True:
            self._write(outline)
            content, problem = self._compiled(TEMPLATE.name, standard)
            found = _signs_in(problem) - self._undrawn
            if not found:
                return content, problem
            self._undrawn |= found
            if scripts := scripts_of(found):
                raise CanNotBeSet(f"the fonts lack the script: {', '.join(scripts)}", scripts=scripts)
            if len(self._undrawn) > MOST_UNDRAWN:
                raise CanNotBeSet("the fonts lack too many of the letter's signs")

    def _write(self, outline: Outline) -> None:
        job = self._job
        document = {
            **{name: job[name] for name in ("title", "author", "language", "footer", "words")},
            "facts": [*job["facts"], *self._remarks()],
            "blocks": outline.blocks,
        }
        whole = json.dumps({**_drawable(document, self._undrawn), "fonts": self._families}, ensure_ascii=False)
        (self._folder / "letter.json").write_bytes(whole.encode("utf-8", "replace"))

    def _remarks(self) -> list[tuple[str, str]]:
        """What the reader of the archive copy must know about how it differs from the letter."""
        remarks = []
        if self._left_out or self._remote:
            names = ", ".join(dict.fromkeys((*self._left_out, *self._remote)))
            remarks.append(("Bilder", f"Disse kunne ikke tas med i denne kopien: {names}"))
        if any(map(named, self._undrawn)):
            remarks.append(("Tegn", "Tegn som skriften her mangler, er skrevet med navn i hakeparentes"))
        return remarks

    def _unset_pictures(self) -> list[str]:
        """Those that Typst does not take: broken ones, and printers' colours, which PDF/A refuses."""
        return [file for file in self._job["pictures"].values() if not self._can_be_set(file)]

    def _can_be_set(self, file: str) -> bool:
        (self._folder / "probe.typ").write_text(_PROBE.format(name=json.dumps(file)), encoding="utf-8")
        return bool(self._compiled("probe.typ", STANDARDS[-1])[0])

    def _compiled(self, source: str, standard: Sequence[Any]) -> tuple[bytes, str]:
        """The PDF, or an empty one and what was wrong."""
        import typst

        try:
            content: bytes = typst.compile(
                self._folder / source,
                root=self._folder,
                format="pdf",
                font_paths=fonts.folders(),
                ignore_system_fonts=True,
                timestamp=self._created,
                pdf_standards=list(standard),
            )
        except typst.TypstError as error:
            return b"", str(error.message)
        except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception
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
