"""Somebody who comes to the site: builds requests as App Service passes them on, and reads the answers."""

import base64
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from dispatch.services import Services
from dispatch.web import site
from dispatch.web.access import Door
from dispatch.web.http import Answer, Request, guarded
from local.host.http_messages import cookies, joined_query

HOST = "utsendelse.etat.example"
ROLE = "Utsendelse"
KARI = "11111111-1111-4111-8111-111111111111"


def principal(*, oid: str = KARI, roles: tuple[str, ...] = (ROLE,), groups: tuple[str, ...] = ()) -> str:
    """The header that App Service writes."""
    claims = [
        {"typ": "http://schemas.microsoft.com/identity/claims/objectidentifier", "val": oid},
        {"typ": "name", "val": "Kari <b>Nordmann</b>"},
        *({"typ": "roles", "val": role} for role in roles),
        *({"typ": "groups", "val": group} for group in groups),
    ]
    told = {"auth_typ": "aad", "claims": claims, "name_typ": "name", "role_typ": "roles"}
    return base64.b64encode(json.dumps(told).encode()).decode()


@dataclass
class Visitor:
    """A browser without a script: keeps its cookie, sends what a browser sends."""

    services: Services
    headers: dict[str, str] = field(default_factory=lambda: {"x-ms-client-principal": principal()})
    door: Door = Door.SIGNED_IN
    prefix: str = "/api/status"
    cookie: str = ""
    opened: int = 0

    async def get(self, path: str = "", **headers: str) -> Answer:
        return await self.ask("GET", path, headers)

    async def post(self, path: str, form: dict[str, str], **headers: str) -> Answer:
        sent = {
            "origin": f"https://{HOST}",
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        sent = {name: value for name, value in sent.items() if value}
        return await self.ask("POST", path, sent, urlencode(form).encode())

    async def token(self, path: str) -> str:
        """The token of the form on a page that asks for confirmation."""
        answer = await self.get(path)
        assert answer.status == 200, answer.body.decode()
        found = re.search(r'name="token" value="([^"]+)"', answer.body.decode())
        assert found
        return found[1]

    async def press(self, path: str, **form: str) -> Answer:
        """Opens the page that asks, and sends its form."""
        return await self.post(path, {"token": await self.token(path), **form})

    async def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        where, _, query = path.partition("?")
        request = Request(
            method=method,
            url=f"https://{HOST}{self.prefix}/{path}".rstrip("/"),
            path=where,
            query=joined_query(parse_qsl(query)),
            headers={"host": HOST, **({"cookie": self.cookie} if self.cookie else {}), **self.headers, **headers},
            body=body,
        )
        answer = await site.answer(request, self.services.settings, self._open, self.door)
        answer = replace(answer, headers=guarded(answer, request))
        assert all(value.isascii() for value in answer.headers.values()), "the host cannot send it"
        for cookie in cookies(answer.headers.get("Set-Cookie", "")):
            self.cookie = cookie.partition(";")[0]
        return answer

    async def _open(self) -> Services:
        self.opened += 1
        return self.services


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.tags: list[tuple[str, dict[str, Any]]] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def text_of(answer: Answer) -> str:
    """What the page says, on one line."""
    return " ".join(" ".join(_parsed(answer).parts).split()).replace("\u00a0", " ")


def tags_of(answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    """Every tag with its attributes."""
    return _parsed(answer).tags


def links_of(answer: Answer) -> list[str]:
    """Addresses of our own that the page leads to or asks for."""
    names = ("href", "src", "action")
    found = [str(attributes[name]) for _, attributes in tags_of(answer) for name in names if attributes.get(name)]
    return [urlsplit(link).path for link in found if link.startswith("/")]


def _parsed(answer: Answer) -> _Text:
    parser = _Text()
    parser.feed(answer.body.decode())
    return parser
