"""The checks of the templates can fail: each mistake that a person might make is noticed by the check meant for it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

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
MAIN, VAULT, ROLES = "infra/main.bicep", "infra/modules/vault.bicep", "infra/modules/roles.bicep"
CALLS = "test_bicep.py::test_a_module_gets_the_parameters_that_it_has"
OUTPUTS = "test_bicep.py::test_every_output_that_is_read_exists"
NAMES = "test_bicep.py::test_every_name_is_declared_and_every_declaration_is_used"
ROLE = "test_bicep.py::test_every_role_is_one_that_exists"
DESCRIBED = "test_bicep.py::test_every_parameter_and_output_is_described_and_every_secret_is_secure"
FILE = "test_bicep.py::test_a_parameter_file_gives_what_the_template_needs"
VERSIONS = "test_bicep.py::test_every_resource_has_its_pinned_version_and_no_module_comes_from_elsewhere"
SETTINGS = "test_app_settings.py::test_every_app_setting_is_known"
REQUIRED = "test_app_settings.py::test_every_required_setting_is_deployed"
SECRETS = "test_app_settings.py::test_secrets_are_references_and_nothing_else"
KUSTO = "test_kusto.py::test_a_query_has_no_error_and_no_warning"


@dataclass(frozen=True)
class Mistake:
    """One change to one file, everywhere that the text stands, and the check that must notice it."""

    what: str
    path: str
    before: str
    after: str
    noticed_by: str


MISTAKES = (
    Mistake("a caller's name that the module lacks", MAIN, "    vaultName: vault", "    vaultTitle: vault", CALLS),
    Mistake("a parameter renamed in its module", VAULT, "exchangePassword", "exchangeSecret", CALLS),
    Mistake(
        "a new parameter that no caller gives",
        ROLES,
        "param vaultName string",
        "param lost int\n\nparam vaultName string",
        CALLS,
    ),
    Mistake("a parameter left out by the caller", MAIN, "    exchangePassword: exchangePassword\n", "", CALLS),
    Mistake("an output misspelt by its reader", MAIN, "outputs.tableUri", "outputs.tablesUri", OUTPUTS),
    Mistake("an output dropped", VAULT, "output uri string = vault.properties.vaultUri", "", OUTPUTS),
    Mistake(
        "an output of a module renamed", "infra/modules/identity.bicep", "output clientId", "output appId", OUTPUTS
    ),
    Mistake("a symbol misspelt in an expression", MAIN, "    name: networkName", "    name: netName", NAMES),
    Mistake("a symbol misspelt within a text", MAIN, "'plan-${stem}'", "'plan-${stam}'", NAMES),
    Mistake("a resource's symbol misspelt", VAULT, "  scope: vault\n", "  scope: vualt\n", NAMES),
    Mistake("a parameter that nothing uses", MAIN, "  EF_SELF_NAME: organisationName\n", "", NAMES),
    Mistake(
        "a role that does not exist",
        ROLES,
        "4633458b-17de-408a-b874-0445c86b69e6",
        "4633458b-17de-408a-b874-0445c86b69e7",
        ROLE,
    ),
    Mistake("a role under another one's name", ROLES, "// Key Vault Secrets User:", "// Key Vault Reader:", ROLE),
    Mistake(
        "a secret that is not secure", VAULT, "@secure()\nparam exchangePassword", "param exchangePassword", DESCRIBED
    ),
    Mistake(
        "a parameter file with an unknown name", "infra/main.bicepparam", "param alertEmail", "param alertMail", FILE
    ),
    Mistake("an API version that was not looked up", VAULT, "vaults@2025-05-01", "vaults@2029-05-01", VERSIONS),
    Mistake("a setting that the application lacks", MAIN, "  EF_IP_URL:", "  EF_IP_ADDRESS:", SETTINGS),
    Mistake("a required setting left out", MAIN, "  PURESERVICE_URL: pureserviceUrl\n", "", REQUIRED),
    Mistake("a secret under another name than the reference", VAULT, "'ef-ip-password'", "'ef-ip-secret'", SECRETS),
    Mistake("a reserved word in a query", "infra/queries/alert_stalled.kql", "until", "last", KUSTO),
    Mistake("a column that no table has", "infra/queries/problems.kql", "SeverityLevel", "Severity_Level", KUSTO),
)


AT_ONCE = 2


def copied(folder: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "test_mutations.py"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> Queue[Path]:
    """Copies of the project, each for one mistake at a time."""
    free: Queue[Path] = Queue()
    for _ in range(AT_ONCE):
        free.put(copied(tmp_path_factory.mktemp("mutant")))
    return free


@pytest.fixture(scope="module")
def verdicts(folders) -> Iterator[dict[str, Future[str]]]:
    """What pytest says of each mistake; two are tried at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {mistake.what: pool.submit(made, mistake, folders) for mistake in MISTAKES}


def made(mistake: Mistake, folders: Queue[Path]) -> str:
    """Makes the mistake, asks the check that is meant for it, and takes it back."""
    folder = folders.get()
    path = folder / mistake.path
    whole = path.read_text(encoding="utf-8")
    try:
        assert mistake.before in whole, "the text is not there: the mutation says nothing"
        path.write_text(whole.replace(mistake.before, mistake.after), encoding="utf-8")
        return checked(folder, mistake.noticed_by)
    finally:
        path.write_text(whole, encoding="utf-8")
        folders.put(folder)


def checked(folder: Path, *checks: str) -> str:
    """What pytest's last line says of these checks."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--no-cov",
        "--assert=plain",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
    ]
    command += [f"tests/infra/{check}" for check in checks]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ran = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return ran.stdout.strip().splitlines()[-1]


def test_without_a_mistake_every_check_is_content(folders):
    folder = folders.get()
    said = checked(folder, *sorted({mistake.noticed_by for mistake in MISTAKES}))
    folders.put(folder)

    assert "passed" in said
    assert "failed" not in said
    assert "error" not in said


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_a_mistake_is_noticed(verdicts, mistake):
    said = verdicts[mistake.what].result()

    assert "failed" in said, f"nobody noticed: {said}"
    assert "error" not in said
