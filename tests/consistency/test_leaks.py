"""The listener that every test runs under hears what it should."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks import Listener, leaks_in, leaks_in_files

ROOT = Path(__file__).resolve().parents[2]
LEAKING = """
import logging
{imports}
def test_it_leaks():
    logging.getLogger("dispatch.send").{call}
"""


@pytest.mark.parametrize(
    "text", ["sent to kari.nordmann@eksempel.example", "key local-simulator-key", "ut@e-post.pureservice.local"]
)
def test_what_is_a_leak(text):
    assert leaks_in(text)


@pytest.mark.parametrize("text", ['{"action":"resolved","dispatch_id":"9001-8001"}', "microsoft-graph HTTP 403"])
def test_what_is_none(text):
    assert leaks_in(text) == []


def test_a_traceback_is_heard_as_well():
    listener = Listener()
    try:
        raise ValueError("kari@eksempel.example")
    except ValueError:
        record = logging.LogRecord("dispatch.tick", logging.ERROR, "", 0, "failed", None, sys.exc_info())
    listener.emit(record)
    assert listener.leaks()


def test_a_file_is_searched_line_by_line(tmp_path):
    (tmp_path / "host.log").write_text("well\npassord\n")
    assert leaks_in_files([tmp_path / "host.log", tmp_path / "none.log"]) == ["passord"]


def test_a_test_that_leaks_fails(tmp_path):
    path = tmp_path / "test_leak_for_a_moment.py"
    path.write_text(LEAKING.format(imports="", call='info("to kari@eksempel.example")'))
    options = ["-q", "--no-cov", "-p", "no:cacheprovider", "-p", "tests.conftest", f"--rootdir={ROOT}"]
    command = [sys.executable, "-m", "pytest", *options, "-c", str(ROOT / "pyproject.toml"), str(path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "nothing_personal_is_logged" in ran.stdout or "listener.leaks()" in ran.stdout
