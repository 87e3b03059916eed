"""host.json and local.settings.json are read as the real host reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.host import StartError
from local.host.settings import QueueConfig, find_setting, load_local_settings, read_host_config, seconds_of


def host_json(folder: Path, **document: Any) -> Path:
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **document}))
    return folder


def test_without_host_json_the_real_defaults_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    config = read_host_config(None, {})

    assert (config.function_timeout_seconds, config.route_prefix) == (1800.0, "api")
    assert config.queues == QueueConfig(
        batch_size=16,
        new_batch_threshold=16,
        max_polling_seconds=60.0,
        retry_delay_seconds=0,
        max_dequeue_count=5,
        base64=True,
    )


def test_host_json_is_followed_and_settings_override_it(tmp_path: Path) -> None:
    queues = {
        "batchSize": 1,
        "newBatchThreshold": 0,
        "maxPollingInterval": "00:00:05",
        "visibilityTimeout": "00:01:00",
        "maxDequeueCount": 3,
        "messageEncoding": "none",
    }
    folder = host_json(tmp_path, functionTimeout="-1", extensions={"queues": queues, "http": {"routePrefix": "x"}})

    config = read_host_config(folder, {"AZUREFUNCTIONSJOBHOST__extensions__Queues__BATCHSIZE": "4"})

    assert (config.function_timeout_seconds, config.route_prefix) == (None, "x")
    assert config.queues == QueueConfig(
        batch_size=4,
        new_batch_threshold=0,
        max_polling_seconds=5.0,
        retry_delay_seconds=60,
        max_dequeue_count=3,
        base64=False,
    )


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("batchSize", 33, "batchSize is a whole number from 1 to 32, not '33'"),
        ("batchSize", "many", "batchSize is a whole number"),
        ("maxDequeueCount", 0, "maxDequeueCount is a whole number from 1"),
        ("messageEncoding", "utf8", "messageEncoding is 'base64' or 'none', not 'utf8'"),
        ("maxPollingInterval", "00:00:00.01", "maxPollingInterval is at least"),
        ("visibilityTimeout", "60", "'60' is not a time of the form hh:mm:ss"),
    ],
)
def test_values_out_of_range_are_refused(key: str, value: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=words):
        read_host_config(host_json(tmp_path, extensions={"queues": {key: value}}), {})


def test_time_spans() -> None:
    assert [seconds_of(text) for text in ("00:00:00.5", "01:02:03", "1.00:00:00")] == [0.5, 3723.0, 86400.0]
    assert seconds_of("24:00:00") == 24 * 86400.0, "as .NET has it: these are days"


@pytest.mark.parametrize("text", ["00:00:60", "00:90:00", "1.24:00:00", "24:24:00"])
def test_time_spans_that_dotnet_refuses_are_refused(text: str) -> None:
    with pytest.raises(StartError, match="too many hours, minutes or seconds"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, 'must say "version": "2.0"'),
        ({"version": "3.0"}, 'must say "version": "2.0"'),
        ({"version": "2.0", "logging": {"logLevel": {"default": "Info"}}}, "'Info' is no log level"),
    ],
)
def test_a_document_with_which_nothing_runs_there_is_a_start_error(
    document: dict[str, Any], words: str, tmp_path: Path
) -> None:
    (tmp_path / "host.json").write_text(json.dumps(document))
    with pytest.raises(StartError, match=words):
        read_host_config(tmp_path, {})


def test_broken_json_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text("{")
    with pytest.raises(StartError, match=r"host\.json cannot be read"):
        read_host_config(tmp_path, {})


def settings_file(folder: Path, **document: Any) -> Path:
    path = folder / "local.settings.json"
    path.write_text(json.dumps(document))
    return path


def test_values_join_the_environment_and_the_shell_wins(tmp_path: Path) -> None:
    path = settings_file(tmp_path, IsEncrypted=False, Values={"A": "file", "B": "file", "C": "same"})
    environ = {"B": "shell", "C": "same"}

    assert load_local_settings(path, environ) == ["B", "C"]
    assert environ == {"A": "file", "B": "shell", "C": "same"}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"Values": {}}, '"IsEncrypted": false'),
        ({"IsEncrypted": True}, '"IsEncrypted": false'),
        ({"IsEncrypted": False, "Values": {"A": 1}}, "the value of A must be a string, not 1"),
    ],
)
def test_settings_files_that_the_real_host_could_not_use_are_refused(
    document: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(StartError, match=words):
        load_local_settings(settings_file(tmp_path, **document), {})


def test_setting_names_do_not_heed_case_and_colons_are_double_underscores() -> None:
    environ = {"My__Name": "value"}
    assert [find_setting(environ, name) for name in ("My__Name", "MY:NAME", "other")] == ["value", "value", None]
