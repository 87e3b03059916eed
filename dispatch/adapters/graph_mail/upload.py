"""Files of 3 MB and more, put on a draft in ranges. The SDK's own helper for this is not usable for mail."""

from urllib.parse import urlsplit

import httpx

from dispatch.adapters.graph_mail.responses import CREATED, json_of

CHUNK = 12 * 320 * 1024  # 3.75 MiB: below the 4 MB that a range may have, and a multiple of 320 KiB as advised
_OK = 200
_SERVER_FAULT = 500


async def put(http: httpx.AsyncClient, url: str, content: bytes) -> httpx.Response:
    """Puts the whole file and returns the last answer: 201 if the file is on the draft, else the refusal.

    The URL is signed, on another host, and must not see our token. One range may fail and be put again, from where
    the server says that it stands.

    Raises:
        httpx.HTTPError: no answer came, the second time too.
    """
    offset, may_resume = 0, True
    while True:
        chunk = content[offset : offset + CHUNK]
        try:
            response = await http.put(url, content=chunk, headers=_headers(offset, len(chunk), len(content)))
        except httpx.TransportError:
            if not may_resume:
                raise
            response = None
        if response is None or (response.status_code >= _SERVER_FAULT and may_resume):
            may_resume, offset = False, await _standing(http, url, offset, len(content))
            continue
        if response.status_code != _OK:
            return response
        following = _next(response)
        if not offset < following < len(content):
            return response  # 200 without a place to go on from: not whole, and no way on
        offset = following


def is_whole(response: httpx.Response) -> bool:
    """Whether the last answer says that the file is on the draft."""
    return response.status_code == CREATED


def is_signed(url: str) -> bool:
    """Whether this can be an upload URL at all."""
    parts = urlsplit(url)
    return parts.scheme in ("https", "http") and bool(parts.hostname)


def _headers(offset: int, length: int, total: int) -> dict[str, str]:
    return {
        "content-type": "application/octet-stream",
        "content-range": f"bytes {offset}-{offset + length - 1}/{total}",
    }


async def _standing(http: httpx.AsyncClient, url: str, offset: int, total: int) -> int:
    """Where the server wants to go on; the same place where it doesn't say."""
    try:
        response = await http.get(url)
    except httpx.TransportError:
        return offset
    standing = _next(response) if response.status_code == _OK else -1
    return standing if 0 <= standing < total else offset


def _next(response: httpx.Response) -> int:
    """The start of ``nextExpectedRanges``, written with a dash or without; -1 where there is none."""
    ranges = json_of(response).get("nextExpectedRanges")
    first = str(ranges[0]).partition("-")[0] if isinstance(ranges, list) and ranges else ""
    return int(first) if first.isdecimal() else -1
