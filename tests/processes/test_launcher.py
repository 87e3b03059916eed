"""``python -m dispatch`` from a clone, whatever Python starts it."""

import shutil
import subprocess
import sys
from pathlib import Path

from local.world import ROOT

BARE: str = getattr(sys, "_base_executable", sys.executable)  # the Python below the virtual environment
CLONE = {"PATH": "", "LANG": "en_GB.UTF-8", "PYTHONUTF8": "1"}


def run(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=CLONE, capture_output=True, encoding="utf-8", check=False)


def test_a_python_without_the_packages_finds_those_of_the_clone():
    told = run(BARE, "-S", "-m", "dispatch", "--help")

    if (ROOT / ".venv").exists():
        assert (told.returncode, told.stderr) == (0, "")
        assert "Exit codes" in told.stdout
    else:
        assert (told.returncode, "make setup" in told.stderr) == (4, True)


def test_a_clone_without_packages_says_what_to_do(tmp_path: Path):
    shutil.copytree(ROOT / "dispatch", tmp_path / "dispatch")

    told = run(BARE, "-S", "-m", "dispatch", "status", folder=tmp_path)

    assert told.returncode == 4
    assert told.stderr.strip().endswith("Run «make setup», then this again.")
