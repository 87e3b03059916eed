"""azd, the pipelines and the scripts: they parse, and what they name is there."""

import re
import zipfile
from typing import Any

import pytest
import tree_sitter_powershell
import yaml
from tree_sitter import Language, Parser

from scripts.package import pack
from tests.infra.bicep import INFRA, ROOT, Bicep

SCRIPTS = sorted((ROOT / "scripts").glob("*.ps1"))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PAGES = [ROOT / f"docs/{name}.md" for name in ("deployment", "operations", "mail-permission")]


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def steps(path: str) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_powershell_and_stops_at_the_first_error(path):
    text = path.read_text(encoding="utf-8")
    tree = Parser(Language(tree_sitter_powershell.language())).parse(text.encode())

    assert not tree.root_node.has_error
    assert text.startswith("#requires -Version 7\n")
    assert "Set-StrictMode -Version Latest\n$ErrorActionPreference = 'Stop'" in text
    assert ".SYNOPSIS" in text


def test_the_parser_of_powershell_would_notice():
    tree = Parser(Language(tree_sitter_powershell.language())).parse(b"if ($x { exit 1 }\n")
    assert tree.root_node.has_error


def test_azd_finds_its_template_and_its_hooks():
    azd = read("azure.yaml")

    assert (ROOT / azd["infra"]["path"] / f"{azd['infra']['module']}.bicep").is_file()
    (service,) = azd["services"]
    assert f"'azd-service-name': '{service}'" in Bicep(INFRA / "modules/function-app.bicep").text
    assert azd["services"][service]["host"] == "function"
    for hook in azd["hooks"].values():
        assert (ROOT / hook["run"]).is_file()


def test_the_pipeline_runs_the_commands_of_the_readme():
    commands = [step.get("run", "") for step in steps(".github/workflows/ci.yml")]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for command in ("make test", "make demo"):
        assert command in commands
        assert re.search(rf"^{command} ", readme, re.MULTILINE)


def test_the_deployment_has_no_stored_password_and_ends_with_the_doctor():
    text = (ROOT / ".github/workflows/deploy.yml").read_text(encoding="utf-8")
    found = steps(".github/workflows/deploy.yml")

    assert read(".github/workflows/deploy.yml")["permissions"] == {"contents": "read", "id-token": "write"}
    assert "secrets." not in text
    assert any("--build-remote true" in step.get("run", "") for step in found)
    assert "smoke-test.ps1" in found[-1]["run"]
    assert "/api/doctor" in (ROOT / "scripts/smoke-test.ps1").read_text(encoding="utf-8")


def test_the_pipeline_gives_every_value_that_the_template_reads():
    asked = set(
        re.findall(r"readEnvironmentVariable\('(\w+)'", (INFRA / "main.bicepparam").read_text(encoding="utf-8"))
    )
    given = set(read(".github/workflows/deploy.yml")["jobs"]["deploy"]["env"])
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")

    assert asked <= given
    for name in asked:
        assert f"`{name}`" in page, f"{name} is not in docs/deployment.md"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_and_every_file_is_there(path):
    for step in steps(path.relative_to(ROOT).as_posix()):
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])
        for script in re.findall(r"scripts/[\w-]+\.(?:ps1|py)", step.get("run", "")):
            assert (ROOT / script).is_file()


def test_the_package_holds_what_runs_and_nothing_else(tmp_path):
    names = pack(ROOT, tmp_path / "app.zip")

    assert {name.split("/")[0] for name in names} == {
        ".funcignore",
        "dispatch",
        "function_app.py",
        "host.json",
        "requirements.txt",
    }
    assert "dispatch/mail/templates/letter.html" in names
    assert not any("__pycache__" in name or name.endswith(".pyc") for name in names)
    assert zipfile.ZipFile(tmp_path / "app.zip").testzip() is None


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_what_a_page_points_to_is_there(page):
    text = page.read_text(encoding="utf-8")

    for link in re.findall(r"\]\(([^)#:]+?)(?:#[\w-]*)?\)", text):
        assert (page.parent / link).exists(), link
    for script in re.findall(r"scripts/[\w-]+\.(?:ps1|py)", text):
        assert (ROOT / script).is_file(), script
    own = re.findall(r"\]\(#([\w-]+)\)", text)
    for anchor in own:
        assert f'<a id="{anchor}"></a>' in text or anchor in headings(text), anchor


def headings(text: str) -> set[str]:
    return {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_what_a_page_tells_to_type_is_what_scripts_and_template_know(page):
    text = page.read_text(encoding="utf-8").replace("`\n", "")
    outputs = set(Bicep(INFRA / "main.bicep").declared("output")) | {"AZURE_RESOURCE_GROUP"}  # azd's own

    assert set(re.findall(r"azd env get-value (\w+)", text)) <= outputs
    for script, typed in re.findall(r"(scripts/[\w-]+\.ps1)([^`\n]*)", text):
        source = (ROOT / script).read_text(encoding="utf-8")
        asked = {name.lower() for name in re.findall(r" -([A-Z]\w+)", re.sub(r"\([^)]*\)", "", typed))}
        assert asked <= {name.lower() for name in re.findall(r"\] \$(\w+)", source)}, (script, typed)
    for name in re.findall(r"azd env set (?!NAME )([A-Z_]+)", text):
        assert f"'{name}'" in (INFRA / "main.bicepparam").read_text(encoding="utf-8"), name
