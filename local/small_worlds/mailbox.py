"""A small mailbox in memory: what it holds is the truth that the report is held against."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from dispatch.core import (
    Accepted,
    Letter,
    MailError,
    OutcomeUnknown,
    OutgoingMail,
    RecipientRefused,
    Seen,
    Sighting,
    Throttled,
    Transport,
    TransportRefused,
    TryAgain,
)

ACCEPT, LOST, HIDDEN = "accept", "lost", "hidden"
ANSWERS = (ACCEPT, LOST, HIDDEN, "throttle", "later", "recipient", "transport")
"""What the mailbox may do with a letter; ``hidden`` is accepted without an answer, ``lost`` neither."""


@dataclass
class SmallMailbox:
    """Keeps every letter that was accepted, and says whether the mailbox that is asked has one, as Graph does."""

    name: Transport = Transport.GRAPH
    memory: bool = True
    drafts_first: bool = False
    answers: deque[str] = field(default_factory=deque)
    received: list[OutgoingMail] = field(default_factory=list)
    drafts: dict[str, OutgoingMail] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    drafted: int = 0

    def needs_draft(self, mail: OutgoingMail) -> bool:
        return self.drafts_first and bool(mail.key)

    async def limit_exceeded(self, letter: Letter, *, sender: str, beside: Sequence[int] = ()) -> int:  # noqa: ARG002
        return 0

    async def prepare(self, mail: OutgoingMail) -> str:
        self.drafted += 1
        number = f"draft-{self.drafted}"
        self.drafts[number] = mail
        return number

    async def send(self, mail: OutgoingMail, *, draft_id: str = "") -> Accepted:
        if draft_id and self.drafts.get(draft_id) is None:
            raise OutcomeUnknown(self.name, "ErrorItemNotFound")
        answer = self.answers.popleft() if self.answers else ACCEPT
        if mail.key in self.refused:
            answer = "recipient"
        if answer in (ACCEPT, HIDDEN):
            self.received.append(mail)
            self.drafts.pop(draft_id, None)
        self._maybe_raise(answer, mail)
        return Accepted(self.name, mail.message_id)

    def _maybe_raise(self, answer: str, mail: OutgoingMail) -> None:
        if answer == "recipient":
            self.refused.add(mail.key)  # an address that is refused once is refused always
        errors: dict[str, MailError] = {
            LOST: OutcomeUnknown(self.name, "504"),
            HIDDEN: OutcomeUnknown(self.name, "504"),
            "throttle": Throttled(self.name, "429", retry_after=30),
            "later": TryAgain(self.name, "451", retry_after=60),
            "recipient": RecipientRefused(self.name, "550"),
            "transport": TransportRefused(self.name, "403"),
        }
        if answer in errors:
            raise errors[answer]

    async def find(self, mail: OutgoingMail, *, draft_id: str = "") -> Seen:
        if not self.memory:
            return Seen(Sighting.CANNOT_TELL)
        if any(kept.key == mail.key and self._keeps(kept, mail.route.sender) for kept in self.received):
            return Seen(Sighting.SENT, message_id=mail.message_id)
        if draft_id in self.drafts:
            return Seen(Sighting.DRAFT, draft_id=draft_id)
        return Seen(Sighting.CANNOT_TELL if mail.route.unsaved and not draft_id else Sighting.ABSENT)

    @staticmethod
    def _keeps(mail: OutgoingMail, mailbox: str) -> bool:
        return mail.route.sender == mailbox and not mail.route.unsaved

    async def close(self) -> None:
        """Nothing to give back."""

    def by_address(self) -> Counter[str]:
        return Counter(mail.to.address for mail in self.received)
