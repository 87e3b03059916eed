"""One recipient of a dispatch, as the ledger holds it."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.core.mailing_lists import MemberKind
from dispatch.core.states import OUTCOMES, Channel, Detour, Reason, RecipientState, Transport


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person or organisation that one dispatch is addressed to."""

    batch: int
    index: int
    kind: MemberKind
    source_id: int
    name: str
    address: str
    state: RecipientState
    organization_number: str = ""
    channel: Channel = Channel.EMAIL
    transport: Transport | None = None
    message_id: str = ""
    date: datetime | None = None
    reason: Reason | None = None
    detail: str = ""
    attempts: int = 0
    refused_by: tuple[Transport, ...] = ()
    draft_id: str = ""
    first_attempt: datetime | None = None
    in_doubt_since: datetime | None = None
    looks: int = 0
    not_before: datetime | None = None
    changed: datetime | None = None
    user_id: int = 0  # scenario 2: the end user of the recipient's own ticket
    case_id: int = 0  # that ticket's id
    case_number: int = 0  # and the number that people see
    case_note: str = ""  # whether the ticket has been told how the sending ended
    resent_in_doubt: bool = False  # an earlier attempt may have arrived: no later refusal can prove that it did not
    detour: Detour | None = None  # why it goes by e-mail, where eFormidling was wished
    superseded: bool = False  # a person asked to send again; a later row has the place, and this one is history

    @property
    def has_outcome(self) -> bool:
        """Whether nothing more will happen to this recipient."""
        return self.state in OUTCOMES
