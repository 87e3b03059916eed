"""The pages that show something: all dispatches, one of them, its recipients, its message, its report."""

import asyncio
from collections.abc import Collection

from dispatch.core import MISSED, Channel, RecipientState, Scenario, TicketSystemError
from dispatch.planning import known_sharers, unknown_statuses
from dispatch.ports import Place
from dispatch.report import counted, origin_of
from dispatch.watching import DispatchDetails, overview
from dispatch.web import buttons, view
from dispatch.web.asked import Asked, NotFound
from dispatch.web.http import Answer, page

R = RecipientState
LISTED = 200
# What people ask for, and the states that it means.
OUTCOMES: dict[str, Collection[RecipientState]] = {
    "": (),
    "ikke-nadd": MISSED,
    "i-retur": (R.RETURNED,),
    "ikke-levert": (R.FAILED,),
    "ikke-forsokt": (R.SKIPPED,),
    "usikkert": (R.UNCERTAIN,),
    "levert": (R.DELIVERED,),
    "venter": (R.PLANNED, R.IN_FLIGHT, R.IN_DOUBT, R.UNDER_WAY),
}
STATUSES_TAKE = 2  # seconds at most that the page waits for Pureservice's statuses
MOVING, STILL = 4, 30  # seconds between two looks of an open page


async def front(asked: Asked) -> Answer:
    """All dispatches: those under way, and the latest finished ones."""
    found = await overview.summaries(asked.services)
    active = [one for one in found if one.resolved is None and one.state is not overview.D.REJECTED]
    done = [one for one in found if one not in active]
    return _page(
        asked,
        "forside.html",
        active=active,
        done=done,
        ready_status=asked.services.ready_status_name(Scenario.ONE_TO_MANY),
        unknown=await _unknown_statuses(asked),
        refresh=MOVING if any(one.moves for one in active) else STILL,
    )


async def _unknown_statuses(asked: Asked) -> tuple[str, ...]:
    """Statuses that no ticket can be set to; empty too where Pureservice can't say now: the page does not need it."""
    try:
        async with asyncio.timeout(STATUSES_TAKE):
            return await unknown_statuses(asked.services)
    except (TicketSystemError, TimeoutError):
        return ()


async def dispatch(asked: Asked) -> Answer:
    """One dispatch."""
    found = await details_of(asked)
    return _page(
        asked,
        "utsendelse.html",
        found=found,
        one=found.summary,
        acts=_acts(found, asked),
        hopeless=buttons.out_of_reach(found.summary, found.missed),
        done=_done(asked),
        ready_status=asked.services.ready_status_name(found.summary.scenario),
        refresh=MOVING if found.summary.moves else STILL,
    )


def _acts(found: DispatchDetails, asked: Asked) -> list[buttons.Act]:
    """The buttons; none to approve where nobody may on the page."""
    acts = buttons.acts_for(found.summary, found.missed)
    return [act for act in acts if act.name != "godkjenn" or asked.services.settings.web_approver_role]


async def recipients(asked: Asked) -> Answer:
    """Recipients of one dispatch by name: all, those with one outcome, or those with something in name or address."""
    query = asked.request.query
    wanted = query.get("utfall", "")
    states = OUTCOMES.get(wanted, ())
    text = query.get("sok", "").strip()[:100]
    found = await outline_of(asked)
    number = _page_number(query.get("side", ""))
    rows = await overview.by_name(
        asked.key, asked.services, states=states, text=text, skip=(number - 1) * LISTED, limit=LISTED
    )
    return _page(
        asked,
        "mottakere.html",
        one=found.summary,
        rows=rows,
        number=number,
        first=(number - 1) * LISTED + 1,
        wanted=wanted if states else "",
        text=text,
        shared=bool(await known_sharers(asked.key, asked.services)),
        refresh=0,
    )


async def message(asked: Asked) -> Answer:
    """The message as the recipients see it, in a frame that can do nothing."""
    found = await outline_of(asked)
    letter = await overview.letter(found, asked.services)
    summary, settings = found.summary, asked.services.settings
    # What has been sent came from where its rows say, whatever is set up by now.
    sent = await overview.recipients(asked.key, asked.services, states=(R.DELIVERED,), limit=1)
    sender = next((row.attempt.route.sender for row in sent.rows if row.channel is not Channel.EFORMIDLING), "")
    origin = None if summary.resolved else origin_of(settings, summary.scenario)
    return _page(
        asked,
        "melding.html",
        one=summary,
        letter=letter,
        origin=origin,
        sender="" if origin else sender,
        fields=await asked.services.letters.fields(asked.key, found.content_hash) if letter else (),
        has_own_files=found.has_own_files,
        refresh=0,
    )


async def report(asked: Asked) -> Answer:
    """The report that the ticket got, in such a frame."""
    found = await outline_of(asked)
    there = await overview.report(asked.key, asked.services) is not None
    return _page(asked, "rapport.html", one=found.summary, there=there, refresh=0)


async def details_of(asked: Asked, *, missed: bool = True) -> DispatchDetails:
    """The dispatch that the path names.

    Raises:
        NotFound: there is none.
    """
    return _found(await overview.details(asked.key, asked.services, missed=missed))


async def outline_of(asked: Asked) -> DispatchDetails:
    """The same without what it waits for and whom it missed: for pages that ask for something else besides."""
    return _found(await overview.outline(asked.key, asked.services))


def _found(found: DispatchDetails | None) -> DispatchDetails:
    if found is None:
        raise NotFound
    return found


def _page_number(text: str) -> int:
    known = text.isascii() and text.isdecimal() and len(text) < 5  # noqa: PLR2004
    return max(1, int(text)) if known else 1


def place(text: str) -> Place | None:
    """A place in the plan, as addresses have it: ``12-95``."""
    batch, _, index = text.partition("-")
    digits = all(part.isascii() and part.isdecimal() and len(part) <= 5 for part in (batch, index))  # noqa: PLR2004
    return Place(int(batch), int(index)) if digits else None


def _done(asked: Asked) -> str:
    """What the page says after a button was pressed. The address may say anything, so it only picks our own words."""
    act = {**buttons.ACTS, buttons.APPROVAL.name: buttons.APPROVAL}.get(asked.request.query.get("gjort", ""))
    if act is None:
        return ""
    count = asked.request.query.get("antall", "")
    known = int(count) if count.isascii() and count.isdecimal() and len(count) < 8 else 0  # noqa: PLR2004
    return act.done.format(count=counted(known, "mottaker", "mottakere"))


def _page(asked: Asked, template: str, **values: object) -> Answer:
    now, settings = asked.services.clock(), asked.services.settings
    common = {"now": now, "ticket_page": settings.ticket_page}
    return page(view.render(template, asked.request, asked.principal, **common, **values))
