"""What a caller may choose about a local host; everything else comes from the app and its host.json."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from local.host.clock import Clock, SystemClock
from local.host.storage import RETRY_BASE
from local.host.workers import StartProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """Choices for one host; the defaults are the real host's."""

    #: Becomes ``AzureWebJobsStorage``, for the host and for the app.
    storage_connection_string: str | None = None
    #: App settings. They join the process's environment (and win) from start to stop, since there the app reads them.
    environ: Mapping[str, str] = field(default_factory=dict)
    #: Only these functions; None means all.
    functions: Sequence[str] | None = None
    #: How long a running message stays hidden between renewals (made at half of it).
    visibility_seconds: int = 600
    #: Instead of host.json's ``maxPollingInterval``.
    max_polling_seconds: float | None = None
    #: Whether timers run by their schedules; ``run_timer`` works either way.
    timers: bool = True
    #: Port of HTTP triggers and admin endpoints: None for no server, 0 for any free port.
    http_port: int | None = None
    #: With a key, keys are enforced. This one is the host's function key: it opens functions, but no admin endpoint.
    auth_key: str | None = None
    #: Opens functions and admin endpoints.
    master_key: str | None = None
    #: Hosts of one id share timers: one runs them. The setting ``AzureFunctionsWebHost__hostid`` wins.
    host_id: str = "local"
    #: Length of the timer lease (15 to 60), which is also how often a host without it asks again.
    timer_lease_seconds: int = 60
    #: The module that a worker's process runs; None keeps the functions in this process, where a test can look at them.
    worker_module: str | None = None
    #: Instead of a new interpreter for each worker's process; the crash sweep forks them.
    start_process: StartProcess | None = None
    #: How the waits between tries of a storage request grow: 1.6 makes six tries in 25 s, as there.
    retry_base: float = RETRY_BASE
    #: From the end of a worker that a time-out cost to the start of the next one.
    restart_seconds: float = 2.0
    clock: Clock = field(default_factory=SystemClock)
    #: Jitter of the polling back-off: a number between its two arguments.
    uniform: Callable[[float, float], float] = random.uniform
