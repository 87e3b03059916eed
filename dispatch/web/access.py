"""Who gets in: whoever App Service has signed in and who has the role or the group; else a function key for the API.

The headers of App Service are believed only where it says that sign-in is on: it then removes what a client sends
under their names. Where it is off, they are a client's own words and are not read.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dispatch.settings import Settings
from dispatch.web.http import Request

LARGEST_PRINCIPAL = 64_000  # characters; App Service's own limit for all headers is lower
ID_CLAIMS = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "oid")
ROLE_CLAIMS = frozenset({"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})
GROUP_CLAIM = "groups"
ADDRESS_CLAIMS = (
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "email",
    "preferred_username",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "upn",
)


class Door(StrEnum):
    """How one comes to a route."""

    SIGNED_IN = "signed in"  # App Service signs people in; the function itself asks for no key
    KEY = "key"  # the host asks for a function key before we are called


class Shut(StrEnum):
    """Why somebody does not get in."""

    OFF = "off"  # nobody can sign in, so there is no page
    NOBODY = "nobody"  # not signed in
    NO_RIGHT = "no right"  # signed in, without role and group


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. ``id`` is the object id in Entra, which may be logged; ``name`` is for that person's own eyes."""

    id: str
    name: str = ""
    address: str = ""  # of their own e-mail, where sign-in says it
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


KEY_HOLDER = Principal("function-key")


def admitted(request: Request, settings: Settings, door: Door) -> Principal | Shut:
    """Who asks, or why not. With sign-in on, a key never stands in for a person."""
    if not settings.website_auth_enabled:
        return KEY_HOLDER if door is Door.KEY else Shut.OFF
    principal = principal_of(request.headers)
    if principal is None:
        return Shut.NOBODY
    allowed_role, allowed_group = settings.web_allowed_role, settings.web_allowed_group.lower()
    by_role = bool(allowed_role) and allowed_role in principal.roles
    by_group = bool(allowed_group) and allowed_group in principal.groups
    return principal if by_role or by_group else Shut.NO_RIGHT


def principal_of(headers: Mapping[str, str]) -> Principal | None:
    """The person in App Service's header; None where there is none or it can't be read."""
    claims = _claims(headers.get("x-ms-client-principal", ""))
    by_kind: dict[str, list[str]] = {}
    for kind, value in claims:
        by_kind.setdefault(kind, []).append(value)
    identity = next((by_kind[kind][0] for kind in ID_CLAIMS if kind in by_kind), "")
    if not identity:
        return None
    return Principal(
        id=identity,
        name=by_kind.get("name", [headers.get("x-ms-client-principal-name", "")])[0],
        address=_address(by_kind, headers.get("x-ms-client-principal-name", "")),
        roles=frozenset(value for kind in ROLE_CLAIMS for value in by_kind.get(kind, ())),
        groups=frozenset(value.lower() for value in by_kind.get(GROUP_CLAIM, ())),
    )


def _address(by_kind: Mapping[str, list[str]], name: str) -> str:
    """The person's address; what they sign in with where nothing else is said."""
    said = [value for kind in ADDRESS_CLAIMS for value in by_kind.get(kind, ())]
    return next((value.strip() for value in (*said, name) if "@" in value), "")


def _claims(header: str) -> list[tuple[str, str]]:
    if not header or len(header) > LARGEST_PRINCIPAL:
        return []
    try:
        given = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return []
    listed = given.get("claims") if isinstance(given, dict) else None
    return [pair for item in listed if (pair := _claim(item))] if isinstance(listed, list) else []


def _claim(item: Any) -> tuple[str, str] | None:
    if not isinstance(item, dict):
        return None
    kind, value = item.get("typ"), item.get("val")
    return (kind, value) if isinstance(kind, str) and isinstance(value, str) and value else None
