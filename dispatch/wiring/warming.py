"""Loads what the first invocation needs while the worker starts, in a thread, so that no import holds the loop."""

import asyncio
import gc
import importlib
import logging
import sys
import threading
from concurrent.futures import Future
from types import ModuleType
from typing import cast

log = logging.getLogger(__name__)

NEEDED = (
    "dispatch.tick",
    "dispatch.sending.worker",
    "dispatch.closing.resolve",
    "dispatch.wiring.wiring",
    "dispatch.adapters.azure_storage",
    "azure.data.tables.aio",
    "azure.storage.blob.aio",
    "azure.storage.queue.aio",
    "azure.identity.aio",
    "httpcore",  # the four that httpx and the storage SDKs leave to the first request
    "anyio.streams.tls",
    "anyio._backends._asyncio",
    "azure.core.pipeline.transport",
    "dispatch.adapters.pureservice",
    "dispatch.adapters.graph_mail.sdk",
    "dispatch.adapters.smtp_mail",
    "dispatch.adapters.azure_communication",  # not its SDK, which few need: the first request loads it beside the loop
)
# What reads and writes letters and reports: no invocation waits for these, and none imports them on the loop.
SOON = (
    "turbohtml.clean",
    "turbohtml.cssom",
    "nh3",
    "css_inline",
    "imagesize",
    "jinja2.sandbox",
    "markupsafe",
    "_strptime",
    "encodings.idna",
    "jinja2.meta",
)
NAME = "warming"
UNUSED = "httpx._main"  # the library's own command, and with it 80 modules that draw on a terminal
_warm: Future[None] | None = None
#: Told by the first invocation: of what a bare thread logs, the host keeps nothing.
_failed: list[tuple[str, Exception]] = []


def begin() -> None:
    """Starts the thread, once a process."""
    global _warm  # noqa: PLW0603 - a process imports once
    if _warm is None:
        _warm = Future()
        threading.Thread(target=_warm_up, args=(_warm,), name=NAME, daemon=True).start()


async def done() -> None:
    """Waits for the thread, while the loop goes on. Where none was started there is nothing to wait for."""
    if _warm is not None:
        await asyncio.shield(asyncio.wrap_future(_warm))
    while _failed:
        # Whoever needs it meets the same fault where it can be said.
        what, error = _failed.pop(0)
        log.error("%s could not be imported ahead", what, exc_info=error)


def _warm_up(warm: Future[None]) -> None:
    # A fifth of the time would go into looking for garbage, and each later look through all that stays for good.
    gc.disable()
    try:
        _warm_up_first(warm)
        for name in SOON:
            _import(name)
    finally:
        gc.freeze()
        gc.enable()


def _warm_up_first(warm: Future[None]) -> None:
    sys.modules.setdefault(UNUSED, cast("ModuleType", None))  # the library takes it for not installed
    try:
        for name in NEEDED:
            _import(name)
        from dispatch.adapters import http_client

        http_client.trusted()
    except Exception as error:  # noqa: BLE001 - told by the first invocation
        _failed.append(("the trusted certificates", error))
    finally:
        warm.set_result(None)


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - told by the first invocation; the others are imported all the same
        _failed.append((name, error))
