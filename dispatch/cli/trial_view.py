"""The doctor's trial of a tenant, from the terminal."""

import asyncio
import sys
from collections.abc import Callable

from dispatch import doctor
from dispatch.cli import outcome, source
from dispatch.cli.outcome import Exit
from dispatch.cli.texts import Texts
from dispatch.core import BadConfiguration


def show(texts: Texts, *, zone: str, confirm: Callable[[str], None], as_json: bool) -> Exit:
    """Tries after ``confirm`` was told what it writes, tells, and ends with 1 where something failed."""
    from dispatch.settings import Settings

    try:
        settings = Settings.from_environ(source.given())
    except BadConfiguration as error:
        code, lines = outcome.explained(error, texts)
        outcome.tell(lines, code, as_json=as_json)
        return code
    chosen = zone or settings.pureservice_ticket_zone
    confirm(doctor.warning(settings, chosen, texts.language))
    findings = asyncio.run(doctor.try_tenant(settings, zone=chosen, language=texts.language))
    if as_json:
        outcome.print_json(doctor.as_json(findings))
    else:
        sys.stdout.write(doctor.as_table(findings, language=texts.language) + "\n")
    return Exit.PROBLEMS if doctor.failures(findings) else Exit.OK
