"""Scenario 2: a ticket of its own for each recipient: its nouns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from dispatch.core import merging
from dispatch.core.identifiers import DispatchKey, TicketId
from dispatch.core.letters import Letter
from dispatch.core.mailing_lists import MemberKind
from dispatch.core.recipients import Recipient

OWN_TICKET_NUMBER = "⟦saksnummer⟧"  # stands in the frozen letter where each recipient's own number goes
EACH_ITS_OWN = "eget saksnummer"  # where one copy of the letter is shown for them all
NOTE_WRITTEN, NOTE_REFUSED = "written", "refused"


@dataclass(frozen=True, slots=True)
class OwnTicketTemplate:
    """What every case gets from the mother ticket, frozen when the dispatch is planned. Ids are Pureservice's own.

    ``links`` holds the to-one references by their names in the API (``priority``, ``assignedTeam`` ...);
    ``custom_fields`` the ``cf_N`` values; ``message`` the case worker's text as a fragment of HTML, which only
    Pureservice's own sending uses.
    """

    mother: int
    subject: str
    description: str
    message_subject: str
    message: str
    links: Mapping[str, int]
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    relation_type: int = 0

    def to_json(self) -> bytes:
        """The template as it is frozen."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "OwnTicketTemplate":
        """The template as it was frozen."""
        given = json.loads(content)
        return cls(**{known.name: given[known.name] for known in fields(cls)})

    def numbered(self, number: int) -> "OwnTicketTemplate":
        """The same with the ticket's number in what Pureservice sends from it."""
        subject, message = (
            part.replace(OWN_TICKET_NUMBER, str(number)) for part in (self.message_subject, self.message)
        )
        return replace(self, message_subject=subject, message=message)

    def filled(self, merged: Sequence[merging.MergeField], values: Sequence[str]) -> "OwnTicketTemplate":
        """The same with one recipient's values."""
        if not merged:
            return self
        return replace(
            self,
            subject=merging.filled_line(self.subject, merged, values),
            description=merging.filled_html(self.description, merged, values),
            message_subject=merging.filled_line(self.message_subject, merged, values),
            message=merging.filled_html(self.message, merged, values),
        )


@dataclass(frozen=True, slots=True)
class EndUser:
    """A user in Pureservice; ``id`` is 0 where the address is known there and belongs to nobody."""

    id: int
    address_id: int
    usable: bool = True


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to create. ``address_id`` is 0 where the address must be created as well."""

    first_name: str
    last_name: str
    address: str
    address_id: int = 0
    company_id: int = 0


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """A case as it was created. ``number`` is what people see, ``id`` what the API wants."""

    id: TicketId
    number: int
    user_id: int
    reference: str


@dataclass(frozen=True, slots=True)
class SentRow:
    """Pureservice's own record of an outgoing e-mail. ``state``: True sent, False failed, None not settled."""

    id: int
    ticket_id: int
    state: bool | None
    detail: str = ""
    to: str = ""  # as Pureservice has it; empty where it does not say


def own_ticket_reference(dispatch: DispatchKey, kind: MemberKind, source_id: int) -> str:
    """The ticket's customerReference: the same at every attempt, whatever address the recipient has by then."""
    return f"utsendelse-{dispatch}-{kind[0]}{source_id}"


def numbered(letter: Letter, number: int | str) -> Letter:
    """The letter with this case's number in it, or with the words that stand for everybody's."""
    own = str(number)
    return replace(
        letter,
        subject=letter.subject.replace(OWN_TICKET_NUMBER, own),
        html=letter.html.replace(OWN_TICKET_NUMBER, own),
        text=letter.text.replace(OWN_TICKET_NUMBER, own),
    )


def owes_note(row: Recipient) -> bool:
    """Whether the recipient's own ticket lacks the note on how the sending ended."""
    return bool(row.own_ticket.id) and row.has_outcome and not row.own_ticket.note and not row.superseded
