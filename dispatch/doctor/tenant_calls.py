"""Every call that the product makes to Pureservice, on a ticket and a user of the trial's own."""

import uuid

from dispatch.core import DispatchError, FileWay, NewUser, OwnTicket, OwnTicketTemplate, Part, TicketId, TooLarge
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
REQUEST_TYPE = "Ticket"
PATIENCE_SECONDS = 90.0  # of one call: the trial makes more of them than a minute's budget holds
NOWHERE = ".local"  # what goes to an address that ends so reaches nobody
REFUSED, UNREAD, ABSENT = "refused", "taken, and not to be read back", "there is none to try it on"
WORDS = {True: "found", False: "missing", None: "not to be told"}
AT_WORST = frozenset({REFUSED, UNREAD, ABSENT})  # answers that need a look


def trial_address(settings: Settings) -> str:
    """The trial's own end user, in the domain of the fictional ones."""
    return f"proeve@{settings.pureservice_dispatch_email.partition('@')[2]}"


class Calls:
    """What the trial has made so far, and the calls themselves. Each says how it was answered."""

    def __init__(self, resources: Resources, zone: str) -> None:
        self.settings, self.zone = resources.settings, zone
        self.tickets = open_pureservice(resources, patience_seconds=PATIENCE_SECONDS)
        self.questions = self.tickets.open_questions()
        self.reference = f"proeve-{uuid.uuid4().hex[:12]}"
        self.made: OwnTicket | None = None
        self.user_id = 0  # the trial's own user, where there is one
        self.list_id = 0

    @property
    def id(self) -> TicketId:
        """The ticket's."""
        assert self.made is not None
        return self.made.id

    async def status(self, name: str) -> int:
        """The id of a status; 0 where there is none."""
        found = {status.name.casefold(): status.id for status in await self.tickets.statuses()}
        return found.get(name.casefold(), 0)

    # --- what stands there before anything is written

    async def clock(self) -> str:
        """What the server's clock says."""
        return "given" if await self.tickets.inspection.server_clock() else UNREAD

    async def names(self) -> str:
        """What the doctor looks for without ``--try`` as well."""
        look, s = self.tickets.inspection, self.settings
        links = (
            s.pureservice_dispatch_link_to_company,
            s.pureservice_dispatch_link_to_user,
            s.pureservice_dispatch_link_to_ticket,
        )
        list_type = s.pureservice_dispatch_list_assetname
        found = {
            "list type": await look.has_asset_type(list_type),
            "list statuses": bool(await look.list_statuses(list_type, s.list_inactive_names)),
            "relations": not await look.missing_relation_types(links),
            "dispatch user": await look.has_user(s.pureservice_dispatch_email),
            "message type": await look.has_message_type(s.pureservice_dispatch_commtype_name),
        }
        return ", ".join(f"{name} {WORDS[there]}" for name, there in found.items())

    async def ready(self) -> str:
        """How many tickets stand ready for dispatch."""
        status_id = await self.status(self.settings.pureservice_dispatch_status)
        return f"{len(await self.tickets.tickets_in_status(status_id))}"

    async def undelivered(self) -> str:
        """How many e-mails to eFormidling's users came to nothing."""
        return f"{len(await self.tickets.undelivered_mail.undelivered(self.settings.pureservice_ef_domain))}"

    async def members(self) -> str:
        """Everyone on a small list, read twice."""
        self.list_id = await self.questions.a_list()
        if not self.list_id:
            return ABSENT
        first = [member async for page in self.tickets.member_pages(self.list_id) for member in page.members]
        again = [member async for member in self.tickets.members(self.list_id)]
        some = [member.id for member in first if member.kind is first[0].kind]
        by_id = await self.tickets.members_by_id(first[0].kind, some) if some else []
        return f"{len(first)}" if first == again and len(by_id) == len(some) else "not the same twice"

    async def look_up(self) -> str:
        """The ids that a new ticket is linked to."""
        links = await self.links()
        return ", ".join(f"{name} {links.get(name) or '?'}" for name in (*NEEDED, "assignedDepartment", "requestType"))

    async def links(self) -> dict[str, int]:
        """The links of a new ticket, by the configured names."""
        own = self.tickets.own_tickets
        names: dict[str, str] = {link: getattr(self.settings, setting) for link, (_, setting) in NEEDED.items()}
        found = {link: await own.named(NEEDED[link][0], name) for link, name in names.items() if name}
        found["assignedDepartment"] = await own.named("department", self.zone)
        found["requestType"] = await own.named("requesttype", REQUEST_TYPE)
        return {link: number for link, number in found.items() if number}

    async def user(self) -> str:
        """Makes the trial's own end user, or takes it into use again."""
        address = trial_address(self.settings)
        found = (await self.tickets.own_tickets.end_users({address})).get(address.casefold())
        if found is not None and found.id:
            self.user_id = found.id
            await self.tickets.inspection.disable_user(found.id, disabled=False)
            return "there from an earlier trial"
        new = NewUser("Prøve", SUBJECT, address, address_id=found.address_id if found else 0)
        self.user_id = await self.tickets.own_tickets.create_user(new)
        return "made"

    async def make(self) -> str:
        """Makes the trial's ticket, with a file."""
        own, address = self.tickets.own_tickets, self.settings.pureservice_dispatch_email
        users = {} if self.user_id else await own.end_users({address})
        user_id = self.user_id or (users[address.casefold()].id if address.casefold() in users else 0)
        template = OwnTicketTemplate(0, SUBJECT, f"<p>{SUBJECT}</p>", SUBJECT, "", await self.links())
        opened = await self.status(self.settings.pureservice_ticket_status_open)
        self.made = await own.create(
            template, user_id=user_id, reference=self.reference, files=[FILE], status_id=opened
        )
        solved = await self.status(self.settings.pureservice_dispatch_solved_status)
        self.questions.try_on(self.id, reference=self.reference, open_id=opened, solved_id=solved)
        return f"{self.made.number}"

    async def source(self) -> str:
        """The ticket as own tickets are copied from it."""
        return "read" if await self.tickets.own_tickets.source(self.id) else UNREAD

    async def by_reference(self) -> str:
        """The ticket by what we call it."""
        return "found" if await self.tickets.own_tickets.by_reference({self.reference}) else UNREAD

    async def by_number(self) -> str:
        """The ticket by what people call it."""
        assert self.made is not None
        return "found" if await self.tickets.ticket_numbered(self.made.number) else UNREAD

    async def note(self) -> str:
        """Writes a note, reads it, and asks who wrote it."""
        await self.tickets.add_note(self.id, subject=SUBJECT, html=f"<p>Notat æøå {self.reference}</p>")
        how = "with" if await self.tickets.note_authors(self.id, {self.reference}) else "without"
        is_there = any(self.reference in note for note in await self.tickets.notes(self.id))
        return f"read back, {how} who wrote it" if is_there else UNREAD

    async def message(self) -> str:
        """Writes a message to an end user whose address leads nowhere."""
        if not self.user_id or not trial_address(self.settings).endswith(NOWHERE):
            return ABSENT
        own = self.tickets.own_tickets
        await own.post_message(self.id, user_id=self.user_id, subject=SUBJECT, html=f"<p>{SUBJECT}</p>", files=[])
        rows = await own.sent_rows({self.id})
        self.questions.met_message(rows[-1] if rows else None)
        newest = (await own.newest_messages({self.id})).get(self.id)
        if newest is None or await self.tickets.ticket_of_message(newest) != self.id:
            return UNREAD
        return f"read back, {'an e-mail row' if rows else 'no e-mail row'}"

    async def email(self) -> str:
        """Marks what became of that message as sent."""
        rows = await self.tickets.own_tickets.sent_rows({self.id})
        if not rows:
            return ABSENT
        await self.tickets.mark_email_sent(rows[-1].id)
        return "marked" if (await self.tickets.own_tickets.sent_rows({self.id}))[-1].state else UNREAD

    async def message_type(self) -> str:
        """The messages of the type that is dispatched."""
        taken = await self.tickets.inspection.takes_type_filter(self.settings.pureservice_dispatch_commtype_name)
        await self.tickets.dispatch_messages(self.id)
        return "taken" if taken else REFUSED

    async def lists(self) -> str:
        """The lists that are related to the ticket."""
        await self.tickets.mailing_lists(self.id)
        return ", ".join(sorted(self.tickets.relation_parameters)) or "none"

    async def origins(self) -> str:
        """Where the ticket's files came from."""
        return f"{len(await self.tickets.file_origins(self.id))}"

    # --- files, and the end

    async def file(self, way: FileWay) -> str:
        """Sends a file one way, and reads it."""
        before = {file.id for file in await self.tickets.attachments(self.id)}
        try:
            await self._put(way)
        except DispatchError as error:
            self.questions.met_file(way, refusal=getattr(error, "status", 0) or -1)
            return f"{REFUSED} ({getattr(error, 'status', 0)})"
        new = [file for file in await self.tickets.attachments(self.id) if file.id not in before]
        if not new:
            return UNREAD
        self.questions.met_file(way, refusal=0, tied=new[0].of_solution)
        try:
            same = await self.tickets.download(new[0].id, most=len(FILE.content)) == FILE.content
        except TooLarge:
            same = False
        tied = "tied to the solution" if new[0].of_solution else "not tied to the solution"
        return f"taken, {tied}, {'the same bytes' if same else 'OTHER BYTES'}"

    async def _put(self, way: FileWay) -> None:
        if way is not FileWay.SOLVED_WITH:
            await self.tickets.files.attach(self.id, FILE, way=way, subject=SUBJECT)
            return
        status_id = await self.status(self.settings.pureservice_dispatch_solved_status)
        told = {"solution": f"<p>Løsning {self.reference}</p>", "reference": self.reference}
        await self.tickets.files.solve_with(self.id, [FILE], status_id=status_id, **told)

    async def solution(self) -> str:
        """Opens the ticket, and writes a solution alone."""
        opened = await self.status(self.settings.pureservice_ticket_status_open)
        await self.tickets.set_status(self.id, opened)
        await self.tickets.write_solution(self.id, f"<p>Foreløpig {self.reference}</p>")
        now = await self.tickets.ticket(self.id)
        return "read back" if now and now.status_id == opened and "Foreløpig" in now.solution else UNREAD

    async def solve(self) -> str:
        """Solves it with a report."""
        solved = await self.status(self.settings.pureservice_dispatch_solved_status)
        await self.tickets.solve(self.id, status_id=solved, solution=f"<p>Rapport {self.reference}</p>")
        now = await self.tickets.ticket(self.id)
        return "read back" if now and now.status_id == solved and "Rapport" in now.solution else UNREAD

    async def put_away(self) -> str:
        """Puts in the bin whatever goes by the trial's name: what was made is not always known here."""
        named = await self.tickets.own_tickets.by_reference({self.reference, *self.questions.references})
        ids = {ticket.id for ticket in named.values()} | ({self.made.id} if self.made else set())
        for number in ids:
            await self.tickets.inspection.put_in_the_bin(number)
        left = [number for number in ids if await self.tickets.ticket(number) is not None]
        if not ids:
            return ABSENT
        return UNREAD if left else "in the bin"

    async def user_away(self) -> str:
        """Disables the trial's own end user."""
        address = trial_address(self.settings)
        found = (await self.tickets.own_tickets.end_users({address})).get(address.casefold())
        number = self.user_id or (found.id if found else 0)
        if not number:
            return ABSENT
        await self.tickets.inspection.disable_user(number, disabled=True)
        return "disabled"
