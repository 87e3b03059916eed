"""The routes of page and API, who may come to each, and what becomes of a request."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from dispatch.core import DISPATCH_KEY, HalfDone, LostRace, Rejected, TicketSystemError, for_every
from dispatch.services import Services
from dispatch.settings import Settings
from dispatch.web import api, csrf, files, pages, pressing, preview_page, refusals
from dispatch.web.access import Door, Shut, admitted
from dispatch.web.asked import Asked, BadQuery, Foreign, Handler, NotFound
from dispatch.web.http import Answer, Request
from dispatch.web.refusals import Fault

log = logging.getLogger(__name__)

KEY = f"(?P<key>{DISPATCH_KEY})"
ACT = r"(?P<act>stopp|fortsett|send-igjen|send-til-nye|avslutt)"
API = "v1"  # under the page's own address, for whoever is signed in


@dataclass(frozen=True, slots=True)
class Route:
    """A form of path, and who answers which method under it."""

    path: str
    by_method: Mapping[str, Handler]
    of_api: bool = False

    def parts(self, path: str) -> dict[str, str] | None:
        """The named parts of the path; None where it has another form."""
        found = re.fullmatch(self.path, path, re.ASCII)
        return None if found is None else found.groupdict()


PAGES = (
    Route("", {"GET": pages.front}),
    Route("forhandsvisning", {"GET": preview_page.show}),
    Route("forhandsvisning/brev", {"GET": preview_page.letter}),
    Route("forhandsvisning/prove", {"POST": preview_page.try_it}),
    Route(r"statisk/(?P<name>[a-z]+\.[a-z]+)", {"GET": files.static}),
    Route(KEY, {"GET": pages.dispatch}),
    Route(f"{KEY}/mottakere", {"GET": pages.recipients}),
    Route(rf"{KEY}/mottakere\.csv", {"GET": files.recipients}),
    Route(f"{KEY}/melding", {"GET": pages.message}),
    Route(f"{KEY}/brev", {"GET": files.letter}),
    Route(f"{KEY}/rapport", {"GET": pages.report}),
    Route(f"{KEY}/rapport/dokument", {"GET": files.report}),
    Route(f"{KEY}/{ACT}", {"GET": pressing.confirm, "POST": pressing.press}),
)
API_ROUTES = tuple(Route(known.pattern, {"GET": known.handler}, of_api=True) for known in api.ROUTES)
ROUTES: Mapping[Door, tuple[Route, ...]] = for_every(
    Door,
    {
        Door.SIGNED_IN: (*PAGES, *(Route(f"{API}/{known.path}", known.by_method, of_api=True) for known in API_ROUTES)),
        Door.KEY: API_ROUTES,
    },
)


async def answer(
    request: Request, settings: Settings, open_services: Callable[[], Awaitable[Services]], door: Door
) -> Answer:
    """Answers. Nothing is read from the storage before it is known that the one who asks may see it."""
    route, parts = _route(request.path.strip("/"), door)
    to_program = door is Door.KEY or request.path.strip("/").split("/")[0] == API
    principal = admitted(request, settings, door)
    if isinstance(principal, Shut):
        return refusals.answer_to(refusals.shut(principal, settings), request, None, to_program=to_program)
    fault = _unfit(request, route)
    if fault is None:
        assert route is not None
        asked = Asked(request, principal, await open_services(), parts)
        tried = await _tried(route.by_method[request.method], asked)
        if isinstance(tried, Answer):
            return tried
        fault = tried
    # Only what was asked of a dispatch that is there leads back to it.
    key = "" if fault is refusals.UNKNOWN else parts.get("key", "")
    return refusals.answer_to(fault, request, principal, to_program=to_program, key=key)


def _route(path: str, door: Door) -> tuple[Route | None, dict[str, str]]:
    for route in ROUTES[door]:
        parts = route.parts(path)
        if parts is not None:
            return route, parts
    return None, {}


def _unfit(request: Request, route: Route | None) -> Fault | None:
    if route is None:
        return refusals.UNKNOWN
    if request.method not in route.by_method:
        return refusals.WRONG_METHOD
    return refusals.FOREIGN if csrf.is_foreign(request) else None


async def _tried(handler: Handler, asked: Asked) -> Answer | Fault:
    try:
        return await handler(asked)
    except NotFound:
        return refusals.UNKNOWN
    except BadQuery as error:
        return refusals.bad_query(str(error))
    except Foreign:
        return refusals.FOREIGN
    except Rejected as error:
        return refusals.not_allowed(error.problems)
    except HalfDone as error:
        log.warning("a press came half-way: %s", type(error.__cause__).__name__)
        return refusals.half_done(error.sentences)
    except LostRace:
        return refusals.CHANGED
    except TicketSystemError:
        return refusals.NO_PURESERVICE
