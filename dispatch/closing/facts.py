"""What the ledger's rows say when every batch is recorded: the facts of the report, gathered in one pass."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.core import (
    NOTE_REFUSED,
    Channel,
    Detour,
    Dispatch,
    FirstByName,
    Letter,
    Part,
    Recipient,
    RecipientState,
    Scenario,
    Transport,
    merging,
)
from dispatch.planning import everyone, in_lots, own_columns, owns_of
from dispatch.report import LISTED, CsvFile, ReportFacts, Shortfall, origin_of, perhaps_got_it, texts
from dispatch.services import Services

SHARERS_NAMED = 20
LEFT = frozenset({RecipientState.DELIVERED, RecipientState.RETURNED})
SENT_INSTEAD = frozenset({RecipientState.DELIVERED, RecipientState.RETURNED, RecipientState.UNCERTAIN})


@dataclass(slots=True)
class ReportCounts:
    """What the ledger's rows say, gathered in one pass."""

    outcomes: Counter[RecipientState] = field(default_factory=Counter)
    transports: Counter[Transport] = field(default_factory=Counter)
    redirected: Counter[str] = field(default_factory=Counter)  # delivered to, by where it went instead
    redirect_now: str = ""
    sender_by: Callable[[Transport | None], str] = lambda _: ""  # where a transport's letters are from, if elsewhere
    others: Shortfall = field(default_factory=Shortfall)
    own_tickets: int = 0
    perhaps_reached: bool = False  # an attempt may have reached a recipient, and not a trial's address
    untold: int = 0  # own tickets that took no note of how it ended
    sharers: int = 0  # at the address of one who counts
    sharing: list[tuple[str, str, str]] = field(default_factory=list)  # the first of them
    sent_from: Counter[str] = field(default_factory=Counter)
    detours: FirstByName = field(default_factory=lambda: FirstByName(LISTED))
    detour_counts: Counter[Detour] = field(default_factory=Counter)
    settled: datetime | None = None  # the last of them
    example: Recipient | None = None  # the first who got it
    delivered: FirstByName = field(default_factory=lambda: FirstByName(LISTED))

    def add(self, row: Recipient) -> None:
        """One row that no other has taken the place of."""
        self.outcomes[row.state] += 1
        if row.changed and (self.settled is None or row.changed > self.settled):
            self.settled = row.changed
        self.untold += row.own_ticket.note == NOTE_REFUSED
        self.own_tickets += bool(row.own_ticket.number)
        self.perhaps_reached = self.perhaps_reached or perhaps_got_it(row, self.redirect_now)
        if row.detour and row.state in SENT_INSTEAD:
            self.detours.add(row)
            self.detour_counts[row.detour] += 1
        if row.state in LEFT and row.attempt.route.sender and row.channel is not Channel.EFORMIDLING:
            self.sent_from[self.sender_by(row.attempt.transport) or row.attempt.route.sender] += 1
        if row.state is not RecipientState.DELIVERED:
            self.others.add(row)
            return
        self.example = self.example or row
        if elsewhere := row.redirected_to(self.redirect_now):
            self.redirected[elsewhere] += 1
        if row.attempt.transport:
            self.transports[row.attempt.transport] += 1
        self.delivered.add(row)

    def share(self, row: Recipient, shares_with: Recipient) -> None:
        """One who is at the address of another, and is told as that one's letter fared."""
        self.sharers += 1
        if len(self.sharing) < SHARERS_NAMED:
            self.sharing.append((row.name, shares_with.name, texts.outcome_text(row)))


@dataclass(frozen=True, slots=True)
class Gathering:
    """The report's numbers and the list of recipients, made of the same rows."""

    counts: ReportCounts
    table: CsvFile

    def add(self, rows: Sequence[tuple[Recipient, Recipient | None]], owns: Sequence[merging.OwnContent] = ()) -> None:
        """Some rows, each with whose letter it is where it is another's; ``owns`` is what is each one's alone."""
        for row, shares_with in rows:
            if shares_with is None:
                self.counts.add(row)
            else:
                self.counts.share(row, shares_with)
        self.table.add_all(rows, owns)


async def count_up(dispatch: Dispatch, services: Services) -> tuple[ReportCounts, CsvFile]:
    """All that count, for the report and for the file. Some rows are held at a time, and no row is read on the loop."""
    # The report links each recipient's own ticket, so it names them all.
    named = dispatch.plan.recipients if dispatch.scenario is Scenario.ONE_TO_ONE else LISTED
    redirect = services.settings.mail_redirect_to
    counts = ReportCounts(
        delivered=FirstByName(named),
        others=Shortfall(named),
        redirect_now=redirect,
        sender_by=services.settings.sender_by,
    )
    columns = await own_columns(dispatch.key, services)
    table = CsvFile(
        ticket_page=services.settings.ticket_page(),
        redirect_now=redirect,
        fields=columns.titles,
        with_own=columns.any,
    )
    gathering = Gathering(counts, table)
    async for some in in_lots(everyone(dispatch.key, services)):
        owns = await owns_of(dispatch.key, some, services) if columns.any else ()
        await asyncio.to_thread(gathering.add, some, owns)
    return counts, table


def facts_of(
    dispatch: Dispatch,
    letter: Letter,
    counts: ReportCounts,
    parts: Sequence[Part],
    services: Services,
    *,
    reference: str,
    document_why: str,
) -> ReportFacts:
    """What the report is made from. ``parts`` are the document and the list of recipients."""
    return ReportFacts(
        dispatch=dispatch,
        reference=reference,
        outcomes=dict(counts.outcomes),
        transports=dict(counts.transports),
        delivered=tuple(counts.delivered.rows()),
        others=counts.others,
        detours=tuple(counts.detours.rows()),
        detour_counts=dict(counts.detour_counts),
        own_tickets=counts.own_tickets,
        perhaps_reached=counts.perhaps_reached,
        finished=counts.settled or services.clock(),
        document_why=document_why,
        redirected=dict(counts.redirected),
        redirect_now=services.settings.mail_redirect_to,
        sharers=counts.sharers,
        sharing=counts.sharing,
        origin=origin_of(services.settings, dispatch.scenario),
        sent_from=sorted(counts.sent_from),
        shows_one_sender=bool(services.settings.pool) and services.settings.mail_senders_from == "one",
        untold=counts.untold,
        document_name=parts[0].name,
        own_ticket_page=services.settings.ticket_page(),
        recipients_name=parts[1].name,
        letter_files=[part.name for part in letter.attachments],
        left_out=letter.left_out,
        page=services.settings.status_page(dispatch.key),
    )
