"""What can go wrong in the local host, by what the reader does next.

HostError
├── StartError        the app, host.json or the settings must be changed; the text says what
│   └── FunctionError ... for one function, which is left out: the host says so and starts with the others
├── HostStoppedError  storage refused us, or the app ended its worker; the real host would restart now
└── RunFailedError    a run that was asked for by name did not succeed
"""


class HostError(Exception):
    """Any failure of the local host."""


class StartError(HostError):
    """The host cannot start with this app and these settings."""


class FunctionError(StartError):
    """One function cannot be served; the others can, and the host starts without it."""


class HostStoppedError(HostError):
    """The host stopped on its own; the cause is chained."""


class RunFailedError(HostError):
    """A run asked for by name failed; its error is chained."""
