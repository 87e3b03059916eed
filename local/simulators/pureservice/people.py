"""Builders of people and organisations."""

from collections.abc import Iterable
from typing import Any

from local.simulators.pureservice.effects import name_user
from local.simulators.pureservice.store import Row, Store


def add_company(  # one keyword for each thing a story may want to say
    store: Store,
    name: str,
    email: str | None = None,
    organization_number: str | None = None,
    *,
    disabled: bool = False,
    **fields: Any,
) -> Row:
    """An organisation with its default address."""
    company = store.add("company", name=name, organizationNumber=organization_number, disabled=disabled, **fields)
    if email is not None:
        address = store.add("companyemailaddress", email=email, companyId=company["id"])
        company["emailAddressId"] = address["id"]
    return company


def add_user(
    store: Store,
    first: str,
    last: str,
    email: str | None = None,
    emails: Iterable[str] = (),
    *,
    disabled: bool = False,
    anonymized: bool = False,
    company: Row | None = None,
    **fields: Any,
) -> Row:
    """A person; ``email`` is the default address, ``emails`` are further ones, which come before it by id."""
    if company is not None:
        fields["companyId"] = company["id"]
    if disabled:
        fields["disabled"] = True
    if anonymized:
        fields["isAnonymized"] = True
    user = store.add("user", firstName=first, lastName=last, **fields)
    name_user(user)
    for other in emails:
        store.add("emailaddress", email=other, userId=user["id"])
    if email is not None:
        user["emailAddressId"] = store.add("emailaddress", email=email, userId=user["id"])["id"]
    return user


def user_of(store: Store, email: str) -> Row:
    """The user whose default address it is."""
    address = store.emailaddresses.where("email", email)[0]
    return store.users[address["userId"]]
