"""The buttons: a page that says what will happen and asks, and the form on it. Whoever presses is logged by id."""

from urllib.parse import urlencode

from dispatch.core import Rejected
from dispatch.steering import actions
from dispatch.web import csrf, view, words
from dispatch.web.asked import Asked, Foreign
from dispatch.web.http import Answer, page, redirect
from dispatch.web.pages import outline_of
from dispatch.web.words import Act


async def confirm(asked: Asked) -> Answer:
    """Asks whether it is meant."""
    found = await outline_of(asked)
    act = _act(asked)
    if act not in words.acts_for(found.summary):
        raise Rejected([f"Utsendelsen er nå i tilstanden «{words.STATES[found.summary.state]}»."])
    settings, now = asked.services.settings, asked.services.clock()
    seal = csrf.seal(asked.request, asked.principal, settings, _what(asked), now)
    html = view.render(
        "bekreft.html", asked.request, asked.principal, one=found.summary, act=act, token=seal.token, refresh=0, now=now
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
    told = {"gjort": act.name, **await _do(act, asked)}
    return redirect(f"{asked.request.base}/{asked.key}?{urlencode(told)}")


async def _do(act: Act, asked: Asked) -> dict[str, str]:
    key, services, who = asked.key, asked.services, asked.principal.id
    match act.name:
        case "stopp":
            await actions.stop(key, services, who=who)
        case "fortsett":
            await actions.resume(key, services, who=who)
        case "send-igjen":
            uncertain = asked.request.form.get("usikre") == "ja"
            count = await actions.retry_failed(key, services, who=who, uncertain=uncertain)
            return {"antall": str(count)}
        case _:
            await actions.resolve_now(key, services, who=who)
    return {}


def _act(asked: Asked) -> Act:
    return words.ACTS[asked.parts["act"]]


def _what(asked: Asked) -> str:
    return f"{asked.parts['act']} {asked.key}"
