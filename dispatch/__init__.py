"""Mass dispatch from Pureservice: find, plan, release, send, resolve.

``find`` sees which tickets are ready. ``plan`` freezes the content, resolves the lists and writes every recipient to
the ledger. ``release`` puts batches on the queue as the mailbox's rate allows. ``send`` carries one batch, recording
each recipient's outcome. ``resolve`` answers in the ticket. ``sweep`` picks up what a crash left behind.
"""

__version__ = "0.1.0"
