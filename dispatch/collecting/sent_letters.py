"""The letters that a report could be about: those of every dispatch that is watched."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from dispatch.collecting.findings import Spot
from dispatch.core import MAILERS, Dispatch, DispatchKey, Recipient, Transport, letter_key
from dispatch.returns import CLOCKS_DIFFER, MailReport, SentLetter, known_address
from dispatch.services import Services
from dispatch.settings import Settings
from dispatch.telemetry import apart

log = logging.getLogger(__name__)

REPORTING = frozenset({Transport.COMMUNICATION})  # what says by an event what became of each sending


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a letter's recipient stands."""

    dispatch: DispatchKey
    spot: Spot


class SentLetters:
    """Letters by everything that a report may name them by."""

    def __init__(self, *, elsewhere: Collection[Transport | None] = ()) -> None:
        """What left by those ``elsewhere`` comes back to another mailbox than it was sent from, or to that one too."""
        self._elsewhere = elsewhere
        self.whole = True  # no dispatch that is watched is missing
        self._named: dict[str, list[SentLetter]] = {}
        self._stands: dict[SentLetter, Stands] = {}
        self._sendings: dict[str, Stands] = {}  # by id, and by Message-ID

    @classmethod
    async def of(cls, dispatches: Iterable[Dispatch], services: Services) -> "SentLetters":
        """Every letter of theirs that left, or may have, as their rows say it now."""
        found, redirect = cls(elsewhere=_elsewhere(services.settings)), services.settings.mail_redirect_to
        for dispatch in dispatches:
            read = False
            with apart(log, dispatch.key):
                async for row in services.ledger.all_recipients(dispatch.key):
                    if row.attempt.transport in MAILERS:
                        found.add(row, dispatch.key, redirect_now=redirect)
                read = True
            found.whole &= read
        return found

    def add(self, row: Recipient, key: DispatchKey, *, redirect_now: str) -> None:
        """One recipient's letter."""
        redirect = row.redirected_to(redirect_now)
        letter = SentLetter(
            key=letter_key(row, key, redirect=redirect),
            message_id=row.attempt.message_id,
            address=redirect or row.address,
            mailbox="" if row.attempt.transport in self._elsewhere else row.attempt.route.sender,
            begun=row.attempt.date or row.attempt.first,
        )
        own_id = letter.message_id.strip("<>").partition("@")[0].casefold()
        for name in {letter.key, own_id, known_address(letter.address)} - {""}:
            self._named.setdefault(name, []).append(letter)
        self._stands[letter] = Stands(key, (row.batch, row.index))
        if row.attempt.transport in REPORTING:
            for name in {row.attempt.operation_id(letter.key), letter.message_id} - {""}:
                self._sendings[name] = self._stands[letter]

    def about(self, report: MailReport, received: datetime) -> list[SentLetter]:
        """Every letter with a key or an address of the report's.

        Where a person sent again to the same address, both rounds have one key: it is the one that was written when the
        returned letter says, else the last that was on its way.
        """
        found: dict[str, list[SentLetter]] = {}
        for name in report.keys | report.addresses:
            for letter in self._named.get(name, ()):
                if letter not in found.setdefault(letter.key, []):
                    found[letter.key].append(letter)
        return [_meant(letters, report.traces.sent, received) for letters in found.values()]

    def by_sending(self, operation: str, message_id: str) -> Stands | None:
        """Where the recipient of that sending stands, by its id, else by its Message-ID."""
        return self._sendings.get(operation) or self._sendings.get(message_id)

    def stands(self, letter: SentLetter) -> Stands:
        """Where its recipient stands."""
        return self._stands[letter]


def _elsewhere(settings: Settings) -> frozenset[Transport]:
    """By SMTP where a mailbox for that is set up; by each where mailboxes share one address that letters are from."""
    shared = settings.pool and settings.mail_senders_from == "one"
    return frozenset(MAILERS) if shared else settings.returning_elsewhere


def _meant(letters: Sequence[SentLetter], sent: datetime | None, received: datetime) -> SentLetter:
    dated = [(abs((one.begun - sent).total_seconds()), one) for one in letters if one.begun] if sent else []
    if dated:
        return min(dated, key=itemgetter(0))[1]
    before = [one for one in letters if one.begun is None or one.begun <= received + CLOCKS_DIFFER]
    return max(before or letters, key=lambda one: one.begun.timestamp() if one.begun else 0.0)
