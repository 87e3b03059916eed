"""``make start``: the functions on this machine, by Core Tools where ``func`` is on the PATH, else by the local host.

Azurite and the simulators are started beside them on the ports of ``local.settings.example.json``, a ticket is made
ready, and a page lets one be its case worker, unless ``local.settings.json`` points elsewhere.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dispatch.core import BadConfiguration
from dispatch.settings import Settings
from local.azurite import Azurite, AzuriteError
from local.case_worker import CaseWorkerPage
from local.demo.case import seed_case
from local.demo.documents import documents
from local.simulators.graph import GraphSimulator
from local.simulators.pureservice import PureserviceSimulator
from local.simulators.smtp import SmtpSimulator

ROOT = Path(__file__).resolve().parent.parent
SETTINGS, EXAMPLE = ROOT / "local.settings.json", ROOT / "local.settings.example.json"
AZURITE_PORTS = (10000, 10001, 10002)
PURESERVICE_PORT, GRAPH_PORT, SMTP_PORT, CASE_WORKER_PORT, FUNCTIONS_PORT = 18080, 18081, 18025, 18082, 7071
STATUS_PAGE = f"http://127.0.0.1:{FUNCTIONS_PORT}/api/status"
RECIPIENTS, RATE = 300, 150  # done in two minutes, which is long enough to watch and to press stop
# Small batches and quick looks, so that the pace is even to the eye.
VISIBLE = {"DISPATCH_BATCH_SIZE": "10", "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:01"}


class CanNotStart(Exception):
    """One sentence says why, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until interrupted; what keeps it from starting is said in a sentence."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        recipients, rate = chosen(given)
        if not SETTINGS.exists():
            SETTINGS.write_bytes(EXAMPLE.read_bytes())
            print("Copied local.settings.example.json to local.settings.json")
        values = read_values(SETTINGS)
        check_ports(ports_of(values))
        return asyncio.run(run(values, recipients=recipients, rate=rate))
    except (CanNotStart, AzuriteError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0


def chosen(given: Sequence[str]) -> tuple[int, int]:
    """RECIPIENTS and RATE, as make passes them on: ``recipients=300``.

    Raises:
        CanNotStart: one of them is no number that can be used.
    """
    found = {"recipients": RECIPIENTS, "rate": RATE}
    for argument in given:
        name, _, value = argument.partition("=")
        least, most = {"recipients": (10, 20_000), "rate": (0, 10_000)}.get(name, (1, 0))
        if name not in found or not value.isascii() or not value.isdecimal() or not least <= int(value) <= most:
            raise CanNotStart(
                f"{argument} can't be used: RECIPIENTS is a number from 10 to 20000, RATE from 0 to 10000 a minute."
            )
        found[name] = int(value)
    return found["recipients"], found["rate"]


def read_values(file: Path) -> dict[str, str]:
    """The settings in the file, checked as the application checks them.

    Raises:
        CanNotStart: the file can't be read, or a setting is missing or wrong.
    """
    again = f"Fix it, or delete it, and «make start» makes it anew from {EXAMPLE.name}."
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise CanNotStart(f"{file.name} can't be read as JSON ({error}). {again}") from None
    values = document.get("Values") if isinstance(document, dict) else None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise CanNotStart(f'{file.name} has no object "Values" of texts. {again}')
    try:
        Settings.from_environ({**values, **{name: os.environ[name] for name in values if name in os.environ}})
    except BadConfiguration as error:
        raise CanNotStart(f"{file.name} can't be used: {'; '.join(error.problems)}. {again}") from None
    return values


def ports_of(values: Mapping[str, str]) -> list[int]:
    """The ports that will be listened on."""
    azurite = AZURITE_PORTS if _is_emulated(values) else ()
    simulated = (PURESERVICE_PORT, GRAPH_PORT, SMTP_PORT, CASE_WORKER_PORT) if _is_simulated(values) else ()
    return [*azurite, *simulated, FUNCTIONS_PORT]


def check_ports(ports: Sequence[int]) -> None:
    """Refuses while one of them is taken.

    Raises:
        CanNotStart: another «make start» runs, or something else listens there.
    """
    taken = [port for port in ports if _is_taken(port)]
    if taken:
        listed = ", ".join(map(str, taken))
        raise CanNotStart(f"Something listens on {listed} already: end the other «make start», or what else it is.")


def _is_taken(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


async def run(values: Mapping[str, str], *, recipients: int, rate: int) -> int:
    """Starts what the settings ask for, then the functions."""
    async with contextlib.AsyncExitStack() as stack:
        azurite = None
        extra: dict[str, str] = {}
        if _is_emulated(values):
            azurite = await stack.enter_async_context(Azurite(ports=AZURITE_PORTS))
            print("Azurite listens on 10000, 10001 and 10002")
        if _is_simulated(values):
            await _simulate(stack, str(values["PURESERVICE_APIKEY"]), recipients=recipients)
            extra = {**VISIBLE, "MAIL_RATE_PER_MINUTE": str(rate)}
        return await _functions(extra, azurite)


def _is_emulated(values: Mapping[str, str]) -> bool:
    return values.get("AzureWebJobsStorage") == "UseDevelopmentStorage=true"


def _is_simulated(values: Mapping[str, str]) -> bool:
    return str(values.get("PURESERVICE_URL", "")).endswith(f":{PURESERVICE_PORT}")


async def _simulate(stack: contextlib.AsyncExitStack, api_key: str, *, recipients: int) -> None:
    pureservice = PureserviceSimulator(api_key=api_key)
    graph = GraphSimulator()
    smtp = SmtpSimulator(port=SMTP_PORT)
    page = CaseWorkerPage(pureservice.store, status_page=STATUS_PAGE)
    await pureservice.start(port=PURESERVICE_PORT)
    stack.push_async_callback(pureservice.stop)
    await graph.start(port=GRAPH_PORT)
    stack.push_async_callback(graph.stop)
    await asyncio.to_thread(smtp.start)
    stack.callback(smtp.stop)
    case = await asyncio.to_thread(seed_case, pureservice.store, recipients=recipients, documents=documents())
    await page.start(port=CASE_WORKER_PORT)
    stack.push_async_callback(page.stop)
    pureservice.ticket_pages = page.url
    print(f"Pureservice on {pureservice.url}, Graph on {graph.url}, SMTP on {smtp.host}:{smtp.port}")
    print(f"Ticket {case.ticket['requestNumber']} stands ready with {case.recipients} recipients")
    print(f"Be the case worker: {page.url}")
    print(f"What was received: {graph.url.removesuffix('/v1.0')}/_control/received")


async def _functions(extra: Mapping[str, str], azurite: Azurite | None) -> int:
    func = shutil.which("func")
    command = [func, "start"] if func else [sys.executable, "-m", "local.host"]
    print("Starting", "Azure Functions Core Tools" if func else "the local host (func is not on the PATH)")
    environ = {**extra, **os.environ}
    if not func:
        # Core Tools have no sign-in: an app that is told otherwise there would believe whoever claims to be somebody.
        print(f"Status page: {STATUS_PAGE}")
        print(f'The same as JSON: curl -H "Authorization: Bearer kari" {STATUS_PAGE}/v1/dispatches', flush=True)
        environ |= {"WEBSITE_AUTH_ENABLED": "True", "STATUS_PAGE_URL": STATUS_PAGE}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ)
    watch = asyncio.create_task(_until_storage_is_gone(azurite))
    ended = asyncio.create_task(process.wait())
    try:
        await asyncio.wait({watch, ended}, return_when=asyncio.FIRST_COMPLETED)
        if watch.done():
            process.kill()
            await ended
            raise CanNotStart("Azurite has ended, and nothing works without the storage. Run «make start» again.")
        return ended.result()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.wait()
        raise
    finally:
        watch.cancel()


async def _until_storage_is_gone(azurite: Azurite | None) -> None:
    if azurite is None:
        await asyncio.Event().wait()
    else:
        await asyncio.to_thread(azurite.wait_until_ended)


if __name__ == "__main__":
    sys.exit(main())
