"""host.json, local.settings.json and the settings that both may name."""

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local.host.errors import FunctionError, StartError

_DAY_HOURS, _SIXTY = 24, 60
_LOG_LEVELS = ("trace", "debug", "information", "warning", "error", "critical", "none")
_OVERRIDE_PREFIX = "azurefunctionsjobhost__"
_TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d+):(\d{2}):(\d{2}(?:\.\d+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConfig:
    """``extensions.queues`` of host.json, with the real host's defaults."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_polling_seconds: float = 60.0
    retry_delay_seconds: int = 0  # host.json calls it visibilityTimeout, but it only holds after a failure
    max_dequeue_count: int = 5
    base64: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConfig:
    """The parts of host.json that this host follows."""

    function_timeout_seconds: float | None = 1800.0
    route_prefix: str = "api"
    queues: QueueConfig = field(default_factory=QueueConfig)


def read_host_config(
    folder: Path | None, environ: Mapping[str, str], *, max_polling_seconds: float | None = None
) -> HostConfig:
    """host.json of the app's folder (if any), overridden by ``AzureFunctionsJobHost__...`` settings."""
    path = None if folder is None else folder / "host.json"
    document = _read_json(path) if path is not None and path.exists() else {}
    for name, value in environ.items():
        if name.lower().startswith(_OVERRIDE_PREFIX):
            _override(document, name[len(_OVERRIDE_PREFIX) :].split("__"), value)
    if path is not None and path.exists():
        _check_document(document)
    timeout = str(_at(document, "functionTimeout", default="00:30:00"))
    queues = _queue_config(_at(document, "extensions", "queues", default={}))
    if max_polling_seconds is not None:
        queues = replace(queues, max_polling_seconds=max_polling_seconds)
    return HostConfig(
        function_timeout_seconds=None if timeout == "-1" else seconds_of(timeout),
        route_prefix=str(_at(document, "extensions", "http", "routePrefix", default="api")).strip("/"),
        queues=queues,
    )


def load_local_settings(path: Path, environ: dict[str, str] | os._Environ[str]) -> list[str]:
    """Put ``Values`` into the environment where the shell has not set them; return the names that it has."""
    document = _read_json(path)
    if document.get("IsEncrypted", True):
        raise StartError(f'{path.name} must say "IsEncrypted": false: without it the values count as encrypted.')
    skipped = []
    for name, value in document.get("Values", {}).items():
        if not isinstance(value, str):
            raise StartError(f"{path.name}: the value of {name} must be a string, not {json.dumps(value)}.")
        if name in environ:
            skipped.append(name)
        else:
            environ[name] = value
    return skipped


def find_setting(environ: Mapping[str, str], name: str) -> str | None:
    """A setting by name, whatever the case of its letters; ``A:B`` is the same as ``A__B``."""
    wanted = name.replace(":", "__")
    if wanted in environ:
        return environ[wanted]
    return next((value for key, value in environ.items() if key.lower() == wanted.lower()), None)


def resolve_settings(text: str, environ: Mapping[str, str], *, what: str) -> str:
    """The text with each ``%NAME%`` replaced by that setting."""

    def value_of(match: re.Match[str]) -> str:
        value = find_setting(environ, match[1])
        if value is None:
            raise FunctionError(f"The {what} is '{text}', but there is no setting named '{match[1]}'.")
        return value

    return re.sub(r"%([^%]+)%", value_of, text)


def seconds_of(time_span: str) -> float:
    """Seconds of a .NET time span: ``hh:mm:ss`` or ``d.hh:mm:ss``; with hours above 23 they are days."""
    match = _TIME_SPAN.fullmatch(time_span)
    if match is None:
        raise StartError(f"host.json: '{time_span}' is not a time of the form hh:mm:ss.")
    days, hours, minutes, seconds = match.groups(default="0")
    if not match[1] and int(hours) >= _DAY_HOURS and "." not in seconds:
        days, hours, minutes, seconds = hours, minutes, seconds, "0"
    if int(hours) >= _DAY_HOURS or int(minutes) >= _SIXTY or float(seconds) >= _SIXTY:
        raise StartError(f"host.json: '{time_span}' has too many hours, minutes or seconds.")
    return int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)


@contextlib.contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """The settings as the process's environment, put back afterwards."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _check_document(document: Mapping[str, Any]) -> None:
    """What puts the real host into the state Error, in which nothing runs."""
    if document.get("version") != "2.0":
        raise StartError('host.json must say "version": "2.0".')
    for name, level in _at(document, "logging", "logLevel", default={}).items():
        if str(level).lower() not in _LOG_LEVELS:
            raise StartError(f"host.json: '{level}' is no log level; {name} takes {', '.join(_LOG_LEVELS)}.")


def _queue_config(queues: Mapping[str, Any]) -> QueueConfig:
    batch_size = _whole(queues, "batchSize", 16, 1, 32)
    encoding = str(queues.get("messageEncoding", "base64")).lower()
    if encoding not in {"base64", "none"}:
        raise StartError(f"host.json: messageEncoding is 'base64' or 'none', not '{encoding}'.")
    polling = seconds_of(str(queues.get("maxPollingInterval", "00:01:00")))
    if polling < 0.1:
        raise StartError("host.json: maxPollingInterval is at least 00:00:00.1.")
    return QueueConfig(
        batch_size=batch_size,
        new_batch_threshold=_whole(queues, "newBatchThreshold", batch_size // 2 * (os.cpu_count() or 1), 0, 10_000),
        max_polling_seconds=polling,
        retry_delay_seconds=int(seconds_of(str(queues.get("visibilityTimeout", "00:00:00")))),
        max_dequeue_count=_whole(queues, "maxDequeueCount", 5, 1, 1_000_000),
        base64=encoding == "base64",
    )


def _whole(queues: Mapping[str, Any], key: str, default: int, least: int, most: int) -> int:
    text = str(queues.get(key, default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise StartError(f"host.json: {key} is a whole number from {least} to {most}, not '{text}'.")
    return int(text)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise StartError(f"{path} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise StartError(f"{path} must hold a JSON object.")
    return document


def _at(document: Mapping[str, Any], *keys: str, default: Any) -> Any:
    value: Any = document
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return default
        value = value[key]
    return value


def _override(document: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        document = document.setdefault(_same_key(document, key), {})
    document[_same_key(document, keys[-1])] = value


def _same_key(document: Mapping[str, Any], key: str) -> str:
    """The key as the document spells it: setting names do not heed case."""
    return next((known for known in document if known.lower() == key.lower()), key)
