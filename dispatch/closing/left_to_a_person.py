"""Leaves a dispatch to a person, where nothing takes letters from us and that was tried for long enough.

No hours end a recipient for what is ours to put right. The ticket leaves its ready status, as it does when somebody
stops the dispatch, and a note says what is wrong, what the operator is to do, and what each way on would do.
"""

import logging
from collections.abc import Sequence

from dispatch.closing.end_now import UNRECORDED
from dispatch.core import Batch, Dispatch, Scenario, TicketSystemRefused
from dispatch.pacing import is_held
from dispatch.sending import stop
from dispatch.services import Services
from dispatch.telemetry import Action, event
from dispatch.watching import leave_ready, standing_notes

log = logging.getLogger(__name__)


async def hold_if_refused(dispatch: Dispatch, at_work: Sequence[Batch], services: Services) -> bool:
    """Whether all that is left waits for a person; then it is stopped and the ticket is told. May be repeated."""
    if at_work or not is_held(await services.ledger.batches(dispatch.key, states=UNRECORDED)):
        return False
    if dispatch.scenario is not Scenario.REPLY:
        # The status first: a stopped dispatch whose ticket stands ready would go on at once.
        await _leave_ready(dispatch, services)
    await stop(dispatch, services)
    stopped = await services.ledger.dispatch(dispatch.key)
    if stopped is not None and stopped.notes.stops < stopped.rounds.stops:
        await standing_notes.tell_stopped(stopped, services)
    return True


async def _leave_ready(dispatch: Dispatch, services: Services) -> None:
    """A ticket that may not leave its status goes on at the next tick, and is held anew after as long."""
    name = services.settings.pureservice_ticket_status_open
    try:
        await leave_ready(dispatch.ticket_id, name, services)
    except TicketSystemRefused as refused:
        event(log, Action.TICKET_FAILED, level=logging.ERROR, dispatch=dispatch.key, status=refused.status)
