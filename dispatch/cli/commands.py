"""The work of the commands that press a button."""

import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dispatch.cli.outcome import Exit, print_json
from dispatch.cli.standing import standing
from dispatch.cli.texts import Texts
from dispatch.cli.which import dispatch_meant
from dispatch.closing import approval
from dispatch.core import DispatchKey
from dispatch.steering import actions

if TYPE_CHECKING:
    from dispatch.services import Services

Press = Callable[[DispatchKey, "Services"], Awaitable[tuple[dict[str, Any], list[str]]]]
"""Presses, and returns what a program and what a person is told."""


def who() -> str:
    """Who gives commands here, for the log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may have no user of a name
        return "cli"


async def press(what: str, services: "Services", texts: Texts, act: Press, *, as_json: bool) -> Exit:
    """Presses one button for one dispatch, and tells."""
    key = await dispatch_meant(what, services, texts)
    facts, lines = await act(key, services)
    if as_json:
        print_json({"ok": True, "dispatch": key, **facts})
    else:
        sys.stdout.write("\n".join(lines) + "\n")
    return Exit.OK


def stop(texts: Texts) -> Press:
    """The stop button."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        await actions.stop(key, services, who=who())
        return {}, [texts("stopped", key=key)]

    return act


def resume(texts: Texts) -> Press:
    """Go on."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        await actions.resume(key, services, who=who())
        return {}, [texts("resumed", key=key)]

    return act


def retry(texts: Texts, *, uncertain: bool) -> Press:
    """Send again to the failed."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        count = await actions.retry_failed(key, services, who=who(), uncertain=uncertain)
        return await _sending(key, count, services, texts, "retried")

    return act


def added(texts: Texts) -> Press:
    """Send to those who were put on the lists since."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        count = await actions.send_to_added(key, services, who=who())
        return await _sending(key, count, services, texts, "added_sent")

    return act


async def _sending(
    key: DispatchKey, count: int, services: "Services", texts: Texts, told: str
) -> tuple[dict[str, Any], list[str]]:
    """What is said of a further round, which may have to be approved first."""
    now = await services.ledger.dispatch(key)
    waits = now is not None and approval.waits(now)
    return {"recipients": count, "needs_approval": waits}, [texts("to_approve" if waits else told, count=count)]


def resolve(texts: Texts) -> Press:
    """Resolve now."""

    async def act(key: DispatchKey, services: "Services") -> tuple[dict[str, Any], list[str]]:
        closed = await actions.resolve_now(key, services, who=who())
        facts = {"unsent": closed.unsent, "unsettled": closed.unsettled, "held": closed.held}
        lines = [texts("resolved", key=key, unsent=closed.unsent, unsettled=closed.unsettled)]
        return facts, lines + ([texts("held", held=closed.held)] if closed.held else [])

    return act


async def purge(what: str | timedelta, services: "Services", texts: Texts, *, as_json: bool) -> Exit:
    """Removes what is finished."""
    if isinstance(what, timedelta):
        count = await actions.purge(what, services, who=who())
        told = texts("purged", count=count)
    else:
        key = await dispatch_meant(what, services, texts)
        before = await standing(key, services)
        # Done again all the same: one that was cut off half-way is made whole by that.
        count = await actions.purge(key, services, who=who())
        again = before is not None and before.purged
        count, told = (0, texts("nothing_left", key=key)) if again else (count, texts("purged_one", key=key))
    if as_json:
        print_json({"ok": True, "purged": count})
    else:
        sys.stdout.write(told + "\n")
    return Exit.OK
