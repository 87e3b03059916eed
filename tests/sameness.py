"""What a letter says, read out of its HTML, its plain text and its PDF by three readers that don't know each other.

None of them uses the outline that text and PDF are made from: the HTML is read through the parser's own cascade and
with the standard's map of slots, the PDF by its structure tree and its marked content, the text by its lines.
"""

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pypdf
from pypdf.generic import ContentStream
from turbohtml import Element, Text, parse
from turbohtml.cssom import computed_style

Table = dict[tuple[int, int], str]
_GROWING = {"table", "tbody", "td", "tfoot", "th", "thead", "tr"}  # with what is in them
_NO_TEXT = {"head", "style", "script", "title", "template", "colgroup"}
_SHOWN_ADDRESS = re.compile(r"\s*\(((?:https?://|[\w.+-]+@|\+?\d{3,})[^\s()]*)\)")
_BAR = re.compile(r"(?:^|(?<=\s))\|+(?=\s|$)")
_DRAWN = frozenset(">|/-")  # what a text draws beside what it says: quotes, columns, lines of a cell, rules
_DRAWN_TWICE = re.compile("(.[\u0300-\u036f\ufe0f\u20e3]+)\\1")
_FROM_RIGHT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]+"
_RIGHT_TO_LEFT = re.compile(f"{_FROM_RIGHT}(?:[ \xa0]+{_FROM_RIGHT})*")
_OPEN = re.compile(r"\[Bilde: ?")


def squeezed(text: str) -> str:
    """The signs without blanks and without what is never seen: lines are broken in other places on other media."""
    seen = unicodedata.normalize("NFC", _OPEN.sub("[", text))
    return "".join(sign for sign in seen if not sign.isspace() and unicodedata.category(sign) not in {"Cc", "Cf"})


@dataclass
class Reading:
    """The words in reading order, where they lead, the cells by column and row, and the marks of list items."""

    words: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    outer: list[Table] = field(default_factory=list)
    unmarked_tables: list[Table] = field(default_factory=list)
    rows: list[dict[int, str]] = field(default_factory=list)
    heads: list[set[tuple[int, int]]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    unmarked: str = ""

    def led(self) -> list[tuple[str, str]]:
        """Links in the order of reading; those beside each other that lead to the same place are one."""
        merged: list[tuple[str, str]] = []
        for address, words in self.links:
            if merged and merged[-1][0] == address:
                merged[-1] = (address, merged[-1][1] + words)
            else:
                merged.append((address, words))
        return merged

    def addresses(self) -> list[str]:
        """Each address once, in the order of its first mention."""
        return list(dict.fromkeys(address for address, _ in self.links))


def told_by_html(html: str) -> Reading:
    """Read as a browser shows it; list marks are not in it."""
    told = Reading()
    body = parse(html).find("body")
    assert body is not None
    told.words = told.unmarked = squeezed("".join(_shown(body, told)))
    return told


def _shown(node: Any, told: Reading) -> Iterator[str]:
    for child in _in_order(node):
        if isinstance(child, Text):
            if _is_seen(node) and not re.fullmatch(
                r"0+(?:\.0+)?(?:[a-z]+|%)?", str(computed_style(node).get("font-size"))
            ):
                yield child.data
        elif isinstance(child, Element) and child.tag not in _NO_TEXT and not _is_gone(child):
            text = "".join(_shown(child, told))
            if (
                child.tag == "img"
                and _is_seen(child)
                and (alternative := (child.attr("alt") or "").strip() or _only_led_to(child))
            ):
                text = f"[{alternative}]"
            if child.tag == "table" and _is_of_facts(child):
                told.tables.append(_slots(child))
                told.heads.append(set(_slots(child, "th")))
            if (address := _address_of(child)) and squeezed(text):
                told.links.append((address, squeezed(text)))
            yield f" {text} "


def _address_of(element: Element) -> str:
    address = (element.attr("href") or "").strip() if element.tag == "a" else ""
    if not re.match(r"https?:|mailto:|tel:|sms:|//", address):
        return ""
    return f"https:{address}" if address.startswith("//") else address


def _only_led_to(picture: Element) -> str:
    """The address, of a picture that is all that a link has, and says nothing itself."""
    link = picture.closest("a")
    if link is None or link.text.strip() or any((other.attr("alt") or "").strip() for other in link.select("img")):
        return ""
    return re.sub(r"^(?:mailto|tel|sms):", "", _address_of(link))


def _is_seen(element: Any) -> bool:
    return computed_style(element).get("visibility") == "visible"


def _in_order(node: Any) -> list[Any]:
    children = list(node.children)
    if getattr(node, "tag", "") == "table":
        tags = [getattr(child, "tag", "") for child in children]
        first = [children[tags.index("thead")]] if "thead" in tags else []
        last = [children[tags.index("tfoot")]] if "tfoot" in tags else []
        above = [child for child, tag in zip(children, tags, strict=True) if tag == "caption"]
        moved = [*above, *first, *last]
        return [*above, *first, *(child for child in children if child not in moved), *last]
    return children


def _has_box(element: Element) -> bool:
    return computed_style(element).get("display") != "none"


def _is_gone(element: Element) -> bool:
    style = computed_style(element)
    sides = ("max-height", "height", "max-width", "width")
    flat = element.tag not in _GROWING and "0" in {str(style.get(side)).removesuffix("px") for side in sides}
    return (
        style.get("display") == "none" or style.get("opacity") == "0" or (flat and style.get("overflow-x") == "hidden")
    )


def _is_of_facts(table: Element) -> bool:
    if table.attr("role") in {"presentation", "none"}:
        return False
    own = [cell for cell in table.select("th, td") if cell.closest("table") == table]
    if any(cell.tag == "th" for cell in own):
        return True
    slots = {place for place, _, _ in _placed(table)}
    return table.select_one("table") is None and len({x for x, _ in slots}) > 1 and len({y for _, y in slots}) > 1


def _placed(table: Element) -> list[tuple[tuple[int, int], Element, set[tuple[int, int]]]]:
    """HTML's "forming a table", slot by slot."""
    taken: set[tuple[int, int]] = set()
    found, y = [], 0
    for group in _in_order(table):
        if not isinstance(group, Element) or group.tag not in {"thead", "tbody", "tfoot"} or not _has_box(group):
            continue
        rows = [row for row in group.children if isinstance(row, Element) and row.tag == "tr" and _has_box(row)]
        end = y + len(rows)
        for row in rows:
            x = 0
            for cell in (cell for cell in row.children if isinstance(cell, Element) and cell.tag in {"td", "th"}):
                while (x, y) in taken:
                    x += 1
                wide = max(int(cell.attr("colspan") or 1), 1)
                tall = int(cell.attr("rowspan") or 1) or end - y
                slots = {(x + right, y + down) for right in range(wide) for down in range(min(tall, end - y))}
                found.append(((x, y), cell, slots - taken))
                taken |= slots
                x += wide
            y += 1
    return found


def _slots(table: Element, *tags: str) -> Table:
    """Texts by slot, in a grid without the columns and rows in which no cell begins."""
    placed = _placed(table)
    columns = sorted({x for (x, _), _, _ in placed})
    rows = sorted({y for (_, y), _, _ in placed})
    texts = {
        (columns.index(x), rows.index(y)): squeezed("".join(_shown(cell, Reading())))
        for (x, y), cell, _ in placed
        if not _lies_in_gone(cell) and (not tags or cell.tag in tags)
    }
    return {place: text for place, text in texts.items() if text}


def _lies_in_gone(cell: Element) -> bool:
    around = (cell, cell.closest("tr"), cell.closest("thead, tbody, tfoot"))
    return any(_is_gone(element) for element in around if element is not None)


def told_by_text(text: str) -> Reading:
    """Read by its lines, with all that is drawn in it: columns have bars, addresses stand in brackets behind words."""
    told = Reading()
    told.links = [(found[1], "") for found in _SHOWN_ADDRESS.finditer(text)]
    told.words = squeezed(without_addresses(text))
    told.rows = [_row(line) for line in text.split("\n") if _BAR.search(line)]
    return told


def _row(line: str) -> dict[int, str]:
    """The cells by column; a table's bar is longer than any that stands in its cells."""
    longest = max(_BAR.findall(line), key=len)
    cells = re.split(rf"(?:^|\s){re.escape(longest)}(?:\s|$)", line)
    return {x: squeezed(without_addresses(cell)) for x, cell in enumerate(cells) if squeezed(cell)}


def is_drawn_of(shown: str, said: str) -> bool:
    """Whether a text shows all that is said, in its order, and nothing besides but what it draws."""
    return has_in_order(shown, said) and set(Counter(shown) - Counter(said)) <= _DRAWN


def has_in_order(whole: str, part: str) -> bool:
    """Whether every sign of the part stands in the whole, in its order."""
    signs = iter(whole)
    return all(sign in signs for sign in part)


def has_tables(rows: Sequence[dict[int, str]], tables: Sequence[Table], marks: Collection[str]) -> bool:
    """Whether a text has the tables' rows, one below the other; a list's mark may stand before the first."""
    at = 0
    for table in tables:
        wanted = rows_of(table)
        at = next((n for n in range(at, len(rows)) if _begins(rows[n:], wanted, marks)), -1) + len(wanted)
        if at < len(wanted):
            return False
    return True


def rows_of(table: Table) -> list[dict[int, str]]:
    """By rows, without the empty ones at the end, which no text shows."""
    found: list[dict[int, str]] = [{} for _ in range(1 + max(y for _, y in table))]
    for (x, y), text in table.items():
        found[y][x] = text
    return found


def _begins(rows: Sequence[dict[int, str]], wanted: Sequence[dict[int, str]], marks: Collection[str]) -> bool:
    wanted = [{x: without_addresses(cell) for x, cell in row.items()} for row in wanted]
    return len(rows) >= len(wanted) and all(
        is_drawn_of(row.get(x, ""), said.get(x, ""))
        or (x == at == 0 and any(is_drawn_of(row.get(x, ""), mark + said.get(x, "")) for mark in marks))
        for at, (row, said) in enumerate(zip(rows, wanted, strict=False))
        for x in {*row, *said}
    )


def without_addresses(text: str) -> str:
    """Without the addresses that a text writes behind its links."""
    return _SHOWN_ADDRESS.sub("", text)


class _Page:
    """The text of a page's marked content, by its number."""

    def __init__(self, page: Any, reader: pypdf.PdfReader) -> None:
        self._fonts = {
            name: _to_unicode(font.get_object()) for name, font in page["/Resources"].get("/Font", {}).items()
        }
        self.texts: dict[int, str] = {}
        self._marked: list[tuple[int | None, str | None]] = []
        font: dict[int, str] = {}
        height = None
        for operands, operator in ContentStream(page.get_contents(), reader).operations:
            if operator == b"Tf":
                font = self._fonts[operands[0]]
            elif operator in {b"BDC", b"BMC"}:
                self._open(operands)
            elif operator == b"EMC":
                self._marked.pop()
            elif operator == b"Tm" and operands[5] != height:
                height = operands[5]
                self._add("\n")  # another line
            elif operator in {b"Tj", b"TJ"}:
                pieces = operands[0] if isinstance(operands[0], list) else [operands[0]]
                self._add("".join(_decoded(piece, font) for piece in pieces))

    def _open(self, operands: Any) -> None:
        properties = operands[1] if len(operands) > 1 and isinstance(operands[1], dict) else {}
        actual = properties.get("/ActualText")
        self._marked.append((properties.get("/MCID"), None if actual is None else str(actual)))
        if actual is not None:
            self._add(str(actual), instead=True)

    def _add(self, text: str, *, instead: bool = False) -> None:
        if not instead and any(actual is not None for _, actual in self._marked):
            return
        number = next((number for number, _ in reversed(self._marked) if number is not None), None)
        if number is not None:
            self.texts[number] = self.texts.get(number, "") + text


def _decoded(piece: Any, font: dict[int, str]) -> str:
    raw = getattr(piece, "original_bytes", None) if not isinstance(piece, bytes) else piece
    if raw is None:
        return ""
    glyphs = (font.get(int.from_bytes(raw[at : at + 2], "big"), "\ufffd") for at in range(0, len(raw), 2))
    return "".join(glyph[::-1] if _RIGHT_TO_LEFT.fullmatch(glyph) else glyph for glyph in glyphs)


def _to_unicode(font: Any) -> dict[int, str]:
    table = font["/ToUnicode"].get_data().decode("latin-1")
    signs: dict[int, str] = {}

    def text(code: str) -> str:
        return bytes.fromhex(code).decode("utf-16-be")

    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, shown in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            signs[int(code, 16)] = text(shown)
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, shown in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            for code in range(int(first, 16), int(last, 16) + 1):
                signs[code] = chr(ord(text(shown)) + code - int(first, 16))
    return signs


def _logical(text: str) -> str:
    """In the order of reading: what is written from right to left stands in the file as it is drawn.

    A mark on a letter that has no sign of its own with it is a glyph by itself, which repeats the whole.
    """
    turned = _RIGHT_TO_LEFT.sub(lambda run: run[0][::-1], text)
    return _DRAWN_TWICE.sub(r"\1", squeezed(turned))


class _Pdf:
    def __init__(self, content: bytes) -> None:
        self._reader = pypdf.PdfReader(io.BytesIO(content))
        self._pages = {
            page.indirect_reference.idnum: _Page(page, self._reader)
            for page in self._reader.pages
            if page.indirect_reference
        }
        self.told = Reading()
        self._heads: set[tuple[int, int]] = set()

    def read(self) -> Reading:
        root: Any = self._reader.trailer["/Root"]
        told = self.told
        told.words = _logical("".join(self._text(root["/StructTreeRoot"], 0)))
        told.unmarked = _logical("".join(self._text(root["/StructTreeRoot"], 0, marks=False, quiet=True)))
        return told

    def _kids(self, node: Any) -> list[Any]:
        kids = node.get("/K", [])
        kids = kids.get_object() if hasattr(kids, "get_object") else kids
        return list(kids) if isinstance(kids, list) else [kids]

    def _text(self, node: Any, page: int, *, marks: bool = True, quiet: bool = False) -> Iterator[str]:
        page = node.raw_get("/Pg").idnum if "/Pg" in node else page
        for kid in self._kids(node):
            item = kid.get_object() if hasattr(kid, "get_object") else kid
            if isinstance(item, int):
                yield self._pages[page].texts.get(int(item), "")
            elif item.get("/Type") == "/MCR":
                number = item.raw_get("/Pg").idnum if "/Pg" in item else page
                yield self._pages[number].texts.get(int(item["/MCID"]), "")
            elif "/S" in item:
                before = len(self.told.outer)
                text = "".join(self._text(item, page, marks=marks, quiet=quiet))
                yield self._element(str(item["/S"]), item, text, marks=marks, quiet=quiet)
                if item["/S"] == "/Table" and not quiet:
                    self.told.outer[before:] = [self.told.tables[-1]]

    def _element(self, kind: str, item: Any, text: str, *, marks: bool, quiet: bool) -> str:
        if kind == "/Figure":
            return f"[{item.get('/Alt', '')}]"
        if kind == "/Lbl":
            if not quiet:
                self.told.marks.append(squeezed(text))
            return text if marks else ""
        if quiet:
            return text
        if kind == "/Link":
            self.told.links.append((self._address(item), _logical(text)))
        if kind == "/Table":
            self.told.tables.append(self._cells(item, marks=True))
            self.told.unmarked_tables.append(self._cells(item, marks=False))
            self.told.heads.append(self._heads)
        return text

    def _address(self, link: Any) -> str:
        for kid in self._kids(link):
            item = kid.get_object() if hasattr(kid, "get_object") else kid
            if isinstance(item, dict) and item.get("/Type") == "/OBJR":
                return str(item["/Obj"]["/A"]["/URI"])
        return ""

    def _cells(self, table: Any, *, marks: bool) -> Table:
        cells: Table = {}
        taken: set[tuple[int, int]] = set()
        self._heads = set()
        y = -1
        for y, row in enumerate(self._rows(table)):
            x = 0
            for kid in self._kids(row):
                cell = kid.get_object()
                while (x, y) in taken:
                    x += 1
                wide, tall = self._span(cell, "/ColSpan"), self._span(cell, "/RowSpan")
                taken |= {(x + right, y + down) for right in range(wide) for down in range(tall)}
                if text := _logical("".join(self._text(cell, 0, marks=marks, quiet=True))):
                    cells[x, y] = text
                if cell["/S"] == "/TH":
                    self._heads.add((x, y))
                x += wide
        return cells

    def _rows(self, node: Any) -> Iterator[Any]:
        for kid in self._kids(node):
            item = kid.get_object() if hasattr(kid, "get_object") else kid
            if isinstance(item, dict) and item.get("/S") == "/TR":
                yield item
            elif isinstance(item, dict) and item.get("/S") in {"/THead", "/TBody", "/TFoot"}:
                yield from self._rows(item)

    @staticmethod
    def _span(cell: Any, name: str) -> int:
        attributes = cell.get("/A", {})
        attributes = attributes.get_object() if hasattr(attributes, "get_object") else attributes
        found = attributes if isinstance(attributes, list) else [attributes]
        return next((int(one.get_object()[name]) for one in found if name in one.get_object()), 1)


def told_by_pdf(content: bytes) -> Reading:
    """Read as a screen reader does: by the structure, not by where things stand on the page."""
    return _Pdf(content).read()
