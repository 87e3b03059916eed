"""Opens Microsoft Graph."""

from typing import TYPE_CHECKING

from dispatch.wiring.resources import Resources

if TYPE_CHECKING:
    from dispatch.adapters.graph_mail import GraphMail


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
