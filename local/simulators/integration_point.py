"""The integration point by its own name."""

from local.simulators.eformidling import IntegrationPointSimulator

__all__ = ["IntegrationPointSimulator"]
