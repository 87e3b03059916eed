"""`make`, on machines where Python or Node is missing, too old, or right: in a folder that has only the Makefile."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone with no environment, on a machine with a shell and nothing else on its PATH."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("Makefile", "package-lock.json", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (tmp_path / "bin").mkdir()
    for name in ("sh", "make", "rm", "touch", "mkdir", "sed", "grep", "awk"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or pytest.fail(f"{name} is missing"))
    return folder


def put(checkout: Path, name: str, script: str) -> None:
    """Something on the PATH that does this."""
    path = checkout.parent / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def make(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(checkout.parent / "bin"), "HOME": str(checkout.parent)}
    command = [str(checkout.parent / "bin" / "make"), *words]
    return subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def a_python(checkout: Path, *, version: tuple[int, int]) -> str:
    """A Python that answers as one of that version does, makes environments of its kind, and installs nothing."""
    minor = ".".join(map(str, version))
    new_enough = 0 if version >= (3, 11) else 1
    put(
        checkout,
        f"python{minor}",
        f"""case "$*" in
  *sys.exit*) exit {new_enough};;
  *print*) echo "{version}";;
  --version) echo "Python {minor}.4";;
  "-m venv .venv") mkdir -p .venv/bin && ln -s "$0" .venv/bin/python && echo made >> made;;
esac""",
    )
    (checkout.parent / "bin" / "ln").unlink(missing_ok=True)
    (checkout.parent / "bin" / "ln").symlink_to(shutil.which("ln") or "ln")
    return f"python{minor}"


def made(checkout: Path) -> int:
    log = checkout / "made"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_the_node_of_this_machine_is_new_enough_or_is_named(checkout: Path) -> None:
    node = shutil.which("node") or pytest.fail("Node is missing")
    (checkout.parent / "bin" / "node").symlink_to(node)
    put(checkout, "npm", "mkdir -p node_modules")

    answer = make(checkout, "node_modules/.ready")

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert (checkout / "node_modules" / ".ready").exists()


@pytest.mark.parametrize(("version", "right"), [("v9.1.0", 0), ("v18.20.4", 0), ("v20.0.0", 1), ("v24.11.1", 1)])
def test_a_node_that_is_too_old_is_named_with_the_version_that_is_needed(
    checkout: Path, version: str, right: int
) -> None:
    put(checkout, "node", f"echo {version}")
    put(checkout, "npm", "mkdir -p node_modules")

    answer = make(checkout, "node_modules/.ready")

    assert (answer.returncode == 0) is bool(right)
    assert (f"Node {version} is too old: Node 20 or newer is needed." in answer.stdout) is not bool(right)


def test_a_missing_node_and_a_missing_python_are_named(checkout: Path) -> None:
    for target, words in (("node_modules/.ready", "Node.js is missing"), (".venv/.ready", "Python is missing")):
        answer = make(checkout, target)
        assert answer.returncode != 0
        assert words in answer.stdout


def test_a_python_that_is_too_old_is_named_and_nothing_is_made(checkout: Path) -> None:
    answer = make(checkout, ".venv/.ready", f"PYTHON={a_python(checkout, version=(3, 9))}")

    assert answer.returncode != 0
    assert "Python 3.9.4 is too old: Python 3.11 or newer is needed." in answer.stdout
    assert not (checkout / ".venv").exists()


def test_an_environment_is_made_once_and_kept_also_where_the_python_is_not_named_again(checkout: Path) -> None:
    name = a_python(checkout, version=(3, 12))
    for words in ([f"PYTHON={name}"], [f"PYTHON={name}"], []):
        answer = make(checkout, ".venv/.ready", *words)
        assert answer.returncode == 0, answer.stdout + answer.stderr

    assert made(checkout) == 1


def test_an_environment_of_another_python_or_one_that_is_gone_is_made_anew(checkout: Path) -> None:
    twelve, thirteen = a_python(checkout, version=(3, 12)), a_python(checkout, version=(3, 13))
    assert make(checkout, ".venv/.ready", f"PYTHON={twelve}").returncode == 0
    assert make(checkout, ".venv/.ready", f"PYTHON={thirteen}").returncode == 0
    assert made(checkout) == 2

    (checkout / ".venv" / "bin" / "python").unlink()
    assert make(checkout, ".venv/.ready", f"PYTHON={thirteen}").returncode == 0
    assert made(checkout) == 3


def test_where_no_browser_is_its_tests_are_skipped_and_the_end_says_so(tmp_path: Path) -> None:
    """Each file looks for the browser in its own way, and none may fail for want of it."""
    nothing = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    files = sorted((ROOT / "tests" / "browser").rglob("test_*.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *map(str, files)]

    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **nothing}, capture_output=True, text=True, timeout=100, check=False
    )

    assert done.returncode == 0, done.stdout[-2000:]
    assert "browser tests were SKIPPED: there is no Chromium" in done.stdout
    assert "passed" not in done.stdout.splitlines()[-1]
