"""What the checks found, told to a pipeline or to a person."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dispatch.core import Language

MARKS = {True: "✓", False: "✗", None: "?"}
SUMMARY: dict[Language, tuple[str, str]] = {
    "nb": ("Alt er i orden.", "{failed} av {all} kontroller feilet."),
    "en": ("All is well.", "{failed} of {all} checks failed."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``ok`` is None where nothing can tell, which is no failure."""

    check: str
    ok: bool | None
    name: str
    detail: str = ""
    remedy: str = ""


def failures(findings: Sequence[Finding]) -> int:
    """How many checks failed."""
    return sum(finding.ok is False for finding in findings)


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """For a pipeline."""
    return {"ok": not failures(findings), "checks": [asdict(finding) for finding in findings]}


def as_table(findings: Sequence[Finding], *, language: Language) -> str:
    """For a person: one line a check, and the remedy under what failed."""
    lines = []
    for finding in findings:
        lines.append(f" {MARKS[finding.ok]}  {finding.name}" + (f": {finding.detail}" if finding.detail else ""))
        if finding.remedy:
            lines.append(f"    → {finding.remedy}")
    well, ill = SUMMARY[language]
    failed = failures(findings)
    lines += ["", ill.format(failed=failed, all=len(findings)) if failed else well]
    return "\n".join(lines)
