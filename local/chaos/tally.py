"""What a sweep found."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """What a sweep found; ``build/chaos/summary.json`` holds it under these names."""

    mode: str = "sent-items"
    death: str = "machine"
    seed: int = 0
    calls: int = 0
    kills: int = 0
    lost: int = 0
    doubled: int = 0
    repeated_same_id: int = 0
    uncertain: int = 0
    tickets_solved_twice: int = 0
    unfinished: int = 0
    scenario: int = 1
    channel: str = "email"
    cases_doubled: int = 0  # scenario 2: recipients with two tickets of their own, users or notes made twice
    users_doubled: int = 0
    notes_doubled: int = 0
    notes_missing: int = 0
    merge: bool = False
    values_wrong: int = 0  # letters with another's value, or with a field that was left
    files_wrong: int = 0  # letters with a stranger's file, or without their own
    in_doubt_most: int = 0  # after one kill, in one batch
    fallen: list[str] = field(default_factory=list)  # the places after which something above is not as it should be

    @property
    def good(self) -> bool:
        """Whether every target is met. Without reconciliation at most one window a kill may be repeated."""
        bad = self.lost + self.doubled + self.tickets_solved_twice + self.unfinished
        bad += self.cases_doubled + self.users_doubled + self.notes_doubled + self.notes_missing
        bad += self.values_wrong + self.files_wrong
        if self.mode in ("sent-items", "draft", "smtp-hold"):
            bad += self.repeated_same_id
        if self.mode in ("sent-items", "draft"):
            bad += self.uncertain
        return bad == 0
