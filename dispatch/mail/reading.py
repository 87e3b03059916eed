"""One pass over a letter's tokens before anything builds a tree of it: what it costs, and what isn't markup at all.

HTML opens every formatting element again in each paragraph, so that 30 kB can become 50 MB of tree. Only a bound before
the parse helps; a time limit doesn't, since the memory is gone by then.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from dispatch.core import Rejected
from dispatch.mail.policy import DEEPENS, FORMATTING, NAMES, RAW

LONGEST = 8 * 1024 * 1024  # characters, with the pictures that are written into the text
MOST_ELEMENTS = 100_000  # a table of 17,000 rows and four columns has 87,000
MOST_ATTRIBUTES = 256  # of one element
DEEPEST = 200  # HTML readers cut what lies deeper than 256, without a word
DEEPEST_TAGS = 4 * DEEPEST  # of tags that were never closed, which the tree may still put side by side

TOO_LARGE = (
    "Meldingen har mer innhold enn e-postprogrammer klarer å vise. Det skyldes som regel en stor tabell som er limt "
    "inn. Legg den ved som fil, eller lim inn teksten på nytt uten formatering."
)
TOO_DEEP = (
    "Meldingen har så mange tabeller eller felter inni hverandre at e-postprogrammer ikke viser alt. "
    "Lim inn teksten på nytt uten formatering."
)

# Windows' own signs, which programs write with the numbers of control characters; Word's and Unicode's line breaks.
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
_BREAK = "\u2028"
_SIGNS = {
    **_WINDOWS,
    **dict.fromkeys((*range(0x09), *range(0x0E, 0x20), 0x7F, 0xFEFF), ""),
    0x0B: _BREAK,
    0x2029: _BREAK,
}
_USUAL = "\n\r\t\xa0"  # what is no more printable than the signs above, and stays
_SAME_AT_MOST = 3  # equal formatting elements that the standard opens again
_ADDRESSES = ("http:", "https:", "mailto:", "tel:", "sms:", "www.")


@dataclass(slots=True)
class Reading:
    """A letter's source, fit to be parsed, and whether it is a whole document with a layout of its own."""

    html: str
    whole: bool


def is_whole(source: str) -> bool:
    """Whether a letter's source brings a layout of its own, so that neither template nor footer stands around it.

    Raises:
        Rejected: as for ``read``.
    """
    return read(source).whole


def read(source: str) -> Reading:
    """The source within its bounds: words between angle brackets are words, and text without any tag keeps its lines.

    Raises:
        Rejected: no e-mail program would show it, and no parser should meet it.
    """
    from turbohtml import TokenType, tokenize

    if len(source) > LONGEST:
        raise Rejected([TOO_LARGE])
    text = _fit(source)
    bounds, starts, ends = _Bounds(), set[str](), set[str]()
    whole, begun = False, False
    for token in tokenize(text):
        kind, tag = token.type, token.tag or ""
        if kind == TokenType.START_TAG:
            bounds.opened(tag, token.attrs or [])
            whole = whole or (tag == "html" and not begun)
            starts.add(tag)
        elif kind == TokenType.END_TAG:
            bounds.closed(tag)
            ends.add(tag)
        elif kind == TokenType.DOCTYPE:
            whole = whole or not begun
        elif kind == TokenType.COMMENT or (token.data or "").isspace():
            continue
        begun = True
    words = _words(starts, ends)
    if not starts - words and not ends:
        text = _lines(text, words)
    elif words or _BREAK in text:
        text = _rewritten(text, words)
    return Reading(text, whole)


def _fit(source: str) -> str:
    """The source without signs that nobody sees or that can't be written; most letters have none, and cost little."""
    usual = source
    for sign in _USUAL:
        usual = usual.replace(sign, "")
    return source if usual.isprintable() else source.translate(_SIGNS).encode("utf-8", "replace").decode("utf-8")


@dataclass(slots=True)
class _Bounds:
    """An upper estimate of the tree, tag by tag."""

    elements: int = 0
    _open: list[str] = field(default_factory=list)
    _opened: Counter[str] = field(default_factory=Counter)
    _formatting: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    _same: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _reopened: int = 0

    def opened(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        self.elements += 1 + self._reopened
        if self.elements > MOST_ELEMENTS or len(attributes) > MOST_ATTRIBUTES:
            raise Rejected([TOO_LARGE])
        if tag in FORMATTING:
            self._format((tag, *(part for pair in attributes for part in pair)))
        elif tag in DEEPENS:
            self._open.append(tag)
            self._opened[tag] += 1
            if len(self._open) > DEEPEST_TAGS:
                raise Rejected([TOO_DEEP])

    def closed(self, tag: str) -> None:
        if kept := self._formatting.get(tag):
            described = kept.pop()
            self._same[described] -= 1
            self._reopened -= self._same[described] < _SAME_AT_MOST
        if self._opened[tag]:
            while (last := self._open.pop()) != tag:
                self._opened[last] -= 1
            self._opened[tag] -= 1

    def _format(self, described: tuple[str, ...]) -> None:
        self._formatting.setdefault(described[0], []).append(described)
        self._reopened += self._same[described] < _SAME_AT_MOST
        self._same[described] += 1


def _words(starts: set[str], ends: set[str]) -> frozenset[str]:
    """The names between angle brackets that are no element's: an address, or a word that nobody closes."""
    unknown = starts - NAMES
    addresses = {name for name in unknown if "@" in name or name.startswith(_ADDRESSES)}
    return frozenset(addresses | {name for name in unknown - ends if ":" not in name and "-" not in name})


def _rewritten(text: str, words: frozenset[str]) -> str:
    return "".join(_pieces(text, words))


def _pieces(text: str, words: frozenset[str]) -> Iterator[str]:
    from turbohtml import TokenType, tokenize

    raw = ""
    for token in tokenize(text, capture_source=True, resolve_references=False):
        piece = token.source or token.data or ""
        match token.type:
            case TokenType.START_TAG:
                raw = token.tag or ""
                yield escape(piece) if raw in words else piece
            case TokenType.END_TAG:
                raw = ""
                yield "" if token.tag in words else piece
            case TokenType.TEXT if raw not in RAW:
                yield piece.replace(_BREAK, "<br>")
            case _:
                yield piece


def _lines(text: str, words: frozenset[str]) -> str:
    """Text without any tag: an empty line parts paragraphs, and every other line end is one."""
    lines = _rewritten(text, words).replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return "".join(f"<p>{'<br>'.join(paragraph)}</p>" for paragraph in paragraphs if paragraph)
