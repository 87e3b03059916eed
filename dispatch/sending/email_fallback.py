"""From eFormidling to e-mail: who could not be reached goes into a new batch of the same dispatch.

One transaction sets the old rows aside and adds the new ones, with the dispatch's row and the worker's own batch as
fences, so that neither a crash nor a second worker can write to anybody twice.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from dispatch.core import (
    Batch,
    BatchState,
    Channel,
    Detour,
    Dispatch,
    DispatchState,
    LostRace,
    Reason,
    Recipient,
    RecipientState,
    Scenario,
    SentTo,
    addresses,
)
from dispatch.pacing import batch_size
from dispatch.sending import outcomes
from dispatch.sending.batch_rows import BatchRows
from dispatch.services import Services
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

DETOURS = {
    Reason.EF_UNREACHABLE: Detour.UNREACHABLE,
    Reason.EF_FAILED: Detour.FAILED,
    Reason.EF_EXPIRED: Detour.EXPIRED,
    Reason.TRANSPORTS_REFUSED: Detour.FAILED,
    Reason.GAVE_UP: Detour.FAILED,
}
TRIES = 5


async def fall_back_refused(dispatch: Dispatch, rows: BatchRows, services: Services) -> None:
    """Plans e-mail for those of the batch whom the integration point would not take, and whom e-mail reaches.

    The others stay planned. Nobody of whom eFormidling perhaps has a message is among them.
    """
    if services.settings.ef_fallback == "none":
        return
    now = services.clock()
    refused = [
        outcomes.ended(row, RecipientState.FAILED, Reason.TRANSPORTS_REFUSED, now, detail=row.detail)
        for row in rows.all
        if row.channel is Channel.EFORMIDLING and row.state is RecipientState.PLANNED and not row.doubt.resent
    ]
    await _plan_each(dispatch, rows, refused, services)


async def fall_back(dispatch: Dispatch, rows: BatchRows, services: Services) -> None:
    """Plans e-mail for those of the batch whom eFormidling has failed, and whose address has no letter yet."""
    if services.settings.ef_fallback == "none":
        return
    failed = [row for row in rows.all if row.state is RecipientState.FAILED and _by_exchange(row)]
    await _plan_each(dispatch, rows, failed, services)


async def _plan_each(dispatch: Dispatch, rows: BatchRows, failed: Sequence[Recipient], services: Services) -> None:
    most = batch_size(dispatch, services.settings, with_old_rows=True)
    for start in range(0, len(failed), most):
        await _plan(dispatch, rows, failed[start : start + most], services)


def _by_exchange(row: Recipient) -> bool:
    return row.channel is Channel.EFORMIDLING and row.reason in DETOURS and not row.superseded


def _usable(raw: str) -> str:
    try:
        address = addresses.normalise(raw) if raw.strip() else ""
    except addresses.InvalidAddress:
        return ""
    return "" if addresses.is_local(address) else address


async def _plan(dispatch: Dispatch, own: BatchRows, failed: Sequence[Recipient], services: Services) -> None:
    for _ in range(TRIES):
        # The dispatch first, then its rows: who adds a letter meanwhile changes its version, and we look again.
        current = await services.ledger.dispatch(dispatch.key)
        if current is None or current.state not in (DispatchState.SENDING, DispatchState.STOPPED):
            return
        chosen = await _choose(current, own, failed, services)
        if not chosen:
            return
        number = current.plan.batches
        rows = [_anew(row, address, number, index, current) for index, (row, address) in enumerate(chosen)]
        batch = Batch(
            dispatch=dispatch.key,
            number=number,
            state=BatchState.PLANNED,
            size=len(rows),
            to_send=len(rows),
            channel=rows[0].channel,
        )
        aside = [replace(row, superseded=True) for row, _ in chosen]
        wished = replace(current, plan=replace(current.plan, batches=number + 1), changed=services.clock())
        try:
            await services.ledger.write_batch(wished, batch, [*rows, *aside], instead_of=own.batch)
        except LostRace:
            continue  # another batch of the dispatch did the same, or our lease is over: the look below tells
        await own.set_aside(aside)
        event(log, Action.FELL_BACK, dispatch=dispatch.key, batch=own.batch.number, recipients=len(rows))
        return
    raise LostRace(f"dispatch {dispatch.key}")


async def _choose(
    dispatch: Dispatch, own: BatchRows, failed: Sequence[Recipient], services: Services
) -> list[tuple[Recipient, str]]:
    """Those who have an address to which no letter has gone, perhaps gone or is about to go."""
    # Of our own batch the worker knows more than the ledger does: its last outcomes are written with the fall-back.
    others = [row async for row in services.ledger.all_recipients(dispatch.key) if row.batch != own.batch.number]
    # Something else goes in the place of those that failed.
    mine = {row.index: row for row in (*own.all, *(replace(row, superseded=True) for row in failed))}
    sent = SentTo([*others, *mine.values()], dispatch.scenario)
    chosen: list[tuple[Recipient, str]] = []
    for row in failed:
        address = _usable(row.address)
        by_mail = replace(row, channel=_channel(dispatch), address=address)
        if address and not sent.is_taken(by_mail) and not sent.is_perhaps_sent(by_mail):
            sent.take(by_mail)
            chosen.append((row, address))
    return chosen


def _channel(dispatch: Dispatch) -> Channel:
    return Channel.TICKET if dispatch.scenario is Scenario.ONE_TO_ONE else Channel.EMAIL


def _anew(old: Recipient, address: str, batch: int, index: int, dispatch: Dispatch) -> Recipient:
    assert old.reason is not None
    return Recipient(
        batch=batch,
        index=index,
        kind=old.kind,
        source_id=old.source_id,
        name=old.name,
        address=address,
        organization_number=old.organization_number,
        channel=_channel(dispatch),
        state=RecipientState.PLANNED,
        own_ticket=replace(old.own_ticket, note=""),
        detour=DETOURS[old.reason],
        own=old.own,
    )
