"""Makes every check of the table, and says of each failure what to do.

A check that can't be made because an earlier one failed is left out: the first failure is the one to fix.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from dispatch.core import DispatchError, Language
from dispatch.doctor.eformidling import eformidling_checks
from dispatch.doctor.findings import Finding, failures
from dispatch.doctor.pureservice import pureservice_checks
from dispatch.doctor.sender_domain import sender_domain_checks
from dispatch.doctor.settings import secret_checks, settings_checks, unresolved
from dispatch.doctor.storage import storage_checks
from dispatch.doctor.transports import transport_checks
from dispatch.doctor.troubles import plain
from dispatch.ports import Check, Trouble
from dispatch.settings import Settings
from dispatch.wiring import Resources

CONCERNS: tuple[Callable[[Resources], Sequence[Check]], ...] = (
    pureservice_checks,
    storage_checks,
    transport_checks,
    sender_domain_checks,
    eformidling_checks,
)


async def examine(environ: Mapping[str, str] | None = None, *, language: Language = "en") -> list[Finding]:
    """Every check in order."""
    found = await _made(settings_checks(environ), language)
    if failures(found):
        return found
    settings = Settings.from_environ(environ)
    found += await _made(secret_checks(settings), language)
    if unresolved(settings):
        return found
    resources = Resources(settings)
    try:
        for concern in CONCERNS:
            found += await _made(concern(resources), language)
    finally:
        await resources.close()
    return found


async def _made(checks: Iterable[Check], language: Language) -> list[Finding]:
    found: list[Finding] = []
    failed: set[str] = set()
    for check in checks:
        if check.needs in failed:
            continue
        finding = _finding(check, await _asked(check), language)
        found.append(finding)
        if finding.ok is False:
            failed.add(check.name)
    return found


async def _asked(check: Check) -> Trouble | None:
    from azure.core.exceptions import AzureError

    try:
        return await check.ask()
    except (DispatchError, AzureError, OSError, ValueError) as error:
        # The last two: a file that isn't there, or a value that an SDK can't read.
        return plain(_told(error))


def _finding(check: Check, trouble: Trouble | None, language: Language) -> Finding:
    name, remedy = check.words(language)
    if trouble is None:
        return Finding(check.name, True, name)
    return Finding(check.name, False if trouble.certain else None, name, trouble.said(language), remedy)


def _told(error: Exception) -> str:
    """The error in one line; a storage error's code says more than its page of text."""
    if code := getattr(error, "error_code", None):
        return f"{type(error).__name__}: {code}"
    words = getattr(error, "words", "")  # the server's own, which whoever runs the doctor may read
    lines = f"{error} {words}".strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
