"""What the Functions host reads too has the form that both take, and the other form is refused with the right one."""

import json
from pathlib import Path

import pytest

from dispatch.core import BadConfiguration
from dispatch.settings import Settings
from dispatch.settings.shared_with_host import FORMS, READ_BY_HOST, problems

ROOT = Path(__file__).resolve().parents[3]
REQUIRED = {
    "PURESERVICE_URL": "https://etat.pureservice.com",
    "PURESERVICE_APIKEY": "hemmelig",
    "MAIL_FROM_ADDRESS": "ikkesvar@etat.example",
    "MAIL_HOST": "smtp.etat.example",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
}
GUID = "11111111-1111-4111-8111-111111111111"
RIGHT = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=x;IngestionEndpoint=https://x.example/",
    "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us",
    "AZURE_CLIENT_ID": GUID,
    "AzureWebJobsStorage__blobServiceUri": "https://x.blob.core.windows.net",
    "AzureWebJobsStorage__queueServiceUri": "https://x.queue.core.windows.net",
    "AzureWebJobsStorage__tableServiceUri": "https://x.table.core.windows.net",
    "DISPATCH_SCHEDULE": "0 */5 8-16 * * MON-FRI",
    "FUNCTIONS_WORKER_PROCESS_COUNT": "1",
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318",
    "WEBSITE_AUTH_ENABLED": "True",
}
WRONG = [
    ("APPLICATIONINSIGHTS_CONNECTION_STRING", "a-key", "InstrumentationKey="),
    ("AZURE_AUTHORITY_HOST", "login.microsoftonline.com", "https://login.microsoftonline.com"),
    ("AZURE_AUTHORITY_HOST", "http://login.microsoftonline.com", "https://login.microsoftonline.com"),
    ("AZURE_CLIENT_ID", "identity", "GUID"),
    ("AzureWebJobsStorage__blobServiceUri", "x.blob.core.windows.net", "https://"),
    ("AzureWebJobsStorage__queueServiceUri", "x.queue.core.windows.net", "https://"),
    ("AzureWebJobsStorage__tableServiceUri", "x.table.core.windows.net", "https://"),
    ("DISPATCH_SCHEDULE", "'0 */5 * * * *'", "no quotes"),
    ("DISPATCH_SCHEDULE", "0  */5 * * * *", "single spaces"),
    ("DISPATCH_SCHEDULE", "0\t*/5 * * * *", "single spaces"),
    ("DISPATCH_SCHEDULE", "00:05:00", "six fields"),
    ("DISPATCH_SCHEDULE", "0 60 * * * *", "at 60"),
    ("DISPATCH_SCHEDULE", "0 */5 * * * MAN", "at MAN"),
    ("DISPATCH_SCHEDULE", "0 0 25 * * *", "at 25"),
    ("FUNCTIONS_WORKER_PROCESS_COUNT", "two", "whole number"),
    ("FUNCTIONS_WORKER_RUNTIME", "node", "python"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "https://"),
    ("WEBSITE_AUTH_ENABLED", "1", "True or False"),
    ("WEBSITE_TIME_ZONE", "Europe/Oslo", "UTC"),
]


@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_the_other_form_is_refused_with_the_right_one(name: str, value: str, words: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        Settings.from_environ({**REQUIRED, name: value})
    (line,) = [line for line in str(caught.value).splitlines() if name in line and words in line]
    assert line


def test_every_name_with_a_form_is_tried_both_ways() -> None:
    assert set(RIGHT) | {"WEBSITE_TIME_ZONE"} == set(FORMS) == {name for name, _, _ in WRONG}
    assert problems(RIGHT) == []


@pytest.mark.parametrize(
    "name", [*RIGHT, "DOTNET_gcServer", "AzureFunctionsJobHost__functionTimeout", "AZURE_TENANT_ID"]
)
@pytest.mark.parametrize("blank", ["\n", " ", "\t", "\u00a0", "\r\n"])
def test_blanks_around_a_setting_of_the_host_are_refused(name: str, blank: str) -> None:
    value = RIGHT.get(name, "x")
    for text in (value + blank, blank + value):
        assert problems({name: text}) == [
            f"{name}: has blanks or line ends around it, which the host does not take away"
        ]


@pytest.mark.parametrize("blank", ["\n", " ", "\t", "\u00a0", "\r\n"])
def test_blanks_around_every_other_setting_are_taken_away(blank: str) -> None:
    example = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))["Values"]
    known = {str(field.alias) for field in Settings.model_fields.values()}
    padded = {
        name: value if name.startswith(READ_BY_HOST) or not value else f"{blank}{value}{blank}"
        for name, value in example.items()
    }
    assert sum(name in known and padded[name] != example[name] for name in example) > 40
    assert Settings.from_environ(padded) == Settings.from_environ(example)


def test_the_defaults_and_the_example_have_the_form_that_both_take() -> None:
    values = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))["Values"]
    assert problems(values) == []
    assert values["AZURE_AUTHORITY_HOST"] == "https://login.microsoftonline.com"
