"""Opens Microsoft Graph."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dispatch.ports import MailTransport, ReturnedMails
from dispatch.settings import Settings
from dispatch.wiring.resources import Resources

if TYPE_CHECKING:
    from dispatch.adapters.graph_mail import GraphMail


@runtime_checkable
class ReadsReturns(Protocol):
    """A transport that can read what came back to the mailbox that it sends from."""

    def returned_mails(self) -> ReturnedMails:
        """What came back."""
        ...


def returned_mails(transports: Sequence[MailTransport], settings: Settings) -> dict[str, ReturnedMails]:
    """Where returned mail can be read, by mailbox: over Graph, where we may look and are to."""
    if not settings.dispatch_returns_days or settings.mail_reconcile == "off":
        return {}
    for mailer in transports:
        if isinstance(mailer, ReadsReturns):
            return {settings.mail_from_address: mailer.returned_mails()}
    return {}


def open_graph(resources: Resources) -> "GraphMail":
    """Graph, as the sender's mailbox."""
    from dispatch.adapters.graph_mail import GraphMail

    s = resources.settings
    # Only a simulator answers on plain http, and it must never be given a token.
    simulated = s.graph_base_url.startswith("http://")
    return resources.kept(
        GraphMail(
            sender=s.mail_from_address,
            credential=None if simulated else resources.mail_identity,
            base_url=s.graph_base_url,
            save_to_sent_items=s.mail_reconcile != "off",
            draft=s.mail_reconcile == "draft",
            may_look=s.mail_reconcile != "off",
            concurrency=s.mail_concurrency,
            timeout_seconds=min(60.0, resources.deadline),
        )
    )
