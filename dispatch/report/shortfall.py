"""Who was not delivered to: all of them counted, and the first of each outcome by name. Memory holds no more."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dispatch.core import FirstByName, Reason, Recipient, RecipientState
from dispatch.report.explanations import explanation
from dispatch.report.texts import Explanation

LISTED = 200  # in each table; all of them are in the CSV file


@dataclass(slots=True)
class Shortfall:
    """What the report says of them. ``named`` is how many of each outcome it may name."""

    named: int = LISTED
    counts: Counter[RecipientState] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    perhaps_from: set[str] = field(default_factory=set)  # where the letters left that nobody knows the end of
    _first: dict[RecipientState, FirstByName] = field(default_factory=dict)
    _explained: dict[RecipientState, Counter[Explanation]] = field(default_factory=dict)
    _unexplained: bool = False

    @classmethod
    def of(cls, rows: Iterable[Recipient]) -> "Shortfall":
        """These."""
        found = cls()
        for row in rows:
            found.add(row)
        return found

    def add(self, row: Recipient) -> None:
        """One who was not delivered to."""
        self.counts[row.state] += 1
        self._first.setdefault(row.state, FirstByName(self.named)).add(row)
        if row.state is RecipientState.UNCERTAIN:
            self.perhaps_from.add(row.attempt.route.sender)
        if row.reason is None:
            self._unexplained = True
            return
        self.reasons[row.reason] += 1
        self._explained.setdefault(row.state, Counter())[explanation(row)] += 1

    def rows(self, state: RecipientState) -> Sequence[Recipient]:
        """The first who ended so, by name."""
        return self._first[state].rows() if state in self._first else ()

    def explained(self, state: RecipientState) -> Sequence[tuple[Explanation, int]]:
        """Why they ended so, the most frequent first."""
        return self._explained[state].most_common() if state in self._explained else ()

    def has_other_than(self, reasons: Iterable[Reason]) -> bool:
        """Whether somebody ended for none of these reasons."""
        return self._unexplained or bool(self.reasons.keys() - set(reasons))
