"""A fact stated twice is checked: class, page, example and triggers name the same settings."""

import ast
import json
import re
from pathlib import Path

from dispatch.settings import Settings
from local import settings_files

ROOT = Path(__file__).resolve().parents[2]
HOST_OWN = {"FUNCTIONS_WORKER_RUNTIME"}


def names() -> set[str]:
    return {str(field.alias) for field in Settings.model_fields.values()}


def test_the_page_is_what_the_class_says():
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == settings_files.table(), "run make settings"


def test_the_example_is_what_the_class_says():
    written = (ROOT / "local.settings.example.json").read_text(encoding="utf-8")

    assert written == settings_files.example(), "run make settings"
    values = json.loads(written)["Values"]
    assert set(values) - HOST_OWN == {name for name in names() if "__" not in name}


def test_the_example_is_accepted_as_it_stands():
    values = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))["Values"]

    assert Settings.from_environ(values).pureservice_dispatch_status == "Til ekspedering"


def test_every_setting_that_a_trigger_names_exists():
    named = set(re.findall(r"%([A-Z_]+)%", (ROOT / "function_app.py").read_text(encoding="utf-8")))

    assert named
    assert named <= names()


def test_only_settings_reads_the_environment():
    readers = []
    for path in [ROOT / "function_app.py", *(ROOT / "dispatch").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
                readers.append(path.relative_to(ROOT).as_posix())

    assert {reader.rpartition("/")[0] for reader in readers} == {"dispatch/settings"}
