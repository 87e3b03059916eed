"""What a dispatch would do, before it is done: the very plan, made on stores that keep nothing.

Nothing is written anywhere. The lists are streamed; memory holds the addresses and some rows to show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from dispatch.core import (
    Batch,
    BatchState,
    Channel,
    Detour,
    Dispatch,
    DispatchState,
    Letter,
    Reason,
    Recipient,
    Rejected,
    Scenario,
    Ticket,
    TicketSystemRefused,
    addresses,
)
from dispatch.pacing import estimated_end
from dispatch.planning import ready_tickets
from dispatch.planning.candidates import NO_MESSAGE, Candidate, Wanted
from dispatch.planning.own_columns import titles_of
from dispatch.planning.planner import write_plan
from dispatch.planning.preview_counts import LetterInHand, PreviewCounts
from dispatch.planning.preview_own import GLANCE, PreviewOwn
from dispatch.planning.schedule import SendingTimes, schedule_of
from dispatch.planning.shown_letter import as_recipient_reads
from dispatch.planning.ticket_lists import list_problems
from dispatch.planning.unreadable_rows import refusal
from dispatch.ports import ContentStore, Ledger
from dispatch.report import Origin, origin_of
from dispatch.services import Services


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen. ``recipients`` counts those who are left out as well: to_send + skipped."""

    ticket: Ticket
    scenario: Scenario
    channel: Channel
    problems: tuple[str, ...]  # Norwegian sentences: what must be fixed first
    stands: str  # where the message has a dispatch already: how that stands, which is nothing to fix
    lists: tuple[str, ...]
    recipients: int
    skipped: int
    duplicates: int
    by_channel: Mapping[Channel, int]
    reasons: Mapping[Reason, int]  # of the skipped
    detours: Mapping[Detour, int]  # why some get e-mail in an eFormidling dispatch
    sample: tuple[Recipient, ...]  # the first of those who would get it
    left_out: tuple[Recipient, ...]  # the first of those who would not
    chosen: Recipient | None  # whom the letter is shown for; None where the one asked for is not in the plan
    letter: Letter | None  # as the chosen one would get it, but for files that are theirs alone
    own: PreviewOwn
    origin: Origin
    asked: datetime
    done: datetime | None  # None where there is nobody to send to
    paced: bool  # False: no rate is set, and sending itself takes what the mail system takes
    redirected_to: str
    not_before: datetime | None = None  # the ticket says so
    not_after: datetime | None = None

    @property
    def to_send(self) -> int:
        """How many would get it."""
        return self.recipients - self.skipped

    @property
    def seconds(self) -> int:
        """How long it would take, by the rates that are set."""
        begins = max(self.asked, self.not_before or self.asked)
        return round((self.done - begins).total_seconds()) if self.done else 0


async def preview_numbered(
    request_number: int, services: Services, *, recipient: str = "", scenario: Scenario | None = None
) -> Preview:
    """The preview of the ticket that people know by this number, whatever its status.

    ``recipient`` (an address, an organisation number or a part of a name) chooses whose letter is shown;
    else the first one's is.
    ``scenario`` is read from the ticket's status unless it is given.

    Raises:
        Rejected: there is no such ticket.
        TicketSystemError: Pureservice can't be asked.
    """
    ticket = await services.tickets.ticket_numbered(request_number)
    if ticket is None:
        raise Rejected([f"Det finnes ingen sak med nummer {request_number}."])
    return await preview_of(ticket, services, recipient=recipient, scenario=scenario)


async def preview_of(
    ticket: Ticket, services: Services, *, recipient: str = "", scenario: Scenario | None = None
) -> Preview:
    """The preview of a ticket that has been read. See ``preview_numbered``."""
    scenario = scenario or await _scenario_of(ticket, services)
    candidate = await ready_tickets.look(ticket, scenario, services)
    problems = list(candidate.problems)
    part = " ".join(recipient.casefold().split())
    letters = LetterInHand(services.content)
    counts = PreviewCounts(
        wanted=_identity(recipient), part=part, content=services.content, letters=letters, ledger=services.ledger
    )
    if candidate.message is None:
        problems += await list_problems(candidate, services)
    else:
        scratch = replace(
            services, ledger=cast("Ledger", counts), content=cast("ContentStore", counts), letters=letters
        )
        try:
            counts.head = await write_plan(_pretended(candidate, services), candidate, scratch, with_own_files=False)
        except Rejected as error:
            problems += error.problems
        except TicketSystemRefused as error:
            if error.is_of_the_key_itself:
                raise
            problems.append(refusal(error))
    return await _preview(candidate, problems, counts, letters.letter, services, recipient=recipient)


async def _scenario_of(ticket: Ticket, services: Services) -> Scenario:
    status = await services.statuses.named(services.ready_status_name(Scenario.ONE_TO_ONE))
    own = status is not None and ticket.status_id == status.id
    return Scenario.ONE_TO_ONE if own else Scenario.ONE_TO_MANY


async def _ready(candidate: Candidate, services: Services) -> bool:
    """Whether the ticket stands in the status that sends it; one that is under way stops where it does not."""
    status = await services.statuses.named(services.ready_status_name(_started_as(candidate)))
    return status is not None and candidate.ticket.status_id == status.id


def _started_as(candidate: Candidate) -> Scenario:
    """What is under way goes on by the status that started it, whatever a look at the ticket would guess."""
    return candidate.known.scenario if candidate.known else candidate.scenario


def _stands(candidate: Candidate, status: str, *, ready: bool) -> str:
    match candidate.wanted:
        case Wanted.ALREADY_SENT:
            return "Meldingen er sendt ut før, og den samme meldingen sendes aldri to ganger."
        case Wanted.NOTHING if ready or candidate.known is None or candidate.known.state is DispatchState.RESOLVING:
            return "Utsendelsen av denne meldingen er allerede i gang, og du trenger ikke gjøre noe."
        case Wanted.NOTHING | Wanted.RESUME:
            return (
                "Utsendelsen av denne meldingen er begynt, og er stoppet fordi saken ikke står i statusen "
                f"«{status}». Settes saken i den igjen, får bare de som gjenstår, meldingen."
            )
        case _:
            return ""


def _pretended(candidate: Candidate, services: Services) -> Dispatch:
    """The dispatch that the plan would have claimed."""
    return Dispatch(
        key=candidate.key,
        ticket_id=candidate.ticket.id,
        request_number=candidate.ticket.number,
        communication_id=candidate.message.id if candidate.message else NO_MESSAGE,
        state=DispatchState.PLANNING,
        created=services.clock(),
        scenario=candidate.scenario,
        channel=candidate.channel,
    )


async def _preview(
    candidate: Candidate,
    problems: Sequence[str],
    counts: PreviewCounts,
    letter: Letter | None,
    services: Services,
    *,
    recipient: str,
) -> Preview:
    head = counts.head or _pretended(candidate, services)
    said = schedule_of(candidate.ticket, services.settings, services.clock())
    to_send = [batch for batch in counts.batches if batch.state is BatchState.PLANNED]
    chosen = (counts.found or counts.named) if recipient else next(iter(counts.sample), None)
    return Preview(
        ticket=candidate.ticket,
        scenario=candidate.scenario,
        channel=candidate.channel,
        problems=tuple(problems),
        stands=_stands(
            candidate, services.ready_status_name(_started_as(candidate)), ready=await _ready(candidate, services)
        ),
        lists=tuple(head.plan.lists.split("\n")) if head.plan.lists else (),
        recipients=sum(batch.size for batch in counts.batches),
        skipped=counts.reasons.total(),
        duplicates=head.plan.duplicates,
        by_channel=counts.by_channel,
        reasons=counts.reasons,
        detours=counts.detours,
        sample=tuple(counts.sample),
        left_out=tuple(counts.left_out),
        chosen=chosen,
        letter=as_recipient_reads(letter, counts.own.get((chosen.batch, chosen.index)) if chosen else None),
        own=_own(counts, letter, chosen, head.content.without_files),
        origin=origin_of(services.settings, candidate.scenario),
        asked=services.clock(),
        done=await _done(head, to_send, said, services) if to_send else None,
        paced=bool(services.settings.mail_rate_per_minute) or candidate.scenario is Scenario.ONE_TO_ONE,
        redirected_to=services.settings.mail_redirect_to,
        not_before=said.times.not_before
        if said.times.not_before and said.times.not_before > services.clock()
        else None,
        not_after=said.times.not_after,
    )


async def _done(head: Dispatch, to_send: Sequence[Batch], said: SendingTimes, services: Services) -> datetime:
    now = services.clock()
    return max(await estimated_end(head, to_send, services) or now, said.times.not_before or now)


def _own(counts: PreviewCounts, letter: Letter | None, chosen: Recipient | None, without_files: int) -> PreviewOwn:
    fields = titles_of(letter.fields) if letter else ()
    asked_for = chosen if chosen and (chosen.batch, chosen.index) in counts.own else None
    first = ([asked_for] if asked_for and asked_for not in counts.sample[:GLANCE] else []) + counts.sample
    return PreviewOwn(fields, counts.own, tuple(first[:GLANCE]), without_files)


def _identity(recipient: str) -> str:
    text = "".join(recipient.split())
    try:
        return addresses.identity(addresses.normalise(recipient))
    except addresses.InvalidAddress:
        return text.casefold()
