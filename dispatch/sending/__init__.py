"""One batch on its way: the worker's loop and the steps of each kind of recipient."""

from dispatch.sending.admission import Drop, admit
from dispatch.sending.completion import complete
from dispatch.sending.exchange_transport import EformidlingTransport
from dispatch.sending.own_ticket_notes import note_reference, note_stands, note_to
from dispatch.sending.stop_button import stop

__all__ = [
    "Drop",
    "EformidlingTransport",
    "admit",
    "complete",
    "note_reference",
    "note_stands",
    "note_to",
    "stop",
]
