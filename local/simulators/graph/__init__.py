"""Microsoft Graph's mail, as far as a sender of mail sees it.

``simulator`` is the server; ``api`` the endpoints; ``mailbox`` what a mailbox holds; ``content`` and ``mime`` read a
message in either form; ``queries`` understands ``$filter``; ``uploads`` takes large files;
``records`` is what came, and ``returns`` what comes back for it.
"""

from local.simulators.graph.records import ReceivedMail, ReceivedPart, ReturnedLetter
from local.simulators.graph.returns import FORMS, ReturnRule
from local.simulators.graph.simulator import GraphSimulator
from local.simulators.graph.switches import Switches
from local.simulators.listening import Request

__all__ = [
    "FORMS",
    "GraphSimulator",
    "ReceivedMail",
    "ReceivedPart",
    "Request",
    "ReturnRule",
    "ReturnedLetter",
    "Switches",
]
