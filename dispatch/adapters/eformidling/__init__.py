"""eFormidling's integration point: letters to organisations, as ``dispatch.ports.MessageExchange`` sees them.

``integration_point`` is what the verbs use; ``parcel`` makes the files of one message, ``arkivmelding`` and
``envelope`` the two documents about it; ``capabilities`` says which service reaches whom; ``statuses`` how far a
message has come; ``responses`` what an answer means; ``client`` asks; ``health_check`` is what the doctor looks at.
"""

from dispatch.adapters.eformidling.client import api_base
from dispatch.adapters.eformidling.integration_point import EformidlingExchange

__all__ = ["EformidlingExchange", "api_base"]
