"""EFormidling, where it is set up."""

from collections.abc import Sequence

from dispatch.doctor.troubles import missing, plain
from dispatch.ports import Check, Places, Remedy, Trouble, Words
from dispatch.wiring import Resources, open_exchange


def eformidling_checks(resources: Resources) -> Sequence[Check]:
    """The integration point, and whether our own number is known behind it."""
    settings = resources.settings
    if not settings.ef_ip_url:
        return []

    async def ask() -> Trouble | None:
        seen = await open_exchange(resources).inspect()
        if seen.healthy is False:
            return plain("health: not UP")
        if not seen.known:
            return missing([settings.ef_self_id], {"EF_SELF_ID": settings.ef_self_id})
        # Our own number must be reachable by a service, or nothing that we send can be answered.
        return None if seen.service else _no_service(settings.ef_message_process, seen.services)

    return [
        Check(
            name="exchange",
            ask=ask,
            places=Places("EF_IP_URL", "EF_IP_CA_FILE", "EF_IP_USER / EF_IP_PASSWORD"),
            nb=Words(
                "eFormidling: integrasjonspunktet svarer, innloggingen virker, eget organisasjonsnummer er kjent",
                "Kontroller EF_IP_URL, EF_IP_PREFIX, EF_IP_USER, EF_IP_PASSWORD, EF_SELF_ID og EF_MESSAGE_PROCESS, og at integrasjonspunktet er i drift.",
            ),
            en=Words(
                "eFormidling: the integration point answers, the sign-in works, our own organisation number is known",
                "Check EF_IP_URL, EF_IP_PREFIX, EF_IP_USER, EF_IP_PASSWORD, EF_SELF_ID and EF_MESSAGE_PROCESS, and that the integration point is running.",
            ),
        ),
    ]


def _no_service(process: str, offered: Sequence[str]) -> Trouble:
    listed = ", ".join(offered) or "-"
    return Trouble(
        f"ingen av tjenestene ({listed}) tar imot prosessen «{process}» hos oss",
        f"none of the services ({listed}) takes the process «{process}» at our own number",
        remedy=Remedy(
            "Rett EF_MESSAGE_PROCESS eller EF_ENABLED_SERVICES.", "Fix EF_MESSAGE_PROCESS or EF_ENABLED_SERVICES."
        ),
    )
