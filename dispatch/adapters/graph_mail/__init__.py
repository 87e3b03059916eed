"""Microsoft Graph as a mail transport.

``transport`` is what the verbs use; ``sdk`` is the only file that imports msgraph, and only at the first send;
``responses`` says what an answer means; ``lookup`` settles doubts; ``upload`` carries large files; ``tokens`` signs in;
``returned_mails`` reads what came back.
"""

from dispatch.adapters.graph_mail.transport import GraphMail

__all__ = ["GraphMail"]
