"""A simulator of Microsoft Graph's mail.

``simulator`` runs it; ``gate`` admits requests, ``api`` routes them, ``office`` takes what is sent; ``mailbox`` holds
items, ``lists``, ``filters`` and ``views`` show them; ``content``, ``mime``, ``rules`` and ``uploads`` read what comes
in; ``switches`` has what is unknown; ``received`` is what a run is compared with.
"""

from local.simulators.graph.received import ReceivedFile, ReceivedMail
from local.simulators.graph.simulator import GraphSimulator
from local.simulators.graph.switches import Switches

__all__ = ["GraphSimulator", "ReceivedFile", "ReceivedMail", "Switches"]
