"""A set of ids that lie close together: 64 of them take one entry, where a set would take 64."""

from collections.abc import Iterable, Iterator

_BITS, _MASK = 6, 63


class Numbers:
    """Whole numbers, and whether each has been met."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._blocks: dict[int, int] = {}
        self._count = 0
        self.update(numbers)

    def update(self, numbers: Iterable[int]) -> None:
        """These are met as well."""
        blocks = self._blocks
        for number in numbers:
            block, bit = number >> _BITS, 1 << (number & _MASK)
            known = blocks.get(block, 0)
            if not known & bit:
                blocks[block] = known | bit
                self._count += 1

    def __contains__(self, number: int) -> bool:
        return bool(self._blocks.get(number >> _BITS, 0) >> (number & _MASK) & 1)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        """In their order."""
        for block in sorted(self._blocks):
            bits = self._blocks[block]
            yield from ((block << _BITS) + bit for bit in range(_MASK + 1) if bits >> bit & 1)

    @property
    def last(self) -> int:
        """The largest."""
        block = max(self._blocks)
        return (block << _BITS) + self._blocks[block].bit_length() - 1
