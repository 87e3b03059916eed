"""The rows that we read, parsed once. Unknown fields are ignored, a missing needed one is an error that names it."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from dispatch.core import TicketSystemRefused

CLOSED = 50  # core statuses from here on are solved, closed or inactive


class Record(BaseModel):
    """A row. Names are matched whatever their letter case, since the server's own spelling varies."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, coerce_numbers_to_str=True)

    id: int

    @model_validator(mode="before")
    @classmethod
    def _in_our_spelling(cls, row: Any) -> Any:
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


class StatusRow(Record):
    """A status of tickets or of assets."""

    name: str
    core_status: int = 0
    disabled: bool = False
    request_type_key: str = ""


class TicketRow(Record):
    """A ticket."""

    request_number: int
    status_id: int
    subject: str = ""
    user_id: int = 0
    email_address: str = ""
    solution: str = ""
    is_marked_for_deletion: bool = False


class CommunicationRow(Record):
    """A communication. ``message_id`` is the id of its e-mail's row; an RFC 5322 Message-ID is none of ours."""

    type: int
    ticket_id: int = 0
    custom_type_id: int = 0
    direction: int = 0
    subject: str = ""
    text: str = ""
    message_id: int = 0

    @field_validator("message_id", mode="before")
    @classmethod
    def _only_numbers(cls, value: Any) -> Any:
        return value if isinstance(value, int) or str(value).isdecimal() else 0


class AttachmentRow(Record):
    """A file on a ticket, without its bytes."""

    file_name: str = ""
    name: str = ""
    content_type: str = ""
    content_length: int = 0
    is_part_of_current_solution: bool = False
    ticket_id: int = 0


class AssetTypeRow(Record):
    """A type of assets."""

    name: str


class AssetRow(Record):
    """An asset: a mailing list."""

    name: str = ""
    type_id: int
    status_id: int = 0
    is_marked_for_deletion: bool = False


class RelationTypeRow(Record):
    """A type of relations, named from either end."""

    name: str = ""
    reverse_name: str = ""

    def is_called(self, name: str) -> bool:
        """Whether one of its names is this one."""
        return same_name(name, self.name) or same_name(name, self.reverse_name)


class RelationRow(Record):
    """One relation, as read from one of its ends."""

    type_id: int
    to_asset_id: int = 0
    to_user_id: int = 0
    to_company_id: int = 0


class UserRow(Record):
    """A person."""

    first_name: str = ""
    last_name: str = ""
    full_name: str = ""
    email_address_id: int = 0
    disabled: bool = False
    is_anonymized: bool = False
    is_marked_for_deletion: bool = False


class CompanyRow(Record):
    """An organisation."""

    name: str = ""
    organization_number: str = ""
    email_address_id: int = 0
    disabled: bool = False
    is_marked_for_deletion: bool = False


class EmailRow(Record):
    """An outgoing e-mail of Pureservice's own."""

    ticket_id: int = 0
    direction: int = 0
    status: int = 0
    status_message: str = ""


class MessageRow(Record):
    """A communication, as far as needed to know an outgoing message."""

    type: int
    direction: int = 0
    ticket_id: int = 0


class AddressRow(Record):
    """An e-mail address of a person or an organisation."""

    email: str = ""
    user_id: int = 0
    company_id: int = 0


Kind = TypeVar("Kind", bound=Record)


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same to a person: the server's own comparison is not relied upon."""
    return one.strip().casefold() == other.strip().casefold()


def parse(kind: type[Kind], row: Mapping[str, Any], *, path: str) -> Kind:
    """The row as a record.

    Raises:
        TicketSystemRefused: a field that is needed is missing or of another type; the values are left out.
    """
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        said = ", ".join(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['type']}" for fault in faults)
        noun = kind.__name__.removesuffix("Row").lower()
        raise TicketSystemRefused("GET", path, status=200, message=f"a {noun} can't be read: {said}") from None


def by_id(kind: type[Kind], rows: Iterable[Mapping[str, Any]], *, path: str) -> dict[int, Kind]:
    """The rows as records, by id."""
    return {record.id: record for record in (parse(kind, row, path=path) for row in rows)}
