"""The preview page: who would get it and who not, and the letter, before anything is sent; and a trial of it."""

from collections import OrderedDict
from datetime import datetime, timedelta
from urllib.parse import urlencode

from dispatch.core import Letter, Rejected, Scenario
from dispatch.planning import Preview, may_try, preview_numbered, send_trial
from dispatch.report import duration_text, finish_text
from dispatch.web import csrf, view
from dispatch.web.asked import Asked, Foreign, NotFound
from dispatch.web.files import framed_letter
from dispatch.web.http import Answer, page, redirect

KEPT, LASTS = 8, timedelta(minutes=5)
TRIAL = "prøve"  # what its form is sealed for
LONGEST = 9  # digits of a ticket's number

# The frame asks for its letter right after the page; a second look through all lists would give the same.
_letters: OrderedDict[tuple[str, str], tuple[datetime, Letter]] = OrderedDict()


async def show(asked: Asked) -> Answer:
    """The form, and the preview of the ticket that it asks for."""
    now = asked.services.clock()
    seal = csrf.seal(asked.request, asked.principal, asked.services.settings, TRIAL, now)
    number, problems, found = asked.request.query.get("sak", "").strip(), [], None
    if number:
        try:
            found = await _preview(asked)
        except Rejected as error:
            problems = list(error.problems)
    html = view.render(
        "forhandsvisning.html",
        asked.request,
        asked.principal,
        number=number,
        recipient=_recipient(asked),
        own=_own(asked),
        problems=problems,
        found=found,
        finish=finish_text(found.done, found.asked) if found and found.done else "",
        duration=duration_text(found.seconds) if found else "",
        ready_status=asked.services.ready_status_name(found.scenario) if found else "",
        ticket_page=asked.services.settings.ticket_page,
        trial_to=_trial_to(asked),
        tried=asked.request.query.get("prove", "")[:254],
        token=seal.token,
        refresh=0,
        now=now,
    )
    return page(html, 409 if problems else 200).having(Set_Cookie=seal.cookie)


async def try_it(asked: Asked) -> Answer:
    """Sends the letter of the preview to whoever is signed in.

    Raises:
        Foreign: the form did not come from our page.
        Rejected: it can't be sent to them.
    """
    settings, now, form = asked.services.settings, asked.services.clock(), asked.request.form
    if not csrf.is_ours(asked.request, asked.principal, settings, TRIAL, now):
        raise Foreign
    number, recipient = form.get("sak", "").strip(), form.get("mottaker", "").strip()[:254]
    scenario = Scenario.ONE_TO_ONE if form.get("egen") == "ja" else None
    found = await preview_numbered(_number(number), asked.services, recipient=recipient, scenario=scenario)
    went = await send_trial(found, asked.principal.address, asked.services)
    own = {"egen": "ja"} if scenario else {}
    query = urlencode({"sak": number, "mottaker": recipient, **own, "prove": went})
    return redirect(f"{asked.request.base}/forhandsvisning?{query}")


def _trial_to(asked: Asked) -> str:
    """Whom a trial would go to; empty where it may not."""
    address = asked.principal.address
    return address if address and may_try(address, asked.services) else ""


async def letter(asked: Asked) -> Answer:
    """The letter of such a preview."""
    kept = _letters.get(_name(asked))
    shown = kept[1] if kept and asked.services.clock() - kept[0] < LASTS else (await _preview(asked)).letter
    if shown is None:
        raise NotFound
    return framed_letter(shown, asked.services.settings)


async def _preview(asked: Asked) -> Preview:
    number = asked.request.query.get("sak", "").strip().removeprefix("#")
    scenario = Scenario.ONE_TO_ONE if _own(asked) else None
    found = await preview_numbered(_number(number), asked.services, recipient=_recipient(asked), scenario=scenario)
    if found.letter is not None:
        _letters[_name(asked)] = (asked.services.clock(), found.letter)
        while len(_letters) > KEPT:
            _letters.popitem(last=False)
    return found


def _number(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) <= LONGEST):
        raise Rejected(["Skriv sakens nummer med bare sifre, slik det står i Pureservice."])
    return int(written)


def _name(asked: Asked) -> tuple[str, str]:
    query = asked.request.query
    return asked.principal.id, "\n".join((query.get("sak", "").strip(), _recipient(asked), str(_own(asked))))


def _recipient(asked: Asked) -> str:
    return asked.request.query.get("mottaker", "").strip()[:254]


def _own(asked: Asked) -> bool:
    return asked.request.query.get("egen") == "ja"
