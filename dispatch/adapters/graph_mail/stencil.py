"""A JSON text that is the same for many recipients but for a few values, which are filled in."""

import json
import re
import secrets
from collections.abc import Mapping, Sequence


class Marks:
    """Stand-ins for the values that differ: nothing that anybody writes can be mistaken for one."""

    def __init__(self, names: Sequence[str]) -> None:
        salt = secrets.token_hex(16)
        self._by_name = {name: f"mark-{salt}-{number}" for number, name in enumerate(names)}

    def __getitem__(self, name: str) -> str:
        return self._by_name[name]

    def stencil(self, text: str) -> "Stencil":
        """The text that was written with the marks, ready to be filled in."""
        names = {json.dumps(mark): name for name, mark in self._by_name.items()}
        pieces = re.split("(" + "|".join(map(re.escape, names)) + ")", text)
        return Stencil(tuple(pieces[::2]), tuple(names[mark] for mark in pieces[1::2]))


class Stencil:
    """The pieces between the values, and the name of the value behind each piece but the last."""

    def __init__(self, pieces: tuple[str, ...], names: tuple[str, ...]) -> None:
        self._pieces = tuple(piece.encode() for piece in pieces)
        self._names = names

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The text with these values, each as a JSON string."""
        written = {name: json.dumps(value).encode() for name, value in values.items()}
        parts = [self._pieces[0]]
        for name, piece in zip(self._names, self._pieces[1:], strict=True):
            parts += (written[name], piece)
        return b"".join(parts)
