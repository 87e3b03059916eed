"""``python -m dispatch``, also from a clone whose packages are in ``.venv``."""

import logging
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
OWN = next((file for name in ("bin/python", "Scripts/python.exe") if (file := HERE / ".venv" / name).exists()), None)


def run() -> int:
    """One command, by the Python that has the packages."""
    try:
        from dispatch.cli import main

        return main()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"dispatch", "local"}:
            raise
        missing = error.name
    if OWN is not None and Path(sys.prefix).resolve() != (HERE / ".venv").resolve():
        os.execv(OWN, [str(OWN), "-m", "dispatch", *sys.argv[1:]])  # noqa: S606 - our own interpreter, and no shell
    sys.stderr.write(f"The package {missing} is not installed. Run «make setup», then this again.\n")
    return 4


# What goes wrong is said by the commands themselves, in sentences.
logging.getLogger().setLevel(logging.CRITICAL)
sys.exit(run())
