"""A further round: what the dispatch's row says from the moment that its first batch is planned."""

from dataclasses import replace
from datetime import datetime

from dispatch.core import Dispatch, DispatchState


def opened(dispatch: Dispatch, now: datetime, *, added: int = 0, skipped: int = 0) -> Dispatch:
    """The dispatch with one batch more, and so many more recipients and skipped ones than were planned before.

    It stays stopped until the ticket stands ready again: a tick in between would take a sending one for stopped, and
    say so in the ticket.
    """
    plan, current = dispatch.plan, dispatch.rounds.current + (dispatch.state is DispatchState.RESOLVED)
    return replace(
        dispatch,
        state=DispatchState.STOPPED,
        notes=replace(dispatch.notes, stops=dispatch.rounds.stops),
        plan=replace(
            plan, batches=plan.batches + 1, recipients=plan.recipients + added, skipped=plan.skipped + skipped
        ),
        rounds=replace(dispatch.rounds, current=current, opening=current),
        resolved_at=None,
        changed=now,
    )
