"""Which settings the command of this process works with: ``--settings`` says it."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path

from dispatch.settings import settings_of

OPTION = "--settings"
_chosen: ContextVar[Path | None] = ContextVar("settings file", default=None)


def choose(file: Path | None) -> None:
    """Takes this file."""
    _chosen.set(file)


def given() -> Mapping[str, str]:
    """The settings that were chosen.

    Raises:
        BadConfiguration: the file can't be read.
    """
    return settings_of(_chosen.get())


def first(arguments: Sequence[str]) -> list[str]:
    """The arguments with ``--settings`` before the command, where the parser wants it; people write it anywhere."""
    ahead: list[str] = []
    rest: list[str] = []
    left = iter(arguments)
    for argument in left:
        if argument == OPTION:
            ahead += [argument, *([value] if (value := next(left, None)) is not None else [])]
        elif argument.startswith(f"{OPTION}="):
            ahead.append(argument)
        else:
            rest.append(argument)
    return ahead + rest
