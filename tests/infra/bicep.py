"""A reader of Bicep files: enough of the language to see what is declared and what is referred to.

Two parsers from PyPI say whether a file is Bicep at all; the compiler itself is run by the deployment.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tree_sitter_bicep
from pycep import BicepParser
from tree_sitter import Language, Node, Parser

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))
PARAMETER_FILES = sorted(INFRA.rglob("*.bicepparam"))
# What the language itself brings: functions, namespaces, types and words.
KNOWN_FUNCTIONS = frozenset(
    (
        "bool",
        "cidrSubnet",
        "concat",
        "contains",
        "dateTimeToEpoch",
        "empty",
        "environment",
        "guid",
        "int",
        "items",
        "loadTextContent",
        "map",
        "readEnvironmentVariable",
        "replace",
        "resourceGroup",
        "resourceId",
        "string",
        "subscription",
        "subscriptionResourceId",
        "take",
        "tenant",
        "toObject",
        "trim",
        "union",
        "uniqueString",
    )
)
DECORATORS = frozenset(
    (
        "allowed",
        "description",
        "maxLength",
        "maxValue",
        "minLength",
        "minValue",
        "secure",
    )
)
TYPES = frozenset({"string", "int", "bool", "object", "array"})


@dataclass(frozen=True)
class Declaration:
    """Something that a file declares: its kind, its name, and the text of what it is."""

    kind: str
    name: str
    body: str


@dataclass(frozen=True)
class Bicep:
    """One file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        text = self.path.read_text(encoding="utf-8")
        # The parsers do not know parameter files, which are but assignments.
        text = re.sub(r"^using .*$", "", text, flags=re.MULTILINE)
        return re.sub(r"^param (\w+) =", r"var \1 =", text, flags=re.MULTILINE)

    @cached_property
    def tree(self) -> Node:
        return Parser(Language(tree_sitter_bicep.language())).parse(self.text.encode()).root_node

    @cached_property
    def pycep(self) -> dict[str, object]:
        return dict(BicepParser().parse(text=self.text))

    @property
    def first_error(self) -> str:
        """Where the second parser stumbles; empty if it does not."""
        for node in _walk(self.tree):
            if node.is_error or node.is_missing:
                return f"{self.name}:{node.start_point.row + 1}"
        return ""

    @cached_property
    def declarations(self) -> list[Declaration]:
        """Parameters, variables, resources, modules and outputs, in order."""
        pattern = re.compile(r"^(param|var|resource|module|output) (\w+)\b", re.MULTILINE)
        starts = [*pattern.finditer(self.text)]
        ends = [match.start() for match in starts[1:]] + [len(self.text)]
        return [
            Declaration(match[1], match[2], self.text[match.end() : end])
            for match, end in zip(starts, ends, strict=True)
        ]

    def declared(self, *kinds: str) -> dict[str, Declaration]:
        """Those of these kinds by name."""
        return {item.name: item for item in self.declarations if item.kind in kinds}

    @cached_property
    def references(self) -> set[str]:
        """Names that stand for something declared: no property, no function, no loop's or lambda's own name."""
        found = set()
        for node in _walk(self.tree):
            if node.type != "identifier" or _is_label(node):
                continue
            found.add(_said(node))
        return found - self._local_names - TYPES

    @cached_property
    def calls(self) -> set[str]:
        """Names of functions that are called."""
        return {
            _said(node.children[0])
            for node in _walk(self.tree)
            if node.type == "call_expression" and node.children[0].type == "identifier"
        }

    @cached_property
    def _local_names(self) -> set[str]:
        plain = re.findall(r"\bfor (\w+) in\b|\bfor \((\w+), (\w+)\) in\b|\b(\w+) =>", self.text)
        return {name for names in plain for name in names if name}

    @cached_property
    def member_accesses(self) -> set[str]:
        """Chains of names with dots, as they stand: ``storage.outputs.blobUri``."""
        return set(re.findall(r"\b\w+(?:\.\w+)+", _without_strings(self.text)))


def _walk(node: Node) -> "list[Node]":
    found, stack = [], [node]
    while stack:
        current = stack.pop()
        found.append(current)
        stack.extend(reversed(current.children))
    return found


def _said(node: Node) -> str:
    return (node.text or b"").decode()


def _is_label(node: Node) -> bool:
    """Whether the identifier names a property or a declaration and refers to nothing."""
    parent = node.parent
    if parent is None:
        return False
    first = parent.children[0] == node
    if parent.type == "object_property":
        return first
    if parent.type.endswith("_declaration"):
        return node == next(child for child in parent.children if child.type == "identifier")
    return parent.type in {"call_expression", "decorator"} and first


def _without_strings(text: str) -> str:
    """The text with plain strings taken out and what is interpolated kept."""
    inside = " ".join(re.findall(r"\$\{([^}]*)\}", text))
    return re.sub(r"'[^'\n]*'", "''", re.sub(r"//.*", "", text)) + " " + inside
