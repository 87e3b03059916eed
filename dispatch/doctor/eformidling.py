"""EFormidling, where it is set up."""

from collections.abc import Sequence

from dispatch.doctor.troubles import missing, plain
from dispatch.ports import Check, Trouble, Words
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
        # Our own number must be reachable by a service, or nothing that we send can be answered.
        return None if seen.service else missing([settings.ef_self_id])

    return [
        Check(
            name="exchange",
            ask=ask,
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
