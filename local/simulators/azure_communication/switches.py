"""How the simulated service behaves where the real one varies or is not documented."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Switches:
    """Change these at any time; they hold from the next request on.

    - ``same_id``: what an Operation-Id that is known already gets: the same 202 and no second letter, 409, 400, or a
      second letter.
    - ``duplicate_message_id``: what a known Message-ID gets where it is to be validated; else it is replaced anyway.
    - ``transit_ms``: how long an operation is Running. ``forget_after``: seconds after which it is known no more.
    - ``suppressed``, ``dropped``, ``bounces``: recipients (regular expressions) on the list of those that bounce, who
      get nothing for another reason, and whose server sends the letter back.
    - ``senders``: addresses of the verified domain; none means any.
    - ``sends_a_minute`` and so on: the quota. Refused calls count; ``says_retry_after`` tells when there is room.
    """

    same_id: Literal["accept_once", "conflict_409", "bad_request_400", "send_again"] = "accept_once"
    duplicate_message_id: Literal["replace", "reject_400"] = "reject_400"
    transit_ms: float = 0
    latency_ms: float = 0
    forget_after: float | None = None
    suppressed: str = r"^suppressed@"
    dropped: str = r"^dropped@"
    bounces: str = r"^bounces@"
    senders: frozenset[str] = frozenset()
    sends_a_minute: int | None = None
    sends_an_hour: int | None = None
    asks_a_minute: int | None = None
    asks_an_hour: int | None = None
    says_retry_after: bool = True
    required_token: str | None = None
