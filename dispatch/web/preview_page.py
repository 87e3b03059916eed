"""The preview page: who would get it and who not, and the letter, before anything is sent. Changes nothing."""

from collections import OrderedDict
from datetime import datetime, timedelta

from dispatch.core import Letter, Rejected, Scenario
from dispatch.planning import Preview, preview_numbered
from dispatch.report import duration_text, finish_text
from dispatch.web import view
from dispatch.web.asked import Asked, NotFound
from dispatch.web.files import framed_letter
from dispatch.web.http import Answer, page

KEPT, LASTS = 8, timedelta(minutes=5)
LONGEST = 9  # digits of a ticket's number

# The frame asks for its letter right after the page; a second look through all lists would give the same.
_letters: OrderedDict[tuple[str, str], tuple[datetime, Letter]] = OrderedDict()


async def show(asked: Asked) -> Answer:
    """The form, and the preview of the ticket that it asks for."""
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
        refresh=0,
        now=asked.services.clock(),
    )
    return page(html, 409 if problems else 200)


async def letter(asked: Asked) -> Answer:
    """The letter of such a preview."""
    kept = _letters.get(_name(asked))
    shown = kept[1] if kept and asked.services.clock() - kept[0] < LASTS else (await _preview(asked)).letter
    if shown is None:
        raise NotFound
    return framed_letter(shown, asked.services.settings)


async def _preview(asked: Asked) -> Preview:
    number = asked.request.query.get("sak", "").strip().removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST):
        raise Rejected(["Skriv sakens nummer med bare sifre, slik det står i Pureservice."])
    scenario = Scenario.ONE_TO_ONE if _own(asked) else None
    found = await preview_numbered(int(number), asked.services, recipient=_recipient(asked), scenario=scenario)
    if found.letter is not None:
        _letters[_name(asked)] = (asked.services.clock(), found.letter)
        while len(_letters) > KEPT:
            _letters.popitem(last=False)
    return found


def _name(asked: Asked) -> tuple[str, str]:
    query = asked.request.query
    return asked.principal.id, "\n".join((query.get("sak", "").strip(), _recipient(asked), str(_own(asked))))


def _recipient(asked: Asked) -> str:
    return asked.request.query.get("mottaker", "").strip()[:254]


def _own(asked: Asked) -> bool:
    return asked.request.query.get("egen") == "ja"
