"""What the doctor says of each check, in Norwegian and in English: its name, and the remedy where it fails."""

from typing import Literal

Language = Literal["nb", "en"]
SAID: dict[str, dict[Language, tuple[str, str]]] = {
    "settings": {
        "nb": ("Oppsett", "Rett det som står over. docs/settings.md har alle innstillinger."),
        "en": ("Settings", "Mend what is named. docs/settings.md has every setting."),
    },
    "secrets": {
        "nb": (
            "Hemmeligheter",
            "Legg hemmeligheten i Key Vault, gi identiteten rollen Key Vault Secrets User, og start appen på nytt. Er den gått ut, forny den og flytt DISPATCH_CREDENTIALS_EXPIRE.",
        ),
        "en": (
            "Secrets",
            "Set the secret in Key Vault, give the identity the role Key Vault Secrets User, and restart the app. Where it has run out, renew it and move DISPATCH_CREDENTIALS_EXPIRE.",
        ),
    },
    "pureservice": {
        "nb": (
            "Pureservice: adresse og nøkkel",
            "Kontroller PURESERVICE_URL, og lag en ny API-nøkkel om den er avvist (PURESERVICE_APIKEY).",
        ),
        "en": (
            "Pureservice: address and key",
            "Check PURESERVICE_URL, and make a new API key where it is refused (PURESERVICE_APIKEY).",
        ),
    },
    "statuses": {
        "nb": ("Pureservice: statuser", "Opprett statusen for saker i Pureservice, eller rett navnet i oppsettet."),
        "en": ("Pureservice: statuses", "Create the ticket status in Pureservice, or mend its name in the settings."),
    },
    "message_type": {
        "nb": (
            "Pureservice: kommunikasjonstype",
            "Opprett kommunikasjonstypen, eller rett PURESERVICE_DISPATCH_COMMTYPE_NAME. Kan den ikke bekreftes: skriv én slik melding i en testsak.",
        ),
        "en": (
            "Pureservice: communication type",
            "Create the type, or mend PURESERVICE_DISPATCH_COMMTYPE_NAME. Where it can't be confirmed: write one such message in a test ticket.",
        ),
    },
    "asset_type": {
        "nb": (
            "Pureservice: ressurstype for lister",
            "Opprett ressurstypen, eller rett PURESERVICE_DISPATCH_LIST_ASSETNAME.",
        ),
        "en": (
            "Pureservice: asset type of lists",
            "Create the asset type, or mend PURESERVICE_DISPATCH_LIST_ASSETNAME.",
        ),
    },
    "relation_types": {
        "nb": ("Pureservice: relasjoner", "Opprett relasjonstypen, eller rett PURESERVICE_DISPATCH_LINK_TO_*."),
        "en": ("Pureservice: relations", "Create the relation type, or mend PURESERVICE_DISPATCH_LINK_TO_*."),
    },
    "dispatch_users": {
        "nb": (
            "Pureservice: sluttbrukere for utsendelse",
            "Opprett sluttbrukeren med denne e-postadressen, eller rett PURESERVICE_DISPATCH_EMAIL / PURESERVICE_DISPATCH_EF.",
        ),
        "en": (
            "Pureservice: dispatch end users",
            "Create the end user with this address, or mend PURESERVICE_DISPATCH_EMAIL / PURESERVICE_DISPATCH_EF.",
        ),
    },
    "table": {
        "nb": (
            "Lager: tabell",
            "Gi identiteten rollen Storage Table Data Contributor. En ny rolle kan trenge ti minutter.",
        ),
        "en": (
            "Storage: table",
            "Give the identity the role Storage Table Data Contributor. A new role may need ten minutes.",
        ),
    },
    "queue": {
        "nb": (
            "Lager: kø",
            "Gi identiteten rollen Storage Queue Data Contributor. En ny rolle kan trenge ti minutter.",
        ),
        "en": (
            "Storage: queue",
            "Give the identity the role Storage Queue Data Contributor. A new role may need ten minutes.",
        ),
    },
    "blob": {
        "nb": ("Lager: blob", "Gi identiteten rollen Storage Blob Data Owner. En ny rolle kan trenge ti minutter."),
        "en": ("Storage: blob", "Give the identity the role Storage Blob Data Owner. A new role may need ten minutes."),
    },
    "graph_token": {
        "nb": (
            "Graph: innlogging",
            "Kontroller identiteten, eller MICROSOFT_GRAPH_CLIENT_ID, _SECRET og _TENANT_ID.",
        ),
        "en": ("Graph: sign-in", "Check the identity, or MICROSOFT_GRAPH_CLIENT_ID, _SECRET and _TENANT_ID."),
    },
    "graph_send": {
        "nb": (
            "Graph: rett til å sende fra postboksen",
            "Følg docs/mail-permission.md. En ny tillatelse kan trenge to timer. Kontroller at MAIL_FROM_ADDRESS er en postboks.",
        ),
        "en": (
            "Graph: right to send from the mailbox",
            "Follow docs/mail-permission.md. A new permission may need two hours. Check that MAIL_FROM_ADDRESS is a mailbox.",
        ),
    },
    "graph_reconcile": {
        "nb": (
            "Graph: rett til å se etter tvilsomme sendinger",
            "Gi tillatelsen som MAIL_RECONCILE trenger (docs/mail-permission.md), eller velg en annen MAIL_RECONCILE.",
        ),
        "en": (
            "Graph: right to look after sendings in doubt",
            "Give the permission that MAIL_RECONCILE needs (docs/mail-permission.md), or choose another MAIL_RECONCILE.",
        ),
    },
    "smtp": {
        "nb": (
            "SMTP: forbindelse og innlogging",
            "Kontroller MAIL_HOST, MAIL_PORT, MAIL_ENCRYPTION, MAIL_USERNAME og MAIL_PASSWORD, og at brannmuren slipper ut porten.",
        ),
        "en": (
            "SMTP: connection and sign-in",
            "Check MAIL_HOST, MAIL_PORT, MAIL_ENCRYPTION, MAIL_USERNAME and MAIL_PASSWORD, and that the firewall lets the port out.",
        ),
    },
    "exchange": {
        "nb": (
            "eFormidling: integrasjonspunktet svarer, innloggingen virker, eget organisasjonsnummer er kjent",
            "Kontroller EF_IP_URL, EF_IP_PREFIX, EF_IP_USER, EF_IP_PASSWORD, EF_SELF_ID og EF_MESSAGE_PROCESS, og at integrasjonspunktet er i drift.",
        ),
        "en": (
            "eFormidling: the integration point answers, the sign-in works, our own organisation number is known",
            "Check EF_IP_URL, EF_IP_PREFIX, EF_IP_USER, EF_IP_PASSWORD, EF_SELF_ID and EF_MESSAGE_PROCESS, and that the integration point is running.",
        ),
    },
}
SUMMARY: dict[Language, tuple[str, str]] = {
    "nb": ("Alt er i orden.", "{failed} av {all} kontroller feilet."),
    "en": ("All is well.", "{failed} of {all} checks failed."),
}
CANNOT_TELL: dict[Language, str] = {"nb": "kan ikke bekreftes", "en": "can't be confirmed"}
NOT_FOUND: dict[Language, str] = {"nb": "finnes ikke", "en": "does not exist"}
UNRESOLVED: dict[Language, str] = {
    "nb": "referansen til Key Vault er ikke løst opp",
    "en": "the Key Vault reference is not resolved",
}
EXPIRED: dict[Language, str] = {"nb": "gikk ut for {days} dager siden", "en": "ran out {days} days ago"}


def language_of(locale: str) -> Language:
    """Norwegian where the terminal's locale is, else English."""
    return "nb" if locale.lower()[:2] in {"nb", "nn", "no"} else "en"
