"""What a plan is made of, as it stands on the ticket: recipients' file, lists, and which files go to whom."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.core import AttachmentInfo, MailingList
from dispatch.mail import FieldMarks
from dispatch.planning.candidates import Candidate
from dispatch.planning.letter_files import Choice, choose
from dispatch.planning.list_reading import named_lists
from dispatch.planning.merge_values import NUMBER, canonical, names_of_fields
from dispatch.planning.own_file_names import named_files
from dispatch.planning.problems import Problems
from dispatch.planning.recipient_file import RecipientFile
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

    @property
    def table(self) -> RecipientFile | None:
        """What stands in the recipients' file."""
        return self.source.table if self.source else None

    @property
    def lists(self) -> list[MailingList]:
        """Those that recipients are taken from."""
        return [found for found in self.related if found.usable]

    @property
    def listed(self) -> str:
        """Where the recipients come from, as the report says it."""
        return named_lists(self.related, before=self.source.title if self.source else "")

    @property
    def names(self) -> str:
        """The same in a sentence."""
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
        named = named_files(source.table.recipients if source else (), files, html=candidate.message.html)
    with problems:
        with_file = bool(files.recipients)
        related = await lists_of(candidate, services, with_file=with_file, came_in=files.came_in)
    own = {file.id for file in named.values()}
    return Material(files.without(own, candidate.message), source, named, tuple(related))


def field_marks(table: RecipientFile | None, *, number: str) -> FieldMarks:
    """What finds the fields of a letter: those that everybody has, and the columns of the file."""
    return FieldMarks(names_of_fields(table), number, NUMBER, canonical)
