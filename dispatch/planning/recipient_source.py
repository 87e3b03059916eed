"""The recipients' file of a ticket: the one that there is, read, or what is to be fixed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dispatch.core import AttachmentInfo, Channel, Member, MemberKind, Recipient, Rejected, TooLarge, addresses, text
from dispatch.planning.letter_files import Choice
from dispatch.planning.recipient_file import FileToFix, RecipientFile, read_recipient_file
from dispatch.planning.recipient_file_words import MOST
from dispatch.planning.recipient_rows import FileRecipient
from dispatch.planning.unreadable_rows import unreadable
from dispatch.ports import SheetLimits
from dispatch.services import Services

FIRST_OF_ALL = "Mottakerfilen «{}» kan ikke brukes slik den er. Rett dette, og legg den i saken i stedet for den gamle:"


@dataclass(frozen=True, slots=True)
class RecipientSource:
    """The file's name, and the table that stands in it."""

    name: str
    table: RecipientFile

    @property
    def title(self) -> str:
        """How the report names where the recipients came from."""
        return f"{self.name} (mottakerfil i saken)"

    def members(self) -> Iterator[tuple[Member, FileRecipient]]:
        """Each row as one that a letter can be planned for."""
        for row in self.table.recipients:
            yield member_of(row), row

    def new_members(self, known: Iterable[Recipient]) -> Iterator[tuple[Member, FileRecipient]]:
        """The rows for addresses and numbers that no row of the dispatch had, under ids that none of them has.

        Lines move when somebody changes a file: a row's number says nothing of whose it was.
        """
        had, free = set[str](), 1
        for old in known:
            had |= {line_key(old.address, old.organization_number), f"number {old.organization_number}"}
            if old.kind is MemberKind.ROW:
                free = max(free, old.source_id + 1)
        for number, row in enumerate(self.table.recipients):
            if line_key(row.address, row.organisation_number) not in had:
                yield member_of(row, free + number), row


def number_of(one: Member | Recipient) -> str:
    """The number as a line has it, however it is written in Pureservice."""
    return addresses.organisation_number(one.organization_number)


def line_key(address: str, number: str) -> str:
    """What a row is known by: the address, which the number of an organisation stands in for."""
    return f"address {addresses.identity(address)}" if address else f"number {number}"


def is_line_of(line: FileRecipient, row: Recipient) -> bool:
    """Whether what stands on the line may go where the letter goes: nobody gets what the file has for another address.

    A number stands for an organisation where the line has no address; a person's is the number of where they work.
    Through eFormidling the number is where it goes, whatever stands beside it.
    """
    same_number = bool(line.organisation_number) and line.organisation_number == number_of(row)
    if row.channel is Channel.EFORMIDLING:
        return same_number
    if same_number and not line.address and row.kind is not MemberKind.PERSON:
        return True
    return bool(line.address) and addresses.identity(line.address) == addresses.identity(row.address)


def member_of(row: FileRecipient, number: int = 0) -> Member:
    """The row as the plan knows recipients."""
    return Member(
        kind=MemberKind.ROW,
        id=number or row.row,
        relation_id=row.row,
        name=row.name,
        address=row.address,
        organization_number=row.organisation_number,
    )


async def recipient_source(files: Choice, services: Services, *, channel: Channel) -> RecipientSource | None:
    """The ticket's recipients' file as it is read; None where it has none.

    Raises:
        Rejected: there are several, or what stands in it must be fixed.
    """
    if not files.recipients:
        return None
    if len(files.recipients) > 1:
        names = text.joined((f"«{file.name}»" for file in files.recipients), most=text.Limit.SENTENCE, between=", ")
        raise Rejected([f"Saken har flere mottakerfiler: {names}. Behold den som skal brukes, og slett de andre."])
    file = files.recipients[0]
    read = await read_recipient_file(await _content(file, services), name=file.name, reader=services.sheets)
    problems = read.sentences if isinstance(read, FileToFix) else _same_numbers(read.recipients, channel)
    if problems or isinstance(read, FileToFix):
        raise Rejected([FIRST_OF_ALL.format(file.name), *problems])
    return RecipientSource(file.name, read)


async def _content(file: AttachmentInfo, services: Services) -> bytes:
    if file.faults:
        raise Rejected([unreadable("attachment", file.id, file.faults)])
    most = SheetLimits().size
    try:
        return await services.tickets.download(file.id, most=most)
    except TooLarge:
        why = f"Filen er større enn {most // 1_000_000} MB. Del den, eller fjern bilder og annet som ikke trengs."
        raise Rejected([FIRST_OF_ALL.format(file.name), why]) from None


def _same_numbers(rows: Sequence[FileRecipient], channel: Channel) -> tuple[str, ...]:
    """Through eFormidling an organisation is its number, whatever address stands beside it: it gets one letter."""
    if channel is not Channel.EFORMIDLING:
        return ()
    by_number: dict[str, list[FileRecipient]] = defaultdict(list)
    for row in rows:
        if row.organisation_number:
            by_number[row.organisation_number].append(row)
    told = [
        f"Rad {row.row} har samme organisasjonsnummer som rad {first.row}, men andre opplysninger. Gjennom eFormidling "
        "får en virksomhet én melding. Behold én av radene."
        for first, *others in by_number.values()
        for row in others
        if replace(row, row=first.row, address=first.address) != first
    ]
    more = len(told) - MOST
    return (*told[:MOST], f"Det er {more} slike rader til i filen.") if more > 0 else tuple(told)
