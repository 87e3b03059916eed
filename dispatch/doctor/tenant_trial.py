"""Tries a tenant: makes every call that the product makes, then asks what nobody outside the vendor knows.

What an agency sends along with a question. The answers are in the words of ``docs/pureservice-questions.md``, so that
whoever reads them can set the simulator to the same.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from dispatch.core import DispatchError, FileWay, Language
from dispatch.doctor.findings import Finding
from dispatch.doctor.tenant_calls import AT_WORST, Calls, trial_address
from dispatch.settings import Settings
from dispatch.wiring import Resources

WARNING: Mapping[Language, str] = {
    "nb": "Prøven skriver i Pureservice. Den lager en sluttbruker ({user}, om den ikke er der fra før) og to saker i "
    "sonen «{zone}», skriver notater, filer, en melding og løsninger i den ene, og endrer statusen. Til slutt legger "
    "den sakene i papirkurven og deaktiverer sluttbrukeren. Ingen e-post når fram til noen. Det tar et par minutter.",
    "en": "The trial writes to Pureservice. It makes an end user ({user}, unless it is there) and two tickets in the "
    "zone «{zone}», writes notes, files, a message and solutions on one of them, and changes its status. At the end it "
    "puts the tickets in the bin and disables the end user. No e-mail reaches anybody. It takes a few minutes.",
}
QUESTION: Mapping[Language, str] = {"nb": "Spørsmål", "en": "Question"}
LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Call:
    """One call or a few, and what a person calls them."""

    name: str
    nb: str
    en: str
    ask: Callable[[Calls], Awaitable[str]]
    needs_ticket: bool = True


def warning(settings: Settings, zone: str, language: Language) -> str:
    """What will be written, to be said before anything is."""
    return WARNING[language].format(zone=zone, user=trial_address(settings))


async def try_tenant(settings: Settings, *, zone: str, language: Language) -> list[Finding]:
    """Every call and every question in order; ticket and user are put away whatever happens."""
    resources = Resources(settings)
    try:
        calls = Calls(resources, zone)
        try:
            found = [finding async for finding in _found(calls, language)]
        finally:
            away = [await _made(calls, call, language) for call in AT_THE_END]
    finally:
        await resources.close()
    return [*found, *away]


async def _found(calls: Calls, language: Language) -> AsyncIterator[Finding]:
    for call in CALLS:
        if _is_possible(calls, call):
            yield await _made(calls, call, language)
    for name in calls.questions.names:
        yield await _asked(calls, name, language)


def _is_possible(calls: Calls, call: Call) -> bool:
    return calls.made is not None or not call.needs_ticket


async def _made(calls: Calls, call: Call, language: Language) -> Finding:
    said = call.nb if language == "nb" else call.en
    try:
        detail = await call.ask(calls)
    except DispatchError as error:
        return Finding(call.name, False, said, _words(error))
    return Finding(call.name, None if detail in AT_WORST else True, said, detail)


async def _asked(calls: Calls, name: str, language: Language) -> Finding:
    said = f"{QUESTION[language]}: {name}"
    try:
        answer = await calls.questions.ask(name)
    except DispatchError as error:
        return Finding(name, None, said, _words(error))
    return Finding(name, None, said, answer.untold) if answer.untold else Finding(name, True, said, f"{answer.value}")


def _words(error: DispatchError) -> str:
    return f"{error} {getattr(error, 'words', '')}".strip()[:LONGEST_DETAIL]


def _file(way: FileWay) -> Callable[[Calls], Awaitable[str]]:
    return lambda calls: calls.file(way)


CALLS: Sequence[Call] = (
    Call("clock_given", "Klokken i svarene", "The clock in the answers", Calls.clock, needs_ticket=False),
    Call("names", "Det som må finnes", "What must be there", Calls.names, needs_ticket=False),
    Call("ready", "Saker som er klare", "Tickets that are ready", Calls.ready, needs_ticket=False),
    Call("undelivered", "E-poster som ikke kom fram", "Undelivered e-mails", Calls.undelivered, needs_ticket=False),
    Call("members", "Medlemmer av en liste", "Members of a list", Calls.members, needs_ticket=False),
    Call("lookups", "Oppslag til nye saker", "Look-ups for new tickets", Calls.look_up, needs_ticket=False),
    Call("user", "Ny sluttbruker", "A new end user", Calls.user, needs_ticket=False),
    Call("ticket", "Ny sak, med fil", "A new ticket, with a file", Calls.make, needs_ticket=False),
    Call("source", "Saken med alle felter", "The ticket with all its fields", Calls.source),
    Call("by_reference", "Sak funnet på referansen", "Found by its reference", Calls.by_reference),
    Call("by_number", "Sak funnet på nummeret", "Found by its number", Calls.by_number),
    Call("note", "Internt notat", "Internal note", Calls.note),
    Call("message", "Melding til sluttbrukeren", "A message to the end user", Calls.message),
    Call("email", "E-posten merket som sendt", "Its e-mail marked as sent", Calls.email),
    Call("type_filter", "Filter på kommunikasjonstypen", "Filter by type of communication", Calls.message_type),
    Call("relations", "Parametre som relasjoner tar", "Parameters that relations take", Calls.lists),
    Call("origins", "Hvor filene kom fra", "Where files came from", Calls.origins),
    Call("file_bare", "Fil for seg selv, uten konvolutt", "File by itself, bare", _file(FileWay.BARE)),
    Call("file_envelope", "Fil for seg selv, i konvolutt", "File by itself, in an envelope", _file(FileWay.ENVELOPE)),
    Call("file_note", "Fil med notat", "File with a note", _file(FileWay.NOTE)),
    Call("file_solved_with", "Fil med løsningen", "File with the solution", _file(FileWay.SOLVED_WITH)),
    Call("solution", "Løsning uten status", "A solution without its status", Calls.solution),
    Call("solve", "Løst med rapport", "Solved with a report", Calls.solve),
)
AT_THE_END: Sequence[Call] = (
    Call("put_away", "Saken lagt i papirkurven", "The ticket put in the bin", Calls.put_away, needs_ticket=False),
    Call("user_away", "Sluttbrukeren deaktivert", "The end user disabled", Calls.user_away, needs_ticket=False),
)
