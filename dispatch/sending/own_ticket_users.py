"""The end user that is made for a recipient whom Pureservice does not know. Pure."""

from dispatch.core import MemberKind, NewUser, Recipient

POST_OFFICE = "Postmottak"  # the first name of users that stand for an organisation


def new_user(row: Recipient, address: str, address_id: int) -> NewUser:
    """Who is to stand for the recipient. A row of a file may be a person's, and names no company by its id."""
    if row.kind is MemberKind.ORGANISATION:
        return NewUser(POST_OFFICE, row.name, address, address_id, company_id=row.source_id)
    given, _, family = row.name.rpartition(" ")
    if row.organization_number or not given:
        return NewUser(POST_OFFICE, row.name or address, address, address_id)
    return NewUser(given, family, address, address_id)
