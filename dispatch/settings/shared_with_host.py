"""Settings that the Functions host reads as well as we do: they must have the form that both take.

An app's settings are its host's environment too, and the host is a .NET program with libraries of its own. What it
can't read stops it or one of its functions without a word to us, so such a form is refused here, with the right one.
"""

import re
from collections.abc import Callable, Mapping

#: How the names begin that the host, its libraries or the platform read.
READ_BY_HOST = (
    *("AZURE_", "AzureWebJobs", "AzureFunctionsJobHost", "APPLICATIONINSIGHTS_", "ASPNETCORE_"),
    *("DOTNET_", "FUNCTIONS_", "OTEL_", "WEBSITE_", "DISPATCH_SCHEDULE"),
)

_URL = re.compile(r"https?://[^\s/]+\S*")
_CRON_FIELD = r"[0-9A-Za-z*,/-]+"
_SCHEDULE = re.compile(rf"{_CRON_FIELD}( {_CRON_FIELD}){{5}}")
# What each field of the schedule holds, seconds first: from, to, and the names that stand for numbers.
_FIELDS = (
    (0, 59, ""),
    (0, 59, ""),
    (0, 23, ""),
    (1, 31, ""),
    (1, 12, "january february march april may june july august september october november december"),
    (0, 6, "sunday monday tuesday wednesday thursday friday saturday"),
)
_PART = re.compile(r"(?P<first>\*|\d{1,9}|[A-Za-z]+)(-(?P<last>\d{1,9}|[A-Za-z]+))?(/(?P<step>\d{1,9}))?", re.ASCII)
_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def _authority(value: str) -> str:
    if value.startswith("https://") and _URL.fullmatch(value):
        return ""
    return f"the host wants it with its scheme: https://{value.rsplit('://', maxsplit=1)[-1]}"


def _address(value: str) -> str:
    return "" if _URL.fullmatch(value) else "the host wants an address with its scheme, as https://..."


def _schedule(value: str) -> str:
    if _SCHEDULE.fullmatch(value):
        wrong = (
            f"the timer does not know '{part}' in field {place}"
            for place, (field, (least, most, names)) in enumerate(zip(value.split(" "), _FIELDS, strict=True), start=1)
            for part in field.split(",")
            if not _is_known(part, least, most, names.split())
        )
        return next(wrong, "")
    return "the timer wants six fields with single spaces between them and no quotes, as 0 */5 * * * *"


def _is_known(part: str, least: int, most: int, names: list[str]) -> bool:
    """Whether the timer reads this part of a field, and as it is meant: it takes 9-5 for 5-9, and 5/1 for 5-59."""
    match = _PART.fullmatch(part)
    if match is None or (match["step"] and not int(match["step"])):
        return False
    if match["first"] == "*":
        return match["last"] is None
    first = _number(match["first"], least, names)
    last = _number(match["last"] or match["first"], least, names)
    widened = match["last"] is None and match["step"] is not None and int(match["step"]) == 1
    return least <= first <= last <= most and not widened


def _number(text: str, least: int, names: list[str]) -> int:
    """What the text stands for; -1 where nothing is called so."""
    if text.isdecimal():
        return int(text)
    return next((least + place for place, name in enumerate(names) if name.startswith(text.lower())), -1)


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
