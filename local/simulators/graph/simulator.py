"""Microsoft Graph's mail, on this machine: starts and stops, and shows what it received."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import hdrs, web

from local.simulators.faults import Faults
from local.simulators.graph.api import Api
from local.simulators.graph.gate import Gate, Requested
from local.simulators.graph.mailbox import Mailbox
from local.simulators.graph.office import Office
from local.simulators.graph.received import ReceivedMail
from local.simulators.graph.switches import Switches

HOST = "127.0.0.1"
_LARGEST_BODY = 256 * 1024 * 1024  # the switches refuse far less; this is where aiohttp would


class GraphSimulator:
    """A tenant with the mailboxes that are named, or with any.

    Answers as the facts page says; what is unknown about the real service is a switch. ``clock`` decides where items
    are and what still counts against a limit.
    """

    def __init__(
        self,
        *,
        mailboxes: Collection[str] | None = None,
        clock: Callable[[], datetime] | None = None,
        switches: Switches | None = None,
        seed: int = 0,
    ) -> None:
        self.switches = switches or Switches()
        self.faults = Faults(seed)
        self._office = Office(self.switches, clock or _now)
        self._gate = Gate(self.switches, self._office.clock, mailboxes)
        self._runner: web.AppRunner | None = None
        self._port = 0

    # --- what happened

    @property
    def received(self) -> list[ReceivedMail]:
        """Every message that was accepted for sending, also where the answer never came through; oldest first."""
        return self._office.received

    @property
    def requests(self) -> list[Requested]:
        """Every request but those to the control pages: method, path with query, status (0 where it was cut)."""
        return self._gate.requests

    def count(self) -> int:
        """How many requests there were."""
        return len(self._gate.requests)

    def peak_concurrency(self, mailbox: str) -> int:
        """The most requests that were in flight for that mailbox, those that were refused for it included."""
        return self._gate.lanes[mailbox.casefold()].peak

    def mailbox(self, address: str) -> Mailbox:
        """The items that stand there, for looking."""
        return self._office.mailbox(address)

    # --- running

    @property
    def url(self) -> str:
        """What the application has as its base URL."""
        return f"http://{HOST}:{self._port}/v1.0"

    async def start(self, port: int = 0) -> None:
        """Listens; on a free port if none is given."""
        self._runner = web.AppRunner(self._app(), access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port, shutdown_timeout=1)
        await site.start()
        self._port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stops listening; what was received stays."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _app(self) -> web.Application:
        # Faults come last, so that a slow one holds its slot, and one that is refused at the gate uses up no rule.
        middlewares = [self._gate.observe, self._gate.admit, self.faults.middleware()]
        app = web.Application(middlewares=middlewares, client_max_size=_LARGEST_BODY)
        self.faults.add_routes(app)
        app.router.add_get("/_control/received", self._show)
        app.router.add_route("*", "/{tail:.*}", Api(self._office, self._gate).handle)
        app.on_response_prepare.append(_bare_if_empty)
        return app

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response([mail.as_json() for mail in self.received])


async def _bare_if_empty(_: web.Request, response: web.StreamResponse) -> None:
    """An answer without a body has no content type either."""
    if isinstance(response, web.Response) and not response.body:
        response.headers.pop(hdrs.CONTENT_TYPE, None)


def _now() -> datetime:
    return datetime.now(UTC)
