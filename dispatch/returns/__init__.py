"""What comes back: reads one mail of the sender's mailbox, and says which letter of ours it is about.

``reading`` says what a mail is; ``sections`` takes it apart; ``delivery_status`` and ``free_text`` read what a report
says, ``returned_message`` what is left of the letter in it; ``causes`` says why; ``tying`` finds the letter.
"""

from dispatch.returns.address_fields import known_address
from dispatch.returns.causes import cause_of, code_in, plain_words
from dispatch.returns.reading import read_item, read_mime
from dispatch.returns.reports import Action, MailKind, MailReport
from dispatch.returns.tying import CLOCKS_DIFFER, SentLetter, Tie, TiedBy, tie

__all__ = [
    "CLOCKS_DIFFER",
    "Action",
    "MailKind",
    "MailReport",
    "SentLetter",
    "Tie",
    "TiedBy",
    "cause_of",
    "code_in",
    "known_address",
    "plain_words",
    "read_item",
    "read_mime",
    "tie",
]
