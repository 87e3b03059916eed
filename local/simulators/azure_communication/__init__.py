"""A simulator of Azure Communication Services' e-mail. What its documentation leaves open are switches."""

from local.simulators.azure_communication.records import ReceivedLetter
from local.simulators.azure_communication.reports import DeliveryReport
from local.simulators.azure_communication.simulator import ACCESS_KEY, CommunicationSimulator
from local.simulators.azure_communication.switches import Switches

__all__ = ["ACCESS_KEY", "CommunicationSimulator", "DeliveryReport", "ReceivedLetter", "Switches"]
