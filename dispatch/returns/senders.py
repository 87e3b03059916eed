"""Who a mail is from: a mail server, or a person's mailbox that answers on its own."""

from dispatch.core import is_mail_server
from dispatch.returns.address_fields import addresses_in
from dispatch.returns.sections import Head

_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_OF_LISTS = ("list-id", "list-unsubscribe", "list-post")
_OF_REPLIES = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response-suppress")


def is_by_a_server(head: Head) -> bool:
    """Whether a mail server wrote it."""
    senders = addresses_in(head.first("from"))
    return len(senders) == 1 and all(map(is_mail_server, senders))


def is_of_a_list(head: Head) -> bool:
    """Whether a mailing list passed it on."""
    return any(head.first(name) for name in _OF_LISTS)


def is_automatic(head: Head) -> bool:
    """Whether a program wrote it, such as an out-of-office."""
    submitted = head.first("auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in {"", "no"}
        or head.first("precedence").strip().lower() in _PRECEDENCE
        or any(head.first(name) for name in _OF_REPLIES)
    )
