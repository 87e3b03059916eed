"""Conditions on a row with SQL's three values.

A row whose reference is null on the way to a property is neither a match nor a non-match, and so is left out by ``!``
as well.
"""

import operator
from collections.abc import Callable
from typing import Any

from local.simulators.pureservice.errors import bad_request
from local.simulators.pureservice.paths import MISSING
from local.simulators.pureservice.store import Row, Store

Evaluate = Callable[[Store, Row], Any]
"""True, False, or None where it is unknown."""

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def negation(evaluate: Evaluate) -> Evaluate:
    """The opposite; what is unknown stays so."""

    def negated(store: Store, row: Row) -> Any:
        value = evaluate(store, row)
        return None if value is None else not value

    return negated


def null_test(sign: str, read: Evaluate) -> Evaluate:
    """Whether what is read is null, or is not."""
    if sign not in {"==", "!="}:
        raise bad_request(f"Operator '{sign}' can not be applied to null", about="filter")
    if sign == "==":
        return lambda store, row: (value := read(store, row)) is None or value is MISSING
    return lambda store, row: (value := read(store, row)) is not None and value is not MISSING


def comparison(sign: str, left: Evaluate, right: Evaluate) -> Evaluate:
    """How two values compare; unknown where either is missing on the way."""
    order = _ORDERS.get(sign)

    def compared(store: Store, row: Row) -> Any:
        one, other = left(store, row), right(store, row)
        if one is MISSING or other is MISSING:
            return None
        if order is None:
            return (one == other) is (sign == "==")
        try:
            return None if one is None or other is None else order(one, other)
        except TypeError:  # a custom field that holds another kind than it is compared with
            return None

    return compared


def every(evaluates: list[Evaluate]) -> Evaluate:
    """True where all are, False where one is, else unknown."""

    def all_of_them(store: Store, row: Row) -> Any:
        known: bool | None = True
        for evaluate in evaluates:
            value = evaluate(store, row)
            if value is False:
                return False
            known = known if value else None
        return known

    return all_of_them


def some(evaluates: list[Evaluate]) -> Evaluate:
    """True where one is, False where all are, else unknown."""

    def any_of_them(store: Store, row: Row) -> Any:
        known: bool | None = False
        for evaluate in evaluates:
            value = evaluate(store, row)
            if value:
                return True
            known = None if value is None else known
        return known

    return any_of_them
