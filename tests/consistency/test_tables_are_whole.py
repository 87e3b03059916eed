"""A transport or a channel that somebody adds must be known by every table of them: none may fall to a default."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from dispatch.core import MAILERS, Channel, DispatchState, Reason, Transport, for_every

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "dispatch").rglob("*.py")
    if path.name not in {"__init__.py", "__main__.py"}
)
# Lines added to modules as somebody would add them.
ADDING = """
from importlib.machinery import SourceFileLoader
edits = {{name: (before, line) for name, before, line in {edits!r}}}
as_it_is = SourceFileLoader.get_code
def get_code(loader, name):
    if name not in edits:
        return as_it_is(loader, name)
    before, line = edits[name]
    text = loader.get_source(name)
    assert text.count(before) == 1, (name, before)
    return compile(text.replace(before, before + line), loader.path, "exec")
SourceFileLoader.get_code = get_code
import {module}
"""


def tables() -> Iterator[tuple[str, type[Enum], Mapping[Enum, object]]]:
    """Tables of transports and channels wherever they stand, and all words for people."""
    for name in MODULES:
        module = importlib.import_module(name)
        for variable, value in vars(module).items():
            if isinstance(value, Mapping) and value and all(isinstance(key, Enum) for key in value):
                kind = type(next(iter(value)))
                if kind in {Transport, Channel} or name.rpartition(".")[2] in {"texts", "words"}:
                    yield f"{name}.{variable}", kind, value


def test_every_table_names_all_members():
    found = list(tables())
    wanted = {
        name: [member for member in (MAILERS if set(table) == set(MAILERS) else kind) if member not in table]
        for name, kind, table in found
    }

    assert {kind for _, kind, _ in found} >= {Transport, Channel, Reason, DispatchState}
    assert {name: gaps for name, gaps in wanted.items() if gaps} == {}


Edit = tuple[str, str, str]
STATES = "dispatch.core.states"
SMTP = '    SMTP = "smtp", "SMTP", "mail"\n'
PIGEON: Edit = (STATES, SMTP, '    PIGEON = "pigeon", "Brevdue", "mail"\n')
GRAPH_SETTINGS = "        Transport.GRAPH: GraphSettings,\n"
PIGEON_SETTINGS: Edit = ("dispatch.settings.mailer", GRAPH_SETTINGS, "        Transport.PIGEON: Concern,\n")
STRAY: Edit = (
    "dispatch.settings.mailer",
    GRAPH_SETTINGS,
    "        Transport.PIGEON: type('P', (Concern,), {}),\n",
)
GHOST: Edit = (STATES, '    NO_ADDRESS = "no_address"\n', '    GHOST = "ghost"\n')
RADIO: Edit = (STATES, '    EMAIL = "email"\n', '    RADIO = "radio"\n')


def started_with(*edits: Edit, module: str) -> list[str]:
    """What the start says on stderr; nothing where it goes well."""
    program = ADDING.format(edits=edits, module=module)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else done.stderr.strip().splitlines()


@pytest.mark.parametrize(
    ("edits", "table"),
    [
        ((PIGEON,), "dispatch.settings.mailer"),
        ((PIGEON, PIGEON_SETTINGS), "dispatch.wiring.transports"),
        ((RADIO,), "dispatch.settings.senders"),
    ],
)
def test_a_transport_or_a_channel_without_its_row_stops_the_start(edits: tuple[Edit, ...], table: str):
    why = started_with(*edits, module="dispatch.wiring")[-1]

    assert re.fullmatch(rf"TypeError: {table}, line \d+: no row for {'radio' if RADIO in edits else 'pigeon'}", why)


def test_a_transport_whose_settings_nobody_reads_stops_the_start():
    why = started_with(PIGEON, STRAY, module="dispatch.settings")[-1]

    assert why == "TypeError: MailerSettings does not stand on the settings of pigeon"


def test_every_transport_has_its_column_in_the_workbook():
    """The log counts each by its name, and what the query does not name nobody sees."""
    query = (ROOT / "infra/queries/failover.kql").read_text(encoding="utf-8")

    for transport in Transport:
        assert f"{transport.name.capitalize()} = sum(tolong(e.{transport.name.lower()}))" in query


def test_a_transport_without_words_stops_the_start():
    wordless: Edit = (STATES, SMTP, '    PIGEON = "pigeon"\n')

    why = started_with(wordless, module="dispatch.core")[-1]

    assert why == "TypeError: pigeon: must say its name for people and what it carries"


@pytest.mark.parametrize(
    "module", ["dispatch.tick", "dispatch.closing.resolve", "dispatch.web.site", "dispatch.cli.app"]
)
@pytest.mark.parametrize(("edit", "member"), [(PIGEON, "pigeon"), (RADIO, "radio"), (GHOST, "ghost")])
def test_without_words_for_the_report_nothing_runs(edit: Edit, member: str, module: str):
    """Neither the timer, nor the report, nor the page, nor a command."""
    why = started_with(edit, module=module)[-1]

    assert re.fullmatch(rf"TypeError: [\w.]+, line \d+: no row for {member}", why)


def test_a_transport_that_all_tables_but_the_words_know_is_missed_by_the_words():
    opens = "        Transport.GRAPH: open_graph,\n"
    opened: Edit = ("dispatch.wiring.transports", opens, opens.replace("GRAPH", "PIGEON"))

    settings: Edit = ("dispatch.settings.mailer", GRAPH_SETTINGS, "        Transport.PIGEON: GraphSettings,\n")
    why = started_with(PIGEON, settings, opened, module="dispatch.tick")[-1]

    assert re.fullmatch(r"TypeError: dispatch\.report\.texts, line \d+: no row for pigeon", why)


def test_the_harness_starts_where_nothing_is_added():
    """Or the tests above could pass for another reason."""
    assert started_with((STATES, SMTP, ""), module="dispatch.wiring") == []


def test_a_table_lacking_a_row_names_it():
    with pytest.raises(TypeError, match=r"test_tables_are_whole, line \d+: no row for eformidling, ticket$"):
        for_every(Channel, {Channel.EMAIL: 1})
    assert for_every(Channel, dict.fromkeys(Channel, 1))[Channel.EMAIL] == 1


def test_nobody_chooses_between_two_transports_with_an_else():
    """``X if it is Graph else SMTP`` sends by SMTP whatever a third one was meant to be; ``or GRAPH`` blames Graph."""
    found = {
        path.relative_to(ROOT).as_posix(): choices
        for path in (ROOT / "dispatch").rglob("*.py")
        if (choices := chosen_with_an_else(path.read_text(encoding="utf-8")))
    }

    assert found == {}


def chosen_with_an_else(source: str) -> list[str]:
    """What falls back to one transport where another was perhaps meant."""
    return [ast.unparse(n) for n in ast.walk(ast.parse(source)) if any(map(names_a_transport, fallbacks(n)))]


def names_a_transport(node: ast.AST) -> bool:
    return ast.unparse(node).startswith("Transport.")


def fallbacks(node: ast.AST) -> Iterable[ast.AST]:
    match node:
        case ast.IfExp(test=test) | ast.If(test=test):
            return ast.walk(test)
        case ast.BoolOp(values=values):
            return values
        case ast.Call(func=ast.Attribute(attr="get"), args=args):
            return args[1:]
        case ast.FunctionDef(args=parameters) | ast.AsyncFunctionDef(args=parameters):
            return filter(None, (*parameters.defaults, *parameters.kw_defaults))
    return ()


@pytest.mark.parametrize(
    "source",
    [
        "x = a if t is Transport.GRAPH else b",
        "x = t or Transport.GRAPH",
        "x = known.get(name, Transport.SMTP)",
        "def f(t=Transport.SMTP): ...",
    ],
)
def test_each_way_to_choose_by_default_would_be_seen(source: str):
    assert chosen_with_an_else(source)


def test_a_table_that_knows_every_member_says_so():
    """Made with ``for_every``, it stops the start once a member is added; a plain one falls silent."""
    silent = []
    for name in MODULES:
        module = importlib.import_module(name)
        for node in ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")).body:
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                continue
            variable = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            if is_whole(getattr(module, variable, None)) and not ast.unparse(node.value).startswith("for_every("):
                silent.append(f"{name}.{variable}")

    assert silent == []


def is_whole(value: Any) -> bool:
    if not isinstance(value, Mapping) or len(value) < 2 or not all(isinstance(key, Enum) for key in value):
        return False
    kind: type[Enum] = type(next(iter(value)))
    return all(member in value for member in kind)
