"""Requests as a function gets them, and its answers as a client gets them."""

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie

import azure.functions as func
from aiohttp import web

_BARE = web.ResponseKey("bare", bool)
_EMPTY_PAGE = "<!DOCTYPE html><title>Functions</title><p>This function app is up and running.</p>"


def bare(status: int) -> web.Response:
    """An answer of the host's own: no body, no type."""
    response = web.Response(status=status)
    response[_BARE] = True
    return response


async def without_type(request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG001 - aiohttp's signal
    """Takes away the type that the server gives to an answer without a body."""
    if response.get(_BARE, False):
        response.headers.pop("Content-Type", None)


def front_page() -> web.Response:
    """What the platform shows at ``/``."""
    return web.Response(text=_EMPTY_PAGE, content_type="text/html")


def query_of(request: web.Request) -> dict[str, str]:
    """The query as a function gets it."""
    return joined_query(request.query.items())


def joined_query(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The values; those of one name, in whatever case, joined by commas, and none that is empty."""
    names: dict[str, str] = {}
    joined: dict[str, list[str]] = {}
    for name, value in pairs:
        joined.setdefault(names.setdefault(name.lower(), name), []).append(value)
    return {name: ",".join(values) for name, values in joined.items() if any(values)}


def headers_of(request: web.Request) -> dict[str, str]:
    """The headers by lower-case name; one that comes twice is joined by a comma."""
    joined: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        joined.setdefault(name.lower(), []).append(value)
    return {name: ("; " if name == "cookie" else ",").join(values) for name, values in joined.items()}


async def to_azure(request: web.Request, *, headers: dict[str, str], route_params: dict[str, str]) -> func.HttpRequest:
    """The request. A body that comes in chunks is empty, as it is with the real worker."""
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    body = await request.read()
    return func.HttpRequest(
        method=request.method,
        url=str(request.url),
        headers=headers,
        params=query_of(request),
        route_params=route_params,
        body=b"" if chunked else body,
    )


def to_aiohttp(value: object) -> web.Response:
    """The answer; 500 for what the real host cannot send."""
    if isinstance(value, str):
        return web.Response(text=value)
    if not isinstance(value, func.HttpResponse) or not _is_sendable(value):
        return bare(500)
    response = web.Response(status=value.status_code, body=value.get_body())
    if "content-type" not in value.headers:
        charset = f"; charset={value.charset}" if (value.mimetype or "").startswith("text/") else ""
        response.headers["Content-Type"] = f"{value.mimetype}{charset}"
    for name, text in value.headers.items():
        for line in cookies(text) if name.lower() == "set-cookie" else [text]:
            response.headers.add(name, line)
    return response


def _is_sendable(value: func.HttpResponse) -> bool:
    return all(text.isascii() for _, text in value.headers.items())


def cookies(text: str) -> list[str]:
    """A cookie as the host writes it anew."""
    try:
        parsed = SimpleCookie(text)
    except CookieError:
        return []
    return ["; ".join(_cookie(morsel.key, morsel.coded_value, dict(morsel))) for morsel in parsed.values()]


def _cookie(name: str, value: str, said: dict[str, str]) -> list[str]:
    parts = [f"{name}={value}"]
    parts += [f"{key}={said[key]}" for key in ("expires", "max-age") if said[key]]
    parts += [f"domain={said['domain']}", f"path={said['path'] or '/'}"]
    parts += ["secure"] if said["secure"] else []
    parts += [f"samesite={said['samesite'].lower()}"] if said["samesite"] else []
    return parts + (["httponly"] if said["httponly"] else [])
