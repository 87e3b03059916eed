"""The rows that we read, parsed once. Unknown fields are ignored, a missing needed one is an error that names it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from dispatch.errors import TicketSystemRefused

CLOSED = 50  # core statuses from here on are solved or closed


class Record(BaseModel):
    """A row. Names are matched whatever their letter case, since the server's own spelling varies."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: int

    @field_validator("*", mode="before")
    @classmethod
    def _null_is_the_default(cls, value: Any, info: Any) -> Any:
        field = cls.model_fields[info.field_name]
        return field.get_default() if value is None and not field.is_required() else value


class StatusRow(Record):
    """A ticket status."""

    name: str
    corestatus: int = 0
    disabled: bool = False


class TicketRow(Record):
    """A ticket."""

    requestnumber: int
    subject: str = ""
    statusid: int
    userid: int = 0
    emailaddress: str = ""
    solution: str = ""
    ismarkedfordeletion: bool = False


class CommunicationRow(Record):
    """A communication; older answers call its ticket a request."""

    ticketid: int = Field(0, validation_alias=AliasChoices("ticketid", "requestid"))
    text: str = ""
    subject: str = ""
    direction: int = 0
    messageid: int = 0


class AttachmentRow(Record):
    """A file on a ticket, without its bytes."""

    filename: str = ""
    name: str = ""
    contenttype: str = ""
    contentlength: int = 0
    ispartofcurrentsolution: bool = False


class TypeRow(Record):
    """A relationship type."""

    name: str = ""
    reversename: str = ""
    disabled: bool = False


class RelationRow(Record):
    """One relation, as read from one of its ends."""

    typeid: int
    solvingrelationship: bool = False
    toassetid: int = 0
    touserid: int = 0
    tocompanyid: int = 0


class AssetRow(Record):
    """An asset: a mailing list."""

    name: str = ""
    typeid: int = 0
    statusid: int = 0
    ismarkedfordeletion: bool = False


class AssetStatusRow(Record):
    """A status of assets."""

    name: str = ""
    corestatus: int = 0
    disabled: bool = False


class UserRow(Record):
    """A person."""

    firstname: str = ""
    lastname: str = ""
    fullname: str = ""
    emailaddressid: int = 0
    disabled: bool = False
    isanonymized: bool = False
    ismarkedfordeletion: bool = False


class CompanyRow(Record):
    """An organisation."""

    name: str = ""
    organizationnumber: str = ""
    emailaddressid: int = 0
    disabled: bool = False
    ismarkedfordeletion: bool = False


class AddressRow(Record):
    """An e-mail address of a person or an organisation."""

    email: str = ""
    userid: int = 0
    companyid: int = 0


Kind = TypeVar("Kind", bound=Record)


def parse(kind: type[Kind], row: Mapping[str, Any], *, path: str) -> Kind:
    """The row as a record.

    Raises:
        TicketSystemRefused: a field that is needed is missing or of another type.
    """
    try:
        return kind.model_validate({name.lower(): value for name, value in row.items()})
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in item["loc"]) for item in error.errors(include_input=False))
        raise TicketSystemRefused("GET", path, message=f"a row lacks what is needed: {fields}") from None
