"""One dispatch of a ticket at a time: the ticket's status is the stop button of them all, and its solution is one.

A dispatch that went on beside another of the same ticket would solve the ticket under it, and the other would stop as
if the case worker had taken the ticket back. So a person is refused, in words, until the other is finished.
"""

from dispatch.core import Dispatch, DispatchState, Rejected, Scenario
from dispatch.planning import take, unfinished
from dispatch.services import Services

D = DispatchState
GOING = frozenset({D.PLANNING, D.SENDING, D.RESOLVING})
WHY = "En sak kan bare ha én utsendelse i gang om gangen, for sakens status gjelder dem alle."


async def refuse_beside_another(dispatch: Dispatch, services: Services, *, stopped_too: bool = True) -> None:
    """Refuses what a person asks of this dispatch while another of the same ticket is not finished.

    Raises:
        Rejected: with what to do about it.
    """
    states = await _others(dispatch, services)
    if states & GOING:
        raise Rejected([f"Saken har en annen utsendelse som er i gang. {WHY} Vent til den er ferdig, og prøv igjen."])
    if stopped_too and D.STOPPED in states:
        raise Rejected(
            [f"Saken har en annen utsendelse som er stoppet. {WHY} La den fortsette eller avslutt den først."]
        )


async def refuse_overtaken(dispatch: Dispatch, services: Services) -> None:
    """Takes the ticket for the new round that is planned: another may have begun meanwhile, and this one then waits.

    Raises:
        Rejected: with how to go on.
    """
    if dispatch.scenario is Scenario.REPLY or await take(dispatch, services):
        return
    raise Rejected(
        [
            f"Saken fikk en annen utsendelse akkurat nå. {WHY} Denne er klar til å sendes på nytt, men står "
            "stoppet: vent til den andre er ferdig, og velg så «Fortsett»."
        ]
    )


async def refuse_late_comers(dispatch: Dispatch, services: Services) -> None:
    """Takes the ticket for a stopped dispatch that a person lets go on, from another that is stopped too.

    Raises:
        Rejected: another has begun meanwhile.
    """
    if not await take(dispatch, services, from_stopped=True):
        raise Rejected([f"Saken fikk en annen utsendelse akkurat nå. {WHY} Vent til den er ferdig, og prøv igjen."])


async def _others(dispatch: Dispatch, services: Services) -> set[DispatchState]:
    """The states of the ticket's other dispatches that are not finished. Answers to end users do not count."""
    if dispatch.scenario is Scenario.REPLY:
        return set()
    return {other.state for other in await unfinished(dispatch.ticket_id, services) if other.key != dispatch.key}
