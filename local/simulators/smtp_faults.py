"""Faults that the SMTP simulator can be told to make, by the stage of the conversation."""

import random
import re
from dataclasses import dataclass
from typing import Literal

Stage = Literal["connect", "auth", "mail", "rcpt", "data", "drop_before_dot", "drop_after_dot", "slow"]

USUAL_REPLY: dict[Stage, str] = {
    "connect": "421 4.3.2 Service not available",
    "auth": "535 5.7.3 Authentication unsuccessful",
    "mail": "451 4.3.0 Temporary server error",
    "rcpt": "550 5.1.1 User unknown",
    "data": "554 5.6.0 Message content rejected",
}


@dataclass(slots=True)
class SmtpFault:
    """One rule; the first rule of a stage that matches and still has hits left acts.

    ``match`` is a regular expression searched in what the stage is about: the mechanism at ``auth``, the address at
    ``mail`` and ``rcpt``, the first recipient from ``data`` on. ``reply`` is what the server says, the stage's usual
    refusal if empty; with 421 it then closes. ``drop`` cuts the connection without a word instead.

    ``drop_before_dot`` cuts it when DATA is asked for or, with ``after_bytes``, when so much of the body has come;
    ``drop_after_dot`` when the message is stored, before the reply; ``slow`` keeps that reply back for so long.
    Elsewhere ``delay_seconds`` pass before the rule acts.
    """

    stage: Stage
    match: str = ""
    reply: str = ""
    drop: bool = False
    delay_seconds: float = 0.0
    after_bytes: int = 0
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    hits: int = 0

    @property
    def answer(self) -> str:
        """What the server says."""
        return self.reply or USUAL_REPLY.get(self.stage, "")

    @property
    def closes(self) -> bool:
        """Whether the server closes after its answer."""
        return self.answer.startswith("421")

    def wants(self, stage: Stage, subject: str, rng: random.Random) -> bool:
        """Whether this rule acts now; counts the matches that are let through."""
        if stage != self.stage or (self.times is not None and self.hits >= self.times):
            return False
        if not re.search(self.match, subject):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if rng.random() >= self.probability:
            return False
        self.hits += 1
        return True


class SmtpFaults(list[SmtpFault]):
    """The rules, in the order in which they are asked."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self._rng = random.Random(seed)

    def add(self, *rules: SmtpFault) -> None:
        """Puts rules behind those that are there."""
        self.extend(rules)

    def strike(self, stage: Stage, subject: str = "") -> SmtpFault | None:
        """The rule that acts now, if any."""
        return next((rule for rule in list(self) if rule.wants(stage, subject, self._rng)), None)
