"""Opens Microsoft Graph."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dispatch.core import Transport
from dispatch.ports import MailTransport, ReturnedMails
from dispatch.settings import Settings
from dispatch.wiring.resources import Resources

if TYPE_CHECKING:
    from dispatch.adapters.graph_mail import GraphMail


@runtime_checkable
class ReadsReturns(Protocol):
    """A transport that can read what came back to the mailbox that it sends from."""

    def returned_mails(self, mailbox: str = "") -> ReturnedMails:
        """What came back to that mailbox, else to the one that it sends from."""
        ...


def returned_mails(
    transports: Sequence[MailTransport], settings: Settings, graph: Callable[[], ReadsReturns]
) -> dict[str, ReturnedMails]:
    """Where returned mail can be read, by mailbox: over Graph, where we may look and are to.

    That is each sender's where letters leave by Graph, and the one that SMTP's come back to. ``graph`` opens Graph
    where no letter leaves by it.
    """
    if not settings.dispatch_returns_days:
        return {}
    reader = _reader(transports)
    own = settings.own_mailboxes if reader is not None and settings.mail_reconcile != "off" else ()
    found = {mailbox: reader.returned_mails(mailbox) for mailbox in own} if reader else {}
    if settings.returning_elsewhere.intersection(settings.transports):
        found[settings.return_mailbox] = (reader or graph()).returned_mails(settings.return_mailbox)
    return found


def former_mailboxes(transports: Sequence[MailTransport], settings: Settings) -> Callable[[str], ReturnedMails] | None:
    """Opens a mailbox that letters left from by Graph and that sends no more; None where it is not to be read."""
    reader = _reader(transports)
    reads = settings.dispatch_returns_days and settings.mail_reconcile != "off"
    return reader.returned_mails if reader and reads else None


def _reader(transports: Sequence[MailTransport]) -> ReadsReturns | None:
    return next((mailer for mailer in transports if isinstance(mailer, ReadsReturns)), None)


def open_returned_mails(resources: Resources) -> dict[str, ReturnedMails]:
    """Where returned mail would be read; nothing is sent by it."""
    by_graph = Transport.GRAPH in resources.settings.transports
    sending: list[MailTransport] = [open_graph(resources)] if by_graph else []
    return returned_mails(sending, resources.settings, partial(open_graph, resources))


def open_graph(resources: Resources) -> "GraphMail":
    """Graph, as the sender's mailbox."""
    from dispatch.adapters.graph_mail import GraphMail

    s = resources.settings
    # Only a simulator answers on plain http, and it must never be given a token.
    simulated = s.graph_base_url.startswith("http://")
    return resources.kept(
        GraphMail(
            sender=s.mail_from_address,
            mailboxes=[member.address for member in s.pool],
            credential=None if simulated else resources.mail_identity,
            base_url=s.graph_base_url,
            save_to_sent_items=s.mail_reconcile != "off",
            draft=s.mail_reconcile == "draft",
            may_look=s.mail_reconcile != "off",
            concurrency=s.mail_concurrency,
            timeout_seconds=min(60.0, resources.deadline),
        )
    )
