"""What all vendors' clients share: a ceiling on what an answer declares, sends and unpacks to.

The HTTP library unpacks whatever comes: half a megabyte of gzip becomes a gigabyte in one step.
"""

import functools
import ipaddress
import ssl
import zlib
from typing import Any, Protocol

import httpx

UNCONNECTED = (  # nothing left this machine
    httpx.ConnectError,  # refused, DNS, TLS
    httpx.ConnectTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
ENCODINGS = "gzip, deflate"  # what is asked for, and all that is unpacked
MEGABYTE = 1024 * 1024


class BodyTooLarge(httpx.DecodingError):
    """The answer's body is larger than its ceiling; it has not been kept."""


@functools.cache
def trusted() -> ssl.SSLContext:
    """Whom every client trusts: a tenth of a second to load, and so loaded once a process."""
    return httpx.create_ssl_context()


class BoundedClient(httpx.AsyncClient):
    """The library's client, which reads no body beyond a ceiling. ``extensions={"most": n}`` gives one request its own.

    Only what is read whole is bounded: whoever streams counts.
    """

    def __init__(self, *, most: int, **options: Any) -> None:
        options.setdefault("verify", trusted())
        super().__init__(**options)
        self._most = most
        self.server_date = ""  # of the last answer, as its header says it
        self.headers["Accept-Encoding"] = ENCODINGS

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """As the library does it.

        Raises:
            BodyTooLarge: the body is too large.
        """
        response = await super().send(request, stream=True, **options)
        self.server_date = response.headers.get("Date", "")
        if stream:
            return response
        try:
            content = await read(response, most=request.extensions.get("most", self._most))
        finally:
            await response.aclose()
        whole = httpx.Response(
            response.status_code,
            headers=[(name, value) for name, value in response.headers.multi_items() if name.lower() not in _PACKED],
            content=content,
            request=response.request,
            extensions=response.extensions,
            history=response.history,
        )
        whole.next_request = response.next_request
        return whole


_PACKED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


async def read(response: httpx.Response, *, most: int) -> bytes:
    """The body, unpacked.

    Raises:
        BodyTooLarge: it is, or says that it is, larger.
        httpx.DecodingError: it is packed in a way that was not asked for, or cut short.
    """
    if response.is_stream_consumed:  # a transport that hands out whole answers has them in memory already
        return response.content
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most:
        raise _too_large(response, most)
    unpacking = _unpacking(response)
    content, begun = bytearray(), False
    try:
        async for chunk in response.aiter_raw():
            begun = begun or bool(chunk)
            content += unpacking.decompress(chunk, most + 1 - len(content))
            if len(content) > most:
                raise _too_large(response, most)
    except zlib.error as error:
        raise httpx.DecodingError("the body can't be unpacked", request=response.request) from error
    if begun and not unpacking.eof:
        raise httpx.DecodingError("the body ends too early", request=response.request)
    return bytes(content)


async def beginning(response: httpx.Response, *, most: int) -> bytes:
    """The first bytes of the body, unpacked; what comes after them is not fetched.

    Raises:
        httpx.DecodingError: it is packed in a way that was not asked for.
    """
    if response.is_stream_consumed:
        return response.content[:most]
    unpacking, content = _unpacking(response), bytearray()
    try:
        async for chunk in response.aiter_raw():
            content += unpacking.decompress(chunk, most - len(content))
            if len(content) >= most:
                break
    except zlib.error as error:
        raise httpx.DecodingError("the body can't be unpacked", request=response.request) from error
    return bytes(content)


class _Unpacking(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Plain:
    eof = True

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return data[:max_length]


class _Deflate:
    """Zlib's form or, as some servers have it, without its head."""

    def __init__(self) -> None:
        self._object: Any = None

    @property
    def eof(self) -> bool:
        return self._object is not None and bool(self._object.eof)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        if self._object is None:
            self._object = zlib.decompressobj()
            try:
                return bytes(self._object.decompress(data, max_length))
            except zlib.error:
                self._object = zlib.decompressobj(-zlib.MAX_WBITS)
        return bytes(self._object.decompress(data, max_length))


def _unpacking(response: httpx.Response) -> _Unpacking:
    match response.headers.get("content-encoding", "").strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        case "deflate":
            return _Deflate()
    raise httpx.DecodingError("the body is packed in a way that was not asked for", request=response.request)


def _too_large(response: httpx.Response, most: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is larger than {most} bytes", request=response.request)


def is_this_machine(host: str) -> bool:
    """Whether what is sent there never leaves this machine, so that a credential may go without encryption."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
