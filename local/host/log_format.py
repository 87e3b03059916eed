"""How host and worker write their lines: to stdout, each with the run that it belongs to."""

import logging
import sys

from local.host.calls import current_run

# These log each HTTP call: in Azure the app has to silence them itself.
_CHATTY_LOGGERS = ("azure", "httpx", "httpcore", "msal", "urllib3", "aiohttp.access")


def to_stdout(level: str) -> None:
    """Sets up the process's logging."""
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
