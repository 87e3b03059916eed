"""Items and files as Graph's JSON."""

from typing import Any

from local.simulators.graph.content import Person
from local.simulators.graph.errors import Refusal
from local.simulators.graph.items import Item
from local.simulators.graph.mailbox import Mailbox
from local.simulators.graph.records import ReceivedPart

ON_REQUEST = ("internetMessageHeaders",)  # only returned when it is selected
NAMES = (
    "id", "createdDateTime", "sentDateTime", "receivedDateTime", "internetMessageId", "subject", "isDraft",
    "parentFolderId", "hasAttachments", "body", "from", "sender", "toRecipients", "ccRecipients", "bccRecipients",
    "replyTo", *ON_REQUEST,
)  # fmt: skip


def fields(select: str) -> tuple[str, ...]:
    """The properties that ``$select`` asks for; all that are usual where it doesn't.

    Raises:
        Refusal: there is no such property.
    """
    names = tuple(name.strip() for name in select.split(",") if name.strip())
    for name in names:
        if name not in NAMES:
            message = f"Could not find a property named '{name}' on type 'microsoft.graph.message'."
            raise Refusal(400, "RequestBroker--ParseUri", message)
    return names or tuple(name for name in NAMES if name not in ON_REQUEST)


def selected(box: Mailbox, item: Item, names: tuple[str, ...], *, immutable: bool) -> dict[str, Any]:
    """The item with these properties, and always its id."""
    etag = f'W/"{item.immutable_id}{item.folder}"'
    return {
        "@odata.etag": etag,
        **{name: _value(box, item, name) for name in names},
        "id": item.immutable_id if immutable else item.id,
    }


def expanded(item: Item) -> dict[str, Any]:
    """The class of the message; the service writes the property's id in its own way."""
    return {"singleValueExtendedProperties": [{"id": "String 0x1a", "value": item.content.message_class}]}


def full(box: Mailbox, item: Item, *, immutable: bool) -> dict[str, Any]:
    """The item with everything that is usual."""
    return selected(box, item, fields(""), immutable=immutable)


def attachment(item: Item, part: ReceivedPart) -> dict[str, Any]:
    """A file without its content."""
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "id": f"{item.immutable_id}{item.content.parts.index(part)}",
        "name": part.name,
        "contentType": part.content_type,
        "size": len(part.content),
        "isInline": part.is_inline,
        "contentId": part.content_id or None,
    }


def _value(box: Mailbox, item: Item, name: str) -> Any:
    content, moment = item.content, item.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    sender = (content.sender or Person(box.address)).to_json()
    values: dict[str, Any] = {
        "createdDateTime": moment,
        "sentDateTime": item.sent_at.strftime("%Y-%m-%dT%H:%M:%SZ") if item.sent_at else moment,
        "receivedDateTime": moment,
        "internetMessageId": content.message_id,
        "subject": content.subject,
        "isDraft": item.is_draft,
        "parentFolderId": item.folder,
        "hasAttachments": any(not part.is_inline for part in content.parts),
        "body": {"contentType": content.body_type, "content": content.body},
        "from": sender,
        "sender": (content.acting or content.sender or Person(box.address)).to_json(),
        "toRecipients": [person.to_json() for person in content.to],
        "ccRecipients": [person.to_json() for person in content.cc],
        "bccRecipients": [person.to_json() for person in content.bcc],
        "replyTo": [person.to_json() for person in content.reply_to],
        "internetMessageHeaders": [{"name": key, "value": value} for key, value in content.headers.items()],
    }
    return values.get(name)
