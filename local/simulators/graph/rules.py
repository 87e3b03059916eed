"""What Graph refuses to create or to send."""

import re

from local.simulators.graph.content import Content
from local.simulators.graph.errors import Refusal, bad_request
from local.simulators.graph.switches import Switches

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = re.compile(rf"{_WORD}(?:\.{_WORD})*@{_LABEL}(?:\.{_LABEL})*")
_MESSAGE_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")


def may_be_created(content: Content, switches: Switches) -> None:
    """Raises where a message cannot even be a draft."""
    for name, value in content.headers.items():
        if not name.lower().startswith("x-"):
            raise bad_request(
                "InvalidInternetMessageHeader",
                f"The internet message header name '{name}' should start with 'x-' or 'X-'.",
            )
        if re.search(r"[\x00-\x1f]", value):
            raise bad_request("InvalidInternetMessageHeader", f"The value of the header '{name}' is not valid.")
    if content.header_count > switches.max_headers:
        raise bad_request(
            "InvalidInternetMessageHeaderCollection",
            f"The number of internet message headers must not exceed {switches.max_headers}.",
        )
    if content.message_id and not _MESSAGE_ID.fullmatch(content.message_id):
        raise bad_request("ErrorInvalidRequest", "The internetMessageId is not well formed.")


def may_be_sent(content: Content, mailbox: str, switches: Switches) -> None:
    """Raises where a message cannot leave this mailbox."""
    recipients = content.recipients
    if not recipients:
        raise bad_request(
            "ErrorInvalidRecipients",
            "At least one recipient isn't valid., A message can't be sent because it contains no recipients.",
        )
    if len(recipients) > switches.max_recipients:
        raise bad_request("ErrorExceededMaxRecipientLimit", "The message has too many recipients.")
    for recipient in recipients:
        if not is_address(recipient.address):
            raise bad_request(
                "ErrorInvalidRecipients",
                f"At least one recipient isn't valid., Recipient '{recipient.address}' is not resolved. "
                "All recipients must be resolved before a message can be submitted.",
            )
    _may_be_from(content, mailbox, switches)


def is_address(text: str) -> bool:
    """Whether this is an address in ASCII, as Exchange could resolve it."""
    local, _, domain = text.rpartition("@")
    return ADDRESS.fullmatch(text) is not None and len(local) <= 64 and len(domain) <= 253


def _may_be_from(content: Content, mailbox: str, switches: Switches) -> None:
    if content.sender is None or "@" not in mailbox:  # a mailbox that is named by its id may have any address
        return
    allowed = {mailbox.casefold(), *(address.casefold() for address in switches.send_as)}
    if content.sender.address.casefold() not in allowed:
        raise Refusal(
            403,
            "ErrorSendAsDenied",
            "The user account which was used to submit this request does not have the right to send mail "
            "on behalf of the specified sending account., Cannot submit message.",
        )
