"""A local trigger host: runs the app's triggers as Azure's Functions host does, without Core Tools.

It reads the functions from the app itself and the rules from host.json, and then polls, renews, retries and poisons
queue messages, runs timers by their schedules and serves HTTP triggers and the admin endpoints. ``python -m
local.host`` is the command; ``LocalHost`` is the same inside a test or a demo.

**It is a development tool.** What it does not do: scale out; limit memory or HTTP concurrency; restart the worker
after a time-out or a crash (it reports it instead); retry policies, dynamic concurrency, identity-based connections;
other triggers and bindings than timer, queue and HTTP; sampling, log levels of host.json, Application Insights. It
shows log lines that the real host drops (from threads, from import). All functions share one process, while on Flex
Consumption each queue or timer function has instances of its own.
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
