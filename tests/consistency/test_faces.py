"""A package is used by its face alone: what its ``__init__`` names in ``__all__``.

A module that a face names is handed out whole (``sweep.sweep_up``), and loaded when somebody asks for it.
"""

import ast
import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FACES = sorted(
    ".".join(path.parent.relative_to(ROOT).parts)
    for path in (ROOT / "dispatch").rglob("__init__.py")
    if path.parent.name != "dispatch"
)
USERS = [
    *(path for folder in ("dispatch", "local", "scripts", "tests") for path in sorted((ROOT / folder).rglob("*.py"))),
    ROOT / "function_app.py",
]


@dataclass(frozen=True)
class Use:
    """One name that a file takes from a package of ours: from which module, and what."""

    file: str
    line: int
    module: str
    name: str

    @property
    def face(self) -> str:
        """The package that it is taken from; empty for what stands beside the packages."""
        around = [face for face in FACES if f"{self.module}.".startswith(f"{face}.")]
        return max(around, key=len, default="")

    @property
    def inside(self) -> bool:
        """Whether the file belongs to the package, or tests it in a folder of its name."""
        folder = Path(self.file).parent.as_posix() + "/"
        of_tests = folder.startswith("tests/") and f"/{self.face.rpartition('.')[2]}/" in folder
        return of_tests or folder.startswith(self.face.replace(".", "/") + "/")

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.module}.{self.name}"


def uses(file: str, source: str) -> Iterator[Use]:
    tree = ast.parse(source)
    faces: dict[str, str] = {}  # as the file calls them
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "dispatch":
            for alias in node.names:
                if f"{node.module}.{alias.name}" in FACES:
                    faces[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                else:
                    yield Use(file, node.lineno, str(node.module), alias.name)
        elif isinstance(node, ast.Import):
            yield from (Use(file, node.lineno, a.name, "") for a in node.names if a.name.startswith("dispatch."))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in faces
            and not node.attr.startswith("__")
        ):
            yield Use(file, node.lineno, faces[node.value.id], node.attr)


ALL = [use for path in USERS for use in uses(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))]


def named(face: str) -> set[str]:
    return set(getattr(importlib.import_module(face), "__all__", ()))


def past_faces(found: Iterable[Use]) -> list[str]:
    """Tests of consistency look at the whole house."""
    return [
        str(use)
        for use in found
        if use.face and not use.inside and not use.file.startswith("tests/consistency/")
        if use.module != use.face or use.name not in named(use.face)
    ]


def test_no_import_goes_past_a_face():
    assert past_faces(ALL) == []


@pytest.mark.parametrize(
    ("file", "source", "past"),
    [
        ("dispatch/planning/a.py", "from dispatch.core import text", False),
        ("dispatch/planning/a.py", "from dispatch.core.text import Limit", True),
        ("dispatch/planning/a.py", "from dispatch.core import states", True),
        ("dispatch/planning/a.py", "import dispatch.core.text", True),
        ("dispatch/core/a.py", "from dispatch.core.text import Limit", False),
        ("dispatch/adapters/smtp_mail/a.py", "from dispatch.adapters.graph_mail.sdk import Sdk", True),
        ("dispatch/adapters/smtp_mail/a.py", "from dispatch.adapters.http_client import BoundedClient", False),
        ("dispatch/cli/a.py", "from dispatch import doctor\ndoctor.causes", True),
        ("local/a.py", "from dispatch import tick\nfrom dispatch.services import Services", False),
        ("tests/unit/core/test_a.py", "from dispatch.core.text import Limit", False),
        ("tests/flow/sending/test_a.py", "from dispatch.core.text import Limit", True),
    ],
)
def test_an_import_past_a_face_would_be_seen(file: str, source: str, past: bool):
    assert bool(past_faces(uses(file, source))) is past


def test_a_package_does_not_look_at_its_own_face():
    """Inside, modules import each other by their full path: the face stands on them."""
    own = [
        str(use)
        for use in ALL
        if use.module == use.face and Path(use.file).parent.as_posix() == use.face.replace(".", "/")
        if not (ROOT / Path(use.file).parent / f"{use.name}.py").exists()
    ]

    assert own == []


@pytest.mark.parametrize("face", FACES)
def test_a_face_names_what_is_there_and_used(face: str):
    """A name that nobody outside asks for makes the face wider and says nothing."""
    used = {use.name for use in ALL if use.module == face and not use.inside}

    assert named(face) - used == set()
    for name in named(face) - set(vars(importlib.import_module(face))):
        importlib.import_module(f"{face}.{name}")
