"""What the doctor wants to know of the integration point, without creating or sending anything."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inspected:
    """The integration point answered, and took the credentials.

    ``service`` is what reaches our own organisation with the configured process; empty where nothing enabled does.
    ``services`` are all that the registry offers for it, whatever the process.
    """

    healthy: bool | None  # None where it doesn't say
    known: bool  # whether the registry has our own organisation at all
    service: str
    services: tuple[str, ...]
