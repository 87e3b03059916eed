"""A mail taken apart within bounds: whatever comes in is read in linear time, and nothing is raised.

The standard library reads heads, parameters and encodings. Its parser of whole messages does not meet what strangers
send: a thousand containers in each other end in a RecursionError, and an encoded list of recipients is lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from email.message import Message
from email.parser import HeaderParser

from dispatch.core import text

MOST_BYTES = 1_000_000  # of a mail; a returned letter may have any size, and stands at the end
MOST_HEAD = 64_000
LONGEST_VALUE = 2_000
MOST_PARTS, DEEPEST = 20, 4
LONGEST_TEXT = 100_000

# The library decodes by any codec that has the name, and some of them take quadratic time.
_CHARSETS = (
    "utf_8",
    "utf-8",
    "iso",
    "cp125",
    "windows",
    "latin",
    "ascii",
    "us",
    "koi8",
    "gb",
    "big5",
    "shift_jis",
    "euc",
)


@dataclass(frozen=True, slots=True)
class Head:
    """The fields in front of a message, a part or one recipient's block; names in any letter case."""

    fields: tuple[tuple[str, str], ...] = ()  # the names in lower case

    def all(self, name: str) -> list[str]:
        """The values of every field of that name."""
        return [value for known, value in self.fields if known == name]

    def first(self, name: str) -> str:
        """The value of the first field of that name; empty where there is none."""
        return next(iter(self.all(name)), "")


@dataclass(frozen=True, slots=True)
class Section:
    """One mail, or one part of it. ``whole`` says that its last part ended where it had to."""

    head: Head
    media: str
    body: bytes
    parts: tuple["Section", ...] = ()
    whole: bool = True

    def parameter(self, name: str) -> str:
        """A parameter of the media type."""
        return _parameter(self.head.first("content-type"), name)

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding."""
        encoding = self.head.first("content-transfer-encoding").strip().lower()
        if encoding not in {"base64", "quoted-printable"}:
            return self.body
        message = Message()
        message["Content-Transfer-Encoding"] = encoding
        message.set_payload(self.body.decode("ascii", "surrogateescape"))
        found = message.get_payload(decode=True)
        return _unix(found) if isinstance(found, bytes) else b""

    @property
    def text(self) -> str:
        """The body as valid text, cut where it is longer than any report."""
        return readable(self.content[:LONGEST_TEXT], self.parameter("charset"))

    def texts(self) -> Iterator["Section"]:
        """The texts in it, in order; those of returned messages are not among them."""
        if self.media.startswith("text/") and self.media != "text/rfc822-headers":
            yield self
        for part in self.parts:
            yield from part.texts()


def readable(content: bytes, charset: str = "") -> str:
    """The bytes as valid text, by their charset where it is one of the usual; nothing is lost that can be read."""
    known = charset.strip().lower()
    if known.startswith(_CHARSETS) and known.isascii() and known.isprintable():
        try:
            return text.lines(content.decode(known, "replace"), most=LONGEST_TEXT)
        except LookupError:
            pass
    try:
        return text.lines(content.decode("utf-8"), most=LONGEST_TEXT)
    except UnicodeDecodeError:
        return text.lines(content.decode("latin-1"), most=LONGEST_TEXT)


def section_of(mail: bytes) -> Section:
    """The mail, as far as the bounds let it be read."""
    return _section(_unix(mail[:MOST_BYTES]), _Budget(MOST_PARTS), DEEPEST)


def head_of(content: bytes | str) -> Head:
    """The fields at the beginning of a message or of a block of fields."""
    if isinstance(content, str):
        shown = content[:MOST_HEAD]
    else:
        shown = readable(content.lstrip(b"\n")[:MOST_HEAD].partition(b"\n\n")[0])
    read = HeaderParser().parsestr(shown, headersonly=True)
    return Head(tuple((name.lower(), _value(value)) for name, value in read.items()))


@dataclass(slots=True)
class _Budget:
    parts: int


def _section(content: bytes, budget: _Budget, depth: int) -> Section:
    head = head_of(content)
    body = content.lstrip(b"\n").partition(b"\n\n")[2]
    media = _media(head.first("content-type"))
    boundary = _parameter(head.first("content-type"), "boundary") if media.startswith("multipart/") else ""
    if not boundary or depth <= 0:
        return Section(head, media, body, whole=not media.startswith("multipart/"))
    pieces, ended = _pieces(body, b"\n--" + boundary.encode("utf-8", "replace"), budget)
    parts = tuple(_section(piece, budget, depth - 1) for piece in pieces)
    return Section(head, media, body, parts, whole=ended)


def _pieces(body: bytes, line: bytes, budget: _Budget) -> tuple[list[bytes], bool]:
    """What stands between the lines that divide, and whether the last of them says that it is the last."""
    found: list[bytes] = []
    for piece in (b"\n" + body).split(line, max(0, budget.parts))[1:]:
        if piece.startswith(b"--"):
            return found, True
        rest, _, content = piece.partition(b"\n")
        if rest.strip() and found:  # a line that only begins alike
            found[-1] += line + piece
            continue
        # A part without a head begins with an empty line, which must not be taken for the first of its fields.
        found.append(content if not content.startswith(b"\n") else b"Content-Type: text/plain\n" + content)
        budget.parts -= 1
    return found, False


def _media(value: str) -> str:
    media = value.partition(";")[0].strip().lower()
    return media if media.count("/") == 1 else "text/plain"


def _parameter(value: str, name: str) -> str:
    message = Message()
    message["Content-Type"] = value[:LONGEST_VALUE]
    try:
        found = message.get_param(name)
        plain = found if isinstance(found, str) or found is None else "".join(str(part) for part in found[2:])
    except (ValueError, LookupError, TypeError):
        return ""
    return (plain or "").strip().strip('"')


def _value(value: str | Header) -> str:
    return text.line(str(value), most=LONGEST_VALUE)


def _unix(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
