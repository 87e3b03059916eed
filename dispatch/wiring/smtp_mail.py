"""Opens the SMTP server."""

import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from dispatch.wiring.resources import Resources

if TYPE_CHECKING:
    from dispatch.adapters.smtp_mail import SmtpMail


def open_smtp(resources: Resources) -> "SmtpMail":
    """The SMTP server."""
    from dispatch.adapters.smtp_mail import SmtpMail

    s = resources.settings
    password = s.smtp_auth == "password"
    return resources.kept(
        SmtpMail(
            host=s.mail_host,
            port=s.mail_port,
            encryption=s.mail_encryption,
            username=s.mail_username if s.smtp_auth != "none" else "",
            password=s.mail_password.get_secret_value() if password else "",
            token=_token(resources) if s.smtp_auth == "oauth" else None,
            ehlo_domain=s.mail_ehlo_domain or s.mail_from_address.rpartition("@")[2],
            connections=s.mail_host_concurrency or min(s.mail_concurrency, 3),
            timeout_seconds=min(60.0, resources.deadline),
            tls_context=ssl.create_default_context(cafile=s.mail_ca_file or None),
            returns_to=s.returns_to if s.mail_return_path else None,
        )
    )


def _token(resources: Resources) -> Callable[[], Awaitable[str]]:
    credential = resources.mail_identity

    async def token() -> str:
        got = await credential.get_token("https://outlook.office365.com/.default")
        return str(got.token)

    return token
