"""The checks of the templates can fail: each mistake that a person might make is noticed by one of them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("infra", "tests/infra", "docs", "scripts", ".github", "dispatch")
FILES = (
    ".python-version",
    "azure.yaml",
    "host.json",
    "function_app.py",
    "pyproject.toml",
    "README.md",
    "tests/__init__.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutant")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "test_mutations.py"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


def complaints(folder: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "--no-cov", "-x", "-p", "no:cacheprovider"]
    command += ["tests/infra/test_bicep.py", "tests/infra/test_app_settings.py"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ran = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return "" if ran.returncode == 0 else ran.stdout


def test_without_a_mutation_there_is_nothing_to_complain_about(copy):
    assert complaints(copy) == ""


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("infra/main.bicep", "    vaultName: vault.outputs.name", "    vaultTitle: vault.outputs.name"),
        ("infra/modules/vault.bicep", "param exchangePassword string", "param exchangeSecret string"),
        ("infra/main.bicep", "    exchangePassword: exchangePassword\n", ""),
        ("infra/main.bicep", "storage.outputs.tableUri", "storage.outputs.tablesUri"),
        ("infra/modules/roles.bicep", "4633458b-17de-408a-b874-0445c86b69e6", "4633458b-17de-408a-b874-0445c86b69e7"),
        ("infra/main.bicep", "  EF_IP_URL: exchangeUrl", "  EF_IP_ADDRESS: exchangeUrl"),
        ("infra/modules/vault.bicep", "  parent: vault\n  name: 'ef-ip-password'", "  name: 'ef-ip-secret'"),
    ],
)
def test_a_mistake_is_noticed(copy, path, before, after):
    whole = (copy / path).read_text(encoding="utf-8")
    if before not in whole:
        pytest.fail(f"{path} has no «{before}»: the mutation says nothing")
    (copy / path).write_text(whole.replace(before, after, 1), encoding="utf-8")
    try:
        assert complaints(copy), "nobody noticed"
    finally:
        (copy / path).write_text(whole, encoding="utf-8")
