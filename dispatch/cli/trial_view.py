"""The doctor's trial of a tenant, from the terminal."""

import asyncio
from collections.abc import Callable

from dispatch import doctor
from dispatch.cli import outcome
from dispatch.cli.outcome import Exit
from dispatch.cli.texts import Texts
from dispatch.core import BadConfiguration
from dispatch.doctor import Finding


def tried(texts: Texts, *, zone: str, confirm: Callable[[str], None], as_json: bool) -> list[Finding] | Exit:
    """What the trial found, after ``confirm`` was told what it writes; an exit code where the settings are wrong."""
    from dispatch.settings import Settings

    try:
        settings = Settings.from_environ()
    except BadConfiguration as error:
        code, lines = outcome.explained(error, texts)
        outcome.tell(lines, code, as_json=as_json)
        return code
    chosen = zone or settings.pureservice_ticket_zone
    confirm(doctor.warning(settings, chosen, texts.language))
    return asyncio.run(doctor.try_tenant(settings, zone=chosen, language=texts.language))
