"""One piece of our own work in a process of its own, with a limit of memory and time: it alone dies of too much."""

import json
import subprocess
import sys
from pathlib import Path

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from importlib import import_module;"
    "import_module(sys.argv[2]).main(sys.argv[3], int(sys.argv[4]))"
)


def run_in_process(module: str, folder: Path, *, seconds: float, memory: int) -> bool:
    """Runs the module's ``main(folder, memory)``; whether it ended well and in time.

    It gets nothing but the folder, and leaves there what it made.
    """
    command = [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), module, str(folder), str(memory)]
    try:
        # This program, and nothing from outside.
        done = subprocess.run(command, check=False, capture_output=True, timeout=seconds)  # noqa: S603
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def limit_memory(size: int) -> None:
    """Where the system has such limits: what asks for more than there is ends, and nothing beside it does."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
