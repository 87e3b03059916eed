"""``doctor``: each check as it ends, for a person; all of them at the end, for a program."""

import asyncio
import sys
from contextlib import aclosing

from dispatch import doctor
from dispatch.cli import outcome, source
from dispatch.cli.outcome import Exit
from dispatch.cli.texts import Texts
from dispatch.core import BadConfiguration
from dispatch.doctor import Finding


def show(texts: Texts, *, as_json: bool) -> Exit:
    """Examines, tells, and ends with 1 where a check failed."""
    try:
        findings = asyncio.run(_examined(texts, quiet=as_json))
    except BadConfiguration as error:  # of the settings file: nothing can be examined
        code, lines = outcome.explained(error, texts)
        outcome.tell(lines, code, as_json=as_json)
        return code
    if as_json:
        outcome.print_json(doctor.as_json(findings))
    else:
        sys.stdout.write(f"\n{doctor.summary(findings, language=texts.language)}\n")
    return Exit.PROBLEMS if doctor.failures(findings) else Exit.OK


async def _examined(texts: Texts, *, quiet: bool) -> list[Finding]:
    findings = []
    async with aclosing(doctor.examining(source.given(), language=texts.language)) as examination:
        async for finding in examination:
            findings.append(finding)
            if not quiet:
                sys.stdout.write(doctor.as_lines(finding) + "\n")
                sys.stdout.flush()
    return findings
