"""Opens the adapters once a process and hands them to the verbs."""

from dispatch.wiring.process import Wiring, guarded, services

__all__ = [
    "Wiring",
    "guarded",
    "services",
]
