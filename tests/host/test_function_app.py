"""The app as the host sees it: its functions, its start, its weight."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = {
    "find_dispatches": ("timerTrigger", "%DISPATCH_SCHEDULE%"),
    "plan_dispatch": ("queueTrigger", "dispatch-plans"),
    "send_batch": ("queueTrigger", "dispatch-batches"),
    "resolve_ticket": ("queueTrigger", "dispatch-completed"),
    "abandon_plan": ("queueTrigger", "dispatch-plans-poison"),
    "abandon_batch": ("queueTrigger", "dispatch-batches-poison"),
    "abandon_report": ("queueTrigger", "dispatch-completed-poison"),
    "doctor": ("httpTrigger", "doctor"),
    "status_page": ("httpTrigger", "status/{*path}"),
    "status_api": ("httpTrigger", "v1/{*path}"),
}
LIST = """
import json, sys
import function_app
found = {}
for f in function_app.app.get_functions():
    binding, *_ = json.loads(f.get_function_json())["bindings"]
    told = binding.get("schedule") or binding.get("queueName") or binding["route"]
    found[f.get_function_name()] = [binding["type"], told]
heavy = [name for name in ("msgraph", "azure.identity", "azure.storage", "azure.data", "aiohttp", "httpx", "jinja2",
    "aiosmtplib", "typst", "nh3", "typer", "rich") if name in sys.modules]
print(json.dumps({"functions": found, "heavy": heavy}))
"""


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PATH": "", **environ}, capture_output=True, text=True, check=False
    )


def test_the_app_has_these_functions_and_imports_nothing_heavy():
    done = run(LIST)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {name: tuple(values) for name, values in told["functions"].items()} == FUNCTIONS
    assert told["heavy"] == []


def test_wrong_settings_are_told_at_the_first_invocation_all_in_one_message():
    code = """
import asyncio, function_app
from dispatch.core import BadConfiguration
fn = [f for f in function_app.app.get_functions() if f.get_function_name() == "find_dispatches"][0]
try:
    asyncio.run(fn.get_user_function()(timer=None))
except BadConfiguration as error:
    print(error)
"""
    done = run(code, MAIL_PORT="x")

    assert done.returncode == 0, done.stderr
    for name in (
        "PURESERVICE_URL: missing",
        "PURESERVICE_APIKEY: missing",
        "MAIL_PORT: ",
        "AzureWebJobsStorage: missing",
    ):
        assert name in done.stdout


def test_the_doctor_answers_with_what_is_wrong():
    code = """
import asyncio, function_app
fn = [f for f in function_app.app.get_functions() if f.get_function_name() == "doctor"][0]
answer = asyncio.run(fn.get_user_function()(req=None))
print(answer.status_code, answer.mimetype, answer.get_body().decode())
"""
    done = run(code, PURESERVICE_APIKEY="the-key")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("503 application/json {")
    assert "PURESERVICE_URL: missing" in done.stdout
    assert "the-key" not in done.stdout


def test_a_cancelled_handler_fails_instead_of_hanging():
    code = """
import asyncio
from dispatch.wiring import guarded
@guarded
async def handler():
    raise asyncio.CancelledError
try:
    asyncio.run(handler())
except RuntimeError as error:
    print("told:", error)
"""
    assert "told: cancelled by the host" in run(code).stdout


def test_the_queues_of_the_triggers_are_those_we_write_to():
    from dispatch.adapters.azure_storage import BATCHES, COMPLETED, PLANS

    listened = {queue for kind, queue in FUNCTIONS.values() if kind == "queueTrigger"}
    assert {PLANS, BATCHES, COMPLETED} <= listened
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))["extensions"]["queues"]
    assert host["messageEncoding"] == "none", "the adapter writes plain text"
    assert (host["batchSize"], host["newBatchThreshold"]) == (1, 0), "a killed host delays what it had fetched"


@pytest.mark.parametrize("name", ["send_batch", "resolve_ticket", "abandon_batch", "abandon_report"])
@pytest.mark.parametrize("body", [b"", b"Kari Nordmann", b'{"dispatch": "Kari Nordmann", "batch": -1}', b"\xff\xfe"])
def test_a_message_that_is_none_of_ours_is_taken_away_without_a_word_of_it_in_the_log(name, body):
    """No failure, and so no poison copy that lives for a week: the storage need not even be there."""
    code = f"""
import asyncio, logging, sys
logging.basicConfig(stream=sys.stdout, level=logging.INFO)
import azure.functions as func
import function_app
fn = [f for f in function_app.app.get_functions() if f.get_function_name() == "{name}"][0]
asyncio.run(fn.get_user_function()(func.QueueMessage(body={body!r})))
"""
    done = run(code)

    assert done.returncode == 0, done.stderr
    assert "message_unreadable" in done.stdout
    assert "Nordmann" not in done.stdout + done.stderr
