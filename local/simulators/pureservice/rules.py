"""What the real one refuses, or plausibly refuses, of values that are well formed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.simulators.pureservice.effects import SOLVED
from local.simulators.pureservice.errors import bad_request
from local.simulators.pureservice.schema import Resource
from local.simulators.pureservice.store import Row, Store
from local.simulators.pureservice.switches import Switches

ADDRESSES = frozenset({"emailaddress", "companyemailaddress"})
CATEGORIES = ("category1Id", "category2Id", "category3Id")


@dataclass(frozen=True, slots=True)
class Rules:
    """Looks at values that are about to be stored."""

    store: Store
    switches: Switches

    def check_new(self, resource: Resource, values: Mapping[str, Any]) -> None:
        """Refuses a new entity."""
        self._check(resource.name, 0, values, values)

    def check_change(self, row: Row, values: Mapping[str, Any]) -> None:
        """Refuses a change; what stays as it was is not looked at."""
        changed = {name: value for name, value in values.items() if row.get(name) != value}
        self._check(row.resource, row["id"], changed, {**row, **values})

    def _check(self, resource: str, number: int, changed: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
        if resource in ADDRESSES and "email" in changed and self.switches.unique_email_addresses:
            self._check_unique(resource, "email", changed["email"], number)
        if resource == "company" and "name" in changed and self.switches.unique_company_names:
            self._check_unique(resource, "name", changed["name"], number)
        if resource == "user":
            self._check_user(number, changed, whole)
        if resource == "ticket":
            self._check_ticket(changed, whole)

    def _check_unique(self, resource: str, column: str, value: str, number: int) -> None:
        if any(other["id"] != number for other in self.store.tables[resource].where(column, value)):
            raise bad_request(f"A {resource} of this {column} exists already", about=column)

    def _check_user(self, number: int, changed: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
        address = self.store.emailaddresses.get(changed.get("emailAddressId") or 0)
        if address is not None and address.get("userId") not in (None, number):
            raise bad_request("The address belongs to another user", about="emailAddress")
        department = self.store.tables["companydepartment"].get(changed.get("companyDepartmentId") or 0)
        if department is not None and department.get("companyId") != whole.get("companyId"):
            raise bad_request("The department belongs to another company", about="companyDepartment")

    def _check_ticket(self, changed: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
        status = self.store.statuses.get(changed.get("statusId") or 0)
        kind = whole.get("requestTypeId")
        if status is not None and kind is not None and status.get("requestTypeId") != kind:
            raise bad_request("The status is of another request type", about="status")
        user = self.store.users.get(changed.get("userId") or 0)
        if user is not None and user.get("disabled"):
            raise bad_request("The user is disabled", about="user")
        solves = status is not None and status["coreStatus"] >= SOLVED
        if solves and self.switches.category_when_solving and not any(whole.get(name) for name in CATEGORIES):
            raise bad_request("The ticket needs a category", about="category1")
