"""When a dispatch may begin and until when it may be sent, as the ticket's own fields say."""

from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.core import Dispatch, LostRace, Ticket, Times, parse_moment
from dispatch.report import clock_text
from dispatch.services import Services
from dispatch.settings import Settings
from dispatch.watching import standing_notes

EXAMPLE = "Skriv for eksempel 14.01.2027 kl. 08.00."
CROSSED = "Saken sier at meldingen skal sendes etter at fristen for det er ute. Rett tidspunktene."


@dataclass(frozen=True, slots=True)
class SendingTimes:
    """What a ticket says of when; ``problems`` are for the case worker."""

    times: Times
    problems: tuple[str, ...] = ()


def schedule_of(ticket: Ticket, settings: Settings, now: datetime) -> SendingTimes:
    """What the ticket says, and what is wrong with it for a message that is not planned yet. Pure."""
    said = _said(ticket, settings)
    last = said.times.not_after
    if last and last <= now:
        too_late = f"Fristen i saken er ute: meldingen skal ikke sendes etter {clock_text(last, now)}."
        return replace(said, problems=(*said.problems, too_late))
    return replace(said, problems=(*said.problems, *_crossed(said.times)))


async def follow(dispatch: Dispatch, ticket: Ticket, services: Services) -> Dispatch:
    """The dispatch with the times that its ticket has now: a case worker may move them while it waits or is sent.

    A field that can't be read changes nothing, and the ticket is told. One that is moved so that nobody can get the
    message any more holds: that is not what anybody meant to let through.
    """
    now = services.clock()
    said = _said(ticket, services.settings)
    if problems := (*said.problems, *_crossed(said.times)):
        await standing_notes.tell_times(dispatch, problems, services)
    over = said.times.not_after is not None and said.times.not_after <= now
    # Nobody waits for a moment behind the last one.
    first = None if over else said.times.not_before
    times = replace(said.times, not_before=first, counted_from=dispatch.rounds.times.counted_from)
    if said.problems or times == dispatch.rounds.times or dispatch.plan.made is None:
        return dispatch
    try:
        return await services.ledger.save(replace(dispatch, rounds=replace(dispatch.rounds, times=times)))
    except LostRace:
        return dispatch  # the next tick does it


def _said(ticket: Ticket, settings: Settings) -> SendingTimes:
    """What stands in the ticket's fields, and which of them can't be read."""
    names = settings.pureservice_dispatch_not_before_field, settings.pureservice_dispatch_not_after_field
    first, first_wrong = _read(ticket, names[0], settings, end_of_day=False)
    last, last_wrong = _read(ticket, names[1], settings, end_of_day=True)
    return SendingTimes(Times(first, last), (*first_wrong, *last_wrong))


def _crossed(times: Times) -> tuple[str, ...]:
    first, last = times.not_before, times.not_after
    return (CROSSED,) if first and last and first >= last else ()


def _read(ticket: Ticket, name: str, settings: Settings, *, end_of_day: bool) -> tuple[datetime | None, list[str]]:
    said = ticket.field(name) if name else ""
    try:
        return parse_moment(said, zone=settings.dispatch_timezone, end_of_day=end_of_day), []
    except (ValueError, OverflowError):
        if end_of_day:
            return None, [f"Det går ikke å lese fristen for å sende meldingen: «{said}». {EXAMPLE}"]
        return None, [f"Det går ikke å lese tidspunktet meldingen skal sendes: «{said}». {EXAMPLE}"]
