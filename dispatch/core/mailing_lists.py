"""A mailing list and who is on it, as Pureservice has them."""

from dataclasses import dataclass
from enum import StrEnum


class MemberKind(StrEnum):
    """What a mailing list relates to."""

    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class MailingList:
    """An asset that is related to the ticket by the configured relation."""

    id: int
    name: str
    usable: bool = True  # False: deleted, or in an inactive status


@dataclass(frozen=True, slots=True)
class Member:
    """One person or organisation on a list, with its default address as Pureservice has it."""

    kind: MemberKind
    id: int
    relation_id: int
    name: str
    address: str = ""
    organization_number: str = ""
    disabled: bool = False
    anonymised: bool = False
