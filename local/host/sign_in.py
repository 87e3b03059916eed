"""A stand-in for App Service authentication, as the real host has it where WEBSITE_AUTH_ENABLED is true.

What a client sends under the platform's header names is removed, whoever is not signed in is sent to sign in, and who
is gets a header that says so. Here one signs in by choosing who to be: a development tool, on this machine only.
"""

import base64
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from local.host.http_messages import headers_of

COOKIE = "AppServiceAuthSession"
LOGIN, LOGOUT, ME = "/.auth/login/aad", "/.auth/logout", "/.auth/me"
PRINCIPAL = "x-ms-client-principal"
PLATFORM = ("x-ms-client-principal", "x-ms-token-")  # how the header names begin that only the platform may write
OPEN = ("/admin/", "/.auth/", "/api/doctor")  # the last one as infra/modules/function-app.bicep leaves it out


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in here."""

    id: str
    name: str
    roles: tuple[str, ...]
    address: str


PEOPLE: Mapping[str, Person] = {
    "kari": Person("11111111-1111-4111-8111-111111111111", "Kari Saksbehandler", ("Utsendelse",), "kari@dibk.example"),
    "ola": Person("22222222-2222-4222-8222-222222222222", "Ola Uten Rolle", (), "ola@dibk.example"),
}


class SignIn:
    """Who is signed in, by the value of a cookie."""

    def __init__(self) -> None:
        self._sessions: dict[str, Person] = {}

    def add_routes(self, app: web.Application) -> None:
        """The platform's own addresses."""
        app.router.add_get(LOGIN, self._choose)
        app.router.add_post(LOGIN, self._sign_in)
        app.router.add_get(LOGOUT, self._sign_out)
        app.router.add_get(ME, self._me)

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Sends away who is not signed in."""
        if self._person(request) is None and not request.path.startswith(OPEN):
            if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
                back = urlencode({"post_login_redirect_uri": request.path_qs})
                raise web.HTTPFound(f"{LOGIN}?{back}")
            raise web.HTTPUnauthorized
        return await handler(request)

    def headers_of(self, request: web.Request) -> dict[str, str]:
        """The request's headers as the application gets them."""
        headers = {name: value for name, value in headers_of(request).items() if not name.startswith(PLATFORM)}
        person = self._person(request)
        if person is not None:
            headers |= {PRINCIPAL: _principal(person), f"{PRINCIPAL}-id": person.id, f"{PRINCIPAL}-idp": "aad"}
        return headers

    def _person(self, request: web.Request) -> Person | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":  # as App Service takes a token of Entra's; here it is somebody's short name
            return PEOPLE.get(token)
        return self._sessions.get(request.cookies.get(COOKIE, ""))

    async def _choose(self, request: web.Request) -> web.Response:
        back = escape(_own_path(request.query.get("post_login_redirect_uri", "")), quote=True)
        buttons = "".join(
            f'<p><button name="person" value="{key}">{escape(person.name)}</button></p>'
            for key, person in PEOPLE.items()
        )
        return web.Response(
            text='<!doctype html><html lang="nb"><meta charset="utf-8"><title>Logg inn (utvikling)</title>'
            '<meta name="viewport" content="width=device-width"><main><h1>Logg inn</h1>'
            "<p>Dette er en lokal prøveinnlogging. I Azure logger man inn med Entra ID.</p>"
            f'<form method="post" action="{LOGIN}"><input type="hidden" name="back" value="{back}">{buttons}'
            "</form></main></html>",
            content_type="text/html",
        )

    async def _sign_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        person = PEOPLE.get(str(form.get("person", "")))
        if person is None:
            raise web.HTTPForbidden
        session = secrets.token_urlsafe(24)
        self._sessions[session] = person
        response = web.Response(status=303, headers={"Location": _own_path(str(form.get("back", "")))})
        # Other sites send it along too: the application has to stand without the browser's help here.
        response.set_cookie(COOKIE, session, httponly=True, path="/", samesite="None", secure=True)
        return response

    async def _sign_out(self, request: web.Request) -> web.Response:
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)
        return web.Response(status=302, headers={"Location": LOGIN})

    async def _me(self, request: web.Request) -> web.Response:
        person = self._person(request)
        if person is None:
            raise web.HTTPUnauthorized
        return web.json_response([{"provider_name": "aad", "user_id": person.name, "user_claims": _claims(person)}])


def _own_path(target: str) -> str:
    """Where to go afterwards; only a path of ours."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/api/status"


def _claims(person: Person) -> list[dict[str, str]]:
    return [
        {"typ": "http://schemas.microsoft.com/identity/claims/objectidentifier", "val": person.id},
        {"typ": "name", "val": person.name},
        {"typ": "preferred_username", "val": person.address},
        *({"typ": "roles", "val": role} for role in person.roles),
    ]


def _principal(person: Person) -> str:
    told = {"auth_typ": "aad", "claims": _claims(person), "name_typ": "name", "role_typ": "roles"}
    return base64.b64encode(json.dumps(told).encode()).decode()
