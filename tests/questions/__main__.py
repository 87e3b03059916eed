"""``python -m tests.questions``: every pair of answers to the open questions about Pureservice, for each of the jobs.

A covering array: every two answers meet in at least one run. ``--singles`` tries one at a time.
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
from tests.questions.arrays import pairs
from tests.questions.worlds import JOBS, run

console = Console(soft_wrap=True)


def main() -> int:
    """0 only if nothing fell."""
    parser = argparse.ArgumentParser(prog="python -m tests.questions", description=__doc__)
    parser.add_argument("--singles", action="store_true")
    parser.add_argument("--job", choices=JOBS, action="append")
    parser.add_argument("--only", default="", help="a switch that must be among the answers")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
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


if __name__ == "__main__":
    sys.exit(main())
