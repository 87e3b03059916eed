"""Everything outside the application, on this machine: Azurite, Pureservice, Graph, an SMTP server; and the host.

The simulators run in this process, so that a test or the demonstration can look straight at what they received. The
application runs in a process of its own, through the local host, and may be killed and started again.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence, Sized
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import BlobServiceClient

from dispatch.adapters.azure_storage import BlobContent, TableLedger
from dispatch.settings import members_of
from local.azurite import Azurite
from local.delivery_queue import DeliveryQueue
from local.simulators.azure_communication import ACCESS_KEY, CommunicationSimulator
from local.simulators.eformidling import IntegrationPointSimulator
from local.simulators.graph import GraphSimulator
from local.simulators.pureservice import PureserviceSimulator
from local.simulators.smtp import SmtpSimulator


class HostProcess(Protocol):
    """What the world asks of the application's process, as ``subprocess.Popen`` has it."""

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        ...

    def wait(self, timeout: float) -> int:
        """Its exit status, when it has ended."""
        ...

    def send_signal(self, sig: int) -> None:
        """Nothing where it has ended."""
        ...


#: Starts ``python -m module`` with these arguments and this environment; its output goes to the file.
Launch = Callable[[str, Sequence[str], Mapping[str, str], IO[bytes]], HostProcess]

ROOT = Path(__file__).resolve().parent.parent
MAILBOX = "ikkesvar@dibk.example"
API_KEY = "local-simulator-key"
OWN_NUMBER = "910000012"
ACS_SENDER = "utsending@varsel.dibk.example"


def new_interpreter(module: str, arguments: Sequence[str], environ: Mapping[str, str], log: IO[bytes]) -> HostProcess:
    """A process as a person starts it."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=subprocess.STDOUT)


class World:
    """The outside systems of one run, and the application's process."""

    def __init__(
        self,
        *,
        settings: Mapping[str, str] | None = None,
        azurite: Azurite | None = None,
        with_exchange: bool = False,
        schema: Path | None = None,
        launch: Launch = new_interpreter,
        mail_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.azurite = azurite or Azurite()
        self._own_azurite = azurite is None
        self.pureservice = PureserviceSimulator(api_key=API_KEY, requests_per_minute=None)
        shared = (settings or {}).get("MAIL_SENDERS", "")
        self.graph = GraphSimulator(
            mailboxes=(MAILBOX, *(member.address for member in members_of(shared))), clock=mail_clock
        )
        self.graph.asked = set() if shared else None
        self.smtp = SmtpSimulator(username="utsending", password="passord")
        self.exchange = IntegrationPointSimulator(
            own_organisation=OWN_NUMBER, username="utsending", password="passord", schema=schema
        )
        self._reports = DeliveryQueue(self.azurite)
        self.communication = CommunicationSimulator(on_report=self._reports.put)
        self._with_communication = "azure-communication" in (settings or {}).get("MAIL_MAILER", "")
        self._with_exchange = with_exchange
        self._settings = dict(settings or {})
        self._launch = launch
        self.host: HostProcess | None = None
        self._log: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        if self._own_azurite:
            await asyncio.to_thread(self.azurite.start)
        await self.pureservice.start()
        await self.graph.start()
        if self._with_exchange:
            await self.exchange.start()
        if self._with_communication:
            await self._reports.open()
            await self.communication.start()
        await asyncio.to_thread(self.smtp.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop_host()
        await asyncio.to_thread(self.smtp.stop)
        if self._with_communication:
            await self.communication.stop()
            await self._reports.close()
        if self._with_exchange:
            await self.exchange.stop()
        await self.graph.stop()
        await self.pureservice.stop()
        if self._own_azurite:
            await asyncio.to_thread(self.azurite.stop)

    def environ(self) -> dict[str, str]:
        """The application's settings, pointing at this world; those given at construction win."""
        return {
            "AzureWebJobsStorage": self.azurite.connection_string,
            "DISPATCH_SCHEDULE": "*/5 * * * * *",
            "PURESERVICE_URL": self.pureservice.url,
            "PURESERVICE_APIKEY": API_KEY,
            "PURESERVICE_REQUESTS_PER_MINUTE": "1000",
            "GRAPH_BASE_URL": self.graph.url,
            "MAIL_FROM_ADDRESS": MAILBOX,
            "MAIL_FROM_NAME": "Direktoratet for byggkvalitet",
            "MAIL_REPLYTO_ADDRESS": "post@dibk.example",
            "MAIL_FOOTER": "Postboks 8742 Youngstorget, 0028 Oslo · post@dibk.example",
            "MAIL_HOST": self.smtp.host,
            "MAIL_PORT": str(self.smtp.port),
            "MAIL_ENCRYPTION": "none",
            "MAIL_USERNAME": "utsending",
            "MAIL_PASSWORD": "passord",
            "MAIL_RATE_PER_MINUTE": "0",
            "MAIL_DAILY_LIMIT": "0",
            **(self._exchange_environ() if self._with_exchange else {}),
            **(self._communication_environ() if self._with_communication else {}),
            **self._settings,
        }

    def _communication_environ(self) -> dict[str, str]:
        return {"ACS_ENDPOINT": self.communication.url, "ACS_SENDER": ACS_SENDER, "ACS_ACCESS_KEY": ACCESS_KEY}

    def _exchange_environ(self) -> dict[str, str]:
        return {
            "EF_IP_URL": self.exchange.url,
            "EF_IP_AUTH": "basic",
            "EF_IP_USER": "utsending",
            "EF_IP_PASSWORD": "passord",
            "EF_SELF_ID": OWN_NUMBER,
            "EF_SELF_NAME": "Direktoratet for byggkvalitet",
        }

    @property
    def received(self) -> tuple[Sized, ...]:
        """The letters that each server received."""
        return self.graph.received, self.smtp.received, self.communication.received

    # --- the application's process

    def start_host(
        self,
        *,
        log: Path,
        visibility_seconds: int = 600,
        timers: bool = True,
        module: str = "local.host",
        auth_key: str = "",
        extra: Mapping[str, str] | None = None,
    ) -> None:
        """Starts ``python -m local.host`` with this world's settings; its output goes to ``log``."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log.open("ab")
        arguments = ["--port", "0", "--visibility-seconds", str(visibility_seconds), "--timer-lease-seconds", "15"]
        arguments += ["--run-timer", "find_dispatches"] if timers else ["--no-timers"]
        arguments += ["--enable-auth", auth_key] if auth_key else []
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        environ = {**inherited, **self.environ(), **(extra or {})}
        self.host = self._launch(module, arguments, environ, self._log)

    async def host_url(self, log: Path) -> str:
        """The address that the host has written in its log."""

        def told() -> str:
            found = re.search(r"Host started on (http://\S+)", log.read_text(encoding="utf-8"))
            return found[1] if found else ""

        if not await self.until(lambda: bool(told()), seconds=30):
            raise TimeoutError(f"The host did not start; see {log}.")
        return told()

    async def stop_host(self) -> int:
        """Asks the process to finish what it does and end; returns its exit status."""
        return await self._end(signal.SIGTERM)

    async def kill_host(self) -> int:
        """Ends the process at whatever instruction it is."""
        return await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> int:
        process, self.host = self.host, None
        if process is None:
            return 0
        process.send_signal(number)
        status = await asyncio.to_thread(process.wait, 60)
        if self._log:
            self._log.close()
        return status

    @property
    def host_died(self) -> bool:
        """Whether the process ended on its own."""
        return self.host is not None and self.host.poll() is not None

    # --- looking into the storage

    def ledger(self) -> TableLedger:
        """The ledger itself, for comparing; close it after use."""
        return TableLedger(TableClient.from_connection_string(self.azurite.connection_string, "dispatches"))

    def content(self) -> BlobContent:
        """The blobs, for looking; close it after use."""
        return BlobContent(BlobServiceClient.from_connection_string(self.azurite.connection_string))

    async def until(self, holds: Callable[[], bool], *, seconds: float) -> bool:
        """Waits until it holds or the time is up; says which."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not holds():
            if loop.time() >= end:
                return False
            await asyncio.sleep(0.02)
        return True
