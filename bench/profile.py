"""Where the send path spends its CPU, sampled by py-spy from outside the process: a section, and a command by itself.

``python -m bench.profile`` writes ``build/bench/profile.raw`` (one stack a line, for any flame graph tool) and prints
the share of each part. The samples give the shares; what they are shares of is the CPU that the system counted, so that
a busy machine does not make it more. Needs the right to look into a child process (on Linux ``ptrace``; inside a
container perhaps ``SYS_PTRACE``).
"""

import argparse
import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

from bench.figures import Collector
from bench.pipeline import Run, a_bench
from bench.processes import BUILD

RATE = 500  # samples a second
LETTERS = 960
LEAST = 0.005  # of all, to be told
WAITING = ("selectors.py", "concurrent/futures/thread.py")  # the loop, and a thread without work
# The innermost frame that belongs to one of these decides where a sample counts; the first that matches.
PARTS = (
    (
        "Graph SDK: building and serialising",
        ("/msgraph/", "kiota_serialization", "kiota_abstractions", "std_uritemplate"),
    ),
    ("Graph SDK: adapter and tracing", ("kiota_http", "msgraph_core", "opentelemetry")),
    ("httpx, httpcore, h11", ("/httpx/", "/httpcore/", "/h11/", "/anyio/")),
    ("aiosmtplib", ("aiosmtplib/",)),
    ("Table SDK", ("azure/data/tables",)),
    ("Blob and Queue SDK", ("azure/storage",)),
    ("azure-core pipeline", ("azure/core",)),
    ("aiohttp (storage)", ("aiohttp/", "yarl/", "multidict/")),
    ("logging", ("logging/",)),
    ("local host (not deployed)", ("/local/host/",)),
    ("ours: letters by SMTP", ("/dispatch/adapters/smtp_mail/", "/dispatch/adapters/mime")),
    ("ours: rows and journal", ("/dispatch/adapters/azure_storage/", "/dispatch/core/journal")),
    ("ours: the loop and its steps", ("/dispatch/sending/", "/dispatch/pacing/")),
    (
        "ours: planning, letter and report",
        ("/dispatch/planning/", "/dispatch/mail/", "/dispatch/report/", "/dispatch/document/", "/dispatch/closing/"),
    ),
    ("ours: Pureservice", ("/dispatch/adapters/pureservice/",)),
    ("ours: the rest", ("/dispatch/",)),
)


def main() -> int:
    """Profiles one dispatch."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--letters", type=int, default=LETTERS)
    parser.add_argument("--smtp", action="store_true", help="by SMTP instead of Graph")
    options = parser.parse_args()
    path = BUILD / "profile.raw"
    run = asyncio.run(_profile(path, letters=options.letters, smtp=options.smtp))
    total, shares = parts(path)
    each = run.host.cpu / options.letters * 1e6
    print(f"{options.letters} letters, {run.sending_rate:.0f} letters/s while sampled, {each:.0f} us of CPU a letter")
    for name, samples in shares.most_common():
        print(f"{samples / total:6.1%}  {samples / total * each:7.0f} us a letter  {name}")
    return 0


async def measure(collector: Collector, *, quick: bool) -> None:
    """By Graph and by SMTP; microseconds of CPU a letter, and in brackets the share."""
    letters = LETTERS // 4 if quick else LETTERS
    for transport in ("graph", "smtp"):
        path = BUILD / f"profile-{transport}.raw"
        run = await _profile(path, letters=letters, smtp=transport == "smtp")
        total, shares = parts(path)
        each = run.host.cpu / letters * 1e6
        collector.add(f"{transport}.all", each, "CPU microseconds a letter, from the tick to the solved ticket")
        for name, samples in shares.most_common():
            if samples / total >= LEAST:
                collector.add(f"{transport}.{name}", samples / total * each, f"{samples / total:.0%}")


async def _profile(path: Path, *, letters: int, smtp: bool) -> Run:
    settings = {"MAIL_CONCURRENCY": "4", **({"MAIL_MAILER": "smtp"} if smtp else {})}
    _begin_anew(path)
    async with a_bench("profile", settings) as bench:
        await bench.dispatch(96)
        sampler = subprocess.Popen(
            [
                "py-spy",
                "record",
                "--full-filenames",
                "--nonblocking",
                "--subprocesses",  # the functions run in the host's worker
                "-f",
                "raw",
                "-r",
                str(RATE),
                "-d",
                "600",
                "-o",
                str(path),
                "-p",
                str(bench.pid),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            executable=str(Path(sys.executable).with_name("py-spy")),
        )
        await asyncio.sleep(1.5)
        run = await bench.dispatch(letters)
        sampler.send_signal(2)
        await asyncio.to_thread(sampler.wait, 60)
        return run


def _begin_anew(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)


def parts(path: Path) -> tuple[int, Counter[str]]:
    """Samples in all, and by part.

    Raises:
        RuntimeError: there are none.
    """
    if not path.exists() or not path.stat().st_size:
        raise RuntimeError("py-spy could not look into the process: it needs ptrace (SYS_PTRACE in a container)")
    shares: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        if any(mark in stack.rsplit(";", 1)[-1] for mark in WAITING):
            continue
        shares[part_of(stack.split(";"))] += int(count)
    return sum(shares.values()), shares


def part_of(frames: list[str]) -> str:
    """The part that the innermost frame with a known home belongs to."""
    for frame in reversed(frames):
        for name, marks in PARTS:
            if any(mark in frame for mark in marks):
                return name
    return "the interpreter and asyncio"


if __name__ == "__main__":
    sys.exit(main())
