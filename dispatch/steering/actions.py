"""What a person may press: stop, go on, send again to the failed, resolve now, purge. Page and commands call these.

Each raises ``Rejected`` with a Norwegian sentence where the dispatch's state does not allow it, lets
``TicketSystemError`` through where Pureservice can't be asked and nothing was changed, ``HalfDone`` with what was done
where the outside failed in the middle, and logs one line with who pressed.
"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from dispatch.closing import Closed, approval, end_now, retention
from dispatch.closing import resume as resuming
from dispatch.core import (
    FINISHED,
    Dispatch,
    DispatchError,
    DispatchKey,
    DispatchState,
    HalfDone,
    LostRace,
    Rejected,
    ResolveTicket,
    Scenario,
    TicketSystemError,
    for_every,
    is_dispatch_key,
)
from dispatch.sending import stop as stop_sending
from dispatch.services import Services
from dispatch.steering import going_on, press_log, ticket_in_use, ticket_status
from dispatch.steering import send_again as again
from dispatch.steering import send_to_added as added

TRIES = 5
CHANGED = (
    "Utsendelsen ble endret samtidig, av deg selv eller av noen andre. Se hvordan den står nå før du prøver igjen."
)
D = DispatchState

STANDS = for_every(
    DispatchState,
    {
        D.PLANNING: "Utsendelsen klargjøres, og ingenting er sendt ennå.",
        D.SENDING: "Utsendelsen er i gang.",
        D.STOPPED: "Utsendelsen er stoppet.",
        D.RESOLVING: "Alle mottakerne er behandlet, og rapporten er på vei.",
        D.RESOLVED: "Utsendelsen er ferdig, og rapporten står i saken.",
        D.REJECTING: "Saken kunne ikke sendes ut. Et notat i saken sier hvorfor.",
        D.REJECTED: "Saken kunne ikke sendes ut. Et notat i saken sier hvorfor.",
    },
)


def _stands(dispatch: Dispatch) -> str:
    if dispatch.content.purged and not dispatch.resolved_at:
        return "Utsendelsen ble stoppet, og er slettet fordi lagringstiden er ute."
    return STANDS[dispatch.state]


async def stop(key: DispatchKey, services: Services, *, who: str) -> None:
    """Takes the ticket out of its ready status, which is the stop button; whoever sends sees it within seconds.

    Raises:
        Rejected: there is nothing to stop.
    """
    dispatch = await _known(key, services)
    if dispatch.state not in (D.PLANNING, D.SENDING, D.STOPPED):
        raise Rejected([f"{_stands(dispatch)} Det er ingenting å stoppe."])
    if dispatch.scenario is Scenario.REPLY:
        raise Rejected(
            ["Et svar gjennom eFormidling styres ikke av sakens status, og kan ikke stoppes eller fortsette."]
        )
    left = await ticket_status.take_out_of_ready(dispatch, services)
    if dispatch.state is D.STOPPED and not left:  # where it left, somebody had just let it go on
        raise Rejected([f"{_stands(dispatch)} Det er ingenting å stoppe."])
    with _done("Saken er tatt ut av statusen den sendes fra, og utsendelsen stopper automatisk innen noen minutter."):
        if dispatch.state is D.SENDING:
            await stop_sending(dispatch, services, pressed=True)
        await _note_press(key, services)
    press_log.note("stop", dispatch, who)


async def resume(key: DispatchKey, services: Services, *, who: str) -> None:
    """Sets the ready status anew; the next tick goes on where the dispatch stopped. An answer goes on at once.

    Raises:
        Rejected: it is not stopped.
    """
    dispatch = await _known(key, services)
    if dispatch.state is not D.STOPPED:
        raise Rejected([f"{_stands(dispatch)} Bare en stoppet utsendelse kan fortsette."])
    if approval.waits(dispatch):
        raise Rejected(["Utsendelsen venter på godkjenning, og kan ikke fortsette før en annen har godkjent den."])
    if dispatch.scenario is Scenario.REPLY:
        await resuming.by_person(dispatch, services)
    else:
        await ticket_in_use.refuse_beside_another(dispatch, services, stopped_too=False)
        ready = await ticket_status.named(services.ready_status_name(dispatch.scenario), services)
        await ticket_in_use.refuse_late_comers(dispatch, services)
        try:
            await going_on.let(dispatch, lambda: ticket_status.set_status(dispatch, ready, services), services)
        except LostRace:
            raise Rejected([CHANGED]) from None
    press_log.note("resume", dispatch, who)


async def retry_failed(
    key: DispatchKey, services: Services, *, who: str, uncertain: bool = False, by: approval.Person = approval.NOBODY
) -> int:
    """Sends again to those who were not reached; returns how many.

    Raises:
        Rejected: it is not finished, there is nobody to send to again, or somebody else pressed at the same time.
    """
    dispatch = await _known(key, services)
    try:
        count = await again.retry(key, services, uncertain=uncertain, by=by)
    except LostRace:
        raise Rejected([CHANGED]) from None
    except Rejected:
        raise
    except Exception as error:
        await _tell_half_opened(key, error, services)
        raise
    press_log.note("retry", dispatch, who, recipients=count)
    return count


async def send_to_added(
    key: DispatchKey, services: Services, *, who: str, by: approval.Person = approval.NOBODY
) -> int:
    """Sends the same letter to those who were put on the lists since; returns how many.

    Raises:
        Rejected: it is not finished, nobody was added, or somebody else pressed at the same time.
    """
    dispatch = await _known(key, services)
    try:
        count = await added.send(key, services, by=by)
    except LostRace:
        raise Rejected([CHANGED]) from None
    except Rejected:
        raise
    except Exception as error:
        await _tell_half_opened(key, error, services)
        raise
    press_log.note("added", dispatch, who, recipients=count)
    return count


async def resolve_now(key: DispatchKey, services: Services, *, who: str) -> Closed:
    """Stops the dispatch for good and asks for its report: whoever was not begun with is ended, by this person's wish.

    Batches that a worker holds (``Closed.held``) are ended by the next tick, when they have been put down.

    Raises:
        Rejected: it is not under way.
    """
    for _ in range(TRIES):
        dispatch = await _known(key, services)
        if dispatch.state is D.RESOLVING:
            await services.queues.put_resolve(ResolveTicket(dispatch=key))
            press_log.note("resolve", dispatch, who)
            return Closed()
        if dispatch.state not in (D.SENDING, D.STOPPED):
            raise Rejected([f"{_stands(dispatch)} Bare en utsendelse som er i gang eller stoppet, kan avsluttes."])
        if dispatch.state is D.STOPPED:
            await ticket_in_use.refuse_beside_another(dispatch, services, stopped_too=False)
        # Out of the ready status first: a stopped dispatch whose ticket stands ready would go on at the next tick.
        if dispatch.scenario is not Scenario.REPLY:
            await ticket_status.take_out_of_ready(dispatch, services)
        wished = replace(
            dispatch,
            state=D.STOPPED,
            rounds=replace(dispatch.rounds, ended=dispatch.rounds.current, going_on=None),
            # The report says it; no note says how to go on.
            notes=replace(dispatch.notes, stops=dispatch.rounds.stops),
            changed=services.clock(),
        )
        try:
            with _done("Saken er tatt ut av statusen den sendes fra, men det er usikkert om utsendelsen er avsluttet."):
                stopped = await services.ledger.save(wished)
        except LostRace:
            continue
        press_log.note("resolve", dispatch, who)
        with _done("Utsendelsen er stoppet for godt. Resten avsluttes automatisk innen noen minutter."):
            return await end_now.close(stopped, services)
    raise Rejected(["Utsendelsen endrer seg akkurat nå. Vent et øyeblikk, og prøv igjen."])


async def purge(what: DispatchKey | timedelta, services: Services, *, who: str) -> int:
    """Removes recipients and content of one finished dispatch, or of all that were finished so long ago.

    The dispatch's own row stays, so that its message is never sent again. Returns the number of dispatches.

    Raises:
        Rejected: the dispatch is not finished.
    """
    if isinstance(what, timedelta):
        with _done("Noe kan være slettet, men ikke alt som skulle slettes."):
            count = await retention.purge(services, older_than=what)
        press_log.note("purge", None, who, dispatches=count, days=what.days)
        return count
    dispatch = await _known(what, services)
    if dispatch.state not in FINISHED:
        raise Rejected([f"{_stands(dispatch)} Bare en ferdig utsendelse kan slettes."])
    with _done("Slettingen er begynt, men det er usikkert om alt er slettet."):
        if not await retention.purge_with_lines(dispatch, services):
            raise Rejected([CHANGED])
    press_log.note("purge", dispatch, who)
    return 1


async def _note_press(key: DispatchKey, services: Services) -> None:
    """A worker or the timer may have seen the new status first, and the ticket is told who stopped it."""
    now = await services.ledger.dispatch(key)
    if now is None or now.state is not D.STOPPED or (now.rounds.stop_pressed and now.rounds.going_on is None):
        return
    with contextlib.suppress(LostRace):
        pressed = replace(now.rounds, stop_pressed=True, going_on=None)
        await services.ledger.save(replace(now, rounds=pressed, changed=services.clock()))


async def _known(key: DispatchKey, services: Services) -> Dispatch:
    dispatch = await services.ledger.dispatch(key) if is_dispatch_key(key) else None
    if dispatch is None:
        raise Rejected([f"Det finnes ingen utsendelse «{key[:40]}»."])
    return dispatch


async def _tell_half_opened(key: DispatchKey, error: Exception, services: Services) -> None:
    """Says how far sending again came, where anything was written before it failed."""
    try:
        now = await services.ledger.dispatch(key)
    except Exception:  # noqa: BLE001 - the first error is the one to tell
        raise HalfDone(["Det er usikkert hvor langt det kom. Ingenting er sendt ennå.", ticket_status.AGAIN]) from error
    if now is not None and again.is_opening(now):
        planned = "Mottakere er lagt klare til ny sending, men det er usikkert om saken fikk statusen den sendes fra."
        raise HalfDone([planned, ticket_status.AGAIN]) from error


@contextmanager
def _done(what: str) -> Iterator[None]:
    """What has been done when the rest fails: whoever pressed is told that, and not that nothing changed."""
    try:
        yield
    except DispatchError as error:
        if isinstance(error, TicketSystemError):
            raise HalfDone([what, ticket_status.AGAIN]) from error
        raise
    except Exception as error:
        raise HalfDone([what, ticket_status.AGAIN]) from error
