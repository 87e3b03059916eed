"""Delivery reports: the events that Event Grid puts on a storage queue, one for each recipient."""

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.simulators.azure_communication.records import ReceivedLetter

EVENT = "Microsoft.Communication.EmailDeliveryReportReceived"
TOPIC = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Communication/communicationServices/acs"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of one letter."""

    operation_id: str
    sender: str
    recipient: str
    message_id: str
    status: str
    words: str
    at: float

    def event(self, *, stamp: str = "deliveryAttemptTimestamp") -> dict[str, Any]:
        """The event; sources differ in how they write ``stamp``."""
        moment = datetime.fromtimestamp(self.at, UTC)
        return {
            "id": str(uuid.uuid4()),
            "topic": TOPIC,
            "subject": f"sender/{self.sender}/message/{self.operation_id}",
            "eventType": EVENT,
            "dataVersion": "1.0",
            "metadataVersion": "1",
            "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "data": {
                "sender": self.sender,
                "recipient": self.recipient,
                "messageId": self.operation_id,
                "internetMessageId": self.message_id,
                "status": self.status,
                "deliveryStatusDetails": {"statusMessage": self.words, "recipientMailServerHostName": "mx.example"},
                stamp: moment.isoformat(),
            },
        }

    def queued(self, *, stamp: str = "deliveryAttemptTimestamp") -> str:
        """The event as it lies in the queue."""
        return base64.b64encode(json.dumps(self.event(stamp=stamp)).encode()).decode("ascii")


def of_letter(letter: ReceivedLetter, *, bounced: bool) -> DeliveryReport:
    """What the recipient's server said."""
    said = ("Bounced", "550 5.1.1 User unknown") if bounced else ("Delivered", "")
    return DeliveryReport(letter.operation_id, letter.sender, letter.to, letter.message_id, said[0], said[1], letter.at)
