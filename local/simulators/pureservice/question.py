"""One thing that nobody outside the vendor knows about Pureservice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that nobody outside the vendor knows. ``values`` are the answers that differ from the safest."""

    switch: str
    values: tuple[Any, ...]
    asks: str
    evidence: str
    tenant: str  # how ``doctor --try`` learns a tenant's answer; where it is not to be learnt, why not
    along: Mapping[str, Any] = field(default_factory=dict)  # without which the switch makes no difference
    members: int = 0  # as many recipients as it takes to be seen; 0: any number
    per_minute: int | None = None  # requests that the server takes a minute, where it takes a limit to be seen
