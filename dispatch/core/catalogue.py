"""Sentences in the other language: a catalogue of what is said, with ``{}`` where a value stands."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise, zip_longest

_VALUE = r"((?:[^«».]|\.(?! )|«[^«»]*»)*)"  # a part of one sentence; what is quoted is quoted whole
_QUOTED = "((?:[^«»]|«[^«»]*»)*)"  # where the sentence has the quotes, or ends with the value


class Catalogue:
    """Translates whole sentences; one that it does not know stays as it is. So do values, but those it knows too."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._known = [(_pattern(said), other) for said, other in sentences.items()]

    def translated(self, text: str) -> str:
        """The text with every known sentence in the other language. The longest that fits at a place is taken."""
        parts: list[str] = []
        rest = text
        while rest:
            fits = [(found, other) for known, other in self._known if (found := known.match(rest))]
            if not fits:
                sentence, _, rest = rest.partition(". ")
                parts.append(sentence + ("." if rest else ""))
                continue
            found, other = max(fits, key=lambda each: each[0].end())
            parts.append(_filled(other, [self._value(value) for value in found.groups()]))
            rest = rest[found.end() :].lstrip()
        return " ".join(parts)

    def _value(self, value: str) -> str:
        whole = ((known.fullmatch(value), other) for known, other in self._known)
        return next((_filled(other, found.groups()) for found, other in whole if found), value)


def _pattern(said: str) -> re.Pattern[str]:
    parts = said.split("{}")
    values = [_QUOTED if before.endswith("«") or not after else _VALUE for before, after in pairwise(parts)]
    whole = "".join(chain(*zip_longest(map(re.escape, parts), values, fillvalue="")))
    return re.compile(rf"{whole}(?= |\Z)")


def _filled(text: str, values: Sequence[str]) -> str:
    for value in values:
        text = text.replace("{}", value, 1)
    return text
