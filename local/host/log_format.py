"""How host and worker write their lines: to stdout, each with the run that it belongs to."""

import logging
import sys

from local.host.calls import FUNCTION_THREADS, current_run, runs_under_way

# These log each HTTP call: in Azure the app has to silence them itself.
_CHATTY_LOGGERS = ("azure", "httpx", "httpcore", "msal", "urllib3", "aiohttp.access")

_THREADS = ("MainThread", FUNCTION_THREADS)
_OURS = ("local.", "asyncio")


def to_stdout(level: str) -> None:
    """Sets up the process's logging. As there, the app's lines get through only from within a run."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_name_run)
    handler.addFilter(_is_of_a_run_or_ours)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-8s %(run)s%(name)s: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler])
    for name in _CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def _name_run(record: logging.LogRecord) -> bool:
    run = current_run.get()
    record.run = f"[{run}] " if run else ""
    return True


def _is_of_a_run_or_ours(record: logging.LogRecord) -> bool:
    """Lost is what a thread of the app's own says, or the app while it is imported, or a task whose run is over."""
    in_run = current_run.get() in runs_under_way and (record.threadName or "").startswith(_THREADS)
    return in_run or record.name.startswith(_OURS)
