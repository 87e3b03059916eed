"""Opens what carries messages: Graph, SMTP, the integration point; and the identities that they sign in with."""

import functools
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dispatch.core import Transport
from dispatch.ports import MailTransport
from dispatch.settings import Settings

if TYPE_CHECKING:
    from dispatch.adapters.eformidling import EformidlingExchange
    from dispatch.adapters.graph_mail import GraphMail
    from dispatch.adapters.smtp_mail import SmtpMail
    from dispatch.sending import EformidlingTransport


def now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


class TransportWiring:
    """Each transport by itself, closed with the rest."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = AsyncExitStack()

    @property
    def _deadline(self) -> float:
        """Seconds that a request may last: a worker must not outlive its lease in the middle of one."""
        return self.settings.dispatch_lease_seconds * 0.75

    # --- identities

    @functools.cached_property
    def _managed_identity(self) -> Any:
        from azure.identity.aio import ManagedIdentityCredential

        credential = ManagedIdentityCredential(client_id=self.settings.azure_client_id or None)
        self._stack.push_async_callback(credential.close)
        return credential

    def _identity(self) -> Any:
        return self._managed_identity

    def _mail_identity(self) -> Any:
        s = self.settings
        if not s.microsoft_graph_client_id:
            return self._identity()
        from azure.identity.aio import ClientSecretCredential

        credential = ClientSecretCredential(
            s.microsoft_graph_tenant_id,
            s.microsoft_graph_client_id,
            s.microsoft_graph_client_secret.get_secret_value(),
            authority=s.azure_authority_host,
        )
        self._stack.push_async_callback(credential.close)
        return credential

    # --- transports

    def _transport(self, name: Transport) -> MailTransport:
        return self.graph() if name is Transport.GRAPH else self.smtp()

    def graph(self) -> "GraphMail":
        """Graph, as the sender's mailbox."""
        from dispatch.adapters.graph_mail import GraphMail

        s = self.settings
        # Only a simulator answers on plain http, and it must never be given a token.
        simulated = s.graph_base_url.startswith("http://")
        mail = GraphMail(
            sender=s.mail_from_address,
            credential=None if simulated else self._mail_identity(),
            base_url=s.graph_base_url,
            save_to_sent_items=s.mail_reconcile != "off",
            draft=s.mail_reconcile == "draft",
            may_look=s.mail_reconcile != "off",
            concurrency=s.mail_concurrency,
            timeout_seconds=min(60.0, self._deadline),
        )
        self._stack.push_async_callback(mail.close)
        return mail

    def smtp(self) -> "SmtpMail":
        """The SMTP server."""
        from dispatch.adapters.smtp_mail import SmtpMail

        s = self.settings
        password = s.smtp_auth == "password"
        mail = SmtpMail(
            host=s.mail_host,
            port=s.mail_port,
            encryption=s.mail_encryption,
            username=s.mail_username if s.smtp_auth != "none" else "",
            password=s.mail_password.get_secret_value() if password else "",
            token=self._smtp_token() if s.smtp_auth == "oauth" else None,
            ehlo_domain=s.mail_ehlo_domain or s.mail_from_address.rpartition("@")[2],
            connections=min(s.mail_concurrency, 3),
            timeout_seconds=min(60.0, self._deadline),
            tls_context=ssl.create_default_context(cafile=s.mail_ca_file or None),
        )
        self._stack.push_async_callback(mail.close)
        return mail

    def exchange(self) -> "EformidlingExchange":
        """The integration point of eFormidling."""
        from dispatch.adapters.eformidling import EformidlingExchange, api_base

        s = self.settings
        exchange = EformidlingExchange(
            base_url=api_base(s.ef_ip_url, s.ef_ip_prefix),
            auth=s.ef_ip_auth,
            username=s.ef_ip_user,
            password=s.ef_ip_password.get_secret_value(),
            sender=s.ef_self_id,
            sender_name=s.ef_self_name or s.mail_organisation or s.mail_from_name,
            sender_address=s.ef_self_address,
            sender_postcode=s.ef_self_postcode,
            sender_city=s.ef_self_city,
            system_name=s.ef_system_name,
            system_id=s.ef_system_id,
            process=s.ef_message_process,
            message_type=s.ef_message_type,
            standard=s.ef_message_standard,
            security_level=int(s.ef_security_level),
            enabled_services=s.ef_enabled_services,
            max_bytes=s.ef_max_message_mb * 1024 * 1024,
            ca_file=s.ef_ip_ca_file,
            clock=now,
            # Everything before the sending, and the sending itself, within the lease.
            submit_seconds=self._deadline / 2,
            timeout_seconds=min(90.0, self._deadline / 2),
        )
        self._stack.push_async_callback(exchange.close)
        return exchange

    def exchange_transport(self) -> "EformidlingTransport | None":
        """EFormidling as a transport, where it is set up."""
        from dispatch.sending import EformidlingTransport

        return EformidlingTransport(self.exchange(), self.settings) if self.settings.ef_ip_url else None

    def _smtp_token(self) -> Callable[[], Awaitable[str]]:
        credential = self._mail_identity()

        async def token() -> str:
            got = await credential.get_token("https://outlook.office365.com/.default")
            return str(got.token)

        return token
