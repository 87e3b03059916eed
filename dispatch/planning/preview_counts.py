"""Stands where a plan writes: recipients are counted instead of kept, and the letter stays in hand."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from dispatch.core import (
    NO_VERSION,
    Batch,
    Channel,
    Detour,
    Dispatch,
    DispatchKey,
    Letter,
    Reason,
    Recipient,
    RecipientState,
    merging,
)
from dispatch.mail import FrozenLetters, FrozenValues
from dispatch.planning.own_files import FOLDER
from dispatch.ports import ContentStore, Ledger, ReadBlob, StoredBlob

IN_HAND = "in hand"
MOST_NAMED = 200  # of those who would get it, and of those who would not


@dataclass(slots=True)
class PreviewCounts:
    """Stands where the plan writes: counts the recipients, keeps the first few, and forgets the rest."""

    wanted: str
    content: ContentStore
    letters: "LetterInHand"
    ledger: Ledger  # for those who got the message that this one follows
    own: dict[tuple[int, int], merging.OwnContent] = field(default_factory=dict)  # of those that are kept, by place
    part: str = ""  # of a name, in lower case
    head: Dispatch | None = None
    batches: list[Batch] = field(default_factory=list)
    by_channel: Counter[Channel] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    detours: Counter[Detour] = field(default_factory=Counter)
    sample: list[Recipient] = field(default_factory=list)
    left_out: list[Recipient] = field(default_factory=list)
    found: Recipient | None = None
    named: Recipient | None = None  # the first whose name has the part

    # --- of the ledger, what a plan uses

    async def clear_plan(self, dispatch: Dispatch) -> Dispatch:
        """There is nothing to clear."""
        return dispatch

    async def write_batch(self, dispatch: Dispatch, batch: Batch, recipients: Sequence[Recipient]) -> Dispatch:
        """Counts the batch."""
        self.batches.append(batch)
        for row in recipients:
            self._count(row)
        return dispatch

    async def save(self, dispatch: Dispatch) -> Dispatch:
        """Nothing is saved."""
        return dispatch

    def all_recipients(self, key: DispatchKey) -> AsyncIterator[Recipient]:
        """Those of a dispatch before this one."""
        return self.ledger.all_recipients(key)

    # --- of the content

    async def put(self, name: str, content: bytes, *, content_type: str, over: str | None = None) -> None:
        """Nothing is put."""

    async def get(self, name: str) -> bytes | None:
        """What is kept of the ticket, of reports and of who shares a letter; None of else, since nothing was put."""
        kept = name.startswith(f"{FOLDER}/") or "/report/" in name or "/sharer" in name
        return await self.content.get(name) if kept else None

    async def read(self, name: str) -> ReadBlob:
        """The same; nothing is of any version, since nothing is put."""
        return ReadBlob(await self.get(name), NO_VERSION)

    async def stored_under(self, prefix: str) -> Sequence[StoredBlob]:  # noqa: ARG002 - the port's
        """There is nothing to remove."""
        return ()

    def _count(self, row: Recipient) -> None:
        if self.wanted and self.wanted in (row.address.casefold(), row.organization_number):
            self.found = self.found or row
        if self.part and self.part in row.name.casefold():
            self.named = self.named or row
        if row.detour:
            self.detours[row.detour] += 1
        if row.state is RecipientState.SKIPPED:
            if row.reason:
                self.reasons[row.reason] += 1
            _keep(self.left_out, row, MOST_NAMED)
        else:
            self.by_channel[row.channel] += 1
            _keep(self.sample, row, MOST_NAMED)
            if row in (self.found, self.named, self.sample[-1]):
                self.own[row.batch, row.index] = self.letters.own.held[row.own.row]


def _keep(rows: list[Recipient], row: Recipient, most: int) -> None:
    if len(rows) < most:
        rows.append(row)


class OwnInHand(FrozenValues):
    """Keeps what is each recipient's alone in hand, a batch at a time."""

    held: Sequence[merging.OwnContent] = ()

    async def freeze(self, key: DispatchKey, contents: Sequence[merging.OwnContent]) -> str:  # noqa: ARG002 - nothing is written under a key
        """Writes nothing."""
        self.held = contents
        return IN_HAND


class LetterInHand(FrozenLetters):
    """Keeps the letter in hand instead of freezing it."""

    letter: Letter | None = None

    def __init__(self, store: ContentStore) -> None:
        super().__init__(store)
        self.own: OwnInHand = OwnInHand(store)

    async def freeze(self, key: DispatchKey, letter: Letter) -> str:  # noqa: ARG002 - nothing is written under a key
        """Writes nothing."""
        self.letter = letter
        return ""
