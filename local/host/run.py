"""The command: reads the flags and the settings file, runs one host until it is told to stop."""

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from local.host import log_format
from local.host.errors import HostError, StartError
from local.host.host import LocalHost
from local.host.options import HostOptions
from local.host.settings import load_local_settings
from local.host.storage import RETRY_BASE
from local.host.workers import StartProcess, WorkerDiedError

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None, *, start_process: StartProcess | None = None) -> int:
    """Run the command and return its exit status; ``start_process`` as in ``HostOptions``."""
    choices = _parser().parse_args(arguments)
    log_format.to_stdout(choices.log_level)
    try:
        _load_settings(Path(choices.app), choices.settings)
        asyncio.run(_serve(choices, start_process))
    except HostError as error:
        log.critical("%s", error)
        # After three dead workers the real host ends as if all were well, for the platform to start it anew.
        return 0 if isinstance(error.__cause__, WorkerDiedError) else 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.host",
        description="Runs a function app's triggers on this machine (for development).",
    )
    parser.add_argument("--app", default=".", metavar="FOLDER", help="folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, default=7071, help="of HTTP triggers and admin endpoints; 0: a free one")
    parser.add_argument("--functions", nargs="+", metavar="NAME", help="load only these functions")
    parser.add_argument("--settings", metavar="FILE", help="instead of local.settings.json in the app's folder")
    parser.add_argument("--visibility-seconds", type=int, default=600, help="how long a running message stays hidden")
    parser.add_argument("--timer-lease-seconds", type=int, default=60, choices=range(15, 61), metavar="15..60")
    parser.add_argument("--retry-base", type=float, default=RETRY_BASE, help="how waits between tries of storage grow")
    parser.add_argument("--no-timers", action="store_true", help="do not run timers by their schedules")
    parser.add_argument("--run-timer", action="append", default=[], metavar="NAME", help="run it once at start")
    parser.add_argument("--enable-auth", metavar="KEY", help="enforce keys; this one opens the functions")
    parser.add_argument("--master-key", metavar="KEY", help="enforce keys; this one opens the admin endpoints too")
    parser.add_argument("--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    return parser


def _load_settings(app_folder: Path, chosen: str | None) -> None:
    path = Path(chosen) if chosen else app_folder / "local.settings.json"
    if not path.exists():
        if chosen:
            raise StartError(f"There is no settings file {path}.")
        log.warning("There is no %s: only the settings of the shell are used.", path)
        return
    for name in load_local_settings(path, os.environ):
        log.info("Skipping '%s' from local settings as it's already defined in current environment variables.", name)


async def _serve(choices: argparse.Namespace, start_process: StartProcess | None) -> None:
    host = LocalHost(
        Path(choices.app),
        options=HostOptions(
            functions=choices.functions,
            visibility_seconds=choices.visibility_seconds,
            timers=not choices.no_timers,
            timer_lease_seconds=choices.timer_lease_seconds,
            http_port=choices.port,
            auth_key=choices.enable_auth,
            master_key=choices.master_key,
            retry_base=choices.retry_base,
            worker_module=os.environ.get("LOCAL_HOST_WORKER", "local.host.worker_process") or None,
            start_process=start_process,
        ),
    )
    stopped = _watch_signals()
    async with host:
        _announce(host)
        for name in choices.run_timer:
            if not any(function.name == name for function in host.functions):
                raise StartError(f"--run-timer: there is no function '{name}'.")
            host.start_function(name)
        failure = asyncio.create_task(host.wait_for_failure())
        stop = asyncio.create_task(stopped.wait())
        await asyncio.wait({failure, stop}, return_when=asyncio.FIRST_COMPLETED)
        for task in (failure, stop):
            task.cancel()
        await asyncio.gather(failure, stop, return_exceptions=True)
        log.info("Stopping: running functions are finished first. Signal again to give up on them.")
    log.info("Stopped.")


def _watch_signals() -> asyncio.Event:
    """The event that the first SIGTERM or SIGINT sets; the second acts as if we were not there."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    return stopped


def _announce(host: LocalHost) -> None:
    log.info("Host started on %s with these functions (a development host, not Azure's):", host.url)
    for function in host.functions:
        log.info("    %s: %s", function.name, host.describe(function))
