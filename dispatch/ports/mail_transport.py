"""One way to send an e-mail."""

from collections.abc import Sequence
from typing import Protocol

from dispatch.core import Accepted, Letter, OutgoingMail, Seen, Transport


class MailTransport(Protocol):
    """One way to send an e-mail. Raises the ``MailError`` kinds and nothing else."""

    name: Transport

    def needs_draft(self, mail: OutgoingMail) -> bool:
        """Whether ``prepare`` must run, and its draft be recorded, before ``send``."""
        ...

    async def limit_exceeded(self, letter: Letter, *, sender: str, beside: Sequence[int] = ()) -> int:
        """Bytes of the largest message that the transport takes, if the letter is above it; 0 where it isn't known.

        ``beside`` are the sizes of files that one recipient gets along with it.
        """
        ...

    async def prepare(self, mail: OutgoingMail) -> str:
        """Creates the draft with all its attachments and returns its id. Sends nothing; repeating it is harmless."""
        ...

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:
        """Sends the mail, or the draft that ``prepare`` made of it."""
        ...

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:
        """Looks for a message whose sending is in doubt, in all folders of the sender's mailbox.

        Raises ``Throttled`` and ``TryAgain``; ``RecipientRefused`` where it was taken, and certainly sent to nobody.
        """
        ...

    async def close(self) -> None:
        """Gives back connections."""
        ...
