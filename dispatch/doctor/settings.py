"""The settings, and the secrets among them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dispatch.core import BadConfiguration
from dispatch.ports import Check, Remedy, Trouble, Words
from dispatch.settings import Settings, in_norwegian, misspelt

SOON = 30  # days, as for the alert
INDEXED_AFTER = 300  # seconds that a mailbox may need before it finds a letter it has taken
REFERENCE = "@Microsoft.KeyVault("


def settings_checks(environ: Mapping[str, str] | None) -> Sequence[Check]:
    """Without settings nothing else can be looked at."""

    async def ask() -> Trouble | None:
        try:
            Settings.from_environ(environ)
        except BadConfiguration as error:
            return _unusable(error.problems, misspelt(environ))
        return None

    return [
        Check(
            name="settings",
            ask=ask,
            nb=Words("Oppsett", "Rett det som står over. docs/settings.md har alle innstillinger."),
            en=Words("Settings", "Fix what is named. docs/settings.md has every setting."),
        ),
    ]


def _unusable(problems: Sequence[str], near: Mapping[str, str]) -> Trouble:
    """What is wrong; where a setting is missing that stands there misspelt, that is the one thing to fix."""
    meant = {right: wrong for wrong, right in near.items()}
    nb, en = [], []
    for problem in problems:
        wrong = meant.get(problem.partition(":")[0], "")
        nb.append(in_norwegian(problem) + (f" ({wrong} er skrevet feil?)" if wrong else ""))
        en.append(problem + (f" ({wrong} is misspelt?)" if wrong else ""))
    return Trouble("; ".join(nb), "; ".join(en))


def name_checks(environ: Mapping[str, str] | None) -> Sequence[Check]:
    """Whether somebody set what nobody reads."""

    async def ask() -> Trouble | None:
        near = misspelt(environ)
        if not near:
            return None
        nb = "; ".join(f"{wrong} leses ikke, mente du {right}?" for wrong, right in near.items())
        en = "; ".join(f"{wrong} is not read, is {right} meant?" for wrong, right in near.items())
        wrong = ", ".join(near)
        remedy = Remedy(
            f"Rett navnet på innstillingen, eller fjern den: {wrong}.",
            f"Fix the setting's name, or remove it: {wrong}.",
        )
        return Trouble(nb, en, fails=False, remedy=remedy)

    return [
        Check(
            name="names",
            ask=ask,
            nb=Words("Navn på innstillinger", "Rett navnet. docs/settings.md har alle innstillinger."),
            en=Words("Names of the settings", "Fix the name. docs/settings.md has every setting."),
        ),
    ]


def look_checks(settings: Settings) -> Sequence[Check]:
    """Whether a letter in doubt is looked for long enough: what is not found is sent again."""

    async def ask() -> Trouble | None:
        last = settings.dispatch_reconcile_looks[-1]
        if last >= INDEXED_AFTER or settings.mail_reconcile == "off":
            return None
        name = "DISPATCH_RECONCILE_LOOKS"
        return Trouble(
            f"{name}: siste oppslag er etter {last:g} sekunder, og en postkasse kan bruke {INDEXED_AFTER} på å indeksere",
            f"{name}: the last look is after {last:g} seconds, and a mailbox may need {INDEXED_AFTER} to index",
            fails=False,
        )

    return [
        Check(
            name="looks",
            ask=ask,
            nb=Words(
                "Oppslag etter det som er i tvil",
                "Fjern DISPATCH_RECONCILE_LOOKS, eller la siste oppslag være etter minst fem minutter: det som ikke finnes igjen, sendes på nytt.",
            ),
            en=Words(
                "Looks for what is in doubt",
                "Remove DISPATCH_RECONCILE_LOOKS, or let the last look come after five minutes or more: what is not found is sent again.",
            ),
        ),
    ]


def secret_checks(settings: Settings) -> Sequence[Check]:
    """Whether the vault has given what it holds, and whether any of it has run out."""

    async def ask() -> Trouble | None:
        return _unresolved(unresolved(settings)) or _running_out(settings)

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
    return [name for name, value in settings.secrets().items() if value.startswith(REFERENCE)]


def _unresolved(names: Sequence[str]) -> Trouble | None:
    if not names:
        return None
    return Trouble(
        "; ".join(f"{name}: referansen til Key Vault er ikke løst opp" for name in names),
        "; ".join(f"{name}: the Key Vault reference is not resolved" for name in names),
    )


def _running_out(settings: Settings) -> Trouble | None:
    days = settings.credentials_days_left(datetime.now(UTC))
    if days is None or days > SOON:
        return None
    name = "DISPATCH_CREDENTIALS_EXPIRE"
    if days < 0:
        return Trouble(f"{name}: gikk ut for {-days} dager siden", f"{name}: ran out {-days} days ago")
    remedy = Remedy(
        f"Forny det som går ut (docs/operations.md), og flytt {name}.",
        f"Renew what runs out (docs/operations.md), and move {name}.",
    )
    return Trouble(f"{name}: går ut om {days} dager", f"{name}: runs out in {days} days", fails=False, remedy=remedy)
