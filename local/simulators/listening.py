"""What every simulator that speaks HTTP does alike: listen, stop, and remember each request as it was answered."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, NamedTuple, Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

SHUTDOWN_SECONDS = 0.5


class Request(NamedTuple):
    """One request as it was answered; status 0 where the connection was cut."""

    method: str
    path: str
    status: int


class Listening(ABC):
    """A server on this machine. What it holds outlives ``stop``, so that a service can be away for a while."""

    root: ClassVar[str] = ""
    """Where the API begins, as part of ``url``."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    @abstractmethod
    def _app(self) -> web.Application:
        """The routes, and what stands in front of them."""

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listens; port 0 takes a free one. ``url`` says where."""
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}{self.root}"

    async def stop(self) -> None:
        """Stops listening; what is stored stays."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _is_beside(self, path: str) -> bool:
        """Whether the path is none of the API's, and is not remembered."""
        return path.startswith("/_control")

    def _recorded(self) -> Middleware:

        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self._is_beside(request.path):
                return await handler(request)
            status = 0
            try:
                response = await handler(request)
                cut = request.transport is None or request.transport.is_closing()
                status = 0 if cut else response.status
                return response
            finally:
                self.requests.append(Request(request.method, request.path_qs, status))

        return record
