"""Checks everything that a dispatch will need, and says of each failure what to do.

A check that can't be made because an earlier one failed is left out: the first failure is the one to mend.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from dispatch.core import BadConfiguration, DispatchError, Transport
from dispatch.doctor.texts import CANNOT_TELL, EXPIRED, NOT_FOUND, SAID, SUMMARY, UNRESOLVED, Language
from dispatch.settings import Settings
from dispatch.wiring import Wiring

REFERENCE = "@Microsoft.KeyVault("
MARKS = {True: "✓", False: "✗", None: "?"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``ok`` is None where nothing can tell, which is no failure."""

    check: str
    ok: bool | None
    name: str
    detail: str = ""
    remedy: str = ""


Problem = str | None
"""What is wrong, in a few words; None where all is well."""


async def examine(environ: Mapping[str, str] | None = None, *, language: Language = "en") -> list[Finding]:
    """Every check in order."""
    return [finding async for finding in _examine(environ, language)]


async def _examine(environ: Mapping[str, str] | None, language: Language) -> AsyncIterator[Finding]:
    try:
        settings = Settings.from_environ(environ)
    except BadConfiguration as error:
        yield _finding("settings", "; ".join(error.problems), language)
        return
    yield _finding("settings", None, language)
    unresolved = _unresolved(settings, language)
    yield _finding("secrets", "; ".join(unresolved) or _expired(settings, language), language)
    if unresolved:
        return
    wiring = Wiring(settings)
    patient = _Patient(settings, wiring, language)
    try:
        for checks in (patient.pureservice(), patient.storage(), patient.mail(), patient.exchange()):
            async for finding in checks:
                yield finding
    finally:
        await wiring.close()


class _Patient:
    """The parts under examination."""

    def __init__(self, settings: Settings, wiring: Wiring, language: Language) -> None:
        self._settings, self._wiring, self._language = settings, wiring, language

    async def pureservice(self) -> AsyncIterator[Finding]:
        s = self._settings
        try:
            tickets = self._wiring.pureservice()
            known = {status.name.casefold() for status in await tickets.statuses()}
        except DispatchError as error:
            yield self._found("pureservice", _told(error))
            return
        yield self._found("pureservice", None)
        wanted = (
            s.pureservice_dispatch_status,
            s.pureservice_121_status,
            s.pureservice_dispatch_solved_status,
            s.pureservice_ticket_status_open,
            *filter(None, [s.pureservice_dispatch_preview_status]),
        )
        yield self._found("statuses", self._missing([name for name in wanted if name.casefold() not in known]))
        look = tickets.inspection
        links = (
            s.pureservice_dispatch_link_to_company,
            s.pureservice_dispatch_link_to_user,
            s.pureservice_dispatch_link_to_ticket,
        )
        yield await self._message_type(look.has_message_type)
        yield await self._try(
            "asset_type", lambda: self._named(s.pureservice_dispatch_list_assetname, look.has_asset_type)
        )
        yield await self._try("relation_types", lambda: self._all(look.missing_relation_types(links)))
        yield await self._try("dispatch_users", lambda: self._users(look.has_user))

    async def storage(self) -> AsyncIterator[Finding]:
        ledger, content, queues = self._wiring.stores()
        for check, look in (("table", ledger.check), ("queue", queues.check), ("blob", content.check)):
            yield await self._try(check, look)

    async def mail(self) -> AsyncIterator[Finding]:
        for transport in self._settings.transports:
            async for finding in self._graph() if transport is Transport.GRAPH else self._smtp():
                yield finding

    async def _graph(self) -> AsyncIterator[Finding]:
        look = self._wiring.graph().inspection
        signed_in = await self._try("graph_token", look.token)
        yield signed_in
        if not signed_in.ok:
            return
        yield await self._try("graph_send", look.may_send)
        if self._settings.mail_reconcile == "sent-items":
            yield await self._try("graph_reconcile", look.may_look)
        elif self._settings.mail_reconcile == "draft":
            yield await self._try("graph_reconcile", look.may_look_and_draft)

    async def _smtp(self) -> AsyncIterator[Finding]:
        smtp = self._wiring.smtp()
        yield await self._try("smtp", lambda: smtp.check(self._settings.mail_from_address))

    async def exchange(self) -> AsyncIterator[Finding]:
        """Only where eFormidling is set up."""
        if self._settings.ef_ip_url:
            yield await self._try("exchange", self._integration_point)

    async def _integration_point(self) -> Problem:
        seen = await self._wiring.exchange().inspect()
        if seen.healthy is False:
            return "health: not UP"
        # Our own number must be reachable by a service, or nothing that we send can be answered.
        return None if seen.service else self._missing([self._settings.ef_self_id])

    # --- one check

    async def _try(self, check: str, look: Callable[[], Awaitable[Problem]]) -> Finding:
        from azure.core.exceptions import AzureError

        try:
            return self._found(check, await look())
        except (DispatchError, AzureError) as error:
            return self._found(check, _told(error))

    async def _message_type(self, has: Callable[[str], Awaitable[bool | None]]) -> Finding:
        name = self._settings.pureservice_dispatch_commtype_name
        try:
            there = await has(name)
        except DispatchError as error:
            return self._found("message_type", _told(error))
        if there is None:
            said, remedy = SAID["message_type"][self._language]
            return Finding("message_type", None, said, f"«{name}» {CANNOT_TELL[self._language]}", remedy)
        return self._found("message_type", None if there else self._missing([name]))

    async def _named(self, name: str, has: Callable[[str], Awaitable[bool]]) -> Problem:
        return None if await has(name) else self._missing([name])

    async def _users(self, has: Callable[[str], Awaitable[bool]]) -> Problem:
        s = self._settings
        wanted = (s.pureservice_dispatch_email, s.pureservice_dispatch_ef)
        return self._missing([address for address in wanted if not await has(address)])

    async def _all(self, missing: Awaitable[list[str]]) -> Problem:
        return self._missing(await missing)

    def _missing(self, names: Sequence[str]) -> Problem:
        return f"«{'», «'.join(names)}» {NOT_FOUND[self._language]}" if names else None

    def _found(self, check: str, problem: Problem) -> Finding:
        return _finding(check, problem, self._language)


def _finding(check: str, problem: Problem, language: Language) -> Finding:
    name, remedy = SAID[check][language]
    return Finding(check, problem is None, name, problem or "", "" if problem is None else remedy)


def _unresolved(settings: Settings, language: Language) -> list[str]:
    held = {
        "PURESERVICE_APIKEY": settings.pureservice_apikey,
        "MAIL_PASSWORD": settings.mail_password,
        "EF_IP_PASSWORD": settings.ef_ip_password,
        "MICROSOFT_GRAPH_CLIENT_SECRET": settings.microsoft_graph_client_secret,
    }
    return [
        f"{name}: {UNRESOLVED[language]}"
        for name, value in held.items()
        if value.get_secret_value().startswith(REFERENCE)
    ]


def _expired(settings: Settings, language: Language) -> Problem:
    days = settings.credentials_days_left(datetime.now(UTC))
    if days is None or days >= 0:
        return None
    return f"DISPATCH_CREDENTIALS_EXPIRE: {EXPIRED[language].format(days=-days)}"


def _told(error: Exception) -> str:
    """The error in one line; a storage error's code says more than its page of text."""
    code = getattr(error, "error_code", None)
    words = getattr(error, "words", "")  # the server's own, which whoever runs the doctor may read
    return f"{type(error).__name__}: {code}" if code else f"{error} {words}".splitlines()[0].strip()[:300]


# --- telling


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
