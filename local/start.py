"""``make start``: the functions on this machine, by Core Tools where ``func`` is on the PATH, else by the local host.

Azurite and the simulators are started beside them on the ports of ``local.settings.example.json``, and a ticket is
made ready, unless ``local.settings.json`` points elsewhere.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from local.azurite import Azurite
from local.demo.case import seed_case
from local.demo.documents import documents
from local.simulators.graph import GraphSimulator
from local.simulators.pureservice import PureserviceSimulator
from local.simulators.smtp import SmtpSimulator

ROOT = Path(__file__).resolve().parent.parent
SETTINGS, EXAMPLE = ROOT / "local.settings.json", ROOT / "local.settings.example.json"
AZURITE_PORTS = (10000, 10001, 10002)
PURESERVICE_PORT, GRAPH_PORT, SMTP_PORT = 18080, 18081, 18025
RECIPIENTS = 50


def main() -> int:
    """Runs until interrupted."""
    if not SETTINGS.exists():
        SETTINGS.write_bytes(EXAMPLE.read_bytes())
        print("Copied local.settings.example.json to local.settings.json")
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(run())
    return 0


async def run() -> int:
    """Starts what the settings ask for, then the functions."""
    values = json.loads(SETTINGS.read_text(encoding="utf-8"))["Values"]
    async with contextlib.AsyncExitStack() as stack:
        if values.get("AzureWebJobsStorage") == "UseDevelopmentStorage=true":
            azurite = Azurite(ports=AZURITE_PORTS)
            await stack.enter_async_context(azurite)
            print("Azurite listens on 10000, 10001 and 10002")
        if str(values.get("PURESERVICE_URL", "")).endswith(f":{PURESERVICE_PORT}"):
            await _simulate(stack, str(values["PURESERVICE_APIKEY"]))
        return await _functions()


async def _simulate(stack: contextlib.AsyncExitStack, api_key: str) -> None:
    pureservice = PureserviceSimulator(api_key=api_key)
    graph = GraphSimulator()
    smtp = SmtpSimulator(port=SMTP_PORT)
    await pureservice.start(port=PURESERVICE_PORT)
    stack.push_async_callback(pureservice.stop)
    await graph.start(port=GRAPH_PORT)
    stack.push_async_callback(graph.stop)
    await asyncio.to_thread(smtp.start)
    stack.callback(smtp.stop)
    case = await asyncio.to_thread(seed_case, pureservice.store, recipients=RECIPIENTS, documents=documents())
    print(f"Pureservice on {pureservice.url}, Graph on {graph.url}, SMTP on {smtp.host}:{smtp.port}")
    print(f"Ticket {case.ticket['requestNumber']} stands ready with {case.recipients} recipients")
    print(f"What was received: {graph.url.removesuffix('/v1.0')}/_control/received")


async def _functions() -> int:
    func = shutil.which("func")
    command = [func, "start"] if func else [sys.executable, "-m", "local.host"]
    print("Starting", "Azure Functions Core Tools" if func else "the local host (func is not on the PATH)")
    environ = dict(os.environ)
    if not func:
        # Core Tools have no sign-in: an app that is told otherwise there would believe whoever claims to be somebody.
        print("Status page: http://127.0.0.1:7071/api/status")
        environ["WEBSITE_AUTH_ENABLED"] = "True"
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.send_signal(signal.SIGINT)
        await process.wait()
        raise


if __name__ == "__main__":
    sys.exit(main())
