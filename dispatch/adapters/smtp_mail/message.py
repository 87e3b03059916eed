"""One mail as it is written after DATA."""

from dataclasses import dataclass
from functools import lru_cache

from dispatch.adapters.mime import written
from dispatch.adapters.mime_headers import is_plain_address, own_headers
from dispatch.adapters.smtp_mail.replies import SMTP
from dispatch.core import Letter, MessageRefused, OutgoingMail, Reason, RecipientRefused, TransportRefused

_CACHED_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Message:
    """``pieces`` are written as they are: lines that begin with a dot begin with two. ``size`` is without those."""

    sender: bytes
    recipient: bytes
    pieces: tuple[bytes, ...]
    size: int


def message_of(mail: OutgoingMail, *, returns_to: str = "") -> Message:
    """The mail, after a look at what will stand in the envelope.

    ``returns_to`` is where it comes back to, if elsewhere than to the sender; only the envelope says so.
    A library that cleans up an odd address would send to another one than was asked for, so odd ones are refused.

    Raises:
        MailError: it can't be sent.
    """
    if not is_plain_address(mail.to.address):
        raise RecipientRefused(SMTP, "AddressNotUsable", reason=Reason.INVALID_ADDRESS)
    envelope_sender = returns_to or mail.sender.address
    if not (is_plain_address(mail.sender.address) and is_plain_address(envelope_sender)):
        raise TransportRefused(SMTP, "SenderNotUsable")
    try:
        head = own_headers(mail)
    except ValueError as error:
        raise MessageRefused(SMTP, "NotComposable") from error
    pieces, size = _letter(mail.letter)
    return Message(
        sender=envelope_sender.encode("ascii"),
        recipient=mail.to.address.encode("ascii"),
        pieces=(head, *pieces),
        size=len(head) + size,
    )


@lru_cache(maxsize=_CACHED_LETTERS)
def _letter(letter: Letter) -> tuple[tuple[bytes, ...], int]:
    """What is everybody's, and its size. Neither headers nor files have lines that begin with a dot."""
    whole = written(letter)
    return (whole.text.replace(b"\n.", b"\n.."), *whole.files), whole.size
