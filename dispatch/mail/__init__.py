"""Letters: from what a case worker wrote to one message that any transport can carry."""

from dispatch.mail.frozen_letters import FrozenLetters
from dispatch.mail.frozen_values import FrozenValues
from dispatch.mail.letter import FileOnTicket, LetterStyle, compose_letter
from dispatch.mail.merge_marks import NO_NUMBER, FieldMarks
from dispatch.mail.reading import is_whole

__all__ = [
    "NO_NUMBER",
    "FieldMarks",
    "FileOnTicket",
    "FrozenLetters",
    "FrozenValues",
    "LetterStyle",
    "compose_letter",
    "is_whole",
]
