"""Which service reaches an organisation: what the registry says, and what of it is ours to use."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FRESH = timedelta(minutes=5)  # as long as the integration point itself remembers
MOST_REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class Capability:
    """One way to reach an organisation: a process, the service that carries it, and what documents it takes."""

    process: str
    service: str
    standards: frozenset[str]


def read(body: Mapping[str, Any] | None) -> tuple[Capability, ...]:
    """The capabilities of an answer. One without a list is never taken for an empty one.

    Raises:
        ValueError: the answer has no list of capabilities.
    """
    rows = (body or {}).get("capabilities")
    if not isinstance(rows, list):
        raise ValueError("no list of capabilities")  # noqa: TRY004  # the answer is wrong, not its type in Python
    return tuple(_capability(row) for row in rows if isinstance(row, dict))


def _capability(row: Mapping[str, Any]) -> Capability:
    kinds = row.get("documentTypes")
    standards = {str(kind.get("standard", "")) for kind in kinds or () if isinstance(kind, dict)}
    return Capability(str(row.get("process", "")), str(row.get("serviceIdentifier", "")), frozenset(standards))


def choose(capabilities: Sequence[Capability], *, process: str, standard: str, enabled: Sequence[str]) -> str:
    """The service for that process and document; empty where there is none.

    Never another process than the one asked for: services and access rights differ from process to process.
    """
    offered = {each.service for each in capabilities if each.process == process and standard in each.standards}
    return next((service for service in enabled if service in offered), "")


class Cache:
    """The services that were found lately, by organisation."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._known: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def get(self, organisation: str) -> str | None:
        """The service, empty where there is none; None where it must be asked for."""
        service, until = self._known.get(organisation, ("", None))
        return service if until is not None and self._clock() < until else None

    def put(self, organisation: str, service: str) -> None:
        """Remembers the service for a while."""
        self._known[organisation] = (service, self._clock() + FRESH)
        self._known.move_to_end(organisation)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    def forget(self, organisation: str) -> None:
        """Asks again next time: what was remembered has been contradicted."""
        self._known.pop(organisation, None)
