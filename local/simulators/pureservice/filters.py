"""The language of ``filter=``: a .NET dynamic LINQ expression, read into a tree. ``binding`` gives the tree meaning."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

from local.simulators.pureservice.errors import ApiError, bad_request

Escapes = Literal["backslash", "doubled"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written out."""

    value: Any


@dataclass(frozen=True, slots=True)
class Path:
    """A property, or one reached over references: ``ticket.status.name``."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A method on a path: ``to.contains("x")``."""

    target: Path
    method: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``!x``."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left == right`` and its kin; ``=`` is written ``==`` here, ``<>`` is written ``!=``."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over two or more."""

    operator: str
    operands: tuple["Node", ...]


Node = Constant | Path | Call | Not | Comparison | Logic

_STRINGS = {"backslash": r'"(?:[^"\\]|\\.)*"', "doubled": r'"(?:[^"]|"")*"'}
_REST = (
    r"(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign>==|!=|<>|<=|>=|&&|\|\||[=<>!(),.\-])|(?P<end>$)|(?P<wrong>.)"
)
_TOKENS = {
    escapes: re.compile(rf"\s*(?:(?P<string>{string})|{_REST})", re.DOTALL) for escapes, string in _STRINGS.items()
}
_COMPARISONS = {"==": "==", "=": "==", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS = {"and": "and", "&&": "and", "or": "or", "||": "or", "not": "!", "!": "!"}
_CONSTANTS = {"null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int

    @property
    def word(self) -> str:
        """The operator that it stands for, or its text."""
        return _WORDS.get(self.text.lower(), self.text) if self.kind in {"name", "sign"} else ""


def parse(text: str, escapes: Escapes = "backslash") -> Node:
    """The tree of a filter; a 400 that names the place where it can not be read."""
    reader = _Reader(_tokens(text, escapes), escapes)
    try:
        node = reader.either()
    except RecursionError:
        raise bad_request("The expression is nested too deeply", about="filter") from None
    reader.expect("end")
    return node


def _tokens(text: str, escapes: Escapes) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while not found or found[-1].kind != "end":
        match = _TOKENS[escapes].match(text, place)
        assert match is not None
        assert match.lastgroup is not None
        token = _Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
        if token.kind == "wrong":
            raise _wrong(token)
        found.append(token)
        place = match.end()
    return found


def _wrong(token: _Token) -> ApiError:
    seen = f"'{token.text}'" if token.text else "end of expression"
    return bad_request(f"Syntax error {seen} (at index {token.place})", about="filter")


class _Reader:
    """A recursive descent over the tokens; each method reads one level of precedence."""

    def __init__(self, tokens: Sequence[_Token], escapes: Escapes) -> None:
        self._tokens = tokens
        self._escapes = escapes
        self._at = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, word: str) -> bool:
        if self._next.word == word:
            self._at += 1
            return True
        return False

    def expect(self, kind: str) -> _Token:
        """The next token, which must be of that kind or be that sign."""
        token = self._next
        if kind != token.kind and (token.kind != "sign" or token.text != kind):
            raise _wrong(token)
        self._at += token.kind != "end"
        return token

    def either(self) -> Node:
        operands = [self._both()]
        while self._take("or"):
            operands.append(self._both())
        return operands[0] if len(operands) == 1 else Logic("or", tuple(operands))

    def _both(self) -> Node:
        operands = [self._comparison()]
        while self._take("and"):
            operands.append(self._comparison())
        return operands[0] if len(operands) == 1 else Logic("and", tuple(operands))

    def _comparison(self) -> Node:
        left = self._unary()
        operator = _COMPARISONS.get(self._next.text) if self._next.kind == "sign" else None
        if operator is None:
            return left
        self._at += 1
        return Comparison(operator, left, self._unary())

    def _unary(self) -> Node:
        if self._take("!"):
            return Not(self._unary())
        if self._take("-"):
            return Constant(-_number(self.expect("number").text))
        if self._take("("):
            inside = self.either()
            self.expect(")")
            return inside
        return self._primary()

    def _primary(self) -> Node:
        token = self._next
        if token.kind == "string":
            self._at += 1
            return Constant(self._unquoted(token.text))
        if token.kind == "number":
            self._at += 1
            return Constant(_number(token.text))
        self.expect("name")
        if token.text.lower() in _CONSTANTS:
            return Constant(_CONSTANTS[token.text.lower()])
        if token.text.lower() == "new":
            token = self.expect("name")
        return self._path(token)

    def _path(self, first: _Token) -> Node:
        parts = [first.text]
        while self._take("."):
            parts.append(self.expect("name").text)
        if not self._take("("):
            return Path(tuple(parts))
        arguments = self._arguments()
        if len(parts) == 1:
            return Constant(_constructed(first, arguments))
        return Call(Path(tuple(parts[:-1])), parts[-1].lower(), arguments)

    def _arguments(self) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._take(")"):
            if found:
                self.expect(",")
            found.append(self.either())
        return tuple(found)

    def _unquoted(self, text: str) -> str:
        inner = text[1:-1]
        return inner.replace('""', '"') if self._escapes == "doubled" else re.sub(r"\\(.)", r"\1", inner)


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _constructed(name: _Token, arguments: tuple[Node, ...]) -> datetime | timedelta:
    values: list[Any] = [one.value for one in arguments if isinstance(one, Constant)]
    try:
        if len(values) != len(arguments):
            raise ValueError
        match name.text.lower(), values:
            case "timespan", [int(days), int(hours), int(minutes), int(seconds)]:
                return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
            case "timespan", [int(hours), int(minutes), int(seconds)]:
                return timedelta(hours=hours, minutes=minutes, seconds=seconds)
            case "datetimeoffset", [*parts, int(thousandths), timedelta() as offset] if len(parts) == 6:
                return _moment(parts, timezone(offset), microsecond=thousandths * 1000)
            case "datetimeoffset", [*parts, timedelta() as offset] if len(parts) == 6:
                return _moment(parts, timezone(offset))
            case "datetime", parts if len(parts) in {3, 6}:
                return _moment(parts, UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise bad_request(f"No applicable method or constructor '{name.text}' with these arguments", about="filter")


def _moment(parts: Sequence[int], zone: timezone, *, microsecond: int = 0) -> datetime:
    year, month, day, hour, minute, second = (*parts, 0, 0, 0)[:6]
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=zone)
