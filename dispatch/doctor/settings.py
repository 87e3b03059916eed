"""The settings, and the secrets among them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dispatch.core import BadConfiguration
from dispatch.doctor.troubles import plain
from dispatch.ports import Check, Trouble, Words
from dispatch.settings import Settings

REFERENCE = "@Microsoft.KeyVault("


def settings_checks(environ: Mapping[str, str] | None) -> Sequence[Check]:
    """Without settings nothing else can be looked at."""

    async def ask() -> Trouble | None:
        try:
            Settings.from_environ(environ)
        except BadConfiguration as error:
            return plain("; ".join(error.problems))
        return None

    return [
        Check(
            name="settings",
            ask=ask,
            nb=Words("Oppsett", "Rett det som står over. docs/settings.md har alle innstillinger."),
            en=Words("Settings", "Fix what is named. docs/settings.md has every setting."),
        ),
    ]


def secret_checks(settings: Settings) -> Sequence[Check]:
    """Whether the vault has given what it holds, and whether any of it has run out."""

    async def ask() -> Trouble | None:
        return _unresolved(unresolved(settings)) or _expired(settings)

    return [
        Check(
            name="secrets",
            ask=ask,
            nb=Words(
                "Hemmeligheter",
                "Legg hemmeligheten i Key Vault, gi identiteten rollen Key Vault Secrets User, og start appen på nytt. Er den gått ut, forny den og flytt DISPATCH_CREDENTIALS_EXPIRE.",
            ),
            en=Words(
                "Secrets",
                "Set the secret in Key Vault, give the identity the role Key Vault Secrets User, and restart the app. Where it has run out, renew it and move DISPATCH_CREDENTIALS_EXPIRE.",
            ),
        ),
    ]


def unresolved(settings: Settings) -> list[str]:
    """Names of the secrets that are still references: nobody can sign in with them."""
    held = {
        "PURESERVICE_APIKEY": settings.pureservice_apikey,
        "MAIL_PASSWORD": settings.mail_password,
        "EF_IP_PASSWORD": settings.ef_ip_password,
        "MICROSOFT_GRAPH_CLIENT_SECRET": settings.microsoft_graph_client_secret,
    }
    return [name for name, value in held.items() if value.get_secret_value().startswith(REFERENCE)]


def _unresolved(names: Sequence[str]) -> Trouble | None:
    if not names:
        return None
    return Trouble(
        "; ".join(f"{name}: referansen til Key Vault er ikke løst opp" for name in names),
        "; ".join(f"{name}: the Key Vault reference is not resolved" for name in names),
    )


def _expired(settings: Settings) -> Trouble | None:
    days = settings.credentials_days_left(datetime.now(UTC))
    if days is None or days >= 0:
        return None
    name = "DISPATCH_CREDENTIALS_EXPIRE"
    return Trouble(f"{name}: gikk ut for {-days} dager siden", f"{name}: ran out {-days} days ago")
