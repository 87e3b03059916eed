"""``status``: the dispatches as bars, one of them in full, or both for a program."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from dispatch.cli.english import in_its_language
from dispatch.cli.outcome import Exit, WrongUse, print_json
from dispatch.cli.standing import missed, standing, standings
from dispatch.cli.terminal import console, facts_table, plain, rows_table
from dispatch.cli.texts import Texts
from dispatch.core import DispatchKey, DispatchState, Recipient
from dispatch.pacing import Waits
from dispatch.report import clock_text, finish_text, norwegian_time, up_to_five_minutes
from dispatch.report import texts as norwegian
from dispatch.watching import DispatchSummary

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
        print_json(
            _dict(found[0], texts, rows) if key else {"ok": True, "dispatches": [_dict(one, texts) for one in found]}
        )
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
) -> tuple[list[DispatchSummary], Sequence[Recipient]]:
    if key is None:
        return await standings(services), ()
    found = await standing(key, services)
    if found is None:
        raise WrongUse(texts("no_such_key", key=key))
    return [found], await missed(key, services)


def _dict(one: DispatchSummary, texts: Texts, rows: Sequence[Recipient] | None = None) -> dict[str, Any]:
    done, tally = _done(one), one.tally
    told = {
        "ok": True,
        "key": one.key,
        "ticket": one.request_number,
        "subject": one.subject,
        "state": one.state,
        "scenario": one.scenario,
        "channel": one.channel,
        "round": one.round,
        "created": one.created.isoformat(),
        "done_at": done.isoformat() if done else None,
        "waits_for": one.waits.what,
        "duplicates": one.duplicates,
        "recipients": tally.recipients,
        "done": tally.handled,
        "delivered": tally.delivered,
        "returned": tally.returned,
        "failed": tally.failed,
        "skipped": tally.skipped,
        "uncertain": tally.uncertain,
        "under_way": tally.waiting,
        "remaining": tally.remaining,
        "purged": one.purged,
        "batches": one.batches,
        "recorded": one.batches_done,
    }
    if rows is None:
        return told
    return {
        **told,
        "problems": [in_its_language(problem, texts) for problem in one.problems],
        "missed": [_row(row) for row in rows],
    }


def _row(row: Recipient) -> dict[str, Any]:
    return {
        "name": row.name,
        "address": row.address,
        "organization_number": row.organization_number,
        "state": row.state,
        "reason": row.reason,
        "detail": row.detail,
        "sent_from": row.attempt.route.sender,
        "redirected_to": row.attempt.route.redirect,
    }


def _picture(
    found: Sequence[DispatchSummary], rows: Sequence[Recipient], texts: Texts, *, full: bool
) -> RenderableType:
    if not found:
        return plain(texts("no_dispatches"))
    return _one(found[0], rows, texts) if full else _bars(found, texts)


def _bars(found: Sequence[DispatchSummary], texts: Texts) -> Table:
    rows = [_cells(one, texts) for one in found]
    table = Table(box=None, pad_edge=False)
    for index, head in enumerate(("key", "ticket", "subject", "state", "recipients", "missed", "done")):
        # A narrow terminal folds the subject; a key that is cut short would be of no use.
        widest = max(len(row[index]) for row in rows) if head in WHOLE else None
        table.add_column(plain(texts(f"head_{head}")), overflow="fold", min_width=widest)
    table.add_column(plain(texts("head_progress")))
    for one, row in zip(found, rows, strict=True):
        bar = ProgressBar(total=max(one.tally.recipients, 1), completed=one.tally.handled, width=10)
        table.add_row(*(plain(cell) for cell in row), bar, style=COLOURS.get(one.state))
    return table


def _cells(one: DispatchSummary, texts: Texts) -> tuple[str, ...]:
    return (
        str(one.key),
        str(one.request_number),
        one.subject,
        _state(one, texts),
        texts("removed") if one.purged else f"{one.tally.handled} / {one.tally.recipients}",
        str(one.tally.missed or ""),
        _moment(one, texts),
    )


def _one(one: DispatchSummary, rows: Sequence[Recipient], texts: Texts) -> RenderableType:
    tally = one.tally
    facts = [
        (texts("head_key"), str(one.key)),
        (texts("head_ticket"), str(one.request_number)),
        (texts("head_subject"), one.subject),
        (texts("head_state"), _state(one, texts)),
        *(_counts(one, texts) if not one.purged else [(texts("removed"), _removed(one, texts))]),
        (texts("head_done"), _moment(one, texts)),
        *((texts("must_fix"), in_its_language(problem, texts)) for problem in one.problems),
    ]
    bar = _line(ProgressBar(total=max(tally.recipients, 1), completed=tally.handled, width=60))
    parts: list[RenderableType] = [facts_table(facts), *(() if one.purged else (bar,))]
    if rows:
        heads = (texts("name"), texts("address"), texts("head_state"), texts("why"))
        lines = [
            (row.name, row.address or row.organization_number, _recipient_state(row, texts), _reason(row, texts))
            for row in rows[:SHOWN]
        ]
        parts.append(rows_table(texts("head_missed"), heads, lines))
        if len(rows) > SHOWN:
            parts.append(plain(texts("see_export", key=one.key)))
    return Group(*parts)


def _counts(one: DispatchSummary, texts: Texts) -> list[tuple[str, str]]:
    tally = one.tally
    return [
        (texts("head_recipients"), f"{tally.handled} / {tally.recipients}"),
        (texts("delivered"), str(tally.delivered)),
        (texts("returned"), str(tally.returned)),
        (texts("failed"), str(tally.failed)),
        (texts("not_tried"), str(tally.skipped)),
        (texts("uncertain"), str(tally.uncertain)),
        (texts("remaining"), str(tally.remaining + tally.waiting)),
        (texts("batches"), f"{one.batches_done} / {one.batches}"),
    ]


def _removed(one: DispatchSummary, texts: Texts) -> str:
    """What is gone and since when: its counts went with it, and zeroes would say that nobody got the letter."""
    day = f", {norwegian_time(one.purged_at):%Y-%m-%d}" if one.purged_at else ""
    return texts("removed_what") + day


def _state(one: DispatchSummary, texts: Texts) -> str:
    settling = {Waits.GOING_ON: "going_on", Waits.GOING_ON_LATE: "going_on", Waits.ENDING: "ending"}
    return texts(f"state_{settling.get(one.waits.what, one.state)}")


def _recipient_state(row: Recipient, texts: Texts) -> str:
    return norwegian.STATES[row.state] if texts.language == "nb" else str(row.state)


def _reason(row: Recipient, texts: Texts) -> str:
    if row.reason is None:
        return ""
    return norwegian.REASONS[row.reason].short if texts.language == "nb" else row.reason.replace("_", " ")


def _done(one: DispatchSummary) -> datetime | None:
    """When it is expected to be done, or was."""
    return one.resolved if one.state is DispatchState.RESOLVED else one.expected_done


def _moment(one: DispatchSummary, texts: Texts) -> str:
    """When it will be or was done, in Norwegian time: to come it is rounded up to five minutes, as on the page."""
    done, now = _done(one), one.looked
    if done is None:
        return ""
    finished = one.state is DispatchState.RESOLVED
    if texts.language == "nb":
        return clock_text(done, now) if finished else texts("about", finish=finish_text(done, now))
    local = norwegian_time(done if finished else up_to_five_minutes(done))
    clock = f"{local:%H:%M}" if local.date() == norwegian_time(now).date() else f"{local:%Y-%m-%d %H:%M}"
    return clock if finished else texts("about", finish=clock)


def _line(bar: ProgressBar) -> Table:
    grid = Table.grid()
    grid.add_row(bar)
    return grid
