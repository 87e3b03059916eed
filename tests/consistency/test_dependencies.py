"""What is installed, tested and deployed is what is pinned and locked."""

import re
import zipfile
from importlib.metadata import version
from pathlib import Path

import yaml

from scripts.package import pack

ROOT = Path(__file__).resolve().parents[2]
ASKED, LOCKED = ROOT / "requirements.in", ROOT / "requirements.txt"


def pins(path: Path) -> dict[tuple[str, str], str]:
    """Versions by normalised name and marker."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)(?:\s*;\s*([^\\\n]+?))?\s*\\?$", path.read_text(), re.MULTILINE)
    return {(re.sub(r"[-_.]+", "-", name).lower(), marker.replace("'", '"')): number for name, number, marker in found}


def test_every_pin_is_in_the_lock():
    asked, locked = pins(ASKED), pins(LOCKED)
    versions = {(name, number) for (name, _), number in locked.items()}
    assert len(asked) > 10
    assert {(name, number) for (name, _), number in asked.items()} <= versions


def test_every_locked_package_has_hashes():
    entries = re.split(r"^(?=[a-z0-9])", LOCKED.read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) > 40
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_tests_run_on_what_is_locked():
    for name in ("msgraph-sdk", "httpx", "pydantic", "azure-data-tables", "aiosmtplib", "nh3", "typst"):
        (locked,) = {number for (known, _), number in pins(LOCKED).items() if known == name}
        assert version(name) == locked


def test_every_way_to_deploy_installs_what_is_locked(tmp_path):
    """The folder is packed by azd, or by the script in the pipeline: both leave out what .funcignore names."""
    pack(ROOT, tmp_path / "app.zip")
    with zipfile.ZipFile(tmp_path / "app.zip") as packed:
        assert packed.read("requirements.txt") == LOCKED.read_bytes()
        assert ASKED.name not in packed.namelist()
    azd = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))
    assert [service["project"] for service in azd["services"].values()] == ["."]
    assert "dist" not in azd["services"]["dispatch"]
    # Other files that a remote build may install from.
    assert not {"pyproject.toml", "uv.lock", "setup.py", "Pipfile"} & set(packed.namelist())
