"""``status``: the dispatches as bars, one of them in full, or both for a program."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from dispatch.cli.outcome import Exit, WrongUse, print_json
from dispatch.cli.standing import Standing, missed, standing, standings
from dispatch.cli.terminal import console, facts_table, plain, rows_table
from dispatch.cli.texts import Texts
from dispatch.core import DispatchKey, DispatchState, Recipient
from dispatch.report import norwegian_time
from dispatch.report import texts as norwegian

if TYPE_CHECKING:
    from dispatch.services import Services

SECONDS = 2.0  # between two looks
WHOLE = frozenset({"key", "ticket", "recipients", "done"})
SHOWN = 20  # of those who were not reached; --json gives more
COLOURS = {
    DispatchState.RESOLVED: "green",
    DispatchState.STOPPED: "yellow",
    DispatchState.REJECTED: "red",
    DispatchState.REJECTING: "red",
}


async def show(key: DispatchKey | None, services: "Services", texts: Texts, *, watch: bool, as_json: bool) -> Exit:
    """Looks once, or until nothing moves any more."""
    found, rows = await _look(key, services, texts)
    if as_json:
        print_json(_dict(found[0], rows) if key else {"ok": True, "dispatches": [_dict(one) for one in found]})
        return Exit.OK
    if not watch:
        console().print(_picture(found, rows, texts, full=key is not None))
        return Exit.OK
    with Live(_picture(found, rows, texts, full=key is not None), console=console(), auto_refresh=False) as live:
        while any(one.moves for one in found):
            await asyncio.sleep(SECONDS)
            found, rows = await _look(key, services, texts)
            live.update(_picture(found, rows, texts, full=key is not None), refresh=True)
    return Exit.OK


async def _look(
    key: DispatchKey | None, services: "Services", texts: Texts
) -> tuple[list[Standing], Sequence[Recipient]]:
    if key is None:
        return await standings(services), ()
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None:
        raise WrongUse(texts("no_such_key", key=key))
    return [await standing(dispatch, services)], await missed(key, services)


def _dict(one: Standing, rows: Sequence[Recipient] | None = None) -> dict[str, Any]:
    dispatch = one.dispatch
    shown = {
        "ok": True,
        "key": dispatch.key,
        "ticket": dispatch.request_number,
        "subject": dispatch.content.subject,
        "state": dispatch.state,
        "scenario": dispatch.scenario,
        "channel": dispatch.channel,
        "round": dispatch.rounds.current,
        "created": dispatch.created.isoformat(),
        "done_at": one.done.isoformat() if one.done else None,
        "skipped": dispatch.plan.skipped,
        "duplicates": dispatch.plan.duplicates,
        **one.numbers,
    }
    if rows is None:
        return shown
    return {
        **shown,
        "problems": [line for line in dispatch.problems.split("\n") if line],
        "missed": [_row(r) for r in rows],
    }


def _row(row: Recipient) -> dict[str, Any]:
    return {
        "name": row.name,
        "address": row.address,
        "organization_number": row.organization_number,
        "state": row.state,
        "reason": row.reason,
        "detail": row.detail,
    }


def _picture(found: Sequence[Standing], rows: Sequence[Recipient], texts: Texts, *, full: bool) -> RenderableType:
    if not found:
        return plain(texts("no_dispatches"))
    return _one(found[0], rows, texts) if full else _bars(found, texts)


def _bars(found: Sequence[Standing], texts: Texts) -> Table:
    rows = [_cells(one, texts) for one in found]
    table = Table(box=None, pad_edge=False)
    for index, head in enumerate(("key", "ticket", "subject", "state", "recipients", "missed", "done")):
        # A narrow terminal folds the subject; a key that is cut short would be of no use.
        widest = max(len(row[index]) for row in rows) if head in WHOLE else None
        table.add_column(plain(texts(f"head_{head}")), overflow="fold", min_width=widest)
    table.add_column(plain(texts("head_progress")))
    for one, row in zip(found, rows, strict=True):
        bar = ProgressBar(total=max(one.numbers["recipients"], 1), completed=one.numbers["done"], width=10)
        table.add_row(*(plain(cell) for cell in row), bar, style=COLOURS.get(one.dispatch.state))
    return table


def _cells(one: Standing, texts: Texts) -> tuple[str, ...]:
    lost = one.numbers["failed"] + one.numbers["uncertain"]
    return (
        str(one.dispatch.key),
        str(one.dispatch.request_number),
        one.dispatch.content.subject,
        _state(one, texts),
        f"{one.numbers['done']} / {one.numbers['recipients']}",
        str(lost) if lost else "",
        _moment(one, texts),
    )


def _one(one: Standing, rows: Sequence[Recipient], texts: Texts) -> RenderableType:
    dispatch, n = one.dispatch, one.numbers
    facts = [
        (texts("head_key"), str(dispatch.key)),
        (texts("head_ticket"), str(dispatch.request_number)),
        (texts("head_subject"), dispatch.content.subject),
        (texts("head_state"), _state(one, texts)),
        (texts("head_recipients"), f"{n['done']} / {n['recipients']}"),
        (texts("delivered"), str(n["delivered"])),
        (texts("failed"), str(n["failed"])),
        (texts("uncertain"), str(n["uncertain"])),
        (texts("skipped"), str(dispatch.plan.skipped)),
        (texts("batches"), f"{n['recorded']} / {n['batches']}"),
        (texts("head_done"), _moment(one, texts)),
        *((texts("must_fix"), problem) for problem in dispatch.problems.split("\n") if problem),
    ]
    parts: list[RenderableType] = [
        facts_table(facts),
        _line(ProgressBar(total=max(n["recipients"], 1), completed=n["done"], width=60)),
    ]
    if rows:
        heads = (texts("name"), texts("address"), texts("head_state"), texts("why"))
        lines = [
            (row.name, row.address or row.organization_number, _recipient_state(row, texts), _reason(row, texts))
            for row in rows[:SHOWN]
        ]
        parts.append(rows_table(texts("head_missed"), heads, lines))
        if len(rows) > SHOWN:
            parts.append(plain(texts("see_export", key=dispatch.key)))
    return Group(*parts)


def _state(one: Standing, texts: Texts) -> str:
    return texts(f"state_{one.dispatch.state}")


def _recipient_state(row: Recipient, texts: Texts) -> str:
    return norwegian.STATES[row.state] if texts.language == "nb" else str(row.state)


def _reason(row: Recipient, texts: Texts) -> str:
    if row.reason is None:
        return ""
    return norwegian.REASONS[row.reason].short if texts.language == "nb" else row.reason.replace("_", " ")


def _moment(one: Standing, texts: Texts) -> str:
    """When it will be or was done, in Norwegian time."""
    if one.done is None:
        return ""
    local, today = norwegian_time(one.done), norwegian_time(one.looked)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%d.%m.%Y %H:%M}" if texts.language == "nb" else f"{local:%Y-%m-%d %H:%M}"


def _line(bar: ProgressBar) -> Table:
    grid = Table.grid()
    grid.add_row(bar)
    return grid
