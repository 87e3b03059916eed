"""``python -m bench.profile``: where the send path spends its CPU, sampled by py-spy from outside the process.

Writes ``build/bench/profile.raw`` (one stack a line, for any flame graph tool) and prints the share of each part.
Needs the right to look into a child process (on Linux ``ptrace``; inside a container perhaps ``SYS_PTRACE``).
"""

import argparse
import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

from bench.pipeline import a_bench
from bench.processes import BUILD

RATE = 500
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
    ("ours: dispatch/", ("/dispatch/",)),
)


def main() -> int:
    """Profiles one dispatch."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--letters", type=int, default=960)
    parser.add_argument("--smtp", action="store_true", help="by SMTP instead of Graph")
    options = parser.parse_args()
    path = BUILD / "profile.raw"
    rate = asyncio.run(_profile(path, letters=options.letters, smtp=options.smtp))
    total, shares = parts(path)
    print(f"{options.letters} letters, {rate:.0f} letters/s while sampled, {total / RATE:.2f} s of CPU")
    for name, samples in shares.most_common():
        print(f"{samples / total:6.1%}  {samples / RATE / options.letters * 1e6:7.0f} us a letter  {name}")
    return 0


async def _profile(path: Path, *, letters: int, smtp: bool) -> float:
    settings = {"MAIL_CONCURRENCY": "4", **({"MAIL_MAILER": "smtp"} if smtp else {})}
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
        return run.sending_rate


def parts(path: Path) -> tuple[int, Counter[str]]:
    """Samples in all, and by part."""
    shares: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        if "selectors.py" in stack.rsplit(";", 1)[-1]:
            continue  # the loop waits
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
