"""One mail as MIME: what SMTP carries, and what a preview shows.

Everything that is the same for all recipients of a letter is serialised once; per recipient only a few headers are
added. Header values are encoded here and handed to the standard library as they shall stand, since the folding in
Python 3.11 breaks long display names and takes text that looks like an encoded word for one.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from secrets import token_bytes
from urllib.parse import quote

from dispatch.core import Letter, Mailbox, OutgoingMail, Part, safe_file_name

KEY_HEADER = "x-dispatch-key"
SUPPRESS_HEADER, SUPPRESS_VALUE = "X-Auto-Response-Suppress", "OOF, AutoReply"

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")  # atoms, without '=' and '?'
_SENTENCE = re.compile(r"(?=[!-~])[ -~]*[!-~]")
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._ -]*")
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]*/[A-Za-z0-9][A-Za-z0-9.+_-]*")
_NOT_OF_CONTENT_ID = re.compile(r"[^A-Za-z0-9._@+-]")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+>")
_LINE = 76
_SHORT = 50  # longer text is encoded, for it could need folding
_FOLD = "\r\n "
_CONTAINERS = ("message/", "multipart/")  # types whose content may not be base64
_CACHED_LETTERS = 2
_MARK = 48  # bytes that stand for a file: one line, and no letter holds them by chance
_CHUNK = 57 * 16_384  # bytes that become whole lines
_OWN_HEADERS = 2048  # octets: more than any one recipient's


def single_line(text: str) -> str:
    """The text fit for a header: every control character is a blank, and nothing is left that has no encoding."""
    return _UNSEEN.sub(" ", text).encode("utf-8", "replace").decode("utf-8").strip()


def media_type(part: Part) -> str:
    """The part's type without parameters; anything that can't stand as a plain file's type is ``octet-stream``."""
    found = _TYPE.match(part.content_type.strip())
    media = found.group().lower() if found else ""
    return media if media and not media.startswith(_CONTAINERS) else "application/octet-stream"


def content_id(part: Part) -> str:
    """The id that ``cid:`` in the letter refers to, without angle brackets and with nothing that breaks a header."""
    return _NOT_OF_CONTENT_ID.sub("-", part.content_id.strip().removeprefix("<").removesuffix(">"))


def as_bytes(mail: OutgoingMail) -> bytes:
    """The mail as it goes over the wire: ASCII, CRLF, no line longer than 998 octets.

    Raises:
        ValueError: an address or the Message-ID can't stand in a header.
    """
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers_of(mail))
    return head.encode("ascii") + letter_bytes(mail.letter)


def wire_size(letter: Letter) -> int:
    """Octets of the letter on the wire, with the headers that each recipient's copy gets."""
    return len(letter_bytes(letter)) + _OWN_HEADERS


def _headers_of(mail: OutgoingMail) -> list[tuple[str, str]]:
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise ValueError("a Message-ID holds characters that a header can't carry")
    reply_to = [("Reply-To", _mailbox(mail.reply_to))] if mail.reply_to else []
    return [
        ("From", _mailbox(mail.sender)),
        *reply_to,
        ("To", _mailbox(mail.to)),
        ("Message-ID", mail.message_id),
        ("Date", format_datetime(mail.date.astimezone(UTC))),
        ("Feedback-ID", _feedback_id(mail)),
        (KEY_HEADER, single_line(mail.key)),
    ]


def _feedback_id(mail: OutgoingMail) -> str:
    """What Gmail counts complaints by: the dispatch's ticket, the kind of letter, and last whose it is."""
    number = _NOT_OF_CONTENT_ID.sub("-", str(mail.request_number or 0))
    return f"{number}:utsendelse:{mail.sender.address.rpartition('@')[2]}"


def _mailbox(mailbox: Mailbox) -> str:
    if not is_plain_address(mailbox.address):
        raise ValueError("an address can't stand in a header")
    name = single_line(mailbox.name)
    if not name:
        return mailbox.address
    phrase = name if _PHRASE.fullmatch(name) and len(name) <= _SHORT else _encoded(name)
    fits = len(phrase) + len(mailbox.address) <= _SHORT
    return f"{phrase}{' ' if fits else _FOLD}<{mailbox.address}>"


_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_LONGEST_ADDRESS = 254


def is_plain_address(address: str) -> bool:
    """Whether the address is ASCII, unquoted and without anything that a header or an SMTP command could misread."""
    return len(address) <= _LONGEST_ADDRESS and _PLAIN_ADDRESS.fullmatch(address) is not None


def _encoded(text: str) -> str:
    """RFC 2047 words, folded; ``header_name`` leaves room for the longest name of a header that uses this."""
    return Header(text, "utf-8", maxlinelen=_LINE, header_name="Reply-To").encode(linesep="\r\n")


def _unstructured(text: str) -> str:
    clean = single_line(text)
    plain = len(clean) <= _SHORT and _SENTENCE.fullmatch(clean) and "  " not in clean and "=?" not in clean
    return clean if plain or not clean else _encoded(clean)


@lru_cache(maxsize=_CACHED_LETTERS)
def letter_bytes(letter: Letter) -> bytes:
    """The letter as the standard library writes it, a fifth of the time: files are put in after the rest is written.

    The library reads every line of a file's base64 again and again; here it meets one line that stands for them.
    """
    marks: dict[bytes, bytes] = {}

    def marked(part: Part) -> Part:
        mark = token_bytes(_MARK)
        marks[base64.encodebytes(mark).strip() + b"\r\n"] = part.content
        return replace(part, content=mark)

    light = replace(
        letter, inline=tuple(map(marked, letter.inline)), attachments=tuple(map(marked, letter.attachments))
    )
    rest, written = letter_message(light).as_bytes(policy=SMTP), []
    for mark, content in marks.items():
        before, _, rest = rest.partition(mark)
        written += [before, *_base64_lines(content)]
    return b"".join([*written, rest])


def _base64_lines(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), _CHUNK):
        yield base64.encodebytes(content[at : at + _CHUNK]).replace(b"\n", b"\r\n")


def letter_message(letter: Letter) -> EmailMessage:
    """What is the same for all recipients, as the standard library has it."""
    message = EmailMessage(policy=SMTP)
    message.set_raw("Subject", _unstructured(letter.subject))
    message["Auto-Submitted"] = "auto-generated"
    message[SUPPRESS_HEADER] = SUPPRESS_VALUE
    message.set_content(_encodable(letter.text), cte="quoted-printable")
    message.add_alternative(_encodable(letter.html), subtype="html", cte="quoted-printable")
    if letter.inline:
        html = next(part for part in message.iter_parts() if part.get_content_subtype() == "html")
        html.make_related()
        for part in letter.inline:
            html.attach(_file(part, "inline"))
    if letter.attachments:
        message.make_mixed()
        for part in letter.attachments:
            message.attach(_file(part, "attachment"))
    for piece in message.walk():
        if piece is not message:
            del piece["MIME-Version"]  # it belongs to the whole
    return message


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _file(part: Part, disposition: str) -> EmailMessage:
    file = EmailMessage(policy=SMTP)
    file.set_content(part.content, *media_type(part).split("/"))
    del file["MIME-Version"]
    file.set_raw("Content-Disposition", f"{disposition};{_parameter(safe_file_name(part.name))}")
    if part.content_id:
        file.set_raw("Content-ID", f"<{content_id(part)}>")
    return file


def _parameter(name: str) -> str:
    """``filename`` as RFC 2231 has it: percent-encoded UTF-8, in numbered pieces when it is long."""
    if _FILE_NAME.fullmatch(name) and len(name) <= _SHORT:
        return f'{_FOLD}filename="{name}"'
    pieces = _pieces(quote(name, safe="", encoding="utf-8"))
    if len(pieces) == 1:
        return f"{_FOLD}filename*=utf-8''{pieces[0]}"
    pieces[0] = f"utf-8''{pieces[0]}"
    return ";".join(f"{_FOLD}filename*{number}*={piece}" for number, piece in enumerate(pieces))


def _pieces(encoded: str) -> list[str]:
    """Cut between characters, never inside ``%C3%A5``: some readers decode each piece alone."""
    pieces, units = [""], re.findall(r"(?:%[0-7].|[^%]|%[C-F].(?:%[89AB].)+)", encoded)
    for unit in units:
        if len(pieces[-1]) + len(unit) > _SHORT:
            pieces.append("")
        pieces[-1] += unit
    return pieces
