"""Several sender mailboxes, for demonstration and crash sweep: their settings, and who sent and was asked what."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from dispatch.core import Batch, BatchState, Dispatch, DispatchState, Recipient, SenderState
from dispatch.pacing import Snapshot, forecast
from dispatch.settings import Settings, senders
from local.simulators.graph import GraphSimulator

_LOOK = re.compile(r"/users/([^/]+)/messages\?.*filter=(.*)")
_KEY = re.compile(r"ep/value eq '([a-z2-7]{26})'")


def pool_of(count: int) -> list[str]:
    """So many addresses."""
    return [f"ikkesvar{number}@dibk.example" for number in range(1, count + 1)]


def pool_settings(count: int) -> dict[str, str]:
    """Settings with so many mailboxes; none where there is one alone."""
    return {"MAIL_SENDERS": ", ".join(pool_of(count))} if count > 1 else {}


def strays(graph: GraphSimulator, rows: Sequence[Recipient]) -> int:
    """Letters that left another mailbox than their row names, and look-ups in one that was never asked to send it."""
    by_key = {mail.key: mail.mailbox for mail in graph.received}
    named = {mail.key: row.attempt.route.sender for mail in graph.received for row in rows if row.address == mail.to}
    elsewhere = sum(by_key[key] != sender for key, sender in named.items() if sender)
    return elsewhere + sum(look not in graph.asked for look in _looks(graph) if graph.asked is not None)


def _looks(graph: GraphSimulator) -> list[tuple[str, str]]:
    """Each look-up by our marker: in which mailbox, for which letter."""
    found = [match.groups() for one in graph.requests if one.method == "GET" and (match := _LOOK.search(one.path))]
    keys = [(unquote(mailbox), _KEY.search(unquote(wanted))) for mailbox, wanted in found]
    return [(mailbox, key[1]) for mailbox, key in keys if key]


def finished_minutes(dispatch: Dispatch, batches: Sequence[Batch], settings: Settings) -> float | None:
    """When the last of these batches would have been sent if all began now, as the forecast plays it through."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    waiting = [Batch(one.dispatch, one.number, BatchState.PLANNED, one.size, one.to_send) for one in batches]
    standing = {sender.name: SenderState(sender.name) for sender in senders(settings)}
    sending = replace(dispatch, state=DispatchState.SENDING)
    found = forecast(Snapshot(sending, waiting, {}, standing, settings, now))
    return round((found.done - now) / timedelta(minutes=1), 1) if found else None


def by_mailbox(rows: Sequence[Recipient]) -> dict[str, int]:
    """Letters by the mailbox that they left."""
    return dict(Counter(row.attempt.route.sender for row in rows))
