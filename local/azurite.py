"""Azurite, Microsoft's storage emulator, started and stopped by us.

It answers on free ports of 127.0.0.1, keeps everything in memory unless given a folder, and dies with this process:
at ``stop()``, at exit, and (since its standard input closes) also when this process is killed.
"""

import asyncio
import atexit
import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections import Counter, deque
from pathlib import Path
from types import TracebackType
from typing import Self

SERVICES = ("blob", "queue", "table")
ACCOUNT = "devstoreaccount1"
# The emulator's published key; it opens nothing but emulators.
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

_SCRIPT = Path(__file__).parent.parent / "node_modules" / ".bin" / "azurite"
# A pipe on standard input ends with the process that holds its other end, however that one dies. Unlike Linux's
# PR_SET_PDEATHSIG it works on macOS too, and does not mistake the end of a thread for the end of the process.
_EXIT_WITH_PARENT = 'data:text/javascript,process.stdin.on("close",()=>process.exit(0)).resume().unref()'
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://[^:]+:(\d+)")
_ACCESS = re.compile(r'"([A-Z]+) (\S+) HTTP/')


class AzuriteError(RuntimeError):
    """Azurite did not start."""


class Azurite:
    """One Azurite process: ``with Azurite() as azurite: connect(azurite.connection_string)``."""

    def __init__(
        self,
        *,
        ports: tuple[int, int, int] | None = None,
        location: Path | str | None = None,
        start_timeout_seconds: float = 60.0,
    ) -> None:
        """Ports are those of blob, queue and table; without them the system picks free ones."""
        self._wanted_ports = ports or (0, 0, 0)
        self._location = location
        self._start_timeout_seconds = start_timeout_seconds
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._ports: dict[str, int] = {}
        self._settled = threading.Event()
        self._served: Counter[str] = Counter()
        self._last_lines: deque[str] = deque(maxlen=20)

    def start(self) -> Self:
        """Start the process and wait until its three services listen."""
        if self._process is not None:
            raise AzuriteError("This Azurite runs already.")
        self._ports.clear()
        self._settled.clear()
        self._served.clear()
        self._process = subprocess.Popen(
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C is for us: the storage must last until the host has finished
        )
        atexit.register(self.stop)
        self._reader = threading.Thread(target=self._read_output, name="azurite-output", daemon=True)
        self._reader.start()
        self._settled.wait(self._start_timeout_seconds)
        if len(self._ports) < len(SERVICES):
            self.stop()
            raise AzuriteError("Azurite did not start. Its last words:\n" + "\n".join(self._last_lines))
        return self

    def stop(self) -> None:
        """End the process and everything it started; harmless when it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        # In memory there is nothing to save; a folder gets the chance to be written.
        _signal_group(process, signal.SIGTERM if self._location else signal.SIGKILL)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait()
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        if self._reader is not None:
            self._reader.join(timeout=10)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return None if self._process is None else self._process.pid

    def wait_until_ended(self) -> None:
        """Blocks until the process is gone, whoever ended it."""
        if self._process is not None:
            self._process.wait()

    @property
    def ports(self) -> tuple[int, int, int]:
        """The ports of blob, queue and table."""
        if self._process is None:
            raise AzuriteError("This Azurite does not run: start it first.")
        return self._ports["blob"], self._ports["queue"], self._ports["table"]

    @property
    def connection_string(self) -> str:
        """What the Azure SDKs and ``AzureWebJobsStorage`` take."""
        endpoints = "".join(
            f"{service.capitalize()}Endpoint=http://127.0.0.1:{port}/{ACCOUNT};"
            for service, port in zip(SERVICES, self.ports, strict=True)
        )
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};{endpoints}"

    def transactions(self) -> dict[str, int]:
        """Requests served since the start, by service, as told from the access log.

        The three services share one log without saying which of them speaks, so the form of the request decides.
        The few requests that look alike everywhere (listing, service properties) count as blob.
        """
        return {service: self._served[service] for service in SERVICES}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _command(self) -> list[str]:
        node = shutil.which("node")
        if node is None:
            raise AzuriteError("Azurite needs Node.js, and no 'node' is on the PATH.")
        if not _SCRIPT.exists():
            raise AzuriteError("Azurite is not installed: run 'npm ci' in the project's folder.")
        persistence = ["--location", str(self._location)] if self._location else ["--inMemoryPersistence"]
        ports = [
            part
            for service, port in zip(SERVICES, self._wanted_ports, strict=True)
            for part in (f"--{service}Port", str(port))
        ]
        flags = ["--skipApiVersionCheck", "--disableTelemetry"]
        return [node, "--import", _EXIT_WITH_PARENT, str(_SCRIPT.resolve()), *flags, *persistence, *ports]

    def _read_output(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._note(line)
        self._settled.set()  # ended: whoever waits for the start need not wait longer

    def _note(self, line: str) -> None:
        if request := _ACCESS.search(line):
            self._served[service_of(request[1], request[2])] += 1
            return
        self._last_lines.append(line.rstrip())
        if listening := _LISTENING.search(line):
            self._ports[listening[1].lower()] = int(listening[2])
            if len(self._ports) == len(SERVICES):
                self._settled.set()


def service_of(method: str, target: str) -> str:
    """Which of the three services a request line is for."""
    path, _, query = target.partition("?")
    parts = path.strip("/").split("/")[1:]
    if "restype=" in query or not parts:
        return "blob"
    if len(parts) > 1 and parts[1] == "messages":
        return "queue"
    if "(" in path or parts[0] in {"$batch", "Tables"} or (method == "POST" and len(parts) == 1):
        return "table"
    return "queue" if len(parts) == 1 else "blob"


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
