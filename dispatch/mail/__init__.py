"""Letters: from what a case worker wrote to one message that any transport can carry."""

from dispatch.mail.frozen_letters import FrozenLetters
from dispatch.mail.letter import FileOnTicket, LetterStyle, compose_letter

__all__ = [
    "FileOnTicket",
    "FrozenLetters",
    "LetterStyle",
    "compose_letter",
]
