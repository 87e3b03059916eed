"""Addresses in a letter made whole: those that say only a part, by the letter's own base, as HTML resolves them."""

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from dispatch.mail.policy import LINK_SCHEMES

if TYPE_CHECKING:
    from turbohtml import Document

_OF_THE_WEB = frozenset({"http", "https"})
_LONGEST_BASE = 2000
_STRAY = str.maketrans("", "", "\t\r\n")


def base_of(document: "Document") -> str:
    """The address that relative ones go by: the first ``<base>``, where it leads to the web; else empty."""
    said = [base.attr("href") or "" for base in document.select("base[href]")[:1]]
    address = _with_scheme(said[0].translate(_STRAY).strip()) if said else ""
    return address if len(address) <= _LONGEST_BASE and _is_of_the_web(address) else ""


def whole_address(target: str, base: str) -> str:
    """Where a link leads, whole; empty where nobody who gets the letter can follow it, or within the letter."""
    address = _with_scheme(target)
    scheme, colon, _ = address.partition(":")
    if scheme.lower() in _OF_THE_WEB:
        return address if _is_of_the_web(address) else ""
    if colon and scheme.lower() in LINK_SCHEMES:
        return address
    # Who writes www. means a host, whatever the standard makes of it.
    return "" if target.startswith(("#", "www.")) or not target else on_the_web(target, base)


def on_the_web(target: str, base: str) -> str:
    """A relative address resolved by the base; empty where there is none, or it leads elsewhere."""
    if not base:
        return ""
    try:
        joined = urljoin(base, target.translate(_STRAY))
    except ValueError:  # a broken host in brackets
        return ""
    return joined if _is_of_the_web(joined) else ""


def _with_scheme(address: str) -> str:
    return f"https:{address}" if address.startswith("//") else address


def _is_of_the_web(address: str) -> bool:
    """Whether it names a host that the web has."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in _OF_THE_WEB and bool(parts.netloc)
