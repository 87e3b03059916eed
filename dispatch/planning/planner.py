"""Plans one dispatch: claims it, freezes the content, writes every recipient to the ledger, and flips it to sending.

Restartable at every line: nothing is released before the flip, an interrupted plan is cleared and made again, and
every write carries the dispatch row's version, so that a planner which stalled can't write into a plan that is whole.
"""

import logging
from dataclasses import replace
from datetime import datetime

from dispatch.core import (
    EACH_ITS_OWN,
    NOT_HELD,
    OWN_TICKET_NUMBER,
    BadConfiguration,
    Dispatch,
    DispatchContent,
    DispatchState,
    Letter,
    LostRace,
    OwnTicketTemplate,
    Rejected,
    Scenario,
    TicketSystemBusy,
    TicketSystemRefused,
    merging,
)
from dispatch.planning import own_file_names as own_files
from dispatch.planning import sharers
from dispatch.planning.candidates import Candidate
from dispatch.planning.letter_from_ticket import compose, goes_by_mail, refuse_what_no_transport_takes
from dispatch.planning.material import Material, field_marks, gathered
from dispatch.planning.merge_values import MergeValues
from dispatch.planning.one_at_a_time import take
from dispatch.planning.own_outage import StorageOut, storage_is_out
from dispatch.planning.own_ticket_template import freeze_template, own_ticket_template
from dispatch.planning.plan_claims import MOST_TRIES, claim, let_go, put_off
from dispatch.planning.plan_recipients import add_recipients
from dispatch.planning.plan_writer import PlanWriter
from dispatch.planning.problems import Problems
from dispatch.planning.rejection import reject
from dispatch.planning.schedule import SendingTimes, schedule_of
from dispatch.planning.statuses_needed import check_statuses
from dispatch.planning.ticket_lists import list_problems
from dispatch.planning.unreadable_rows import refusal
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

TOO_MANY_TRIES = (
    f"Klargjøringen ble avbrutt av en teknisk feil {MOST_TRIES} ganger. Noe i saken, i meldingen eller i vedleggene "
    "er trolig for stort eller for innviklet. Forenkle meldingen, eller be den som drifter løsningen om hjelp."
)


async def plan(candidate: Candidate, services: Services) -> Dispatch | None:
    """Plans the candidate, or tells the case worker why it can't be; None where another planner has it."""
    claimed = await _claim_with_ticket(candidate, services)
    if claimed is None or claimed.state is not DispatchState.PLANNING:
        return claimed
    event(log, Action.PLAN_STARTED, dispatch=claimed.key, attempt=claimed.rounds.asked)
    try:
        await _refuse_known(claimed, candidate, services)
        whole = await write_plan(claimed, candidate, services)
    except (Rejected, TicketSystemRefused) as error:
        if isinstance(error, TicketSystemRefused) and error.is_of_the_key_itself:
            # Nothing is wrong with the ticket: the operator must fix the key, and planning then goes on.
            await put_off(claimed, candidate, error, services)
            return None
        problems = error.problems if isinstance(error, Rejected) else (refusal(error),)
        current = await services.ledger.dispatch(claimed.key)
        if current is None or current.lease.owner != claimed.lease.owner:
            return None
        return await reject(current, problems, candidate.ticket, services)
    except (TicketSystemBusy, BadConfiguration) as error:
        await put_off(claimed, candidate, error, services)
        return None
    except LostRace:
        # Another has it; or our own write was done and its answer lost, which is nobody's try.
        event(log, Action.PLAN_INTERRUPTED, level=logging.WARNING, dispatch=claimed.key)
        await let_go(claimed, services, replace(claimed.plan, tries=claimed.plan.tries - 1))
        return None
    except Exception as error:
        if await _count(error, claimed, candidate, services):
            raise
        return None
    event(
        log,
        Action.PLAN_DONE,
        dispatch=whole.key,
        recipients=whole.plan.recipients,
        skipped=whole.plan.skipped,
        duplicates=whole.plan.duplicates,
        batches=whole.plan.batches,
    )
    return whole


async def _refuse_known(claimed: Dispatch, candidate: Candidate, services: Services) -> None:
    if candidate.problems:
        raise Rejected([*candidate.problems, *await list_problems(candidate, services)])
    if claimed.plan.tries > MOST_TRIES:
        raise Rejected([TOO_MANY_TRIES])


async def _count(error: Exception, claimed: Dispatch, candidate: Candidate, services: Services) -> bool:
    """Whether the fault counts as a try, and the message is to come back; an outage of our storage is nobody's."""
    why = type(error).__name__
    if await storage_is_out(services):
        await put_off(claimed, candidate, StorageOut(why), services)
        return False
    # A fault of ours, or of something in the ticket.
    event(log, Action.PLAN_INTERRUPTED, level=logging.WARNING, dispatch=claimed.key, why=why)
    await let_go(claimed, services, replace(claimed.plan, put_off=0))
    return True


async def _claim_with_ticket(candidate: Candidate, services: Services) -> Dispatch | None:
    claimed = await claim(candidate, services)
    if claimed is None or claimed.state is not DispatchState.PLANNING:
        return claimed
    if await take(claimed, services, from_stopped=bool(candidate.problems)):
        return claimed
    # Another of the ticket was quicker: the next tick says that this one waits.
    await let_go(claimed, services, replace(claimed.plan, tries=claimed.plan.tries - 1))
    return None


async def write_plan(
    claimed: Dispatch, candidate: Candidate, services: Services, *, with_own_files: bool = True
) -> Dispatch:
    """Freezes the letter and writes the recipients; writes nothing but to the ledger and the content of ``services``.

    Without ``with_own_files``, for a preview, what is one recipient's alone is named and not fetched, and nobody of a
    follow-up is looked up.

    Raises:
        Rejected: the case worker must fix something first.
    """
    await check_statuses(services)
    problems = Problems()
    material = await gathered(candidate, services, problems)
    template, letter = await _composed(material, candidate, services, problems)
    problems.refuse()
    assert letter is not None
    by_mail = goes_by_mail(candidate.channel, candidate.scenario, services)
    if by_mail:
        await refuse_what_no_transport_takes(letter, services)
    files = own_files.as_listed(material.named)
    await own_files.refuse_too_much(material.lines, files, letter, services, by_mail=by_mail)
    earlier = await sharers.version(claimed.key, services)
    dispatch = await services.ledger.clear_plan(claimed)
    digest = await services.letters.freeze(dispatch.key, letter)
    template_hash = await freeze_template(dispatch.key, template, services) if template else ""
    if with_own_files and material.named:
        files = await own_files.frozen(dispatch, material.named, services)
        # What was said of a size is not relied upon.
        await own_files.refuse_too_much(material.lines, files, letter, services, by_mail=by_mail)
    writer = PlanWriter(dispatch, services, merge=MergeValues(letter.fields, material.table), files=files)
    await add_recipients(writer, material, services, as_now=with_own_files)
    await sharers.keep(dispatch.key, writer.sharers, services, over=earlier)
    frozen = replace(
        writer.dispatch.content,
        subject=merging.as_written(letter).subject.replace(OWN_TICKET_NUMBER, EACH_ITS_OWN),
        letter_hash=digest,
        letter_bytes=letter.size,
        own_ticket_hash=template_hash,
        without_files=writer.without_files,
        has_own_files=writer.has_own_files,
    )
    said = schedule_of(candidate.ticket, services.settings, services.clock())
    whole = _whole(writer, frozen, material, said, services.clock())
    return await services.ledger.save(_held_for_approval(whole, services))


def _held_for_approval(whole: Dispatch, services: Services) -> Dispatch:
    """Planned and stopped, where it has so many recipients that nothing leaves before somebody has approved it."""
    above = services.settings.dispatch_approval_above
    if not above or whole.plan.recipients - whole.plan.skipped <= above:
        return whole
    rounds = replace(whole.rounds, approval=replace(whole.rounds.approval, wanted=True))
    return replace(whole, state=DispatchState.STOPPED, rounds=rounds)


async def _composed(
    material: Material, candidate: Candidate, services: Services, problems: Problems
) -> tuple[OwnTicketTemplate | None, Letter | None]:
    """The letter, and what own tickets are made of, with marks where their fields stand."""
    assert candidate.message is not None
    with_own_tickets = candidate.scenario is Scenario.ONE_TO_ONE
    letter: Letter | None = None
    template = None
    number = OWN_TICKET_NUMBER if with_own_tickets else str(candidate.ticket.number)
    marks = field_marks(material.table, number=number)
    marks.begin(candidate.message.subject, candidate.ticket.subject, candidate.message.html)
    with problems:
        letter = await compose(
            candidate.ticket, candidate.message, material.files, services, request_number=number, marks=marks
        )
    with problems:
        template = await own_ticket_template(candidate, services, marks=marks) if with_own_tickets else None
    problems.sentences += marks.problems
    return template, None if letter is None else replace(letter, fields=tuple(marks.fields))


def _whole(
    writer: PlanWriter, frozen: DispatchContent, material: Material, said: SendingTimes, now: datetime
) -> Dispatch:
    """The dispatch with its recipients written: from now on they may be released."""
    return replace(
        writer.dispatch,
        state=DispatchState.SENDING,
        content=frozen,
        plan=replace(
            writer.dispatch.plan,
            recipients=writer.recipients,
            skipped=writer.skipped,
            duplicates=writer.duplicates,
            batches=writer.batches,
            lists=material.listed,
            follows=material.follows.key if material.follows else "",
            made=now,
        ),
        rounds=replace(writer.dispatch.rounds, times=said.times),
        lease=NOT_HELD,
        changed=now,
    )
