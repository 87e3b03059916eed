"""eFormidling: the integration point, who we are to it, and how long a message may take."""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr

from dispatch.core import valid_organisation_number
from dispatch.settings.concern import AuthorityFile, Concern, Text, authority_problems

ORGNR = 9  # digits


def _sign_in(value: Any) -> str:
    """The integration point's own documentation writes it as true or false."""
    text = str(value).lower()
    return {"false": "none", "true": "basic", "": "none"}.get(text, text)


def _names(value: Any) -> Any:
    return tuple(name.strip().upper() for name in value.split(",") if name.strip()) if isinstance(value, str) else value


class EformidlingSettings(Concern):
    """Letters to organisations; off where there is no ``EF_IP_URL``."""

    title = "eFormidling"

    ef_ip_url: Text = Field("", description="Integration point, as https://ip.etat.no:9093; empty means no eFormidling")
    ef_ip_prefix: Text = Field("api", description="Path prefix of the integration point's API")
    ef_ip_auth: Annotated[Literal["none", "basic"], BeforeValidator(_sign_in)] = Field(
        "none", description="Sign-in at the integration point: `basic` (or `true`), or `none` (or `false`)"
    )
    ef_ip_user: Text = Field("", description="User name at the integration point")
    ef_ip_password: SecretStr = Field(SecretStr(""), description="Password at the integration point")
    ef_ip_ca_file: AuthorityFile = Field(
        "",
        description="File (PEM) of a certificate authority of one's own for the integration point, from the application's folder or as a whole path",
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
    ef_late_hours: float = Field(
        6.0,
        ge=0,
        le=720,
        description="Hours after its time to live in which the receipt of a message that has left is still waited for, before there is e-mail",
    )
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
        24.0, ge=0, description="Hours after which a note says which receipts are waited for; 0 means never"
    )
    ef_strict_orgnr: bool = Field(True, description="Whether organisation numbers must have a right check digit")
    ef_concurrency: int = Field(4, ge=1, le=16, description="Messages handed to the integration point at a time")
    ef_reply_days: float = Field(
        7.0, ge=0, description="Answers on tickets of eFormidling users go out when they are younger; 0 means never"
    )
    pureservice_ef_domain: Text = Field(
        "eformidling.pureservice.local", min_length=1, description="Domain of end users who are reached by eFormidling"
    )

    def disagreements(self) -> list[str]:
        """Nothing is asked of what is switched off."""
        if not self.ef_ip_url:
            return []
        problems = authority_problems("EF_IP_CA_FILE", self.ef_ip_ca_file)
        if not re.match(r"^https?://[^\s/]+", self.ef_ip_url):
            problems.append("EF_IP_URL: is no URL")
        if not valid_organisation_number(self.ef_self_id) and (self.ef_strict_orgnr or len(self.ef_self_id) != ORGNR):
            problems.append("EF_SELF_ID: missing, or no organisation number; it is the sender")
        if self.ef_ip_auth == "basic" and not (self.ef_ip_user and self.ef_ip_password.get_secret_value()):
            problems.append("EF_IP_PASSWORD: missing, or EF_IP_USER is, and EF_IP_AUTH is basic")
        return problems
