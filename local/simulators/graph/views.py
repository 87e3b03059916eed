"""Items as Graph shows them."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.simulators.graph.content import Address
from local.simulators.graph.errors import bad_request
from local.simulators.graph.filters import canonical
from local.simulators.graph.mailbox import FOLDERS, INBOX, Item
from local.simulators.graph.received import ReceivedFile

_HIDDEN_FROM_BASIC = frozenset({"body", "bodyPreview", "uniqueBody"})
_ONLY_IF_SELECTED = "internetMessageHeaders"
_PREVIEW = 255


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _body(item: Item) -> dict[str, str]:
    return {"contentType": "html" if item.content.is_html else "text", "content": item.content.body}


def _all(addresses: list[Address]) -> list[dict[str, Any]]:
    return [address.as_json() for address in addresses]


def _one(address: Address | None) -> dict[str, Any] | None:
    return address.as_json() if address else None


_FIELDS: dict[str, Callable[[Item, datetime], object]] = {
    "createdDateTime": lambda item, _: _moment(item.created),
    "lastModifiedDateTime": lambda item, _: _moment(item.accepted or item.created),
    "receivedDateTime": lambda item, _: _moment(item.accepted or item.created),
    "sentDateTime": lambda item, _: _moment(item.accepted or item.created),
    "hasAttachments": lambda item, _: any(not file.is_inline for file in item.content.files),
    "internetMessageId": lambda item, _: item.message_id,
    "subject": lambda item, _: item.content.subject,
    "bodyPreview": lambda item, _: item.content.body[:_PREVIEW],
    "importance": lambda item, _: item.content.importance,
    "parentFolderId": lambda item, now: FOLDERS[item.folder(now)],
    "isRead": lambda item, _: item.home != INBOX,
    "isDraft": lambda item, now: item.is_draft(now),
    "body": lambda item, _: _body(item),
    "sender": lambda item, _: _one(item.content.sender),
    "from": lambda item, _: _one(item.content.sender),
    "toRecipients": lambda item, _: _all(item.content.to),
    "ccRecipients": lambda item, _: _all(item.content.cc),
    "bccRecipients": lambda item, _: _all(item.content.bcc),
    "replyTo": lambda item, _: _all(item.content.reply_to),
}
_SELECTABLE = {name.lower(): name for name in (*_FIELDS, "id", _ONLY_IF_SELECTED)}


def selected(text: str) -> tuple[str, ...]:
    """The fields that ``$select`` asks for; none where it is empty, which means the usual ones."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name.lower() not in _SELECTABLE:
            raise bad_request(
                "BadRequest", f"Could not find a property named '{name}' on type 'microsoft.graph.message'."
            )
    return tuple(_SELECTABLE[name.lower()] for name in names)


@dataclass(frozen=True, slots=True)
class View:
    """What one request may see, and under which ids. ``basic`` is what Mail.ReadBasic shows."""

    now: datetime
    immutable: bool
    basic: bool = False

    def message(self, item: Item, *, select: tuple[str, ...] = (), expand: str = "") -> dict[str, Any]:
        """An item as JSON."""
        item_id = item.id_at(self.now, immutable=self.immutable)
        shown: dict[str, Any] = {"@odata.etag": f'W/"{item_id[:24]}"', "id": item_id}
        for name in select or _FIELDS:
            if name in _FIELDS and not (self.basic and name in _HIDDEN_FROM_BASIC):
                shown[name] = _FIELDS[name](item, self.now)
        # Copies in Sent Items often lack them.
        if _ONLY_IF_SELECTED in select and item.is_draft(self.now):
            shown[_ONLY_IF_SELECTED] = [{"name": k, "value": v} for k, v in item.content.headers.items()]
        if expand and not self.basic:
            wanted = canonical(expand)
            found = [{"id": k, "value": v} for k, v in item.content.properties.items() if canonical(k) == wanted]
            if found:
                shown["singleValueExtendedProperties"] = found
        return shown


def attachment(file: ReceivedFile, file_id: str) -> dict[str, Any]:
    """A file as JSON."""
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "id": file_id,
        "name": file.name,
        "contentType": file.content_type,
        "size": len(file.content),
        "isInline": file.is_inline,
        "contentId": file.content_id or None,
        "contentBytes": base64.b64encode(file.content).decode("ascii"),
    }
