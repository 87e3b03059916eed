"""Every setting, typed, in one place: the only reader of the environment.

``Settings.from_environ`` checks them all and raises one ``BadConfiguration`` that lists every missing or wrong one.
A field's name in upper case is the variable's name; an empty variable counts as not set.
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from dispatch.core import BadConfiguration, SendWindow, Transport, valid_organisation_number


def _unquoted(value: Any) -> Any:
    """The seed's examples put names with blanks in quotes, which some shells and portals keep."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].strip()
    return text


def _encryption(value: Any) -> Any:
    """Laravel's older and newer names for the same."""
    text = str(value).strip().lower()
    return {"null": "none", "starttls": "tls", "smtp": "tls", "smtps": "ssl"}.get(text, text)


def _listed(value: Any) -> Any:
    return tuple(value.split(",")) if isinstance(value, str) else value


def _names(value: Any) -> Any:
    return tuple(name.strip().upper() for name in value.split(",") if name.strip()) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_unquoted)]
Address = Annotated[str, BeforeValidator(_unquoted), Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]
OptionalAddress = Annotated[str, BeforeValidator(_unquoted), Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s.]+)?$")]
STORAGE = "AzureWebJobsStorage"
ORGNR = 9  # digits


class Settings(BaseModel):
    """What the application needs to know, checked at start. See ``docs/settings.md`` for the table."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=str.upper, hide_input_in_errors=True)

    # Pureservice
    pureservice_url: Text = Field(
        pattern=r"^https?://[^/\s]+/?$", description="Base URL, as https://customer.pureservice.com"
    )
    pureservice_apikey: SecretStr = Field(min_length=1, description="API key")
    pureservice_prefix: Text = Field("/agent/api", description="Path prefix of the API")
    pureservice_auth_scheme: Literal["bearer", "x-authorization-key"] = Field(
        "bearer", description="Header that carries the key: `bearer` or `x-authorization-key`"
    )
    pureservice_requests_per_minute: int = Field(
        90, ge=1, le=100_000, description="Budget of API requests; Pureservice allows 100"
    )
    pureservice_dispatch_email: Address = Field(
        "ut@e-post.pureservice.local", description="End user that means: send by e-mail"
    )
    pureservice_dispatch_ef: Address = Field(
        "ut@eformidling.pureservice.local", description="End user that means: send through eFormidling"
    )
    pureservice_dispatch_commtype_name: Text = Field(
        "Utsendelse - innhold", min_length=1, description="Communication type that holds the text to send"
    )
    pureservice_dispatch_status: Text = Field(
        "Til ekspedering", min_length=1, description="Status that starts a dispatch (scenario 1)"
    )
    pureservice_121_status: Text = Field(
        "Klar til splitt", min_length=1, description="Status that starts one ticket per recipient (scenario 2)"
    )
    pureservice_dispatch_solved_status: Text = Field(
        "Løst", min_length=1, description="Status that the ticket gets when the dispatch is done"
    )
    pureservice_ticket_status_open: Text = Field(
        "Under arbeid", min_length=1, description="Status that a ticket which can't be dispatched is put back to"
    )
    pureservice_dispatch_preview_status: Text = Field(
        "",
        description="Status that asks for a preview of the dispatch as an internal note; empty means that there is none",
    )
    pureservice_dispatch_list_assetname: Text = Field(
        "Mottakerliste", min_length=1, description="Asset type of the mailing lists"
    )
    pureservice_dispatch_link_to_company: Text = Field(
        "Inneholder firma", min_length=1, description="Relation from a list to an organisation"
    )
    pureservice_dispatch_link_to_user: Text = Field(
        "Inneholder bruker", min_length=1, description="Relation from a list to a person"
    )
    pureservice_dispatch_link_to_ticket: Text = Field(
        "Gir mottakere til", min_length=1, description="Relation from a list to a ticket"
    )
    pureservice_ticket_number_template: Text = Field(
        "[Sak ID# {{RequestNumber}}]",
        pattern=r"\{\{ *RequestNumber *\}\}",
        description="How the ticket's number is written in a subject",
    )

    # Scenario 2: one ticket per recipient. What the mother ticket has wins over these names.
    pureservice_121_send_via: Literal["mail", "pureservice"] = Field(
        "mail",
        description="Who sends the message of a recipient's own ticket: `mail` (our transports) or `pureservice` (checked afterwards by its e-mail row)",
    )
    pureservice_121_relation: Text = Field(
        "", description="Relation from a recipient's own ticket to the mother ticket; empty means none"
    )
    pureservice_ticket_source: Text = Field("E-post", description="Source of new tickets whose mother has none")
    pureservice_ticket_team: Text = Field("Postmottak", description="Team of new tickets whose mother has none")
    pureservice_ticket_zone: Text = Field("Fordeling", description="Zone of new tickets whose mother has none")
    pureservice_ticket_type: Text = Field("Henvendelse", description="Type of new tickets whose mother has none")
    pureservice_ticket_priority: Text = Field("Normal", description="Priority of new tickets whose mother has none")

    # eFormidling
    ef_ip_url: Text = Field("", description="Integration point, as https://ip.etat.no:9093; empty means no eFormidling")
    ef_ip_prefix: Text = Field("api", description="Path prefix of the integration point's API")
    ef_ip_auth: Annotated[
        Literal["none", "basic"],
        BeforeValidator(lambda v: {"false": "none", "true": "basic", "": "none"}.get(str(v).lower(), str(v).lower())),
    ] = Field("none", description="Sign-in at the integration point: `basic` (or `true`), or `none` (or `false`)")
    ef_ip_user: Text = Field("", description="User name at the integration point")
    ef_ip_password: SecretStr = Field(SecretStr(""), description="Password at the integration point")
    ef_ip_ca_file: Text = Field(
        "", description="File of a certificate authority of one's own for the integration point"
    )
    ef_self_id: Text = Field("", description="Own organisation number, the sender of eFormidling messages")
    ef_self_name: Text = Field("", description="Own name in the archive message; empty means MAIL_ORGANISATION")
    ef_self_address: Text = Field("", description="Own postal address in the archive message; all three or none")
    ef_self_postcode: Text = Field("", description="Own postcode in the archive message")
    ef_self_city: Text = Field("", description="Own city in the archive message")
    ef_system_name: Text = Field(
        "pureservice-utsendelse", min_length=1, description="System named in the archive message"
    )
    ef_system_id: Text = Field("", description="Id (UUID) of the system; empty means one made from EF_SELF_ID")
    ef_message_process: Text = Field("administrasjon", min_length=1, description="Process of the archive message")
    ef_message_type: Text = Field("arkivmelding", min_length=1, description="Message type")
    ef_message_standard: Text = Field(
        "urn:no:difi:arkivmelding:xsd::arkivmelding", min_length=1, description="Standard of the message type"
    )
    ef_security_level: Literal["3", "4"] = Field("3", description="Security level of the messages")
    ef_enabled_services: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        ("DPO", "DPF", "DPV"), description="Services that the integration point has enabled"
    )
    ef_max_message_mb: int = Field(50, ge=1, le=250, description="Largest eFormidling message in MB")
    ef_ttl_hours: float = Field(24.0, gt=0, le=720, description="Time to live of a message; after it there is e-mail")
    ef_fallback: Literal["email", "none"] = Field(
        "email",
        description="What follows a message that failed or expired: `email` where there is an address, or `none`",
    )
    ef_receipt_seconds: float = Field(
        15.0,
        gt=0,
        le=3600,
        description="Seconds until a receipt is first asked for; later questions come ever less often",
    )
    ef_report_after: float = Field(
        24.0, ge=0, description="Hours after which a note tells which receipts are waited for; 0 means never"
    )
    ef_strict_orgnr: bool = Field(True, description="Whether organisation numbers must have a right check digit")
    ef_concurrency: int = Field(4, ge=1, le=16, description="Messages handed to the integration point at a time")
    ef_reply_days: float = Field(
        7.0, ge=0, description="Answers on tickets of eFormidling users go out when they are younger; 0 means never"
    )
    pureservice_ef_domain: Text = Field(
        "eformidling.pureservice.local", min_length=1, description="Domain of end users who are reached by eFormidling"
    )

    # E-mail
    mail_mailer: Text = Field(
        "failover",
        description="`failover` (Graph, then SMTP), `microsoft-graph`, `smtp`, or an order of one's own: `failover:smtp,microsoft-graph`",
    )
    mail_from_address: Address = Field(description="Sender's address; with Graph also the mailbox that sends")
    mail_from_name: Text = Field("", description="Sender's name")
    mail_replyto_address: OptionalAddress = Field("", description="Where answers go; empty means the sender")
    mail_replyto_name: Text = Field("", description="Name shown with the reply address")
    mail_host: Text = Field("", description="SMTP server")
    mail_port: int = Field(587, ge=1, le=65535, description="SMTP port")
    mail_encryption: Annotated[
        Literal["tls", "ssl", "none"],
        BeforeValidator(
            lambda v: {"null": "none", "starttls": "tls", "smtps": "ssl"}.get(str(v).lower(), str(v).lower())
        ),
    ] = Field("tls", description="`tls` (STARTTLS; implicit on port 465), `ssl` (implicit) or `none`")
    mail_username: Text = Field("", description="SMTP user name; empty for a relay without sign-in")
    mail_password: SecretStr = Field(SecretStr(""), description="SMTP password")
    mail_auth: Literal["auto", "password", "oauth", "none"] = Field(
        "auto",
        description="SMTP sign-in: `auto` (password where there is a user name), `password`, `oauth` (XOAUTH2) or `none`",
    )
    mail_ehlo_domain: Text = Field(
        "", description="What we call ourselves to the SMTP server; empty means the sender's domain"
    )
    mail_ca_file: Text = Field(
        "", description="File of a certificate authority of one's own for the SMTP server; empty means the usual ones"
    )
    mail_organisation: Text = Field("", description="Name in the letter's head; empty means MAIL_FROM_NAME")
    mail_logo: Text = Field(
        "", description="Logo in the letter's head: an https URL, or the name of an image in the `templates` container"
    )
    mail_footer: Text = Field("", description="Text at the letter's foot")
    mail_template: Text = Field(
        "",
        description="Name of a letter template of one's own in the `templates` container; empty means the built-in one",
    )
    mail_redirect_to: OptionalAddress = Field(
        "", description="Safety net for staging: every letter goes to this address instead"
    )
    mail_rate_per_minute: int = Field(30, ge=0, description="Messages a minute from the mailbox; 0 means no limit")
    mail_daily_limit: int = Field(10_000, ge=0, description="Recipients in 24 hours from the mailbox; 0 means no limit")
    mail_max_megabytes: int = Field(
        25, ge=1, le=150, description="Largest letter with all its attachments; Exchange takes 35 MB encoded"
    )
    mail_max_attachments: int = Field(
        25, ge=0, description="Most files that go with a letter; 0 means none but pictures in the text"
    )
    mail_concurrency: int = Field(
        3, ge=1, le=4, description="Requests under way at once for the mailbox; Exchange refuses a fifth"
    )
    mail_reconcile: Literal["sent-items", "draft", "off"] = Field(
        "sent-items",
        description="How a sending in doubt is settled: `sent-items` (look it up), `draft` (draft, record, send: provable), `off` (Mail.Send alone)",
    )
    microsoft_graph_client_id: Text = Field("", description="App id; empty with the other two means managed identity")
    microsoft_graph_client_secret: SecretStr = Field(SecretStr(""), description="App secret")
    microsoft_graph_tenant_id: Text = Field("", description="Tenant id")
    graph_base_url: Text = Field(
        "https://graph.microsoft.com/v1.0",
        pattern=r"^https?://\S+[^/\s]$",
        description="Graph endpoint, without a trailing slash",
    )
    azure_client_id: Text = Field("", description="Client id of the user-assigned managed identity")
    azure_authority_host: Text = Field(
        "login.microsoftonline.com", description="Where tokens are fetched (national clouds differ)"
    )

    # Dispatch
    dispatch_schedule: Text = Field(
        "0 */5 * * * *", pattern=r"^(\S+ ){5}\S+$", description="When the timer looks for tickets (NCRONTAB, UTC)"
    )
    dispatch_batch_size: int = Field(96, ge=1, le=98, description="Recipients in a batch; a transaction holds 100 rows")
    dispatch_window_size: int = Field(
        4,
        ge=1,
        le=50,
        description="Recipients whose sending is recorded together: at most so many are in doubt after a crash",
    )
    dispatch_max_recipients: int = Field(
        50_000, ge=0, description="Safety net: a larger dispatch is refused; 0 means no limit"
    )
    dispatch_max_lists: int = Field(50, ge=1, description="Most mailing lists on one ticket")
    dispatch_in_doubt: Literal["hold", "resend"] = Field(
        "hold",
        description="Where nothing can tell whether a letter went: `hold` (outcome uncertain, named in the report) or `resend` (same Message-ID and Date)",
    )
    dispatch_reconcile_looks: Annotated[tuple[float, ...], BeforeValidator(_listed)] = Field(
        (60.0, 300.0, 660.0),
        min_length=1,
        description="Seconds after a sending came in doubt at which it is looked up; missing in all of them means not sent",
    )
    dispatch_lease_seconds: int = Field(
        120, ge=1, le=600, description="How long a worker holds a batch without recording anything"
    )
    dispatch_work_seconds: int = Field(
        240, ge=5, le=540, description="How long one invocation works before it hands the rest back to the queue"
    )
    dispatch_give_up_hours: float = Field(
        24.0, gt=0, description="How long a recipient or a refusing transport is tried again"
    )
    dispatch_release_ahead_seconds: int = Field(
        420, ge=1, description="How far ahead batches are put on the queue: the timer's interval and a margin"
    )
    dispatch_sweep_seconds: int = Field(
        900, ge=1, description="How long after its time a batch without a worker is put on the queue again"
    )
    dispatch_send_window: Text = Field(
        "", description="Office hours to which sending keeps, as `mon-fri 08-16`; empty means any hour"
    )
    dispatch_timezone: Text = Field("Europe/Oslo", description="Time zone of the send window")
    dispatch_holidays: Text = Field(
        "NO", description="Country whose public holidays the send window leaves out; `none` for no country"
    )
    dispatch_retention_days: int = Field(
        180, ge=1, description="How long rows and content of a finished dispatch are kept"
    )

    dispatch_credentials_expire: Text = Field(
        "",
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        description="Date on which the first of the credentials runs out, as 2027-05-01: an alert comes 30 days before; empty means that none is watched",
    )

    # Status page
    website_auth_enabled: bool = Field(
        False, description="Set by App Service where sign-in is on; never set it yourself"
    )
    web_allowed_role: Text = Field("Utsendelse", description="App role that opens the status page")
    web_allowed_group: Text = Field("", description="Group (object id) that opens it as well; empty means none")

    # Storage
    storage_connection_string: SecretStr = Field(
        SecretStr(""),
        alias=STORAGE,
        description="Connection string (locally); in Azure the three service URIs below stand instead",
    )
    storage_blob_uri: Text = Field(
        "", alias=f"{STORAGE}__blobServiceUri", description="Blob service, with managed identity"
    )
    storage_queue_uri: Text = Field(
        "", alias=f"{STORAGE}__queueServiceUri", description="Queue service, with managed identity"
    )
    storage_table_uri: Text = Field(
        "", alias=f"{STORAGE}__tableServiceUri", description="Table service, with managed identity"
    )

    @field_validator("mail_mailer")
    @classmethod
    def _known_mailer(cls, value: str) -> str:
        transports_of(value)
        return value

    @field_validator("dispatch_reconcile_looks")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if list(value) != sorted(value) or value[0] < 0:
            raise ValueError("must be seconds in rising order, as 60,300,660")
        return value

    def disagreements(self) -> list[str]:
        """What is wrong between settings that are each right alone."""
        return [*self._graph_problems(), *self._smtp_problems(), *self._exchange_problems(), *self._other_problems()]

    def _graph_problems(self) -> list[str]:
        three = {
            "MICROSOFT_GRAPH_CLIENT_ID": self.microsoft_graph_client_id,
            "MICROSOFT_GRAPH_CLIENT_SECRET": self.microsoft_graph_client_secret.get_secret_value(),
            "MICROSOFT_GRAPH_TENANT_ID": self.microsoft_graph_tenant_id,
        }
        missing = [name for name, value in three.items() if not value]
        if 0 < len(missing) < len(three):
            return [f"{name}: missing, while the others of the three are set" for name in missing]
        return []

    def _smtp_problems(self) -> list[str]:
        alone = self.transports == (Transport.SMTP,)
        problems = []
        if alone and not self.mail_host:
            problems.append("MAIL_HOST: missing, and MAIL_MAILER is smtp")
        if self.smtp_auth == "password" and not (self.mail_username and self.mail_password.get_secret_value()):
            problems.append("MAIL_PASSWORD: missing, or MAIL_USERNAME is; for a relay without sign-in leave both empty")
        if self.smtp_auth == "oauth" and not self.mail_username:
            problems.append("MAIL_USERNAME: missing; with MAIL_AUTH oauth it is the mailbox that signs in")
        return problems

    def _exchange_problems(self) -> list[str]:
        if not self.ef_ip_url:
            return []
        problems = []
        if not re.match(r"^https?://[^\s/]+", self.ef_ip_url):
            problems.append("EF_IP_URL: is no URL")
        if not valid_organisation_number(self.ef_self_id) and (self.ef_strict_orgnr or len(self.ef_self_id) != ORGNR):
            problems.append("EF_SELF_ID: missing, or no organisation number; it is the sender")
        if self.ef_ip_auth == "basic" and not (self.ef_ip_user and self.ef_ip_password.get_secret_value()):
            problems.append("EF_IP_PASSWORD: missing, or EF_IP_USER is, and EF_IP_AUTH is basic")
        return problems

    def _other_problems(self) -> list[str]:
        problems = []
        if not self.storage_connection_string.get_secret_value() and not (
            self.storage_blob_uri and self.storage_queue_uri and self.storage_table_uri
        ):
            problems.append(
                f"{STORAGE}: missing; set it, or the three {STORAGE}__blobServiceUri, __queueServiceUri and __tableServiceUri"
            )
        if self.pureservice_dispatch_status.casefold() == self.pureservice_121_status.casefold():
            problems.append("PURESERVICE_121_STATUS: is the same as PURESERVICE_DISPATCH_STATUS")
        others = (
            self.pureservice_dispatch_status,
            self.pureservice_121_status,
            self.pureservice_dispatch_solved_status,
            self.pureservice_ticket_status_open,
        )
        if self.pureservice_dispatch_preview_status.casefold() in {name.casefold() for name in others}:
            problems.append("PURESERVICE_DISPATCH_PREVIEW_STATUS: is the same as another of the statuses")
        try:
            self.credentials_days_left(datetime.now(UTC))
        except ValueError:
            problems.append("DISPATCH_CREDENTIALS_EXPIRE: is no date")
        try:
            _ = self.send_window
        except ValueError as error:
            problems.append(f"DISPATCH_SEND_WINDOW: {error}")
        return problems

    @field_validator("dispatch_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not a known time zone") from error
        return value

    @cached_property
    def send_window(self) -> SendWindow | None:
        """Office hours to which sending keeps; None where none are set."""
        if not self.dispatch_send_window:
            return None
        country = "" if self.dispatch_holidays.lower() == "none" else self.dispatch_holidays
        return SendWindow.parse(self.dispatch_send_window, zone=self.dispatch_timezone, country=country)

    def credentials_days_left(self, now: datetime) -> int | None:
        """Days until the first of the credentials runs out; None where no date is set."""
        if not self.dispatch_credentials_expire:
            return None
        return (date.fromisoformat(self.dispatch_credentials_expire) - now.date()).days

    @property
    def transports(self) -> tuple[Transport, ...]:
        """Transports in the order in which they are tried. SMTP without a host is left out of a failover."""
        order = transports_of(self.mail_mailer)
        return tuple(t for t in order if t is not Transport.SMTP or self.mail_host or len(order) == 1)

    @property
    def smtp_auth(self) -> str:
        """`password`, `oauth` or `none`, with `auto` settled."""
        if self.mail_auth != "auto":
            return self.mail_auth
        return "password" if self.mail_username else "none"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Reads and checks all settings.

        Raises:
            BadConfiguration: with one line for each that is missing or wrong.
        """
        given = os.environ if environ is None else environ
        known = {_alias(name) for name in cls.model_fields}
        values = {name: value for name, value in given.items() if name in known and value.strip()}
        try:
            settings, problems = cls.model_validate(values), []
        except ValidationError as error:
            # Settings that disagree with each other are told in the same message as those that are wrong alone.
            wrong = {str(item["loc"][0]) for item in error.errors()}
            settings = cls.model_validate(
                {name: v for name, v in {**values, **_STAND_INS}.items() if name not in wrong - set(_STAND_INS)}
            )
            problems = _problems(error)
        problems += settings.disagreements()
        if problems:
            raise BadConfiguration(problems)
        return settings


_STAND_INS = {"PURESERVICE_URL": "https://x.example", "PURESERVICE_APIKEY": "x", "MAIL_FROM_ADDRESS": "x@x.example"}


def transports_of(mailer: str) -> tuple[Transport, ...]:
    """The order of transports that a value of MAIL_MAILER means.

    Raises:
        ValueError: it means none.
    """
    head, _, order = mailer.replace(" ", "").lower().partition(":")
    names = order.split(",") if head == "failover" and order else [head]
    if names == ["failover"]:
        return (Transport.GRAPH, Transport.SMTP)
    try:
        found = tuple(Transport(name) for name in names)
    except ValueError:
        found = ()
    if not found or len(set(found)) != len(found):
        raise ValueError("must be failover, microsoft-graph, smtp, or as failover:smtp,microsoft-graph")
    return found


def _alias(field: str) -> str:
    alias = Settings.model_fields[field].alias
    assert isinstance(alias, str)
    return alias


def _problems(error: ValidationError) -> list[str]:
    lines: list[str] = []
    for item in error.errors(include_input=False, include_url=False):
        text = str(item["msg"]).removeprefix("Value error, ")
        if item["type"] == "missing":
            text = "missing"
        elif item["type"] == "string_pattern_mismatch":
            text = "does not have the right form"
        lines.append(f"{item['loc'][0]}: {text}")
    return lines


def terminal_locale(environ: Mapping[str, str] | None = None) -> str:
    """The locale of messages, as a terminal sets it; empty where it does not."""
    given = os.environ if environ is None else environ
    return next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := given.get(name, ""))), "")
