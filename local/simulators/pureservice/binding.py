"""What a filter means for one resource: names found, kinds checked, and a function that evaluates a row."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from local.simulators.pureservice import moments
from local.simulators.pureservice.errors import bad_request
from local.simulators.pureservice.filters import Call, Comparison, Constant, Escapes, Logic, Node, Not, Path, parse
from local.simulators.pureservice.paths import MISSING, Getter, column_of, find_getter
from local.simulators.pureservice.resources import Schema, schema
from local.simulators.pureservice.schema import Kind
from local.simulators.pureservice.store import Row, Store
from local.simulators.pureservice.three_valued import Evaluate, comparison, every, negation, null_test, some

_METHODS: dict[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "equals": operator.eq,
}
_NAMES: dict[Kind, str] = {
    "int": "Int32",
    "str": "String",
    "bool": "Boolean",
    "date": "DateTimeOffset",
    "any": "Object",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter ready for use; ``equalities`` are column and value pairs that every match has, for the indexes."""

    evaluate: Evaluate
    equalities: tuple[tuple[str, Any], ...]

    def matches(self, store: Store, row: Row) -> bool:
        """Whether the row is part of the answer."""
        return self.evaluate(store, row) is True


@lru_cache(maxsize=2048)
def compile_filter(
    text: str, resource: str, *, case_sensitive: bool = False, escapes: Escapes = "backslash", legacy: bool = False
) -> Filter:
    """The filter for a resource; a 400 where it can not be read or names what is not there."""
    binder = _Binder(schema(legacy_request_id=legacy), resource, case_sensitive=case_sensitive)
    node = parse(text, escapes)
    kind, evaluate = binder.bind(node)
    if kind not in {"bool", "any"}:
        raise bad_request("Expression of type 'Boolean' expected", about="filter")
    return Filter(evaluate, tuple(_equalities(node, binder.schema, resource)))


class _Binder:
    def __init__(self, known: Schema, resource: str, *, case_sensitive: bool) -> None:
        self.schema = known
        self._resource = resource
        self._fold: Callable[[str], str] = str if case_sensitive else str.casefold

    def bind(self, node: Node) -> tuple[Kind, Evaluate]:
        match node:
            case Constant(value):
                return _kind_of(value), lambda _store, _row: value
            case Path():
                return self._value(node)
            case Call(target, method, arguments):
                return "bool", self._call(target, method, arguments)
            case Not(operand):
                return "bool", negation(self._boolean(operand))
            case Comparison():
                return "bool", self._comparison(node)
            case Logic(word, operands):
                evaluates = [self._boolean(one) for one in operands]
                return "bool", every(evaluates) if word == "and" else some(evaluates)

    def _getter(self, path: Path) -> Getter:
        return find_getter(self.schema, self._resource, path.parts)

    def _value(self, path: Path) -> tuple[Kind, Evaluate]:
        getter = self._getter(path)
        read = getter.read

        def known(store: Store, row: Row) -> Any:
            value = read(store, row)
            return None if value is MISSING else value

        return getter.kind, known if getter.may_miss else read

    def _boolean(self, node: Node) -> Evaluate:
        kind, evaluate = self.bind(node)
        if kind not in {"bool", "any"}:
            raise bad_request(f"Operator incompatible with operand type '{_NAMES[kind]}'", about="filter")
        return evaluate

    def _call(self, target: Path, method: str, arguments: tuple[Node, ...]) -> Evaluate:
        getter = self._getter(target)
        test = _METHODS.get(method)
        if test is None or getter.kind not in {"str", "any"} or len(arguments) != 1:
            raise bad_request(f"No applicable method '{method}' exists in type '{_NAMES[getter.kind]}'", about="filter")
        if not isinstance(arguments[0], Constant) or not isinstance(arguments[0].value, str):
            raise bad_request(f"'{method}' takes one string", about="filter")
        read, fold, wanted = getter.read, self._fold, self._fold(arguments[0].value)

        def called(store: Store, row: Row) -> Any:
            value = read(store, row)
            return test(fold(str(value)), wanted) if value is not None and value is not MISSING else None

        return called

    def _comparison(self, node: Comparison) -> Evaluate:
        left, right = self._side(node.left, node.right), self._side(node.right, node.left)
        kinds = {left[0], right[0]} - {"any"}
        if len(kinds) > 1:
            named = " and ".join(f"'{_NAMES[kind]}'" for kind, _ in (left, right))
            raise bad_request(f"Operator '{node.operator}' incompatible with operand types {named}", about="filter")
        for side in (node.left, node.right):
            if isinstance(side, Constant) and side.value is None:
                return null_test(node.operator, right[1] if side is node.left else left[1])
        return comparison(node.operator, left[1], right[1])

    def _side(self, node: Node, other: Node) -> tuple[Kind, Evaluate]:
        """One side of a comparison, with values made comparable: text folded, dates read."""
        if isinstance(node, Constant) and isinstance(node.value, str):
            moment = self._as_moment(node.value, other)
            value = moment or self._fold(node.value)
            return ("date" if moment else "str"), lambda _store, _row: value
        if not isinstance(node, Path):
            return self.bind(node)
        getter = self._getter(node)
        read, fold = getter.read, self._fold
        if getter.kind == "date":
            return "date", lambda store, row: _moment(read(store, row))
        if getter.kind in {"int", "bool"}:
            return getter.kind, read

        def folded(store: Store, row: Row) -> Any:
            value = read(store, row)
            return fold(value) if isinstance(value, str) else value

        return getter.kind, folded

    def _as_moment(self, text: str, other: Node) -> datetime | None:
        if not isinstance(other, Path) or self._getter(other).kind != "date":
            return None
        moment = moments.parse(text)
        if moment is None:
            raise bad_request(f"'{text}' is not a valid date", about="filter")
        return moment


def _kind_of(value: object) -> Kind:
    if value is None:
        return "any"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, datetime):
        return "date"
    return "str" if isinstance(value, str) else "int"


def _moment(value: Any) -> Any:
    return moments.parse(value) if isinstance(value, str) else value


def _equalities(node: Node, known: Schema, resource: str) -> list[tuple[str, Any]]:
    if isinstance(node, Logic) and node.operator == "and":
        return [pair for one in node.operands for pair in _equalities(one, known, resource)]
    if not isinstance(node, Comparison) or node.operator != "==":
        return []
    path, value = node.left, node.right
    if not isinstance(path, Path) or not isinstance(value, Constant) or not isinstance(value.value, (int, str)):
        return []
    column = column_of(known, resource, path.parts)
    return [(column, value.value)] if column else []
