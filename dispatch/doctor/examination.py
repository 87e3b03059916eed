"""Makes every check of the table, and says of each failure what to do, as soon as it is known.

A check that can't be made because an earlier one failed is left out: the first failure is the one to fix.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

from dispatch.core import BadConfiguration, DispatchError, Language
from dispatch.doctor.causes import SILENT, cause_of, trouble_of
from dispatch.doctor.eformidling import eformidling_checks
from dispatch.doctor.findings import Finding
from dispatch.doctor.letters import letter_checks
from dispatch.doctor.pureservice import pureservice_checks
from dispatch.doctor.returned_mail import returned_mail_checks
from dispatch.doctor.sender_domain import sender_domain_checks
from dispatch.doctor.settings import look_checks, name_checks, secret_checks, settings_checks, unresolved
from dispatch.doctor.storage import storage_checks
from dispatch.doctor.transports import transport_checks
from dispatch.doctor.troubles import plain
from dispatch.ports import Check, Clock, Known, Trouble
from dispatch.settings import Settings, in_norwegian
from dispatch.wiring import Resources, now

CONCERNS: tuple[Callable[[Resources, Clock], Sequence[Check]], ...] = (
    pureservice_checks,
    lambda resources, _: storage_checks(resources),
    lambda resources, _: transport_checks(resources),
    returned_mail_checks,
    lambda resources, _: letter_checks(resources),
    lambda resources, _: sender_domain_checks(resources),
    lambda resources, _: eformidling_checks(resources),
)
LONGEST = 5.0  # seconds of one check


async def examine(
    environ: Mapping[str, str] | None = None, *, language: Language = "en", clock: Clock = now
) -> list[Finding]:
    """Every check in order."""
    return [finding async for finding in examining(environ, language=language, clock=clock)]


async def examining(
    environ: Mapping[str, str] | None = None, *, language: Language = "en", clock: Clock = now
) -> AsyncGenerator[Finding, None]:
    """Every check in order, each as it ends."""
    examination = _Examination(language)
    async for finding in examination.made(settings_checks(environ)):
        yield finding
    if examination.failed:
        return
    settings = Settings.from_environ(environ)
    async for finding in examination.made([*name_checks(environ), *secret_checks(settings), *look_checks(settings)]):
        yield finding
    if unresolved(settings):
        return
    resources = Resources(settings)
    try:
        for concern in CONCERNS:
            async for finding in examination.made(concern(resources, clock)):
                yield finding
    finally:
        await resources.close()


class _Examination:
    """Remembers what failed, and leaves out what needs it or connects to the same place.

    What only can't be asked now is no fault of what is set up: what doesn't ask the same place is asked.
    """

    def __init__(self, language: Language) -> None:
        self.failed: set[str] = set()
        self._out: set[str] = set()  # what can't be asked now, which says nothing of what is set up
        self._language = language

    async def made(self, checks: Sequence[Check]) -> AsyncIterator[Finding]:
        for check in checks:
            if self.failed & {check.needs, check.places.address}:
                self.failed.add(check.name)
                continue
            if self._out & {check.needs, check.places.address}:
                continue
            found = await _asked(check)
            if isinstance(found, Trouble) and found.passes:
                self._out |= {check.name, found.root} - {""}
            elif isinstance(found, Trouble) and found.fails:
                self.failed |= {check.name, found.root} - {""}
            yield _finding(check, found, self._language)


async def _asked(check: Check) -> Trouble | Known | None:
    from azure.core.exceptions import AzureError

    try:
        async with asyncio.timeout(LONGEST):
            return await check.ask()
    except TimeoutError:
        return trouble_of(SILENT, check.places) if check.places.address else plain(f"> {LONGEST:.0f} s")
    except (DispatchError, AzureError, OSError, ValueError) as error:
        # The last two: a file that isn't there, or a value that an SDK can't read.
        return cause_of(error, check.places) or _words_of(error)


def _finding(check: Check, found: Trouble | Known | None, language: Language) -> Finding:
    name, remedy = check.words(language)
    if not isinstance(found, Trouble):
        return Finding(check.name, True, name, found.said(language) if found else "")
    if found.remedy is not None:
        remedy = found.remedy.nb if language == "nb" else found.remedy.en
    return Finding(check.name, False if found.fails else None, name, found.said(language), remedy)


def _words_of(error: Exception) -> Trouble:
    """The error in one line; a storage error's code says more than its page of text."""
    if isinstance(error, BadConfiguration):
        return Trouble("; ".join(map(in_norwegian, error.problems)), "; ".join(error.problems))
    return plain(_line_of(error))


def _line_of(error: Exception) -> str:
    if code := getattr(error, "error_code", None):
        return f"{type(error).__name__}: {getattr(code, 'value', code)}"
    words = getattr(error, "words", "")  # the server's own, which whoever runs the doctor may read
    lines = f"{error} {words}".strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
