"""The command: reads the flags and the settings file, runs one host until it is told to stop."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from local.host.errors import HostError, StartError
from local.host.host import LocalHost
from local.host.invocation import current_run
from local.host.options import HostOptions
from local.host.settings import load_local_settings

log = logging.getLogger(__name__)

# These log each HTTP call: in Azure the app has to silence them itself.
_CHATTY_LOGGERS = ("azure", "httpx", "httpcore", "msal", "urllib3", "aiohttp.access")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    choices = _parser().parse_args(arguments)
    _log_to_stdout(choices.log_level)
    try:
        _load_settings(Path(choices.app), choices.settings)
        asyncio.run(_serve(choices))
    except HostError as error:
        log.critical("%s", error)
        return 1
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


async def _serve(choices: argparse.Namespace) -> None:
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


def _log_to_stdout(level: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_name_run)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-8s %(run)s%(name)s: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler])
    for name in _CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def _name_run(record: logging.LogRecord) -> bool:
    run = current_run.get()
    record.run = f"[{run}] " if run else ""
    return True
