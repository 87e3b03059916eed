"""The local host's worker, with a beat on its loop: how long anything held it before the first invocation was done.

``BENCH_HELD`` names the file that gets one JSON object; with ``BENCH_WARMING=off`` nothing is imported ahead.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from dispatch.wiring import warming
from local.host import worker_process

BEAT = 0.002  # seconds


class Watch:
    """Notes the longest time between two beats until the first invocation has ended."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._longest = 0.0
        self._beating: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """From when the worker can be asked."""
        self._beating = asyncio.create_task(self._beat())

    def end(self, took: float) -> None:
        """Writes what was seen; what comes later is no first invocation."""
        if self._beating is not None and not self._beating.cancelled():
            self._beating.cancel()
            self._beating = None
            self._file.write_text(json.dumps({"held_ms": self._longest * 1000, "took_ms": took * 1000}))

    async def _beat(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(BEAT)
            now = time.perf_counter()
            self._longest = max(self._longest, now - last - BEAT)
            last = now


def install(watch: Watch) -> None:
    """Puts the watch around the worker's two turning points: it is ready, and an invocation has ended."""
    send, run = worker_process.send_frame, worker_process._run  # noqa: SLF001 - the one door of all invocations

    async def sent(pipe: Any, frame: Any) -> None:
        await send(pipe, frame)
        if frame == ("ready", None):
            watch.begin()

    async def ran(*arguments: Any) -> None:
        began = time.perf_counter()
        await run(*arguments)
        watch.end(time.perf_counter() - began)

    setattr(worker_process, "send_frame", sent)  # noqa: B010
    setattr(worker_process, "_run", ran)  # noqa: B010


if __name__ == "__main__":
    install(Watch(Path(os.environ["BENCH_HELD"])))
    if os.environ.get("BENCH_WARMING") == "off":
        setattr(warming, "begin", lambda: None)  # noqa: B010
    sys.exit(worker_process.main())
