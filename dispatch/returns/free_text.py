"""Reports for people: a line with the address, and below it what its server said.

qmail and older Exim write nothing else; Exchange writes the same below its letter to people, in any language.
"""

import re

from dispatch.returns.address_fields import known_address
from dispatch.returns.causes import LONGEST_WORDS, action_in_words, cause_of, code_in, plain_words
from dispatch.returns.reports import Action, Told

MOST_LINES, LONGEST_LINE, MOST_STANZAS = 2_000, 1_000, 50
_STILL_TRYING = re.compile(
    r"this is a warning message only|you do not need to resend|has been delayed|delivery is delayed|message delayed"
    r"|will (?:continue|keep) (?:to try|trying)|still trying|not yet been delivered|could not be delivered yet",
    re.IGNORECASE,
)


def lines_of(text: str) -> list[str]:
    """The lines that are looked at."""
    return [line[:LONGEST_LINE] for line in text.split("\n", MOST_LINES)[:MOST_LINES]]


def told_in_words(lines: list[str], *, named: frozenset[str] = frozenset()) -> tuple[Told, ...]:
    """What the lines say of each address. ``named``: whom the report's own fields name; nobody else counts then."""
    trying = any(_STILL_TRYING.search(line) for line in lines)
    found = [_told(address, words, trying=trying) for address, words in _stanzas(lines)]
    return tuple(one for one in found if one.action is not Action.NOT_SAID and (not named or one.final <= named))


def _stanzas(lines: list[str]) -> list[tuple[str, str]]:
    """Each line that is an address and nothing else, with the words below it."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        address = _lone_address(line)
        if address and len(found) == MOST_STANZAS:
            break
        if address:
            found.append((address, []))
        elif found and len(found[-1][1]) < LONGEST_WORDS // 10:
            found[-1][1].append(line.strip())
    return [(address, " ".join(words)) for address, words in found]


def _lone_address(line: str) -> str:
    plain = line.strip().removesuffix(":").strip()
    if plain.startswith("<") and plain.endswith(">"):
        plain = plain[1:-1]
    before, at, after = plain.partition("@")
    if not at or not before or "." not in after or "@" in after or any(sign in plain for sign in ' \t<>()[],;"'):
        return ""
    return known_address(plain)


def _told(address: str, words: str, *, trying: bool) -> Told:
    code = code_in("", words)
    action = action_in_words(code, words)
    if trying and not code.startswith("5") and action is not Action.NOT_SAID:
        action = Action.DELAYED
    return Told(action, cause_of(code, words), code, plain_words(words), frozenset({address}))
