"""The buttons: a page that says what will happen and asks, and the form on it. Whoever presses is logged by id."""

from typing import Any
from urllib.parse import urlencode

from dispatch.closing import approval
from dispatch.core import Rejected
from dispatch.steering import actions, approving, foreseen, send_to_added
from dispatch.web import buttons, csrf, view, words
from dispatch.web.asked import Asked, Foreign
from dispatch.web.buttons import Act
from dispatch.web.http import Answer, page, redirect
from dispatch.web.pages import outline_of

LISTED = 50  # names on the page that asks; the rest as a number


async def confirm(asked: Asked) -> Answer:
    """Asks whether it is meant."""
    found = await outline_of(asked)
    act = _act(asked)
    if act not in buttons.acts_for(found.summary):
        raise Rejected([f"Utsendelsen er nå i tilstanden «{words.state_text(found.summary)}»."])
    settings, now = asked.services.settings, asked.services.clock()
    seal = csrf.seal(asked.request, asked.principal, settings, _what(asked), now)
    html = view.render(
        "bekreft.html",
        asked.request,
        asked.principal,
        one=found.summary,
        act=act,
        token=seal.token,
        refresh=0,
        now=now,
        approval_above=settings.dispatch_approval_above,
        ready_status=asked.services.ready_status_name(found.summary.scenario),
        **await _foreseen(act, asked),
    )
    return page(html).having(Set_Cookie=seal.cookie)


async def press(asked: Asked) -> Answer:
    """Does it.

    Raises:
        Foreign: the form did not come from our page.
        Rejected: the dispatch's state does not allow it.
    """
    settings, now = asked.services.settings, asked.services.clock()
    if not csrf.is_ours(asked.request, asked.principal, settings, _what(asked), now):
        raise Foreign
    act = _act(asked)
    query = {"gjort": act.name, **await _do(act, asked)}
    pressed = await asked.services.ledger.dispatch(asked.key)
    if "antall" in query and pressed is not None and approval.waits(pressed):
        query["gjort"] = buttons.APPROVAL.name
    return redirect(f"{asked.request.base}/{asked.key}?{urlencode(query)}")


async def _foreseen(act: Act, asked: Asked) -> dict[str, Any]:
    """Whom it would reach and whom not, for the buttons that send to somebody more."""
    shown: dict[str, Any] = {"again": None, "added": None, "listed": LISTED, "ticket_page": None}
    if act.name == "send-igjen":
        shown["again"] = await foreseen.foreseen(asked.key, asked.services)
    if act.name == "send-til-nye":
        shown["added"] = await send_to_added.foreseen(asked.key, asked.services)
    return shown


async def _do(act: Act, asked: Asked) -> dict[str, str]:
    key, services, who = asked.key, asked.services, asked.principal.id
    by = approval.Person(asked.principal.name, asked.principal.address)
    match act.name:
        case "stopp":
            await actions.stop(key, services, who=who)
        case "godkjenn":
            role = services.settings.web_approver_role
            if not role or role not in asked.principal.roles:
                raise Rejected(["Du har ikke rollen som trengs for å godkjenne en utsendelse på statussiden."])
            await approving.approve(key, services, who=who, by=by)
        case "fortsett":
            await actions.resume(key, services, who=who)
        case "send-igjen":
            uncertain = asked.request.form.get("usikre") == "ja"
            count = await actions.retry_failed(key, services, who=who, uncertain=uncertain, by=by)
            return {"antall": str(count)}
        case "send-til-nye":
            return {"antall": str(await actions.send_to_added(key, services, who=who, by=by))}
        case _:
            await actions.resolve_now(key, services, who=who)
    return {}


def _act(asked: Asked) -> Act:
    return buttons.ACTS[asked.parts["act"]]


def _what(asked: Asked) -> str:
    return f"{asked.parts['act']} {asked.key}"
