"""Looks through all that our own code logs while the tests run, for planted secrets and for people's addresses.

In scope: every record of the loggers ``dispatch`` and ``function_app`` with its traceback, at every level, and the
whole output of every host process that a test starts. Out of scope: what the simulators and the tests themselves print,
and what a command shows on purpose to the operator who asked for it.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Iterable
from pathlib import Path

OURS = ("dispatch", "function_app")
SECRETS = (
    "local-simulator-key",  # PURESERVICE_APIKEY
    "doctors-key",
    "simulator-key",
    "passord",  # MAIL_PASSWORD, EF_IP_PASSWORD
    "Lekkasje",  # somebody whom an outside names in its error text
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",  # Azurite's well-known account key
)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.(?:example|local|no)\b")


def leaks_in(text: str) -> list[str]:
    """The secrets and addresses in a text."""
    return [secret for secret in SECRETS if secret in text] + ADDRESS.findall(text)


class Listener(logging.Handler):
    """Keeps what our loggers say, as it would be printed."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []
        self.lost: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in OURS:
            self.said.append(self.format(record))
            if _is_of_a_bare_thread():
                self.lost.append(self.format(record))

    def leaks(self) -> list[str]:
        """Lines that hold what they must not."""
        return [line for line in self.said if leaks_in(line)]


def _is_of_a_bare_thread() -> bool:
    """Whether the host would lose a line that is said now: it keeps those of a loop's tasks."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return threading.current_thread() is not threading.main_thread()
    return False


def leaks_in_files(paths: Iterable[Path]) -> list[str]:
    """Lines of these files that hold what they must not."""
    return [
        line
        for path in paths
        if path.exists()
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if leaks_in(line)
    ]
