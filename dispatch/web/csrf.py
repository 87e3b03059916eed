"""That a button was pressed on our own page: the browser's word, a cookie that other sites can't send, and a token."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from dispatch.settings import Settings
from dispatch.web.access import Principal
from dispatch.web.http import Request

COOKIE = "utsendelse_skjema"
LASTS = timedelta(hours=1)
NONCE = re.compile(r"[A-Za-z0-9_-]{20,64}", re.ASCII)
HOSTS = ("host", "x-forwarded-host", "x-original-host")  # a page of another site can set none of them


@dataclass(frozen=True, slots=True)
class Seal:
    """What a form carries: its token, and the cookie to set with it."""

    token: str
    cookie: str


def seal(request: Request, principal: Principal, settings: Settings, what: str, now: datetime) -> Seal:
    """A token for one act of one person; ``what`` names the act and the dispatch."""
    known = request.cookie(COOKIE)
    nonce = known if NONCE.fullmatch(known) else secrets.token_urlsafe(24)
    ends = int((now + LASTS).timestamp())
    parts = [f"{COOKIE}={nonce}", f"Path={request.base}", "HttpOnly", "SameSite=Strict"]
    if request.is_secure:
        parts.append("Secure")
    return Seal(f"{ends}.{_mac(settings, principal, nonce, what, ends)}", "; ".join(parts))


def is_ours(request: Request, principal: Principal, settings: Settings, what: str, now: datetime) -> bool:
    """Whether the form was sent from our own page, by the person that it was made for, within the hour."""
    if not comes_from_us(request):
        return False
    nonce = request.cookie(COOKIE)
    ends, _, given = request.form.get("token", "").partition(".")
    if not NONCE.fullmatch(nonce) or not re.fullmatch(r"\d{1,12}", ends, re.ASCII) or int(ends) < now.timestamp():
        return False
    return hmac.compare_digest(given.encode(), _mac(settings, principal, nonce, what, int(ends)).encode())


def comes_from_us(request: Request) -> bool:
    """What the browser says of the page that sent the form; one that says nothing is not believed."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is None:
        return False
    if site is not None and site != "same-origin":
        return False
    hosts = {request.headers.get(name, "").lower() for name in HOSTS} - {""} or {urlsplit(request.url).netloc.lower()}
    return origin is None or urlsplit(origin).netloc.lower() in hosts


def is_foreign(request: Request) -> bool:
    """Whether another site embeds or fetches us; one that links to us does not."""
    if request.headers.get("sec-fetch-site") not in {"cross-site", "same-site"}:
        return False
    links = request.headers.get("sec-fetch-mode") == "navigate" and request.headers.get("sec-fetch-dest") == "document"
    return not (links and request.method in {"GET", "HEAD"})


def _mac(settings: Settings, principal: Principal, nonce: str, what: str, ends: int) -> str:
    # Every instance must know the key, and no new secret should be needed: it is derived from one that all have.
    secret = settings.pureservice_apikey.get_secret_value().encode()
    key = hmac.new(secret, b"pureservice-utsendelse: forms", hashlib.sha256).digest()
    said = "\n".join((principal.id, nonce, what, str(ends)))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
