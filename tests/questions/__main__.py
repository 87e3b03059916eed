"""``python -m tests.questions``: every pair of answers to the open questions about Pureservice, for each of the jobs.

A covering array: every two answers meet in at least one run. ``--singles`` tries one at a time. ``--hardest`` tries a
dispatch of 300 under the three worlds that ask the most of the product.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from local.simulators.pureservice.questions import singles
from tests.questions.arrays import letters_worlds, pairs
from tests.questions.worlds import JOBS, Outcome, run

HARDEST, WORST = 300, 3  # recipients, worlds
REFUSED = 400

console = Console(soft_wrap=True)


def main() -> int:
    """0 only if nothing fell."""
    parser = argparse.ArgumentParser(prog="python -m tests.questions", description=__doc__)
    parser.add_argument("--singles", action="store_true")
    parser.add_argument("--hardest", type=int, nargs="?", const=HARDEST, metavar="RECIPIENTS")
    parser.add_argument("--job", choices=JOBS, action="append")
    parser.add_argument("--only", default="", help="a switch that must be among the answers")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.hardest:
        return asyncio.run(_hardest(options.hardest, options.job or JOBS))
    worlds = [{**one.along, one.switch: value} for one, value in singles()] if options.singles else pairs()
    chosen = [answers for answers in worlds if not options.only or options.only in answers]
    return asyncio.run(_all(chosen, options.job or JOBS))


async def _all(worlds: Sequence[Mapping[str, Any]], jobs: Sequence[str]) -> int:
    begun, fell = time.monotonic(), 0
    ends: Counter[str] = Counter()
    for answers in worlds:
        for job in jobs:
            ended = await run(job, answers)
            ends["solved" if ended.solved else "told" if ended.told else "silent"] += 1
            if ended.fell:
                fell += 1
                console.print(str(ended), markup=False)
    runs, seconds = len(worlds) * len(jobs), time.monotonic() - begun
    console.print(f"{runs} runs in {seconds:.0f} s, {fell} fell: {dict(ends)}")
    return 1 if fell else 0


async def _hardest(recipients: int, jobs: Sequence[str]) -> int:
    """The three worlds of the array that take the most, among those in which letters reach everybody."""
    measured = []
    for answers in letters_worlds():
        ended = await run(JOBS[0], answers)
        if ended.solved and ended.reached == ended.expected:
            measured.append((hardness(ended), answers))
    console.print(f"{len(measured)} worlds in which everybody is reached", markup=False)
    fell = 0
    for measure, answers in sorted(measured, key=lambda one: one[0], reverse=True)[:WORST]:
        console.print(f"\nhardness {measure}: {dict(answers)}", markup=False)
        for job in jobs:
            begun = time.monotonic()
            ended = await run(job, answers, recipients=recipients)
            fell += bool(ended.fell)
            console.print(
                f"  {job}: {ended.reached} of {ended.expected} reached, "
                f"{'solved' if ended.solved else 'told' if ended.told else 'silent'}, {len(ended.requests)} requests "
                f"({refused(ended)} refused), {time.monotonic() - begun:.0f} s: {'; '.join(ended.fell) or 'held'}",
                markup=False,
            )
    return 1 if fell else 0


def hardness(ended: Outcome) -> int:
    """The requests that one dispatch took, a refused one counting three times: a retreat of ours stands behind it."""
    return len(ended.requests) + 2 * refused(ended)


def refused(ended: Outcome) -> int:
    """How many of its requests were refused."""
    return sum(request.status >= REFUSED for request in ended.requests)


if __name__ == "__main__":
    sys.exit(main())
