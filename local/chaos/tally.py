"""What a sweep is made of and what it counts: its settings, the places of its kills, and the tally."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

RECIPIENTS, BATCH = 9, 5
SECONDS = 600.0
WITH_CASES = 2  # the scenario in which every recipient gets a ticket of its own
SETTINGS = {
    "DISPATCH_SCHEDULE": "*/2 * * * * *",
    "DISPATCH_BATCH_SIZE": str(BATCH),
    "DISPATCH_LEASE_SECONDS": "2",
    "DISPATCH_SWEEP_SECONDS": "3",
    "DISPATCH_RECONCILE_LOOKS": "0.5,1,1.5",
    "EF_RECEIPT_SECONDS": "0.5",
    "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.5",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:01",
}
CHANNELS: dict[str, dict[str, str]] = {
    "email": {},
    # A message is handed over in several requests within three quarters of the lease, on a machine that is busy: what
    # is refused for that rests for minutes, and what dies waits for the lease's end, while other parts go on.
    "eformidling": {"DISPATCH_LEASE_SECONDS": "10"},
}
# With fields each recipient's document is set anew before it is handed over, which takes a third of a second of CPU.
MERGED: dict[str, dict[str, str]] = {"email": {}, "eformidling": {"DISPATCH_LEASE_SECONDS": "10"}}
MODES = {
    "sent-items": {},
    "draft": {"MAIL_RECONCILE": "draft"},
    "resend": {"MAIL_RECONCILE": "off", "DISPATCH_IN_DOUBT": "resend"},
    "azure-communication": {
        "MAIL_MAILER": "azure-communication",
        "ACS_RATE_PER_MINUTE": "0",
        "ACS_RATE_PER_HOUR": "0",
    },
    "smtp": {"MAIL_MAILER": "smtp", "DISPATCH_IN_DOUBT": "resend"},
    "smtp-hold": {"MAIL_MAILER": "smtp"},
}


ASKED = ("sent-items", "draft", "azure-communication")  # where asking settles every doubt


@dataclass(frozen=True, slots=True)
class Kill:
    """Where the process dies."""

    call: int
    when: str


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
    senders: int = 1
    wrong_mailbox: int = 0  # letters that left, or were looked up in, another mailbox than their row names
    merge: bool = False
    values_wrong: int = 0  # letters with another's value, or with a field that was left
    files_wrong: int = 0  # letters with a stranger's file, or without their own
    in_doubt_most: int = 0  # after one kill, in one batch
    fallen: list[str] = field(default_factory=list)  # the places after which something above is not as it should be

    @property
    def good(self) -> bool:
        """Whether every target is met. Without reconciliation at most one window a kill may be repeated."""
        bad = self.lost + self.doubled + self.tickets_solved_twice + self.unfinished
        bad += self.wrong_mailbox
        bad += self.cases_doubled + self.users_doubled + self.notes_doubled + self.notes_missing
        bad += self.values_wrong + self.files_wrong
        if self.mode in (*ASKED, "smtp-hold"):
            bad += self.repeated_same_id
        if self.mode in ASKED:
            bad += self.uncertain
        return bad == 0


def places(calls: int, *, kills: int, chosen_seed: int) -> Sequence[Kill]:
    """Every place at which the process may die, or so many of them at random."""
    every = [Kill(call, when) for call in range(1, calls + 1) for when in ("before", "after")]
    return random.Random(chosen_seed).sample(every, min(kills, len(every))) if kills else every
