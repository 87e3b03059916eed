"""Who can be reached, and by which service: the address registry behind the integration point."""

from dataclasses import dataclass, field
from typing import Any

from local.simulators.eformidling.errors import Refusal, own

STANDARD = "urn:no:difi:arkivmelding:xsd::arkivmelding"
PROCESSES = (
    "administrasjon",
    "planByggOgGeodata",
    "helseSosialOgOmsorg",
    "oppvekstOgUtdanning",
    "kulturIdrettOgFritid",
    "trafikkReiserOgSamferdsel",
    "naturOgMiljoe",
    "naeringsutvikling",
    "skatterOgAvgifter",
    "tekniskeTjenester",
    "taushetsbelagt",
)


def process_urn(name: str) -> str:
    """The process as it is named in messages."""
    return f"urn:no:difi:profile:arkivmelding:{name}:ver1.0"


@dataclass(slots=True)
class Organisation:
    """One organisation. ``service`` reaches it in every process but those that ``services`` names."""

    number: str
    name: str = ""
    service: str = "DPV"
    services: dict[str, str] = field(default_factory=dict)
    exists: bool = True
    broken: bool = False  # the registry fails on it
    never_delivered: bool = False
    fails: bool = False


FIXTURES = (
    Organisation("910000020", "Eksempel direktorat", "DPO"),
    Organisation("910000039", "Eksempel kommune", "DPF"),
    Organisation("910000047", "Eksempel AS", "DPV"),
    Organisation("910000055", "Delt kommune", "DPV", {"planByggOgGeodata": "DPO"}),
    Organisation("910000063", "Ukjent", exists=False),
    Organisation("910000071", "Registeret svikter", broken=True),
)


class Registry:
    """The organisations by number."""

    def __init__(self) -> None:
        self.known: dict[str, Organisation] = {}

    def find(self, number: str) -> Organisation:
        """The organisation.

        Raises:
            Refusal: nobody knows it, or the registry is down.
        """
        found = self.known.get(number)
        if found is not None and found.broken:
            raise Refusal(500, "org.springframework.web.client.HttpServerErrorException")
        if found is None or not found.exists:
            raise own(404, "IdentifierNotFoundException", f"--IdentifierNotFoundException-- [{number}]")
        return found

    def service(self, number: str, process: str) -> str:
        """The service for one process; empty where there is none."""
        found = self.find(number)
        names = {process_urn(name): name for name in PROCESSES}
        name = names.get(process)
        return "" if name is None else found.services.get(name, found.service)

    def capabilities(self, number: str, process: str | None) -> dict[str, Any]:
        """What the integration point says of the organisation."""
        listed = [process_urn(name) for name in PROCESSES]
        if process is not None and process not in listed:
            raise own(404, "IdentifierNotFoundException")
        offered = [(urn, self.service(number, urn)) for urn in listed if process in (None, urn)]
        return {
            "capabilities": [
                {
                    "process": urn,
                    "serviceIdentifier": service,
                    "documentTypes": [{"type": "arkivmelding", "standard": STANDARD}],
                }
                for urn, service in offered
                if service
            ]
        }
