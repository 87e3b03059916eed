"""A mailing list and who is on it, as Pureservice has them."""

from dataclasses import dataclass
from enum import StrEnum


class MemberKind(StrEnum):
    """What a mailing list relates to, or where else a recipient stands."""

    PERSON = "person"
    ORGANISATION = "organisation"
    ROW = "row"  # of a recipients' file, which Pureservice need not know; its id is the row's number in the file


@dataclass(frozen=True, slots=True)
class MailingList:
    """An asset that is related to the ticket by the configured relation."""

    id: int
    name: str
    usable: bool = True  # False: deleted, or in an inactive status


@dataclass(frozen=True, slots=True)
class Member:
    """One person or organisation, with its default address as Pureservice or a recipients' file has it."""

    kind: MemberKind
    id: int
    relation_id: int
    name: str
    address: str = ""
    organization_number: str = ""
    disabled: bool = False
    anonymised: bool = False
