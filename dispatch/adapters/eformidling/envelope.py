"""The StandardBusinessDocument: who sends what to whom, in JSON."""

import json
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.core import ExchangeMessage

AUTHORITY, SCHEME = "iso6523-actorid-upis", "0192:"
OSLO = ZoneInfo("Europe/Oslo")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is sent, in eFormidling's own names. ``process`` is a whole URN, or the word in the middle of one."""

    process: str = "administrasjon"
    message_type: str = "arkivmelding"
    standard: str = "urn:no:difi:arkivmelding:xsd::arkivmelding"
    security_level: int = 3

    @property
    def process_urn(self) -> str:
        """The process as registries know it."""
        if self.process.startswith("urn:"):
            return self.process
        return f"urn:no:difi:profile:{self.message_type}:{self.process}:ver1.0"


def local_time(moment: datetime) -> str:
    """The moment as Norway's clocks show it, with its offset."""
    return moment.astimezone(OSLO).isoformat(timespec="seconds")


def envelope(message: ExchangeMessage, profile: Profile, *, sender: str, main_name: str) -> bytes:
    """The document that creates the message: the same bytes at every attempt."""
    conversation = {
        "type": "ConversationId",
        "instanceIdentifier": message.conversation_id,
        "identifier": profile.process_urn,
        "scopeInformation": [{"expectedResponseDateTime": local_time(message.expires)}],
    }
    header = {
        "headerVersion": "1.0",
        "sender": [_party(sender)],
        "receiver": [_party(message.receiver)],
        "documentIdentification": {
            "standard": profile.standard,
            "typeVersion": "2.0",
            "instanceIdentifier": message.message_id,
            "type": profile.message_type,
            "creationDateAndTime": local_time(message.created),
        },
        "businessScope": {"scope": [conversation]},
    }
    # Nothing else is allowed beside these two keys.
    document = {
        "standardBusinessDocumentHeader": header,
        profile.message_type: {"hoveddokument": main_name, "sikkerhetsnivaa": profile.security_level},
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _party(organisation: str) -> dict[str, dict[str, str]]:
    return {"identifier": {"authority": AUTHORITY, "value": SCHEME + organisation}}
