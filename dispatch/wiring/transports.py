"""The table of transports that carry e-mail: how each is opened. The doctor asks what it opens for its checks."""

from collections.abc import Callable, Mapping
from typing import Protocol

from dispatch.core import MAILERS, Transport, for_every
from dispatch.ports import Examined, MailTransport
from dispatch.wiring.azure_communication import open_azure_communication
from dispatch.wiring.graph_mail import open_graph
from dispatch.wiring.resources import Resources
from dispatch.wiring.smtp_mail import open_smtp


class ExaminedTransport(MailTransport, Examined, Protocol):
    """A transport that brings the doctor's checks of itself."""


OPENERS: Mapping[Transport, Callable[[Resources], ExaminedTransport]] = for_every(
    MAILERS,
    {
        Transport.GRAPH: open_graph,
        Transport.SMTP: open_smtp,
        Transport.COMMUNICATION: open_azure_communication,
    },
)


def open_transport(transport: Transport, resources: Resources) -> ExaminedTransport:
    """One transport, closed with the rest."""
    return OPENERS[transport](resources)
