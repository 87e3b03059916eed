"""What is each recipient's alone in one batch: values are filled in, and files are fetched right before they leave."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dispatch.core import ContentMissing, Dispatch, DispatchKey, Letter, Part, Recipient, merging
from dispatch.mail import FrozenLetters

MOST_BYTES = 64 * 1024 * 1024  # of own files that are in memory at a time, of an instance's two gigabytes


@dataclass(slots=True)
class OwnContents:
    """By batch and place, as a recipient's row is known."""

    key: DispatchKey
    letters: FrozenLetters
    known: dict[tuple[int, int], merging.OwnContent] = field(default_factory=dict)
    _files: dict[tuple[int, int], tuple[Part, ...]] = field(default_factory=dict)

    def letter(self, letter: Letter, row: Recipient) -> Letter:
        """The letter as the recipient gets it, and nobody else.

        Raises:
            ContentMissing: the recipient's values or files are not at hand; a letter never goes without them.
        """
        own = self._of(letter, row)
        if not own.files:
            return merging.filled(letter, own.values)
        files = self._files.get(_place(row))
        if files is None:
            raise ContentMissing(f"files of recipient {row.batch}/{row.index} of {self.key}")
        whole = merging.filled(letter, own.values)
        return replace(whole, attachments=(*whole.attachments, *files))

    def words(self, letter: Letter, row: Recipient) -> Letter:
        """What the letter says to the recipient; the files that are theirs alone are named in it, and empty.

        Raises:
            ContentMissing: the recipient's values are not at hand.
        """
        return merging.as_told(letter, self._of(letter, row))

    def _of(self, letter: Letter, row: Recipient) -> merging.OwnContent:
        own = self.known.get(_place(row), merging.NOTHING_OWN)
        if len(own.values) != len(letter.fields):
            raise ContentMissing(f"values of recipient {row.batch}/{row.index} of {self.key}")
        return own

    def values(self, row: Recipient) -> tuple[str, ...]:
        """The recipient's values."""
        return self.known.get(_place(row), merging.NOTHING_OWN).values

    def fitting(self, rows: Sequence[Recipient]) -> int:
        """How many of the rows, from the first on, have files that fit in memory together; one always does."""
        room = MOST_BYTES - sum(self.known[place].size for place in self._files)
        for count, row in enumerate(rows):
            room -= self.known.get(_place(row), merging.NOTHING_OWN).size
            if room < 0:
                return max(count, 0 if self._files else 1)
        return len(rows)

    async def fetch(self, rows: Sequence[Recipient]) -> None:
        """Reads the rows' files.

        Raises:
            ContentMissing: one is gone, or is not what was frozen.
        """
        for row in rows:
            own = self.known.get(_place(row), merging.NOTHING_OWN)
            if own.files and _place(row) not in self._files:
                self._files[_place(row)] = tuple([await self.letters.own.file(self.key, file) for file in own.files])

    async def all_files(self, letter: Letter, row: Recipient) -> tuple[Part, ...]:
        """Everybody's files and the recipient's own.

        Raises:
            ContentMissing: one is gone, or is not what was frozen.
        """
        await self.fetch([row])
        return (*letter.attachments, *self._files.get(_place(row), ()))

    def release(self, rows: Sequence[Recipient]) -> None:
        """Forgets the rows' files."""
        for row in rows:
            self._files.pop(_place(row), None)


async def own_contents(dispatch: Dispatch, rows: Sequence[Recipient], letters: FrozenLetters) -> OwnContents:
    """What is frozen for each of the rows.

    Raises:
        ContentMissing: it is gone, or is not what was frozen.
    """
    known = {_place(row): await letters.own.at(dispatch.key, row.own) for row in rows if row.own.blob}
    return OwnContents(dispatch.key, letters, known)


def _place(row: Recipient) -> tuple[int, int]:
    return row.batch, row.index
