"""Azure Communication Services as a mail transport.

``transport`` is what the verbs use; ``connection`` is the only file that imports the SDK, and only at the first
request; ``message`` writes a letter as the service takes it; ``responses`` says what an answer means.
"""

from dispatch.adapters.azure_communication.transport import AzureCommunicationMail

__all__ = ["AzureCommunicationMail"]
