"""The rows that we read, one by one: one that can't be read is the fault of that row.

Unknown fields are ignored. Every text passes the gate of ``core.text`` with a limit of its field's own.
"""

from collections.abc import Container, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from dispatch.core import text

CLOSED = 50  # core statuses from here on are solved, closed or inactive
LARGEST_NUMBER = 2**31 - 1  # what Pureservice counts with, and what a row of the table holds
MOST_DIGITS = 10

Number = Annotated[int, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
Size = Annotated[int, Field(ge=0, le=2**53)]


def line(most: int) -> BeforeValidator:
    """A text of one line."""
    return BeforeValidator(lambda value: text.line(value, most=most) if isinstance(value, str) else value)


Name = Annotated[str, line(text.Limit.NAME)]
Code = Annotated[str, line(text.Limit.CODE)]
Short = Annotated[str, line(text.Limit.SHORT)]
ListName = Annotated[str, line(text.Limit.LIST_NAME)]
Subject = Annotated[str, line(text.Limit.SUBJECT)]
Address = Annotated[str, line(text.Limit.ADDRESS)]
Receivers = Annotated[str, line(text.Limit.RECEIVERS)]
OrganisationNumber = Annotated[str, line(text.Limit.NUMBER)]
FileName = Annotated[str, BeforeValidator(lambda value: text.file_name(value) if isinstance(value, str) else value)]
Html = Annotated[
    str, BeforeValidator(lambda value: text.lines(value, most=text.Limit.HTML) if isinstance(value, str) else value)
]


class Record(BaseModel):
    """A row. Names are matched whatever their letter case, since the server's own spelling varies."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, coerce_numbers_to_str=True)

    id: Annotated[int, Field(gt=0, le=LARGEST_NUMBER)]

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, row: Any) -> Any:
        return cls.in_our_spelling(row)

    @classmethod
    def in_our_spelling(cls, row: Mapping[str, Any]) -> dict[str, Any]:
        """Null counts as absent, and a reference may stand only among the links."""
        given = {str(name).lower(): value for name, value in row.items() if value is not None}
        links = given.get("links")
        for name, link in links.items() if isinstance(links, Mapping) else ():
            if isinstance(link, Mapping) and link.get("id") is not None:
                given.setdefault(f"{name.lower()}id", link["id"])
        if "requestid" in given:  # what a ticket was called until December 2024
            given.setdefault("ticketid", given["requestid"])
        aliases = (field.alias or name for name, field in cls.model_fields.items())
        return {alias: given[alias.lower()] for alias in aliases if alias.lower() in given}

    @classmethod
    def noun(cls) -> str:
        """What one row is called."""
        return cls.__name__.removesuffix("Row").lower()


class StatusRow(Record):
    """A status of tickets or of assets."""

    name: Name
    core_status: Number = 0
    disabled: bool = False
    request_type_key: Code = ""

    def is_of_an_asset_out_of_use(self, names: Container[str]) -> bool:
        """By its name, or by what tells a closed ticket; which numbers those of assets have is not known."""
        return self.disabled or self.core_status >= CLOSED or self.name.strip().casefold() in names


class TicketRow(Record):
    """A ticket."""

    request_number: Number
    status_id: Number
    subject: Subject = ""
    user_id: Number = 0
    email_address: Address = ""
    solution: Html = ""
    modified_by_id: Number = 0
    is_marked_for_deletion: bool = False


class CommunicationRow(Record):
    """A communication. ``message_id`` is the id of its e-mail's row."""

    type: Number
    ticket_id: Number = 0
    custom_type_id: Number = 0
    direction: Number = 0
    subject: Subject = ""
    text: Html = ""
    created_by_id: Number = 0
    message_id: Number = 0

    @field_validator("message_id", mode="before")
    @classmethod
    def _only_numbers(cls, value: Any) -> Any:
        """An RFC 5322 Message-ID, and what is larger than any id, count as none."""
        number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) <= MOST_DIGITS else value
        return number if isinstance(number, int) and 0 <= number <= LARGEST_NUMBER else 0


class AttachmentRow(Record):
    """A file on a ticket, without its bytes."""

    file_name: FileName = ""
    name: FileName = ""
    content_type: Short = ""
    content_length: Size = 0
    is_part_of_current_solution: bool = False
    ticket_id: Number = 0


class AssetTypeRow(Record):
    """A type of assets."""

    name: Name


class AssetRow(Record):
    """An asset: a mailing list."""

    name: ListName = ""
    type_id: Number
    status_id: Number = 0
    is_marked_for_deletion: bool = False


class RelationTypeRow(Record):
    """A type of relations, named from either end."""

    name: Name = ""
    reverse_name: Name = ""

    def is_called(self, name: str) -> bool:
        """Whether one of its names is this one."""
        return same_name(name, self.name) or same_name(name, self.reverse_name)


class RelationRow(Record):
    """One relation, as read from one of its ends."""

    type_id: Number
    to_asset_id: Number = 0
    to_user_id: Number = 0
    to_company_id: Number = 0


class UserRow(Record):
    """A person."""

    first_name: Name = ""
    last_name: Name = ""
    full_name: Name = ""
    email_address_id: Number = 0
    disabled: bool = False
    is_anonymized: bool = False
    is_marked_for_deletion: bool = False


class CompanyRow(Record):
    """An organisation."""

    name: Name = ""
    organization_number: OrganisationNumber = ""
    email_address_id: Number = 0
    disabled: bool = False
    is_marked_for_deletion: bool = False


class AddressRow(Record):
    """An e-mail address of a person or an organisation."""

    email: Address = ""
    user_id: Number = 0
    company_id: Number = 0


class OwnTicketRow(Record):
    """A ticket as the answer to its creation, or to a look for it."""

    request_number: Number
    user_id: Number = 0
    customer_reference: Name = ""
    assigned_agent_id: Number = 0


class SentMailRow(Record):
    """An outgoing e-mail of Pureservice's own."""

    ticket_id: Number = 0
    direction: Number = 0
    status: Number = 0
    status_message: Short = ""
    to: Short = ""


class MessageRow(Record):
    """A communication, as far as needed to know an outgoing message."""

    type: Number
    direction: Number = 0
    ticket_id: Number = 0


class NamedRow(Record):
    """A look-up: a team, a source ..."""

    name: Name = ""
    key: Code = ""
    disabled: bool = False


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same to a person: the server's own comparison is not relied upon."""
    return one.strip().casefold() == other.strip().casefold()
