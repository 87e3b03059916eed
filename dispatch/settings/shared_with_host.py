"""Settings that the Functions host reads as well as we do: they must have the form that both take.

An app's settings are its host's environment too, and the host is a .NET program with libraries of its own. What it
can't read stops it or one of its functions without a word to us, so such a form is refused here, with the right one.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from dispatch.settings.ncrontab import AmbiguousScheduleError, Schedule, ScheduleError

#: How the names begin that the host, its libraries or the platform read.
READ_BY_HOST = (
    *("AZURE_", "AzureWebJobs", "AzureFunctionsJobHost", "APPLICATIONINSIGHTS_", "ASPNETCORE_"),
    *("DOTNET_", "FUNCTIONS_", "OTEL_", "WEBSITE_", "DISPATCH_SCHEDULE"),
)

_URL = re.compile(r"https?://[^\s/]+\S*")
_CRON_FIELD = r"[0-9A-Za-z*,/-]+"
_SCHEDULE = re.compile(rf"{_CRON_FIELD}( {_CRON_FIELD}){{5}}")
_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def _authority(value: str) -> str:
    if value.startswith("https://") and _URL.fullmatch(value):
        return ""
    return f"the host wants it with its scheme: https://{value.rsplit('://', maxsplit=1)[-1]}"


def _address(value: str) -> str:
    return "" if _URL.fullmatch(value) else "the host wants an address with its scheme, as https://..."


def _schedule(value: str) -> str:
    if not _SCHEDULE.fullmatch(value):
        return "the timer wants six fields with single spaces between them and no quotes, as 0 */5 * * * *"
    try:
        Schedule.parse(value).next_after(datetime.now(UTC))
    except AmbiguousScheduleError as error:
        return f"the timer does not read {error.part} as it stands: write out the values that are meant"
    except ScheduleError as error:
        return f"the timer can't run at {error.part}: the fields are second, minute, hour, day, month and weekday"
    return ""


def _runtime(value: str) -> str:
    return "" if value == "python" else "must be python"


def _truth(value: str) -> str:
    return "" if value.lower() in {"true", "false"} else "is True or False, and set by the platform alone"


def _count(value: str) -> str:
    return "" if value.isascii() and value.isdecimal() and int(value) > 0 else "must be a whole number above 0"


def _instrumentation(value: str) -> str:
    return "" if "InstrumentationKey=" in value else "is no connection string: it must hold InstrumentationKey="


def _zone(_: str) -> str:
    return "is not supported on this plan: the schedule is in UTC, and DISPATCH_TIMEZONE is that of the send window"


def _identity(value: str) -> str:
    return "" if _GUID.fullmatch(value) else "must be the client id (a GUID) of the managed identity"


FORMS: Mapping[str, Callable[[str], str]] = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING": _instrumentation,
    "AZURE_AUTHORITY_HOST": _authority,
    "AZURE_CLIENT_ID": _identity,
    "AzureWebJobsStorage__blobServiceUri": _address,
    "AzureWebJobsStorage__queueServiceUri": _address,
    "AzureWebJobsStorage__tableServiceUri": _address,
    "DISPATCH_SCHEDULE": _schedule,
    "FUNCTIONS_WORKER_PROCESS_COUNT": _count,
    "FUNCTIONS_WORKER_RUNTIME": _runtime,
    "OTEL_EXPORTER_OTLP_ENDPOINT": _address,
    "WEBSITE_AUTH_ENABLED": _truth,
    "WEBSITE_TIME_ZONE": _zone,
}


def problems(environ: Mapping[str, str]) -> list[str]:
    """One line for each that the host reads and would not understand; an empty one counts as not set."""
    return [
        f"{name}: {wrong}"
        for name, value in environ.items()
        if name.startswith(READ_BY_HOST) and value.strip() and (wrong := _wrong(name, value))
    ]


def _wrong(name: str, value: str) -> str:
    if value != value.strip():
        return "has blanks or line ends around it, which the host does not take away"
    check = FORMS.get(name)
    return check(value) if check else ""
