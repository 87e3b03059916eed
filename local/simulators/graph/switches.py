"""How the simulated service behaves where the real one varies or is not documented."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from local.simulators.graph.returns import ReturnRule

SEND, READ, READ_BASIC, READ_WRITE = "Mail.Send", "Mail.Read", "Mail.ReadBasic", "Mail.ReadWrite"


@dataclass(slots=True)
class Switches:
    """Change these at any time; they hold from the next request on.

    - ``message_id``: what becomes of the Message-ID in sendMail's JSON; a draft always keeps its own.
    - ``transit_ms``: how long an accepted message stays in Drafts before it is in Sent Items.
    - ``lookup_lag_ms``: how long a new message is hidden from ``$filter`` and lists; its id works at once.
    - ``stuck_in_drafts``: what is accepted stays a draft and does not arrive; a later ``/send`` of it gets it going.
    - ``send_repeat``: a second ``/send`` is refused with 404 ``ErrorItemNotFound``, or sends a second time.
    - ``daily_limit``: recipients of one mailbox in 24 hours. Beyond it, ``sync`` refuses; ``ndr`` accepts and bounces.
    - ``minute_limit``: messages of one mailbox in any minute; beyond it 429 with the time until there is room.
    - ``bounce_for``: recipients (a regular expression) whose mail is accepted and bounces at once.
    - ``returns``: what comes back to the mailbox for which recipients, in which form and how much later.
    - ``unmade_mime``: the MIME of a message can't be made; its JSON can be had.
    - ``request_limit``: requests to one mailbox in ten minutes; the service has 10,000.
    - ``smallest_upload``: files up to this size are refused an upload session.
    - ``send_as``: addresses that any mailbox may send as; ``unlicensed``: mailboxes without a mailbox plan.
    """

    message_id: Literal["keep", "replace", "reject"] = "keep"
    transit_ms: float = 50
    lookup_lag_ms: float = 0
    stuck_in_drafts: bool = False
    permissions: set[str] = field(default_factory=lambda: {SEND, READ, READ_WRITE})
    enforce_concurrency: bool = True
    daily_limit: int | None = None
    quota_mode: Literal["sync", "ndr"] = "sync"
    required_token: str | None = None
    latency_ms: float = 0
    send_repeat: Literal["refuse", "again"] = "refuse"
    minute_limit: int | None = None
    bounce_for: str = ""
    returns: "list[ReturnRule]" = field(default_factory=list)
    unmade_mime: bool = False
    request_limit: int | None = None
    smallest_upload: int = 3_000_000
    send_as: set[str] = field(default_factory=set)
    unlicensed: set[str] = field(default_factory=set)
