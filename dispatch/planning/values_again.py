"""What is each recipient's alone when somebody sends to them afterwards: as file and lists say it now.

Lines move when somebody changes a file, so a line is a recipient's by address or number, else by a name that only one
of each has; who goes through eFormidling is their number, and no name. A line that is found by name or number says
where the letter goes now as well, so that nobody gets what is another's. Who is found nowhere keeps what was frozen for
them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.core import (
    AttachmentInfo,
    Channel,
    Dispatch,
    Letter,
    Member,
    MemberKind,
    OwnPlace,
    Recipient,
    RecipientState,
    Rejected,
    merging,
)
from dispatch.planning import once_named, own_file_names
from dispatch.planning.letter_files import Choice, choose
from dispatch.planning.letter_from_ticket import goes_by_mail
from dispatch.planning.merge_values import MergeValues
from dispatch.planning.recipient_file_words import first_few
from dispatch.planning.recipient_rows import FileRecipient
from dispatch.planning.recipient_source import (
    RecipientSource,
    is_line_of,
    line_key,
    member_of,
    number_of,
    recipient_source,
)
from dispatch.planning.sharers import Who
from dispatch.services import Services

NOWHERE = OwnPlace()
NO_VALUES = "Noen av mottakerne har ingen verdier å flette inn, og finnes verken i mottakerfil eller lister lenger."


@dataclass(frozen=True, slots=True)
class FileNow:
    """The recipients' file as it lies on the ticket now; nothing where there is none."""

    files: Choice
    source: RecipientSource | None
    html: str = ""  # of the message, where it is still on the ticket

    def lines_of(self, rows: Iterable[Recipient]) -> dict[Who, FileRecipient]:
        """Each recipient's line; who was on a list has one too, where the file has the address or number now."""
        old = {(row.kind, row.source_id): row for row in rows if not row.superseded}
        lines, by_key = self._lines, self._by_key()
        by_number = {_number(line): line for line in lines if line.organisation_number}
        known = {who: by_key.get(line_key(row.address, row.organization_number)) for who, row in old.items()}
        exchange = {who: number_of(row) for who, row in old.items() if row.channel is Channel.EFORMIDLING}
        known |= {who: by_number[number] for who, number in exchange.items() if number in by_number}
        found = {who: line for who, line in known.items() if line}
        for of_line, of_row in ((_number, _old_number), (_name, _old_name)):
            taken = {line.row for line in found.values()}
            left = {line.row: line for line in lines if line.row not in taken}
            rows_left = {
                who: row
                for who, row in old.items()
                if who[0] is MemberKind.ROW and who not in found | exchange  # whose number is what they are known by
            }
            lines_by, rows_by = Counter(map(of_line, left.values())), Counter(map(of_row, rows_left.values()))
            only = {of_row(row): who for who, row in rows_left.items()}
            for line in left.values():
                word = of_line(line)
                if word and lines_by[word] == rows_by[word] == 1:
                    found[only[word]] = line
        return found

    def lines_for(self, members: Iterable[Member]) -> dict[Who, FileRecipient]:
        """The line of each, by what is known of them now: by the address, else by a number that one line alone has."""
        by_key, numbers = self._by_key(), Counter(map(_number, self._lines))
        by_number = {_number(line): line for line in self._lines if numbers[_number(line)] == 1}
        found: dict[Who, FileRecipient] = {}
        for one in members:
            number = number_of(one)
            line = by_key.get(line_key(one.address, number)) or (by_number.get(number) if number else None)
            if line:
                found[one.kind, one.id] = line
        return found

    @property
    def names_files(self) -> bool:
        """Whether a line has files of its own."""
        return any(line.files for line in self._lines)

    @property
    def _lines(self) -> Sequence[FileRecipient]:
        return self.source.table.recipients if self.source else ()

    def _by_key(self) -> dict[str, FileRecipient]:
        return {line_key(line.address, line.organisation_number): line for line in self._lines}

    def members_of(self, rows: Iterable[Recipient]) -> dict[Who, Member]:
        """Each recipient of the file as their line names them now."""
        lines = self.lines_of(rows).items()
        return {who: member_of(line, who[1]) for who, line in lines if who[0] is MemberKind.ROW}


def line_of(row: Recipient, found: Iterable[Mapping[Who, FileRecipient]]) -> FileRecipient | None:
    """The first line of theirs that is for where the letter goes now."""
    lines = filter(None, (lines.get((row.kind, row.source_id)) for lines in found))
    return next((line for line in lines if is_line_of(line, row)), None)


async def file_now(dispatch: Dispatch, services: Services) -> FileNow:
    """The ticket's recipients' file.

    Raises:
        Rejected: what stands in it must be fixed.
    """
    messages = await services.tickets.dispatch_messages(dispatch.ticket_id)
    message = next((one for one in messages if one.id == dispatch.communication_id), None)
    files = await choose(dispatch.ticket_id, message, services, is_frozen=True)
    source = await recipient_source(files, services, channel=dispatch.channel)
    return FileNow(files, source, message.html if message else "")


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
    lines = [one.line for one in wanted if one.line]
    files = await own_file_names.frozen(dispatch, await _named(dispatch, letter, now, lines, services), services)
    by_mail = goes_by_mail(dispatch.channel, dispatch.scenario, services)
    await own_file_names.refuse_too_much(lines, files, letter, services, by_mail=by_mail)
    contents = []
    for one in wanted:
        stands = one.before.blob and (one.member is None or (one.member.kind is MemberKind.ROW and one.line is None))
        if stands or one.member is None:
            contents.append(await services.letters.own.at(dispatch.key, one.before))
            if len(contents[-1].values) != len(letter.fields):
                raise Rejected([NO_VALUES])
        else:
            contents.append(merging.OwnContent(merge.of(_named_by(one.member, one.line), one.line), files.of(one.line)))
    if merge.problems:
        raise Rejected(merge.problems)
    return contents


def count_without_files(planned: Sequence[Recipient], own: Mapping[Who, merging.OwnContent]) -> int:
    """How many of those who get the letter have no file of their own, where somebody has."""
    if not any(one.files for one in own.values()):
        return 0
    reached = [(row.kind, row.source_id) for row in planned if row.state is RecipientState.PLANNED]
    return sum(not own.get(who, merging.NOTHING_OWN).files for who in reached)


async def without_files_now(
    dispatch: Dispatch,
    counted: Sequence[OwnPlace],
    own: Sequence[merging.OwnContent],
    services: Services,
) -> int:
    """How many have no file of their own when these are sent to again, of whom those were counted before.

    Whose line is gone, or has another address than theirs, gets the letter without what it named.
    """
    known, had = dispatch.content.without_files, services.letters.own
    before = [await had.at(dispatch.key, place) if place.blob else merging.NOTHING_OWN for place in counted]
    named = set((await once_named.known(dispatch.ticket_id, (), services)).values())
    if not (known or dispatch.key in named or any(one.files for one in (*before, *own))):
        return 0
    return max(0, known - sum(not one.files for one in before)) + sum(not one.files for one in own)


def _named_by(member: Member, line: FileRecipient | None) -> Member:
    """Who is on a list and in the file is who the file says, as in a plan."""
    if line is None or member.kind is MemberKind.ROW:
        return member
    name, number = line.name or member.name, line.organisation_number or member.organization_number
    return replace(member, name=name, organization_number=number)


async def _named(
    dispatch: Dispatch, letter: Letter, now: FileNow, lines: Sequence[FileRecipient], services: Services
) -> Mapping[str, AttachmentInfo]:
    """The files that the lines name; what went to all with the letter goes with it now too, and is nobody's alone."""
    named, problems = own_file_names.named_files(lines, now.files, html=now.html, to_all=letter.attachments)
    if problems:
        raise Rejected(first_few(problems))
    await once_named.remember(dispatch.ticket_id, named.values(), dispatch.key, services)
    return named


def _number(line: FileRecipient) -> str:
    return line.organisation_number


def _old_number(row: Recipient) -> str:
    return row.organization_number


def _name(line: FileRecipient) -> str:
    return line.name.casefold()


def _old_name(row: Recipient) -> str:
    return row.name.casefold()
