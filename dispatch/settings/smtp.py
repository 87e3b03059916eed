"""SMTP: the server, and how we sign in."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, SecretStr

from dispatch.settings.concern import AuthorityFile, Concern, OwnLimits, Text, authority_problems


def _encryption(value: Any) -> str:
    """Laravel's older and newer names for the same."""
    text = str(value).lower()
    return {"null": "none", "starttls": "tls", "smtps": "ssl"}.get(text, text)


class SmtpSettings(Concern):
    """The SMTP transport."""

    title = "SMTP"
    needs: ClassVar[tuple[str, ...]] = ("MAIL_HOST",)

    mail_host: Text = Field("", description="SMTP server")
    mail_port: int = Field(587, ge=1, le=65535, description="SMTP port")
    mail_encryption: Annotated[Literal["tls", "ssl", "none"], BeforeValidator(_encryption)] = Field(
        "tls", description="`tls` (STARTTLS; implicit on port 465), `ssl` (implicit) or `none`"
    )
    mail_username: Text = Field("", description="SMTP user name; empty for a relay without sign-in")
    mail_password: SecretStr = Field(SecretStr(""), description="SMTP password")
    mail_auth: Literal["auto", "password", "oauth", "none"] = Field(
        "auto",
        description="SMTP sign-in: `auto` (password where there is a user name), `password`, `oauth` (XOAUTH2) or `none`",
    )
    mail_ehlo_domain: Text = Field(
        "", description="What we call ourselves to the SMTP server; empty means the sender's domain"
    )
    mail_ca_file: AuthorityFile = Field(
        "",
        description="File (PEM) of a certificate authority of one's own for the SMTP server, from the application's folder or as a whole path; empty means the usual ones",
    )

    mail_host_rate_per_minute: int | None = Field(
        None,
        ge=0,
        description="Letters a minute that the SMTP server takes, whoever sends them; 0 means no limit. Empty means what the mailbox may send, and no more of its own",
    )
    mail_host_concurrency: int | None = Field(
        None,
        ge=1,
        le=32,
        description="Connections and letters under way at once that the SMTP server takes; empty means `MAIL_CONCURRENCY`, three connections at most",
    )
    mail_host_daily_limit: int | None = Field(
        None,
        ge=0,
        description="Letters in 24 hours that the SMTP server takes; 0 means no limit. Empty means what the mailbox may send, and no more of its own",
    )
    mail_return_path: Text = Field(
        "",
        pattern=r"^([^@\s+*<>]+(\+\*)?@[^@\s*<>]+\.[^@\s*<>]+)?$",
        description="Mailbox that what SMTP can't deliver comes back to, read over Graph. As `retur+*@example.no` each letter's key stands in its own address, where the mailbox takes such. Empty means the sender",
    )

    def disagreements(self) -> list[str]:
        """Each way of signing in needs its own."""
        problems = authority_problems("MAIL_CA_FILE", self.mail_ca_file) if self.mail_host else []
        if self.smtp_auth == "password" and not (self.mail_username and self.mail_password.get_secret_value()):
            problems.append("MAIL_PASSWORD: missing, or MAIL_USERNAME is; for a relay without sign-in leave both empty")
        if self.smtp_auth == "oauth" and not self.mail_username:
            problems.append("MAIL_USERNAME: missing; with MAIL_AUTH oauth it is the mailbox that signs in")
        return problems

    def own_limits(self) -> OwnLimits | None:
        """Those that are set for the server."""
        rate, at_once, per_day = self.mail_host_rate_per_minute, self.mail_host_concurrency, self.mail_host_daily_limit
        if rate is None and at_once is None and per_day is None:
            return None
        return OwnLimits(f"smtp:{self.mail_host.lower()}", at_once, None if rate is None else float(rate), per_day)

    @property
    def return_mailbox(self) -> str:
        """The mailbox that SMTP's returned mail comes to, where it is another than the sender."""
        return self.mail_return_path.replace("+*@", "@")

    def returns_to(self, key: str) -> str:
        """The address that the letter of that key comes back to; empty means the sender."""
        return self.mail_return_path.replace("+*@", f"+{key}@")

    @property
    def smtp_auth(self) -> str:
        """`password`, `oauth` or `none`, with `auto` settled."""
        if self.mail_auth != "auto":
            return self.mail_auth
        return "password" if self.mail_username else "none"
