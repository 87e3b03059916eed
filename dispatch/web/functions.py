"""The two HTTP functions: the page for whoever is signed in, the API for whoever has a key."""

from typing import TYPE_CHECKING

import azure.functions as func

from dispatch.core import BadConfiguration
from dispatch.settings import Settings
from dispatch.wiring import guarded, services

if TYPE_CHECKING:
    from dispatch.web.access import Door

web = func.Blueprint()  # type: ignore[no-untyped-call]  # the package types its app, not this


@web.function_name("status_page")
@web.route(route="status/{*path}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
@guarded
async def status_page(req: func.HttpRequest) -> func.HttpResponse:
    """The status page. A browser has no key: who gets in is decided by ``dispatch.web.access``."""
    from dispatch.web.access import Door

    return await _answer(req, Door.SIGNED_IN)


@web.function_name("status_api")
@web.route(route="v1/{*path}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@guarded
async def status_api(req: func.HttpRequest) -> func.HttpResponse:
    """The JSON API, with a function key."""
    from dispatch.web.access import Door

    return await _answer(req, Door.KEY)


async def _answer(req: func.HttpRequest, door: "Door") -> func.HttpResponse:
    from azure.core.exceptions import AzureError

    from dispatch.web import http, refusals, site
    from dispatch.web.access import Door

    request = http.Request(
        method=req.method,
        url=req.url,
        path=req.route_params.get("path") or "",
        query=dict(req.params),
        headers={name.lower(): value for name, value in req.headers.items()},
        body=req.get_body(),
    )
    try:
        said = await site.answer(request, Settings.from_environ(), services, door)
    except BadConfiguration:
        said = refusals.answer_to(refusals.BROKEN_SETTINGS, request, None, to_program=door is Door.KEY)
    except AzureError:
        said = refusals.answer_to(refusals.NO_STORAGE, request, None, to_program=door is Door.KEY)
    return func.HttpResponse(said.body, status_code=said.status, headers=http.guarded(said, request))
