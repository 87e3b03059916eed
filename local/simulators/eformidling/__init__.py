"""The integration point of eFormidling on this machine: what it demands, and what it does with a message afterwards."""

from local.simulators.eformidling.server import IntegrationPointSimulator

__all__ = ["IntegrationPointSimulator"]
