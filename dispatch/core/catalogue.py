"""Sentences in the other language: a catalogue of what is said, with ``{}`` where a value stands."""

import re
from collections.abc import Mapping


class Catalogue:
    """Translates whole sentences; one that it does not know stays as it is."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._known = [
            (re.compile("([^«»]*)".join(re.escape(part) for part in said.split("{}"))), other)
            for said, other in sentences.items()
        ]

    def translated(self, text: str) -> str:
        """The text with every known sentence in the other language. The longest that fits at a place is taken."""
        parts: list[str] = []
        rest = text
        while rest:
            fits = [(found, other) for known, other in self._known if (found := known.match(rest))]
            whole = [(found, other) for found, other in fits if found.end() == len(rest) or rest[found.end()] == " "]
            if not whole:
                sentence, _, rest = rest.partition(". ")
                parts.append(sentence + ("." if rest else ""))
                continue
            found, other = max(whole, key=lambda each: each[0].end())
            parts.append(_filled(other, found.groups()))
            rest = rest[found.end() :].lstrip()
        return " ".join(parts)


def _filled(text: str, values: tuple[str, ...]) -> str:
    for value in values:
        text = text.replace("{}", value, 1)
    return text
