"""A local trigger host: runs the app's triggers as Azure's Functions host does, without Core Tools.

It reads the functions from the app itself and the rules from host.json, and then polls, renews, retries and poisons
queue messages, runs timers by their schedules and serves HTTP triggers and the admin endpoints. ``python -m
local.host`` is the command; ``LocalHost`` is the same inside a test or a demo.

**It is a development tool.** What differs from the real host stands in docs/development.md, in one table.
"""

from local.host.calls import Outcome, Result
from local.host.errors import HostError, HostStoppedError, RunFailedError, StartError
from local.host.host import LocalHost
from local.host.options import HostOptions

__all__ = [
    "HostError",
    "HostOptions",
    "HostStoppedError",
    "LocalHost",
    "Outcome",
    "Result",
    "RunFailedError",
    "StartError",
]
