"""Tries a tenant: a ticket of its own goes through the calls that a dispatch makes, and says how each is answered.

What an agency sends along with a question: nobody outside the vendor knows these answers, and tenants may differ.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.core import (
    DispatchError,
    FileWay,
    Language,
    OwnTicket,
    OwnTicketTemplate,
    Part,
    TicketId,
    TooLarge,
)
from dispatch.doctor.findings import Finding
from dispatch.settings import Settings
from dispatch.wiring import Resources, open_pureservice

FILE = Part("prøve.txt", "text/plain", "Prøve av Pureservice Utsendelse: æøå\n".encode())
SUBJECT = "Prøve av Pureservice Utsendelse"
NEEDED = {  # the links that a ticket can't be made without: where each is looked up, and the setting with its name
    "ticketType": ("tickettype", "pureservice_ticket_type"),
    "priority": ("priority", "pureservice_ticket_priority"),
    "source": ("source", "pureservice_ticket_source"),
    "assignedTeam": ("team", "pureservice_ticket_team"),
}
WARNING: Mapping[Language, str] = {
    "nb": "Prøven skriver i Pureservice: den lager én sak i sonen «{zone}» med sluttbruker {user}, skriver notater, "
    "filer og en løsning i den, endrer statusen, og legger saken i papirkurven til slutt. Ingen e-post sendes.",
    "en": "The trial writes to Pureservice: it makes one ticket in the zone «{zone}» with the end user {user}, writes "
    "notes, files and a solution on it, changes its status, and puts it in the bin at the end. No e-mail is sent.",
}
REFUSED, UNREAD = "refused", "taken, and not to be read back"


def warning(settings: Settings, zone: str, language: Language) -> str:
    """What will be written, to be said before anything is."""
    return WARNING[language].format(zone=zone, user=settings.pureservice_dispatch_email)


async def try_tenant(settings: Settings, *, zone: str, language: Language) -> list[Finding]:
    """Every step in order; the ticket is put away whatever happens."""
    resources = Resources(settings)
    try:
        trial = _Trial(resources, zone)
        for step in _STEPS:
            if step.name != "ticket" and trial.made is None and step.needs_ticket:
                continue
            await trial.take(step, language)
        return trial.found
    finally:
        await resources.close()


@dataclass(frozen=True, slots=True)
class _Call:
    """One call or a few: the question that its answer settles."""

    name: str
    nb: str
    en: str
    ask: Callable[["_Trial"], Awaitable[str]]
    needs_ticket: bool = True


@dataclass
class _Trial:
    """The ticket, and what was found with it."""

    resources: Resources
    zone: str
    found: list[Finding] = field(default_factory=list)
    made: OwnTicket | None = None
    reference: str = field(default_factory=lambda: f"proeve-{uuid.uuid4().hex[:12]}")

    def __post_init__(self) -> None:
        self.settings = self.resources.settings
        self.tickets = open_pureservice(self.resources)

    @property
    def id(self) -> TicketId:
        """The ticket's."""
        assert self.made is not None
        return self.made.id

    async def take(self, step: _Call, language: Language) -> None:
        """Asks, and keeps the answer."""
        said = step.nb if language == "nb" else step.en
        try:
            detail = await step.ask(self)
        except DispatchError as error:
            why = f"{error} {getattr(error, 'words', '')}".strip()
            self.found.append(Finding(step.name, False, said, why[:300]))
            return
        ok = None if detail in (REFUSED, UNREAD) else True
        self.found.append(Finding(step.name, ok, said, detail))

    async def status(self, name: str) -> int:
        """The id of a status; 0 where there is none."""
        found = {status.name.casefold(): status.id for status in await self.tickets.statuses()}
        return found.get(name.casefold(), 0)

    # --- the steps

    async def look_up(self) -> str:
        links = {name: await self._named(*of) for name, of in NEEDED.items()}
        links["assignedDepartment"] = await self.tickets.own_tickets.named("department", self.zone)
        links["requestType"] = await self.tickets.own_tickets.named("requesttype", "Ticket")
        return ", ".join(f"{name} {number or '?'}" for name, number in links.items())

    async def _named(self, resource: str, setting: str) -> int:
        name: str = getattr(self.settings, setting)
        return await self.tickets.own_tickets.named(resource, name) if name else 0

    async def make(self) -> str:
        own = self.tickets.own_tickets
        address = self.settings.pureservice_dispatch_email
        users = await own.end_users({address})
        links = {name: number for name, of in NEEDED.items() if (number := await self._named(*of))}
        links["assignedDepartment"] = await own.named("department", self.zone)
        links["requestType"] = await own.named("requesttype", "Ticket")
        template = OwnTicketTemplate(0, SUBJECT, f"<p>{SUBJECT}</p>", SUBJECT, "", links)
        status_id = await self.status(self.settings.pureservice_ticket_status_open)
        user_id = users[address.casefold()].id if address.casefold() in users else 0
        self.made = await own.create(
            template, user_id=user_id, reference=self.reference, files=[FILE], status_id=status_id
        )
        return f"{self.made.number}"

    async def by_reference(self) -> str:
        return "found" if await self.tickets.own_tickets.by_reference({self.reference}) else UNREAD

    async def by_number(self) -> str:
        assert self.made is not None
        return "found" if await self.tickets.ticket_numbered(self.made.number) else UNREAD

    async def note(self) -> str:
        text = f"<p>Notat æøå {self.reference}</p>"
        await self.tickets.add_note(self.id, subject=SUBJECT, html=text)
        return "read back" if any(self.reference in note for note in await self.tickets.notes(self.id)) else UNREAD

    async def message_type(self) -> str:
        taken = await self.tickets.inspection.takes_type_filter(self.settings.pureservice_dispatch_commtype_name)
        await self.tickets.dispatch_messages(self.id)
        return "taken" if taken else REFUSED

    async def lists(self) -> str:
        await self.tickets.mailing_lists(self.id)
        return ", ".join(sorted(self.tickets.relation_parameters)) or "none"

    async def origins(self) -> str:
        return f"{len(await self.tickets.file_origins(self.id))}"

    async def undelivered(self) -> str:
        return f"{len(await self.tickets.undelivered_mail.undelivered(self.settings.pureservice_ef_domain))}"

    async def file(self, way: FileWay) -> str:
        before = {file.id for file in await self.tickets.attachments(self.id)}
        try:
            if way is FileWay.SOLVED_WITH:
                status_id = await self.status(self.settings.pureservice_dispatch_solved_status)
                solution = f"<p>Løsning {self.reference}</p>"
                await self.tickets.files.solve_with(
                    self.id, [FILE], status_id=status_id, solution=solution, reference=self.reference
                )
            else:
                await self.tickets.files.attach(self.id, FILE, way=way, subject=SUBJECT)
        except DispatchError as error:
            return f"{REFUSED} ({getattr(error, 'status', 0)})"
        new = [file for file in await self.tickets.attachments(self.id) if file.id not in before]
        if not new:
            return UNREAD
        try:
            same = await self.tickets.download(new[0].id, most=len(FILE.content)) == FILE.content
        except TooLarge:
            same = False
        tied = "tied to the solution" if new[0].of_solution else "not tied to the solution"
        return f"taken, {tied}, {'the same bytes' if same else 'OTHER BYTES'}"

    async def solve(self) -> str:
        opened = await self.status(self.settings.pureservice_ticket_status_open)
        await self.tickets.set_status(self.id, opened)
        solved = await self.status(self.settings.pureservice_dispatch_solved_status)
        solution = f"<p>Rapport {self.reference}</p>"
        await self.tickets.solve(self.id, status_id=solved, solution=solution)
        now = await self.tickets.ticket(self.id)
        return "read back" if now and now.status_id == solved and self.reference in now.solution else UNREAD

    async def put_away(self) -> str:
        await self.tickets.inspection.put_in_the_bin(self.id)
        return "in the bin" if await self.tickets.ticket(self.id) is None else UNREAD


def _file(way: FileWay) -> Callable[[_Trial], Awaitable[str]]:
    return lambda trial: trial.file(way)


_STEPS: Sequence[_Call] = (
    _Call("lookups", "Oppslag til nye saker", "Look-ups for new tickets", _Trial.look_up, needs_ticket=False),
    _Call("ticket", "Ny sak, med fil", "A new ticket, with a file", _Trial.make, needs_ticket=False),
    _Call("by_reference", "Sak funnet på referansen", "Found by its reference", _Trial.by_reference),
    _Call("by_number", "Sak funnet på nummeret", "Found by its number", _Trial.by_number),
    _Call("note", "Internt notat", "Internal note", _Trial.note),
    _Call("type_filter", "Filter på kommunikasjonstypen", "Filter by type of communication", _Trial.message_type),
    _Call("relations", "Parametre som relasjoner tar", "Parameters that relations take", _Trial.lists),
    _Call("origins", "Hvor filene kom fra", "Where files came from", _Trial.origins),
    _Call("undelivered", "E-poster som ikke kom fram", "Undelivered e-mails", _Trial.undelivered),
    _Call("file_bare", "Fil for seg selv, uten konvolutt", "File by itself, bare", _file(FileWay.BARE)),
    _Call("file_envelope", "Fil for seg selv, i konvolutt", "File by itself, in an envelope", _file(FileWay.ENVELOPE)),
    _Call("file_note", "Fil med notat", "File with a note", _file(FileWay.NOTE)),
    _Call("file_solved_with", "Fil med løsningen", "File with the solution", _file(FileWay.SOLVED_WITH)),
    _Call("solve", "Løst med rapport", "Solved with a report", _Trial.solve),
    _Call("put_away", "Saken lagt i papirkurven", "The ticket put in the bin", _Trial.put_away),
)
