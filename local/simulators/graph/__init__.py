"""Microsoft Graph's mail, as far as a sender of mail sees it.

``simulator`` is the server; ``api`` the endpoints; ``mailbox`` what a mailbox holds; ``content`` and ``mime`` read a
message in either form; ``queries`` understands ``$filter``; ``uploads`` takes large files; ``records`` is what came.
"""

from local.simulators.graph.records import ReceivedMail, ReceivedPart
from local.simulators.graph.simulator import GraphSimulator
from local.simulators.graph.switches import Switches
from local.simulators.listening import Request

__all__ = ["GraphSimulator", "ReceivedMail", "ReceivedPart", "Request", "Switches"]
