"""When a dispatch may begin and until when it may be sent, as the ticket's own fields say."""

from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.core import Dispatch, LostRace, Ticket, Times, parse_moment
from dispatch.report import clock_text
from dispatch.services import Services
from dispatch.settings import Settings

EXAMPLE = "Skriv for eksempel 14.01.2027 kl. 08.00."


@dataclass(frozen=True, slots=True)
class SendingTimes:
    """What a ticket says of when; ``problems`` are for the case worker."""

    times: Times
    problems: tuple[str, ...] = ()


def schedule_of(ticket: Ticket, settings: Settings, now: datetime) -> SendingTimes:
    """What the ticket says. Pure."""
    names = settings.pureservice_dispatch_not_before_field, settings.pureservice_dispatch_not_after_field
    first, first_wrong = _read(ticket, names[0], settings, end_of_day=False)
    last, last_wrong = _read(ticket, names[1], settings, end_of_day=True)
    problems = [*first_wrong, *last_wrong]
    if last and last <= now:
        problems.append(f"Fristen i saken er ute: meldingen skal ikke sendes etter {clock_text(last, now)}.")
    elif first and last and first >= last:
        problems.append("Saken sier at meldingen skal sendes etter at fristen for det er ute. Rett tidspunktene.")
    return SendingTimes(Times(first, last), tuple(problems))


async def follow(dispatch: Dispatch, ticket: Ticket, services: Services) -> Dispatch:
    """The dispatch with the times that its ticket has now: a case worker may move them while it waits or is sent."""
    said = schedule_of(ticket, services.settings, services.clock())
    times = replace(said.times, counted_from=dispatch.rounds.times.counted_from)
    if said.problems or times == dispatch.rounds.times or dispatch.plan.made is None:
        return dispatch
    try:
        return await services.ledger.save(replace(dispatch, rounds=replace(dispatch.rounds, times=times)))
    except LostRace:
        return dispatch  # the next tick does it


def _read(ticket: Ticket, name: str, settings: Settings, *, end_of_day: bool) -> tuple[datetime | None, list[str]]:
    said = ticket.field(name) if name else ""
    try:
        return parse_moment(said, zone=settings.dispatch_timezone, end_of_day=end_of_day), []
    except (ValueError, OverflowError):
        if end_of_day:
            return None, [f"Det går ikke å lese fristen for å sende meldingen: «{said}». {EXAMPLE}"]
        return None, [f"Det går ikke å lese tidspunktet meldingen skal sendes: «{said}». {EXAMPLE}"]
