"""Writes ``docs/pureservice-questions.md`` from the table of the open questions, so that the two agree."""

from pathlib import Path

from local.simulators.pureservice.questions import QUESTIONS, Question
from local.simulators.pureservice.switches import OF_OTHER_CLIENTS, Switches

PAGE = Path(__file__).resolve().parent.parent / "docs" / "pureservice-questions.md"

HEAD = """# What nobody outside the vendor knows about Pureservice

No tenant could be reached while this was written, and the vendor documents little. Each open question is a switch of
the simulator. The product's answer to all of them is the same: under every answer alone, and under every two
together, everyone gets the letter once, and the ticket is solved or says what is lacking. `make test` tries one at a
time and a sample of the pairs, `make questions` all pairs (161 worlds), both for four kinds of dispatch: letters, own
tickets, own tickets whose message Pureservice sends, and eFormidling.

`python -m dispatch doctor --try` asks a tenant itself. It says first what it will write: an end user and two tickets of
its own. On them it makes every call that the product makes, then it asks every question below that does no harm. At the
end the tickets are in the bin and the end user is disabled. It takes some 200 requests, which is two or three minutes
of the key's budget. Send its page along with a question: its answers are in the words of this table, so that the
simulator can be set to the same. Which way files reach the tickets is remembered for the tenant in the blob
`tenant/file-way.json`, and `python -m dispatch doctor` shows it.

This file is written by `make settings` from `local/simulators/pureservice/questions.py`.

| Switch | Question | Safest answer | Others tried | Evidence | How a tenant answers |
| --- | --- | --- | --- | --- | --- |
"""

OTHERS = """
Switches of the simulator that no call of the product meets, and that are there for its own tests:

"""

TAIL = """
## What the product does about it

* A list ends with a page that brings nothing new; where `start` leads nowhere, rows are asked for by their ids. A list
  that can't be proven whole stops the plan with words in the ticket. What stays open: where a limited key hides more
  rows in one stretch than a page holds, and takes them out after the page is cut, the list ends there.
* A `limit` that is refused is left out: pages are then as long as the server makes them.
* The report's files go by the first way that is taken: with the solution (the only way known to tie them to it), by
  themselves bare, by themselves in an envelope, with a note. With none, the solution says where they lie.
* A ticket that can't be solved is tried once more; then the report stands as its solution without the status, with what
  is lacking in a note, or all of it in the one of the two that is taken.
* A filter by type of communication that is refused is made up for by reading the ticket's messages and comparing here.
* A look-up that is refused ends the plan with words in the ticket; where no note is taken, they stand as its solution.
* A message that Pureservice is to send, and of which no e-mail row says that it went, is `uncertain`: the row may come
  later.
* What can't be known at all: a key that may read neither statuses nor tickets. It is an alert to the operator.

## The hardest worlds

`make questions ARGS=--hardest` measures each world by the requests that a dispatch of three takes, a refused one
counting three times, among the 27 worlds in which everybody is reached, and sends to 300 under the three hardest. The
hardest has files refused everywhere, the relations of a list without `start`, `sort` and `limit`, and filters refused.
Requests, and how many of them were refused, on 2026-11-30; each got it once and the ticket was solved:

| World | Letters | Own tickets | eFormidling |
| --- | --- | --- | --- |
| 1 | 300 of 300 in 102 (28) | 300 of 300 in 1,406 (200) | 303 of 303 in 103 (28) |
| 2 | 300 of 300 in 101 (21) | 300 of 300 in 1,644 (770) | 303 of 303 in 102 (21) |
| 3 | 300 of 300 in 119 (21) | 300 of 300 in 3,131 (887) | 303 of 303 in 109 (21) |

Own tickets whose message Pureservice is to send reach nobody in the three, since the message's files are refused: the
report names all 300.

All pairs, on the same day: 644 runs, none fell; 152 ended with a solved ticket, 492 with words that say what is
lacking, since most worlds of the array refuse something that nothing can replace.
"""


def page() -> str:
    """The whole page."""
    others = "".join(f"* `{switch}`: {why}\n" for switch, why in OF_OTHER_CLIENTS.items())
    return HEAD + "".join(map(_row, QUESTIONS)) + OTHERS + others + TAIL


def _row(question: Question) -> str:
    safest = getattr(Switches(), question.switch)
    others = ", ".join(f"`{value}`" for value in question.values)
    shown = f"`{safest}`" if safest != "" else "none"
    return f"| `{question.switch}` | {question.asks} | {shown} | {others} | {question.evidence} | {question.tenant} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
