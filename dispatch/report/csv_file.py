"""All recipients of a dispatch as CSV for Norwegian Excel: semicolons, UTF-8 with a byte order mark, no formulas."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime
from itertools import repeat
from typing import NamedTuple

from dispatch.core import Channel, Recipient, merging
from dispatch.report.details import detail_text
from dispatch.report.explanations import explanation
from dispatch.report.texts import (
    CHANNELS,
    DETOURS,
    KINDS,
    TRANSPORTS,
    outcome_text,
)
from dispatch.report.times import norwegian_time

COLUMNS = (
    "Navn",
    "Type",
    "Organisasjonsnummer",
    "Adresse",
    "Kanal",
    "Resultat",
    "Sendt med",
    "E-postens kjennetegn",
    "Tidspunkt",
    "Årsak",
    "Teknisk svar",
    "Hvorfor ikke eFormidling",
    "Sak",
    "Lenke til saken",
    "Sendt fra",
    "Sendt til i stedet",
    "Kom i retur",
)

SHARES = "Deler adresse"
OWN_FILES = "Egne vedlegg"
# What a spreadsheet takes for a formula, also behind blanks and in full width; a quote in front makes it text.
_FORMULA = re.compile(r"[\s\ufeff\u200b]*[=+\-@|＝＋－＠]")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class CsvRow(NamedTuple):
    """One recipient as it stands in the file; the fields are in the order of ``COLUMNS``."""

    name: str
    kind: str
    organization_number: str
    address: str
    channel: str
    result: str
    transport: str
    message_id: str
    moment: str
    reason: str
    detail: str
    detour: str
    case_number: str
    case_link: str
    sent_from: str
    redirected_to: str
    returned: str

    @classmethod
    def of(
        cls,
        recipient: Recipient,
        *,
        ticket_page: str = "",
        redirect_now: str = "",
        shares_with: Recipient | None = None,
    ) -> "CsvRow":
        """The recipient in words; ``ticket_page`` stands in front of a ticket's number in its address.

        ``redirect_now`` holds for a row that does not know where its letter went; ``shares_with`` is whose letter this
        is, for one who is no recipient of their own: the report's numbers are those of the other results.
        """
        own = recipient.own_ticket.number
        return cls(
            name=recipient.name,
            kind=KINDS[recipient.kind],
            organization_number=recipient.organization_number,
            address=recipient.address,
            channel=CHANNELS[recipient.channel],
            result=f"{SHARES}: {outcome_text(recipient)}" if shares_with else outcome_text(recipient),
            transport=TRANSPORTS[recipient.attempt.transport] if recipient.attempt.transport else "",
            message_id=recipient.attempt.message_id,
            moment=_moment(recipient.changed),
            reason=_reason(recipient, shares_with),
            detail=detail_text(recipient.detail),
            detour=DETOURS[recipient.detour] if recipient.detour else "",
            case_number=str(own or ""),
            case_link=f"{ticket_page}{own}/" if own and ticket_page else "",
            sent_from=recipient.attempt.route.sender,
            redirected_to=recipient.redirected_to(redirect_now),
            returned=_moment(recipient.attempt.returned.at),
        )


class CsvFile:
    """The file, filled one recipient at a time."""

    def __init__(
        self, *, ticket_page: str = "", redirect_now: str = "", fields: Sequence[str] = (), with_own: bool = False
    ) -> None:
        """``fields`` are columns of what was filled in for each; ``with_own`` adds them and each one's own files."""
        self._redirect_now = redirect_now
        self._ticket_page = ticket_page
        self._bytes = io.BytesIO()
        self._text = io.TextIOWrapper(self._bytes, encoding="utf-8-sig", errors="replace", newline="")
        self._writer = csv.writer(self._text, delimiter=";", lineterminator="\r\n")
        self._own = len(fields) if with_own else -1
        self._writer.writerow([*COLUMNS, *map(safe_cell, fields), *([OWN_FILES] if with_own else [])])

    def add(
        self,
        recipient: Recipient,
        *,
        shares_with: Recipient | None = None,
        own: merging.OwnContent = merging.NOTHING_OWN,
    ) -> None:
        """Writes one recipient's line, or that of one who shares an address with a recipient."""
        row = CsvRow.of(
            recipient, ticket_page=self._ticket_page, redirect_now=self._redirect_now, shares_with=shares_with
        )
        self._writer.writerow([safe_cell(value) for value in (*row, *self._own_cells(own))])

    def _own_cells(self, own: merging.OwnContent) -> list[str]:
        if self._own < 0:
            return []
        values = own.values or ("",) * self._own
        return [*values, "; ".join(file.name for file in own.files)]

    def add_all(
        self, rows: Sequence[tuple[Recipient, Recipient | None]], owns: Sequence[merging.OwnContent] = ()
    ) -> None:
        """Some rows, each with whose letter it is where it is another's; ``owns`` is what is each one's alone."""
        for (recipient, shares_with), own in zip(rows, owns or repeat(merging.NOTHING_OWN, len(rows)), strict=True):
            self.add(recipient, shares_with=shares_with, own=own)

    def take(self) -> bytes:
        """What has been written since this was last asked for, which is held no longer."""
        part = self.to_bytes()
        self._bytes.seek(0)
        self._bytes.truncate()
        return part

    def to_bytes(self) -> bytes:
        """Everything that is held."""
        self._text.flush()
        return self._bytes.getvalue()


def _moment(moment: datetime | None) -> str:
    return f"{norwegian_time(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


def _reason(recipient: Recipient, shares_with: Recipient | None) -> str:
    why = explanation(recipient).short if recipient.reason else ""
    if shares_with is None:
        return why
    by_number = shares_with.channel is Channel.EFORMIDLING or shares_with.detour
    what = "adresse eller organisasjonsnummer" if by_number else "adresse"
    same = f"Samme {what} som {shares_with.name or 'en annen mottaker'}"
    return f"{same}. {why}" if why else same


def safe_cell(value: str) -> str:
    """The value on one line, and never a formula."""
    line = _UNSEEN.sub(" ", value)
    return f"'{line}" if _FORMULA.match(line) or _UNSEEN.match(value) else line
