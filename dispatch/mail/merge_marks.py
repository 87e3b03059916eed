r"""Finds the merge fields in what a case worker has written, and puts a mark in the place of each.

A field may be cut in pieces by tags that somebody's editor put there: what stands in one paragraph is read as one text,
and a field has the look of its first sign. What looks like a field and is none is told, and nothing is sent. Who wants
the signs themselves writes a backslash before them: ``\{{navn}}`` is read as ``{{navn}}``.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dispatch.core import merging, text

if TYPE_CHECKING:
    from turbohtml import Document, Node, Text

LONGEST_NAME = 60
LONGEST_DEFAULT = 500
MOST_FIELDS = 100
UNKNOWN = "…"  # in a letter that is never sent
_GONE = "…"  # where a field stood, for what is left
NO_NUMBER = ""  # a ticket has none before it is made, and is not changed afterwards
LONGEST_SUBJECT = 180  # with the marks in it; the ticket's number comes behind
_FIELD = re.compile(r"\{\{[^{}]*\}\}")
_LITERAL_OR_FIELD = re.compile(
    r"\\(?P<literal>\{\{[^{}\\]*\}\}|\{\{|\}\})|\{\{(?P<name>[^{}|]*)(?:\|(?P<default>[^{}]*))?\}\}"
)
# In the address of a link an editor may have encoded the signs, and a name's letters.
_IN_ADDRESS = re.compile(r"(?:\{|%7B){2}((?:(?!%7B|%7D)[^{}])*)(?:\}|%7D){2}", re.IGNORECASE)
# What must stand before a value, so that it can be nothing but data of the address.
_FILLABLE = re.compile(r"\s*(?:https?://[^/?#\s{}%]+[/?#]|mailto:[^?\s{}]*\?)", re.IGNORECASE)
_REMAINS = re.compile(r"\{\{|\}\}")
_OTHER_WAYS = re.compile(r"(?<![{(])(?:\{([^{}]{1,60})\}|\(\(([^()]{1,60})\)\))(?![})])")
_BLOCK_TAGS = """
address article aside blockquote body br caption center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4
h5 h6 header hr img li main nav ol p pre section table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_SHOWN = 40  # signs of what is not a field, where it is told


@dataclass(slots=True)
class FieldMarks:
    """The fields of one letter, wherever they stand; ``names`` are what there is, by key, as people know them.

    ``other_names`` are further words for the same keys. ``number`` is what the
    field of the ticket's own number becomes.
    """

    names: Mapping[str, str]
    number: str
    number_keys: frozenset[str]
    canonical: Callable[[str], str] = lambda key: key
    fields: list[merging.MergeField] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _stem: str = ""

    def begin(self, *sources: str) -> None:
        """The marks are made of all that they are to stand in, so that none of it holds one."""
        self._stem = hashlib.sha256("\x00".join(sources).encode("utf-8", "replace")).hexdigest()[:12]

    def in_subject(self, subject: str) -> str:
        """The subject, with marks; each of them takes as much room as a short value."""
        marked = self.in_line(subject)
        if marked != subject and len(marked) > LONGEST_SUBJECT:
            self._tell("Emnet er for langt til at det er plass til verdiene i flettefeltene. Kort det ned.")
        return marked

    def in_line(self, line: str, *, number: str | None = None) -> str:
        """A subject or another text without markup, with marks; ``number`` where the ticket's is another."""
        self._tell_remains(line)
        return _LITERAL_OR_FIELD.sub(lambda found: self._put(found, merging.Spot.LINE, number=number), line)

    def tell_hidden(self, html: str) -> None:
        """Tells of fields in a finished letter that only some mail programs would show."""
        hidden = (comment.partition("-->")[0] for comment in html.split("<!--")[1:])
        if found := next(filter(None, map(_FIELD.search, hidden)), None):
            self._tell(
                f"«{found[0][:_SHOWN]}» står i en del av meldingen som bare noen e-postprogrammer viser, og kan ikke "
                "flettes inn der. Lim inn teksten på nytt uten formatering."
            )

    def in_fragment(self, html: str, *, number: str | None = None) -> str:
        """A piece of HTML, with marks; ``number`` where the ticket's is another."""
        if not _may_hold(html):
            return html
        from turbohtml import parse

        document = parse(f"<body>{html}", positions=False)
        self.in_document(document, number=number)
        body = document.select_one("body")
        assert body is not None, "the parser always makes one"
        return body.inner_html

    def in_document(self, document: "Document", *, number: str | None = None) -> None:
        """Changes the document's texts and the addresses of its links; fields in other attributes are told."""
        body = document.select_one("body")
        if body is None:
            return
        for run in _runs(body):
            whole = "".join(node.data for node in run)
            if _may_hold(whole):
                self._in_run(run, whole, number)
        for element in document.select("*"):
            for name, value in [(name, element.attr(name) or "") for name in element.attrs]:
                if element.tag == "a" and name == "href":
                    element.attrs[name] = self._in_address(value, number)
                elif name != "style" and (_FIELD.search(value) or _IN_ADDRESS.search(value)):
                    self._tell_attribute("utenfor teksten", value)

    def _in_address(self, address: str, number: str | None) -> str:
        """The address of a link, with marks behind its host; elsewhere a value could lead to another one."""
        pieces, end = [], 0
        for found in _IN_ADDRESS.finditer(address):
            if not _FILLABLE.match(address[: found.start()]):
                self._tell_attribute("foran i adressen til en lenke", address)
                return address
            field = _LITERAL_OR_FIELD.fullmatch(f"{{{{{unquote(found[1])}}}}}")
            if field is None:
                self._tell_attribute("i adressen til en lenke", address)
                return address
            pieces += [address[end : found.start()], self._put(field, merging.Spot.ADDRESS, number=number)]
            end = found.end()
        return "".join([*pieces, address[end:]])

    def _in_run(self, run: "list[Text]", whole: str, number: str | None) -> None:
        """Each part that a field covers loses its signs, and the first of them gets the mark."""
        from turbohtml import Text

        texts = [node.data for node in run]
        found_here = _LITERAL_OR_FIELD.finditer(whole)
        marked = [(found, self._put(found, merging.Spot.TEXT, number=number)) for found in found_here]
        for found, mark in reversed(marked):
            _replace(texts, found.start(), found.end(), mark)
        for node, written in zip(run, texts, strict=True):
            if node.data != written:
                node.replace_with(Text(written))
        self._tell_remains(whole)

    def _put(self, found: re.Match[str], spot: merging.Spot, *, number: str | None = None) -> str:
        """What stands in the place of a field, or of signs that are to be read as they are."""
        if found["literal"]:
            return found["literal"]
        title = text.line(found["name"], most=2 * LONGEST_NAME)
        key = self.canonical(merging.field_key(title))
        if key in self.number_keys:
            if number == NO_NUMBER:
                self._tell(f"Flettefeltet {found[0]} kan ikke stå i emnet eller beskrivelsen som de nye sakene får.")
            return self.number if number is None else number
        default = None if found["default"] is None else text.line(found["default"], most=LONGEST_DEFAULT)
        if key not in self.names:
            self._tell_unknown(title, key)
            return UNKNOWN
        wished = merging.MergeField("", key, self.names[key], default)
        same = (at for at, one in enumerate(self.fields) if (one.key, one.default) == (key, default))
        at = next(same, len(self.fields))
        if at == len(self.fields):
            if at == MOST_FIELDS:
                self._tell(f"Meldingen har flere enn {MOST_FIELDS} ulike flettefelt.")
                return ""
            mark = merging.mark_of(self._stem, at)
            self.fields.append(merging.MergeField(mark, key, wished.title, default))
        return merging.as_marked(self.fields[at].mark, spot)

    def _tell_unknown(self, title: str, key: str) -> None:
        if not key:
            self._tell("Det står {{ }} i meldingen, uten navnet på et felt. Skriv navnet, eller slett tegnene.")
            return
        near = get_close_matches(key, self.names, n=1)
        hint = f"Mener du {{{{{self.names[near[0]]}}}}}?" if near else f"Feltene som finnes, er {self._known()}."
        self._tell(f"Flettefeltet {{{{{text.cut(title, most=LONGEST_NAME)}}}}} finnes ikke. {hint}")

    def _known(self) -> str:
        return text.joined((f"{{{{{name}}}}}" for name in self.names.values()), most=text.Limit.SENTENCE, between=", ")

    def _tell_remains(self, written: str) -> None:
        remains = _LITERAL_OR_FIELD.sub(_GONE, written)
        if found := _REMAINS.search(remains):
            seen = text.line(remains[max(0, found.start() - 5) : found.start() + _SHOWN], most=_SHOWN)
            self._tell(
                f"«{seen}» ligner et flettefelt, men er ikke helt. Skriv {{{{navnet}}}} i ett avsnitt, med to klammer "
                "på hver side. Er det ikke et flettefelt, så skriv en omvendt skråstrek foran tegnene."
            )
        for one in _OTHER_WAYS.finditer(remains):
            key = self.canonical(merging.field_key(one[1] or one[2]))
            if key in self.names:
                self._tell(f"«{one[0]}» ligner et flettefelt. Skriv {{{{{self.names[key]}}}}}, eller andre tegn.")

    def _tell_attribute(self, where: str, value: str) -> None:
        seen = text.line(value, most=_SHOWN)
        self._tell(f"Et flettefelt står {where} («{seen}»), og kan ikke flettes inn der. Sett det i teksten.")

    def _tell(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _may_hold(source: str) -> bool:
    return "{" in source or "}" in source or "((" in source or "&#" in source or "&l" in source


def _replace(texts: list[str], start: int, end: int, mark: str) -> None:
    """Takes what lies between two places of the texts together away, and puts the mark where it began."""
    at = 0
    for number, piece in enumerate(texts):
        first, last = max(start - at, 0), min(end - at, len(piece))
        at += len(piece)
        if first < last:
            texts[number] = f"{piece[:first]}{mark}{piece[last:]}"
            mark = ""


def _runs(body: "Node") -> "Iterator[list[Text]]":
    """The texts that stand in one line of thought: between two borders of blocks."""
    from turbohtml import Element, Text

    run: list[Text] = []
    stack: list[Node | None] = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, Text):
            run.append(node)
            continue
        is_border = node is None or (isinstance(node, Element) and node.tag in _BLOCKS)
        if is_border and run:
            yield run
            run = []
        if node is not None:
            # The border at a block's end.
            stack += [*([None] if is_border else []), *reversed(list(node.children))]
    if run:
        yield run
