"""One batch on its way: the worker's loop and the steps of each kind of recipient.

Handed out whole: ``worker``, what the queue asks for, and ``outcomes``, what becomes of a recipient.
"""

from dispatch.sending.admission import admit
from dispatch.sending.breaker import break_off
from dispatch.sending.completion import complete
from dispatch.sending.doubt_bound import WHERE_IT_CAN_BE_ASKED, WHERE_NOTHING_CAN_TELL
from dispatch.sending.exchange_transport import EformidlingTransport
from dispatch.sending.expiry import expires
from dispatch.sending.own_ticket_notes import note_reference, note_stands, note_to
from dispatch.sending.stop_button import stop

__all__ = [
    "WHERE_IT_CAN_BE_ASKED",
    "WHERE_NOTHING_CAN_TELL",
    "EformidlingTransport",
    "admit",
    "break_off",
    "complete",
    "expires",
    "note_reference",
    "note_stands",
    "note_to",
    "outcomes",
    "stop",
    "worker",
]
