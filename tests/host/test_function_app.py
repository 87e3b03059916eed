"""The app as the host sees it: its functions, its start, its weight."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = {
    "find_dispatches": ("timerTrigger", "%DISPATCH_SCHEDULE%"),
    "plan_dispatch": ("queueTrigger", "dispatch-plans"),
    "send_batch": ("queueTrigger", "dispatch-batches"),
    "resolve_ticket": ("queueTrigger", "dispatch-completed"),
    "abandon_plan": ("queueTrigger", "dispatch-plans-poison"),
    "abandon_batch": ("queueTrigger", "dispatch-batches-poison"),
    "abandon_report": ("queueTrigger", "dispatch-completed-poison"),
    "keep_delivery_report": ("queueTrigger", "mail-reports"),
    "doctor": ("httpTrigger", "doctor"),
    "status_page": ("httpTrigger", "status/{*path}"),
    "status_api": ("httpTrigger", "v1/{*path}"),
}
LIST = """
import json, sys
import function_app
heavy = [name for name in ("msgraph", "azure.identity", "azure.storage", "azure.data", "aiohttp", "httpx", "jinja2",
    "aiosmtplib", "typst", "nh3", "typer", "rich") if name in sys.modules]
found = {}
for f in function_app.app.get_functions():
    binding, *_ = json.loads(f.get_function_json())["bindings"]
    told = binding.get("schedule") or binding.get("queueName") or binding["route"]
    found[f.get_function_name()] = [binding["type"], told]
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


def test_a_worker_that_is_asked_for_its_functions_imports_ahead_what_the_first_invocation_needs():
    code = """
import asyncio, sys, threading
import function_app
function_app.app.get_functions()
from dispatch.wiring import warming
asyncio.run(warming.done())
[thread.join() for thread in threading.enumerate() if thread.name == "warming"]
before = set(sys.modules)
from dispatch import tick
from dispatch.closing import resolve
from dispatch.planning import plan_requests, preview_note
from dispatch.sending import worker
from dispatch.settings import Settings
from dispatch.wiring import Resources, open_content, open_ledger, open_pureservice, open_queues, open_transport

async def opened():
    resources = Resources(Settings.from_environ())
    for opens in (open_pureservice, open_ledger, open_content, open_queues):
        opens(resources)
    for name in resources.settings.transports:
        open_transport(name, resources)
    await resources.close()

asyncio.run(opened())
# The identity's own small rest, which it leaves to whoever signs in, is let through.
print(sorted(name for name in set(sys.modules) - before if not name.startswith("azure.identity.")
    and name.split(".")[0] in ("azure", "msgraph", "dispatch", "httpx", "httpcore", "aiohttp", "aiosmtplib",
    "pydantic", "kiota_http", "jinja2", "cryptography")))
"""
    done = run(
        code,
        PURESERVICE_URL="https://etat.pureservice.com",
        PURESERVICE_APIKEY="key",
        MAIL_FROM_ADDRESS="post@etat.example",
        MAIL_HOST="smtp.etat.example",
        AzureWebJobsStorage="UseDevelopmentStorage=true",
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_an_invocation_waits_for_what_is_imported_and_the_loop_goes_on(tmp_path):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(0.5)\nloaded = True\n")
    code = f"""
import asyncio, sys
sys.path.insert(0, {str(tmp_path)!r})
from dispatch.wiring import guarded, warming
warming.NEEDED = ("slow",)

@guarded
async def trigger():
    return "slow" in sys.modules and sys.modules["slow"].loaded

async def main():
    warming.begin()
    run, beats = asyncio.ensure_future(trigger()), 0
    while not run.done():
        await asyncio.sleep(0.01)
        beats += 1
    print(await run, beats)

asyncio.run(main())
"""
    done = run(code)

    assert done.returncode == 0, done.stderr
    loaded, beats = done.stdout.split()
    assert loaded == "True"
    assert int(beats) > 5


def test_a_start_leaves_out_what_only_a_terminal_needs_and_looks_for_garbage_when_it_is_done():
    code = """
import asyncio, gc, json, sys, threading
from dispatch.wiring import warming
looked = []
gc.callbacks.append(lambda phase, info: looked.append(threading.current_thread().name))
warming.begin()
(thread,) = [one for one in threading.enumerate() if one.name == "warming"]
asyncio.run(warming.done())
thread.join()
import httpx
frozen = gc.get_freeze_count()
print(json.dumps({
    "terminal": sorted({"rich", "pygments", "click"} & set(sys.modules)),
    "looked": looked.count("warming"), "looks": gc.isenabled(), "kept": frozen > 50_000,
    "client": httpx.Client.__name__, "soon": [name for name in warming.SOON if name not in sys.modules],
}))
"""
    done = run(code)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "terminal": [], "looked": 0, "looks": True, "kept": True, "client": "Client", "soon": [],
    }  # fmt: skip


def test_one_that_can_not_be_imported_ahead_is_logged_and_keeps_no_other(tmp_path):
    (tmp_path / "after.py").write_text("")
    code = f"""
import asyncio, sys
sys.path.insert(0, {str(tmp_path)!r})
from dispatch.wiring import warming
warming.NEEDED = ("dispatch.renamed", "after")
warming.begin()
asyncio.run(warming.done())
print("after" in sys.modules)
"""
    done = run(code)

    assert done.stdout.strip() == "True", done.stderr
    assert "dispatch.renamed could not be imported ahead" in done.stderr


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


def test_a_message_that_is_none_of_ours_is_taken_away_without_a_word_of_it_in_the_log():
    """No failure, and so no poison copy that lives for a week: the storage need not even be there."""
    code = """
import asyncio, logging, sys
logging.basicConfig(stream=sys.stdout, level=logging.INFO)
import azure.functions as func
import function_app
bodies = (b"", b"Kari Nordmann", b'{"dispatch": "Kari Nordmann", "batch": -1}', b"\\xff\\xfe")
for f in function_app.app.get_functions():
    for body in bodies if f.get_trigger().get_binding_name() == "queueTrigger" else ():
        print("given to", f.get_function_name())
        asyncio.run(f.get_user_function()(func.QueueMessage(body=body)))
"""
    done = run(code)

    assert done.returncode == 0, done.stderr
    told = re.split("^given to ", done.stdout, flags=re.MULTILINE)[1:]
    queues = [name for name, (kind, _) in FUNCTIONS.items() if kind == "queueTrigger"]
    assert sorted(one.split()[0] for one in told) == sorted(queues * 4)
    assert all("message_unreadable" in one for one in told)
    assert "Nordmann" not in done.stdout + done.stderr
