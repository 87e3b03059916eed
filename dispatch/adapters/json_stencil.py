"""A JSON text that is the same for many recipients but for a few values, which are filled in."""

import json
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache

_LONG = 500  # characters


class Marks:
    """Stand-ins for the values that differ: nothing that anybody writes can be mistaken for one."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._stem = f"mark-{secrets.token_hex(16)}-"

    def __getitem__(self, name: str) -> str:
        return f"{self._stem}{self._names.index(name)}"

    def stencil(self, text: str) -> "Stencil":
        """The text that was written with the marks, ready to be filled in."""
        first, *marked = text.split(f'"{self._stem}')
        cut = [piece.partition('"') for piece in marked]
        return Stencil((first, *(rest for _, _, rest in cut)), tuple(self._names[int(number)] for number, _, _ in cut))


class Stencil:
    """The pieces between the values, and the name of the value behind each piece but the last."""

    def __init__(self, pieces: tuple[str, ...], names: tuple[str, ...]) -> None:
        self._pieces = tuple(piece.encode() for piece in pieces)
        self._names = names

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The text with these values, each as a JSON string."""
        written = {name: _written(value) for name, value in values.items()}
        parts = [self._pieces[0]]
        for name, piece in zip(self._names, self._pieces[1:], strict=True):
            parts += (written[name], piece)
        return b"".join(parts)


def _written(value: str) -> bytes:
    return _long(value) if len(value) > _LONG else json.dumps(value).encode()


@lru_cache(maxsize=4)
def _long(value: str) -> bytes:
    """A text that may be everybody's, as it is where nobody's values are filled in."""
    return json.dumps(value).encode()
