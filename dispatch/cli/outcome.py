"""How a command ends: its exit code, and what it says of a mistake, without a traceback."""

import asyncio
import json
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from dispatch.cli.english import in_its_language
from dispatch.cli.texts import Texts
from dispatch.core import BadConfiguration, DispatchError, HalfDone, LostRace, Rejected, TicketSystemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dispatch.services import Services

OPENING_SECONDS = 20  # the SDK of the storage would try for minutes


class Exit(IntEnum):
    """What a pipeline can tell from the status. See the help text ``exit_codes``."""

    OK = 0
    PROBLEMS = 1
    WRONG_USE = 2
    UNREACHABLE = 3
    SETTINGS = 4
    OUR_FAULT = 5


class WrongUse(Exception):
    """The person gave something that does not exist or does not fit; the text says what."""


class StorageSlow(Exception):
    """The storage did not answer while it was opened."""


Work = Callable[["Services"], Awaitable[Exit]]


def run(work: Work, texts: Texts, *, as_json: bool) -> Exit:
    """Opens the services, does the work, and says what went wrong where something did."""
    try:
        return asyncio.run(_with_services(work))
    except Exception as error:  # noqa: BLE001 - the outermost edge: each kind gets its exit code and its sentence
        code, lines = explained(error, texts)
        if code is Exit.OUR_FAULT:
            traceback.print_exc()
        tell(lines, code, as_json=as_json)
        return code


async def _with_services(work: Work) -> Exit:
    async with opened() as services:
        return await work(services)


@asynccontextmanager
async def opened() -> "AsyncIterator[Services]":
    """The services of production, closed again."""
    from dispatch.cli import source
    from dispatch.settings import STORAGE, Settings
    from dispatch.wiring import Wiring

    async with AsyncExitStack() as stack:
        wiring = Wiring(Settings.from_environ(source.given()))
        stack.push_async_callback(wiring.close)
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                services = await wiring.open()
        except TimeoutError as error:
            raise StorageSlow from error
        except ValueError as error:  # the SDK of the storage, on a string that it can't read
            raise BadConfiguration([f"{STORAGE}: is no connection string"]) from error
        yield services


def explained(error: Exception, texts: Texts) -> tuple[Exit, list[str]]:
    """The exit code and the sentences for what went wrong."""
    from azure.core.exceptions import AzureError

    match error:
        case WrongUse():
            return Exit.WRONG_USE, [str(error)]
        case Rejected():
            return Exit.PROBLEMS, [in_its_language(problem, texts) for problem in error.problems]
        case HalfDone():
            cause = explained(error.__cause__, texts)[1] if isinstance(error.__cause__, Exception) else []
            return Exit.UNREACHABLE, [*(in_its_language(sentence, texts) for sentence in error.sentences), *cause]
        case BadConfiguration():
            return Exit.SETTINGS, [texts("settings"), *(f"  {_problem(problem, texts)}" for problem in error.problems)]
        case TicketSystemError() if error.is_about_our_key:
            return Exit.UNREACHABLE, [texts("pureservice_key")]
        case TicketSystemError():
            return Exit.UNREACHABLE, [texts("pureservice", why=_cause(error, "PURESERVICE_URL", texts))]
        case StorageSlow():
            return Exit.UNREACHABLE, [texts("slow", seconds=OPENING_SECONDS)]
        case AzureError():
            return Exit.UNREACHABLE, [texts("storage", why=_cause(error, "AzureWebJobsStorage", texts))]
        case DispatchError():
            return Exit.PROBLEMS, [texts("changed") if isinstance(error, LostRace) else _first_line(error)]
        case _:
            return Exit.OUR_FAULT, [texts("our_fault"), f"  {type(error).__name__}: {_first_line(error)}"]


def tell(lines: list[str], code: Exit, *, as_json: bool) -> None:
    """Says what is wrong: to a person on stderr, to a program as JSON on stdout."""
    if as_json:
        print_json({"ok": False, "exit": int(code), "problems": [line.strip() for line in lines]})
    else:
        sys.stderr.write("\n".join(lines) + "\n")


def print_json(value: Any) -> None:
    """One document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _problem(problem: str, texts: Texts) -> str:
    """What is wrong with the settings is English where it is found."""
    from dispatch.settings import in_norwegian

    return in_norwegian(problem) if texts.language == "nb" else problem


def _cause(error: Exception, address: str, texts: Texts) -> str:
    """What happened, in the doctor's words where it knows it, else in the error's own."""
    from dispatch.doctor import told
    from dispatch.ports import Places

    code = getattr(error, "error_code", None)
    own = f"{type(error).__name__} {code}" if code else _first_line(error)
    return told(error, Places(address), texts.language) or own


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:300]
