"""What stands in a mail's headers, encoded here and handed on as it shall stand.

The folding in Python 3.11's ``email`` breaks long display names and takes text that looks like an encoded word for one.
"""

import re
from collections.abc import Iterator
from datetime import UTC
from email.charset import Charset
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from dispatch.core import Mailbox, OutgoingMail, Part

KEY_HEADER = "x-dispatch-key"
SUPPRESS_HEADER, SUPPRESS_VALUE = "X-Auto-Response-Suppress", "OOF, AutoReply"

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")  # atoms, without '=' and '?'
_SENTENCE = re.compile(r"(?=[!-~])[ -~]*[!-~]")
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._ -]*")
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]*/[A-Za-z0-9][A-Za-z0-9.+_-]*")
_NOT_OF_CONTENT_ID = re.compile(r"[^A-Za-z0-9._@+-]")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+>")
_SHORT = 50  # longer text is encoded, for it could need folding
_FOLD = "\r\n "
_CONTAINERS = ("message/", "multipart/")  # types whose content may not be base64
_UTF8 = Charset("utf-8")  # encodes as the shorter of base64 and quoted-printable
_WORD_BYTES = 39  # 52 characters of base64: with "=?utf-8?b?" and "Reply-To: " no line passes RFC 2047's 76
_KEPT_SENDERS = 8


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


_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_LONGEST_ADDRESS = 254


def is_plain_address(address: str) -> bool:
    """Whether the address is ASCII, unquoted and without anything that a header or an SMTP command could misread."""
    return len(address) <= _LONGEST_ADDRESS and _PLAIN_ADDRESS.fullmatch(address) is not None


def own_headers(mail: OutgoingMail) -> bytes:
    """The headers that are this recipient's alone, and those that say who sends.

    Raises:
        ValueError: an address or the Message-ID can't stand in a header.
    """
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise ValueError("a Message-ID holds characters that a header can't carry")
    return (
        f"{_who_sends(mail.sender, mail.reply_to)}"
        f"To: {_mailbox(mail.to)}\r\n"
        f"Message-ID: {mail.message_id}\r\n"
        f"Date: {format_datetime(mail.date.astimezone(UTC))}\r\n"
        f"Feedback-ID: {_feedback_id(mail)}\r\n"
        f"{KEY_HEADER}: {single_line(mail.key)}\r\n"
    ).encode("ascii")


@lru_cache(maxsize=_KEPT_SENDERS)
def _who_sends(sender: Mailbox, reply_to: Mailbox | None) -> str:
    answers = f"Reply-To: {_mailbox(reply_to)}\r\n" if reply_to else ""
    return f"From: {_mailbox(sender)}\r\n{answers}"


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


def unstructured(text: str) -> str:
    """Text as the value of a header such as Subject."""
    clean = single_line(text)
    plain = len(clean) <= _SHORT and _SENTENCE.fullmatch(clean) and "  " not in clean and "=?" not in clean
    return clean if plain or not clean else _encoded(clean)


def _encoded(text: str) -> str:
    """RFC 2047 words, folded, no character cut in two."""
    return _FOLD.join(map(_UTF8.header_encode, _words(text)))


def _words(text: str) -> Iterator[str]:
    begin = length = 0
    for at, character in enumerate(text):
        width = len(character.encode())
        if length + width > _WORD_BYTES:
            yield text[begin:at]
            begin, length = at, 0
        length += width
    yield text[begin:]


def file_name_parameter(name: str) -> str:
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
