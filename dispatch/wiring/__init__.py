"""Opens the adapters once a process and hands them to the verbs."""

from dispatch.wiring.eformidling import open_exchange
from dispatch.wiring.graph_mail import former_mailboxes, open_returned_mails, returned_mails
from dispatch.wiring.process import guarded, services
from dispatch.wiring.pureservice import open_pureservice
from dispatch.wiring.resources import Resources, now
from dispatch.wiring.storage import open_content, open_ledger, open_queues, open_templates, storage_addresses
from dispatch.wiring.transports import open_transport
from dispatch.wiring.wiring import Wiring

__all__ = [
    "Resources",
    "Wiring",
    "former_mailboxes",
    "guarded",
    "host_app",
    "now",
    "open_content",
    "open_exchange",
    "open_ledger",
    "open_pureservice",
    "open_queues",
    "open_returned_mails",
    "open_templates",
    "open_transport",
    "returned_mails",
    "services",
    "storage_addresses",
    "warming",
]
