"""Where a request goes and with which key: what the settings say, made fit to send."""

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from dispatch.adapters.http_client import is_this_machine
from dispatch.core import BadConfiguration


def usable_key(api_key: str) -> str:
    """The key without the blanks and line ends that come along when it is copied."""
    key = "".join(api_key.split())
    if not key or not key.isascii() or not key.isprintable():
        # The HTTP library would refuse it as well, but with the key in its message.
        raise BadConfiguration(["PURESERVICE_APIKEY: is empty or has characters that no key has"])
    return key


def base_of(url: str, prefix: str) -> httpx.URL:
    """Where the API is; in clear text only on this machine."""
    parts = (url.strip().rstrip("/"), prefix.strip().strip("/"))
    try:
        base = httpx.URL("/".join(part for part in parts if part) + "/")
    except httpx.InvalidURL as error:
        raise BadConfiguration([f"PURESERVICE_URL: {error}"]) from error
    if base.scheme != "https" and not (base.scheme == "http" and is_this_machine(base.host)):
        raise BadConfiguration(["PURESERVICE_URL: must begin with https://, or the key would travel in clear text"])
    return base


def with_query(path: str, query: Mapping[str, str]) -> str:
    """The path with its parameters."""
    # The server wants %20 for a blank, never a plus.
    return path + ("?" if query else "") + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
