"""What is each recipient's alone when somebody sends to them afterwards: as file and lists say it now.

Lines move when somebody changes a file, so a line is a recipient's by address or number, else by a name that only one
of each has. Who is found nowhere keeps what was frozen for them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dispatch.core import AttachmentInfo, Dispatch, Letter, Member, MemberKind, OwnPlace, Recipient, Rejected, merging
from dispatch.planning import own_file_names
from dispatch.planning.letter_files import Choice, choose
from dispatch.planning.merge_values import MergeValues
from dispatch.planning.recipient_rows import FileRecipient
from dispatch.planning.recipient_source import RecipientSource, line_key, member_of, recipient_source
from dispatch.planning.sharers import Who
from dispatch.services import Services

NOWHERE = OwnPlace()
NO_VALUES = "Noen av mottakerne har ingen verdier å flette inn, og finnes verken i mottakerfil eller lister lenger."


@dataclass(frozen=True, slots=True)
class FileNow:
    """The recipients' file as it lies on the ticket now; nothing where there is none."""

    files: Choice
    source: RecipientSource | None

    def lines_of(self, rows: Iterable[Recipient]) -> dict[Who, FileRecipient]:
        """Each recipient's line."""
        return lines_of(rows, self.source) if self.source else {}

    def members_of(self, rows: Iterable[Recipient]) -> dict[Who, Member]:
        """Each recipient as their line names them now."""
        return {who: member_of(line, who[1]) for who, line in self.lines_of(rows).items()}


def lines_of(rows: Iterable[Recipient], source: RecipientSource) -> dict[Who, FileRecipient]:
    """The line of each recipient who stands in a file."""
    lines = source.table.recipients
    old = {(row.kind, row.source_id): row for row in rows if row.kind is MemberKind.ROW and not row.superseded}
    by_key = {line_key(line.address, line.organisation_number): line for line in lines}
    found: dict[Who, FileRecipient] = {}
    for who, row in old.items():
        if line := by_key.get(line_key(row.address, row.organization_number)):
            found[who] = line
    taken = {line.row for line in found.values()}
    left = [line for line in lines if line.row not in taken]
    for of_line, of_row in ((_number, _old_number), (_name, _old_name)):
        rows_left = [row for who, row in old.items() if who not in found]
        lines_by, rows_by = Counter(map(of_line, left)), Counter(map(of_row, rows_left))
        for line in left:
            word = of_line(line)
            if word and lines_by[word] == rows_by[word] == 1:
                who = next(who for who, row in old.items() if who not in found and of_row(row) == word)
                found[who] = line
        left = [line for line in left if line not in found.values()]
    return found


async def file_now(dispatch: Dispatch, services: Services) -> FileNow:
    """The ticket's recipients' file.

    Raises:
        Rejected: what stands in it must be fixed.
    """
    files = await choose(dispatch.ticket_id, None, services)
    return FileNow(files, await recipient_source(files, services, channel=dispatch.channel))


@dataclass(frozen=True, slots=True)
class WantedAgain:
    """Somebody who is to be sent to: the row that was theirs, who they are now, and their line."""

    member: Member | None
    line: FileRecipient | None = None
    before: OwnPlace = NOWHERE


async def own_again(
    dispatch: Dispatch, letter: Letter, wanted: Sequence[WantedAgain], now: FileNow, services: Services
) -> list[merging.OwnContent]:
    """What is each one's alone, frozen anew.

    Raises:
        Rejected: somebody lacks a value, or a file.
    """
    merge = MergeValues(letter.fields, now.source.table if now.source else None)
    named = _named(now, [one.line for one in wanted if one.line])
    files = await own_file_names.frozen(dispatch.key, named, services)
    contents = []
    for one in wanted:
        stands = one.before.blob and (one.member is None or (one.member.kind is MemberKind.ROW and one.line is None))
        if stands or one.member is None:
            contents.append(await services.letters.own.at(dispatch.key, one.before))
            if len(contents[-1].values) != len(letter.fields):
                raise Rejected([NO_VALUES])
        else:
            contents.append(merging.OwnContent(merge.of(one.member, one.line), files.of(one.line)))
    if merge.problems:
        raise Rejected(merge.problems)
    return contents


def _named(now: FileNow, lines: Sequence[FileRecipient]) -> Mapping[str, AttachmentInfo]:
    return own_file_names.named_files(lines, now.files, html="")


def _number(line: FileRecipient) -> str:
    return line.organisation_number


def _old_number(row: Recipient) -> str:
    return row.organization_number


def _name(line: FileRecipient) -> str:
    return line.name.casefold()


def _old_name(row: Recipient) -> str:
    return row.name.casefold()
