"""Simulated Pureservice: its REST API as clients have met it, with switches for what is not known."""

from local.simulators.pureservice.effects import Receipt
from local.simulators.pureservice.simulator import API_KEY, PureserviceSimulator
from local.simulators.pureservice.store import Row, Store
from local.simulators.pureservice.switches import Switches
from local.simulators.pureservice.writes import Write

__all__ = ["API_KEY", "PureserviceSimulator", "Receipt", "Row", "Store", "Switches", "Write"]
