"""One mail as MIME: what SMTP carries.

The standard library writes a letter's form once for the files that go along, with marks where subject and texts shall
stand. A letter is filled in there, and each recipient's headers are put before it: files are encoded once, and no
``email`` object is made for a recipient, also where everybody's subject and texts are their own.
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from secrets import token_bytes, token_hex

from dispatch.adapters.mime_headers import (
    SUPPRESS_HEADER,
    SUPPRESS_VALUE,
    content_id,
    file_name_parameter,
    media_type,
    own_headers,
    unstructured,
)
from dispatch.core import Letter, OutgoingMail, Part, safe_file_name

_CACHED_LETTERS = 2
_MARK = 48  # bytes that stand for a file: one line, and no letter holds them by chance
_CHUNK = 57 * 12_800  # bytes of a file that become whole lines, not quite a megabyte of them
_OWN_HEADERS = 2048  # octets: more than any one recipient's
_FILE_HEADERS = 2048  # the same of one file, whose name may be long
_LINE = 57  # bytes of a file that become one line


@dataclass(frozen=True, slots=True)
class Written:
    """A letter on the wire: ``text`` is headers and texts, ``files`` all after them, in pieces below a megabyte.

    ASCII and CRLF, no line longer than 998 octets. Every piece is whole lines; none of ``files`` begins with a dot.
    """

    text: bytes
    files: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Octets in all."""
        return len(self.text) + sum(map(len, self.files))


def as_bytes(mail: OutgoingMail) -> bytes:
    """The mail as it goes over the wire.

    Raises:
        ValueError: an address or the Message-ID can't stand in a header.
    """
    letter = written(mail.letter)
    return b"".join([own_headers(mail), letter.text, *letter.files])


def wire_size(letter: Letter) -> int:
    """Octets of the letter on the wire, with the headers that each recipient's copy gets."""
    return written(letter).size + _OWN_HEADERS


def file_size(size: int) -> int:
    """Octets on the wire, at most, of a file of so many bytes."""
    return _FILE_HEADERS + 78 * (size // _LINE + 1)


@lru_cache(maxsize=_CACHED_LETTERS)
def written(letter: Letter) -> Written:
    """The letter without what is one recipient's alone."""
    form = _form(letter.attachments, letter.inline)
    subject = unstructured(letter.subject).encode("ascii")
    before, between, after, rest = form.text
    text = b"".join([before, subject, between, _printable(letter.text), after, _printable(letter.html), rest])
    return Written(text, form.files)


def _printable(text: str) -> bytes:
    """Text as quoted-printable, every line ended by CRLF."""
    lines = text.encode("utf-8", "replace").splitlines()
    return binascii.b2a_qp(b"\r\n".join(lines) + b"\r\n")


@dataclass(frozen=True, slots=True)
class _Marked:
    """A file, and what stands for its content."""

    part: Part
    mark: bytes


@dataclass(frozen=True, slots=True)
class _Form:
    """All of a letter but subject, text and HTML, which go between the four pieces of ``text``."""

    text: tuple[bytes, bytes, bytes, bytes]
    files: tuple[bytes, ...]


@lru_cache(maxsize=_CACHED_LETTERS)
def _form(attachments: tuple[Part, ...], inline: tuple[Part, ...]) -> _Form:
    """Boundaries need no look at what goes between them: they hold ``==``, which neither encoding has inside a line."""
    subject, text, html = (f"mark-{token_hex(16)}" for _ in range(3))
    inside, beside = ([_Marked(part, token_bytes(_MARK)) for part in parts] for parts in (inline, attachments))
    message = _message(subject, text, html, inside, beside)
    before, _, rest = message.as_bytes(policy=SMTP).partition(subject.encode())
    between, _, rest = rest.partition(text.encode() + b"\r\n")
    after, _, rest = rest.partition(html.encode() + b"\r\n")
    rest, *files = _filled(rest, [*inside, *beside])
    return _Form((before, between, after, rest), tuple(files))


def _message(
    subject: str, text: str, html: str, inline: Sequence[_Marked], attachments: Sequence[_Marked]
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    message["Auto-Submitted"] = "auto-generated"
    message[SUPPRESS_HEADER] = SUPPRESS_VALUE
    message.set_content(text, cte="quoted-printable", charset="utf-8")
    message.add_alternative(html, subtype="html", cte="quoted-printable", charset="utf-8")
    if inline:
        related = next(part for part in message.iter_parts() if part.get_content_subtype() == "html")
        related.make_related()
        for marked in inline:
            related.attach(_file(marked, "inline"))
    if attachments:
        message.make_mixed()
        for marked in attachments:
            message.attach(_file(marked, "attachment"))
    for piece in message.walk():
        if piece is not message:
            del piece["MIME-Version"]  # it belongs to the whole
    return message


def _file(marked: _Marked, disposition: str) -> EmailMessage:
    part, file = marked.part, EmailMessage(policy=SMTP)
    file.set_content(marked.mark, *media_type(part).split("/"))
    del file["MIME-Version"]
    file.set_raw("Content-Disposition", f"{disposition};{file_name_parameter(safe_file_name(part.name))}")
    if part.content_id:
        file.set_raw("Content-ID", f"<{content_id(part)}>")
    return file


def _filled(rest: bytes, files: Sequence[_Marked]) -> Iterator[bytes]:
    """What comes before the first file, then pieces of files and what comes after each.

    The library reads every line of a file's base64 again and again; it has met one line that stands for them.
    """
    for file in files:
        before, _, rest = rest.partition(base64.encodebytes(file.mark).strip() + b"\r\n")
        yield before
        for at in range(0, len(file.part.content), _CHUNK):
            yield base64.encodebytes(file.part.content[at : at + _CHUNK]).replace(b"\n", b"\r\n")
    yield rest
