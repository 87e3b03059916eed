"""What comes back: reads the senders' mailboxes, notes whose letters came back, and tells the ticket.

``collect`` is the timer's step; ``mailbox`` reads one mailbox page by page, ``sent_letters`` finds the letter that a
report is about; ``delivery_reports`` are what Communication Services says; ``findings`` keeps what was found until
``recording`` may write it in the ledger.
"""

from dispatch.collecting import delivery_reports
from dispatch.collecting.collect import collect

__all__ = ["collect", "delivery_reports"]
