"""What a plan is made of, as it stands on the ticket: recipients' file, lists, and which files go to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch.core import AttachmentInfo, Dispatch, MailingList
from dispatch.mail import FieldMarks
from dispatch.planning import once_named
from dispatch.planning.candidates import Candidate
from dispatch.planning.follow_up import title_of
from dispatch.planning.letter_files import Choice, choose
from dispatch.planning.list_reading import named_lists
from dispatch.planning.merge_values import NUMBER, canonical, names_of_fields
from dispatch.planning.own_file_names import named_files
from dispatch.planning.problems import Problems
from dispatch.planning.recipient_file import RecipientFile
from dispatch.planning.recipient_file_words import first_few
from dispatch.planning.recipient_rows import FileRecipient
from dispatch.planning.recipient_source import RecipientSource, recipient_source
from dispatch.planning.ticket_lists import lists_of, names_of
from dispatch.services import Services


@dataclass(frozen=True, slots=True)
class Material:
    """``files`` are those that go to everybody; ``named`` those that a row names, by name."""

    files: Choice
    source: RecipientSource | None
    named: Mapping[str, AttachmentInfo]
    related: tuple[MailingList, ...]
    follows: Dispatch | None = None  # those who got it are the recipients, whatever stands in file and lists

    @property
    def table(self) -> RecipientFile | None:
        """What stands in the recipients' file."""
        return self.source.table if self.source else None

    @property
    def lines(self) -> Sequence[FileRecipient]:
        """The rows of the recipients' file."""
        return self.source.table.recipients if self.source else ()

    @property
    def lists(self) -> list[MailingList]:
        """Those that recipients are taken from."""
        return [found for found in self.related if found.usable]

    @property
    def listed(self) -> str:
        """Where the recipients come from, as the report says it."""
        if self.follows:
            return title_of(self.follows)
        return named_lists(self.related, before=self.source.title if self.source else "")

    @property
    def names(self) -> str:
        """The same in a sentence."""
        if self.follows:
            return f"«{title_of(self.follows)}»"
        return names_of(self.lists, file=self.source.name if self.source else "")


async def gathered(candidate: Candidate, services: Services, problems: Problems) -> Material:
    """All of it; what must be fixed is among the problems.

    Raises:
        Rejected: a file of the message is gone.
    """
    assert candidate.message is not None
    files = await choose(candidate.ticket.id, candidate.message, services)
    source, named, related = None, dict[str, AttachmentInfo](), list[MailingList]()
    with problems:
        source = await recipient_source(files, services, channel=candidate.channel)
    with problems:
        lines = source.table.recipients if source else ()
        named, wrong = named_files(lines, files, html=candidate.message.html)
        await once_named.remember(candidate.ticket.id, named.values(), candidate.key, services)
        problems.sentences += first_few(wrong)
    with problems:
        with_file = bool(files.recipients)
        if candidate.follows is None:
            related = await lists_of(candidate, services, with_file=with_file, came_in=files.came_in)
    files = files.without({file.id for file in named.values()}, candidate.message)
    if files.taken and not problems.sentences:
        with problems:
            once = await once_named.known(candidate.ticket.id, files.taken, services)
            files = files.kept_from(once, candidate.message, candidate.key)
    return Material(files, source, named, tuple(related), candidate.follows)


def field_marks(table: RecipientFile | None, *, number: str) -> FieldMarks:
    """What finds the fields of a letter: those that everybody has, and the columns of the file."""
    return FieldMarks(names_of_fields(table), number, NUMBER, canonical)
