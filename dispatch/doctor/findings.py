"""What the checks found, for a pipeline or to a person."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dispatch.core import Language

MARKS = {True: "✓", False: "✗", None: "!"}
WELL: dict[Language, str] = {"nb": "Alt er i orden.", "en": "All is well."}
SUMMARY: dict[Language, str] = {
    "nb": "Av {all} kontroller: {failed} feilet (✗), {looks} bør ses på (!).",
    "en": "Of {all} checks: {failed} failed (✗), {looks} need a look (!).",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``ok`` is None where it works, or can't be known, and needs a look, which is no failure."""

    check: str
    ok: bool | None
    name: str
    detail: str = ""
    remedy: str = ""


def failures(findings: Sequence[Finding]) -> int:
    """How many checks failed."""
    return sum(finding.ok is False for finding in findings)


def looks(findings: Sequence[Finding]) -> int:
    """How many need a look."""
    return sum(finding.ok is None for finding in findings)


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """For a pipeline."""
    return {
        "ok": not failures(findings),
        "failed": failures(findings),
        "looks": looks(findings),
        "checks": [asdict(finding) for finding in findings],
    }


def as_lines(finding: Finding) -> str:
    """For a person: the mark, what was checked, and the remedy under what isn't well."""
    line = f" {MARKS[finding.ok]}  {finding.name}" + (f": {finding.detail}" if finding.detail else "")
    return f"{line}\n    → {finding.remedy}" if finding.remedy else line


def summary(findings: Sequence[Finding], *, language: Language) -> str:
    """The last line, which counts what failed and what needs a look."""
    failed, looked = failures(findings), looks(findings)
    if not failed and not looked:
        return WELL[language]
    return SUMMARY[language].format(all=len(findings), failed=failed, looks=looked)


def as_table(findings: Sequence[Finding], *, language: Language) -> str:
    """All of it."""
    return "\n".join([*map(as_lines, findings), "", summary(findings, language=language)])
