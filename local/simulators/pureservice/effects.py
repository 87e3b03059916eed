"""What Pureservice does automatically after a write: receipts, dates of solution, e-mails, system communications."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.simulators.pureservice.store import API_USER_ID, Row, Store
from local.simulators.pureservice.switches import Switches

SOLVED, CLOSED = 50, 60
NOTE, MESSAGE, HISTORY, INITIAL = 1, 2, 6, 7
OUT, INTERNAL = 2, 3
QUEUED, SENT, FAILED = 1, 4, 5
LATER_SECONDS = 1_000.0  # until a postponed e-mail is made: longer than anybody looks for it
VISIBLE = 0
TYPE_NAMES = {
    1: "Note",
    2: "Message",
    3: "Sms",
    4: "Solution",
    5: "PreviousSolution",
    6: "History",
    7: "InitialMessage",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A mail that Pureservice sent to a ticket's end user automatically; ``kind`` is ``created`` or ``solved``."""

    kind: str
    ticket_id: int
    to: str
    solution: str


@dataclass(slots=True)
class Effects:
    """Follows up the writes to one store."""

    store: Store
    switches: Switches
    receipts: list[Receipt] = field(default_factory=list)
    postponed: list[Row] = field(default_factory=list)  # messages whose e-mail is made later

    def created(self, row: Row) -> None:
        """Follows up a new entity."""
        match row.resource:
            case "ticket":
                self._ticket_created(row)
            case "communication":
                self._communication_created(row)
            case "user" | "company":
                name_user(row)
                self._own_address(row)

    def changed(self, row: Row, before: Mapping[str, Any]) -> None:
        """Follows up a change; ``before`` is what was set."""
        match row.resource:
            case "ticket":
                if row.get("statusId") != before.get("statusId"):
                    self._status_changed(row, before)
            case "relationship":
                mirror = self.store.mirror_of(row)
                if mirror is not None:
                    mirror.update({key: row[key] for key in ("typeId", "solvingRelationship")})
            case "user" | "company":
                name_user(row)
                self._own_address(row)

    # --- tickets

    def _ticket_created(self, ticket: Row) -> None:
        if not ticket.get("emailAddress"):
            ticket["emailAddress"] = default_address(self.store, ticket.get("userId"))
        if self.switches.system_communications:
            self._system(ticket, INITIAL, str(ticket.get("description") or ""))
        self._receipt("created", ticket)
        if self._core_status(ticket.get("statusId")) >= SOLVED:
            self._solved(ticket)

    def _status_changed(self, ticket: Row, before: Mapping[str, Any]) -> None:
        was, now = self._core_status(before.get("statusId")), self._core_status(ticket.get("statusId"))
        if self.switches.system_communications:
            self._system(ticket, HISTORY, f"Status endret til {self.store.statuses[ticket['statusId']]['name']}")
        if was < SOLVED <= now:
            self._solved(ticket)
        elif now < SOLVED <= was:
            ticket.update(
                reopened=self.store.now(),
                reopenedCount=ticket["reopenedCount"] + 1,
                resolved=None,
                resolvedById=None,
                closed=None,
            )
        if was < CLOSED <= now:
            ticket["closed"] = self.store.now()

    def _solved(self, ticket: Row) -> None:
        ticket.update(resolved=self.store.now(), resolvedById=API_USER_ID)
        self._receipt("solved", ticket)

    def _receipt(self, kind: str, ticket: Row) -> None:
        if ticket["visibility"] == VISIBLE:
            to, solution = str(ticket.get("emailAddress") or ""), str(ticket.get("solution") or "")
            self.receipts.append(Receipt(kind, ticket["id"], to, solution))

    def _core_status(self, status_id: int | None) -> int:
        status = self.store.statuses.get(status_id or 0)
        return int(status["coreStatus"]) if status else 0

    def _system(self, ticket: Row, kind: int, text: str) -> None:
        self.store.add(
            "communication", ticketId=ticket["id"], type=kind, typeName=TYPE_NAMES[kind], direction=INTERNAL, text=text
        )

    # --- communications

    def _communication_created(self, row: Row) -> None:
        row["typeName"] = TYPE_NAMES.get(row["type"])
        if row["type"] == NOTE and self.switches.notes_visibility is not None:
            row["visibility"] = self.switches.notes_visibility
        if self.switches.communication_sends_email and (row["type"], row["direction"]) == (MESSAGE, OUT):
            if self.switches.email_row == "later":
                self.postponed.append(row)
                return
            email = send_message(self.store, row)
            if self.switches.email_row == "queued":
                email.update(status=QUEUED, statusMessage=None)

    # --- people

    def _own_address(self, row: Row) -> None:
        """A default address that nobody owns becomes the entity's own."""
        table, column = (
            (self.store.emailaddresses, "userId")
            if row.resource == "user"
            else (self.store.companyemailaddresses, "companyId")
        )
        address = table.get(row.get("emailAddressId") or 0)
        if address is not None and address.get(column) is None:
            address[column] = row["id"]


def name_user(row: Row) -> None:
    """Sets the full name from its parts."""
    if row.resource == "user":
        parts = (row.get("firstName"), row.get("middleName"), row.get("lastName"))
        row["fullName"] = " ".join(part for part in parts if part)


def default_address(store: Store, user_id: int | None) -> str | None:
    """The default address of a user."""
    user = store.users.get(user_id or 0)
    address = store.emailaddresses.get(user.get("emailAddressId") or 0) if user else None
    return address.get("email") if address else None


def send_message(store: Store, communication: Row) -> Row:
    """The transport row of an outgoing message; what goes to a fictional address fails."""
    ticket = store.tickets[communication["ticketId"]]
    to = str(default_address(store, ticket.get("userId")) or ticket.get("emailAddress") or "")
    failed = not to or to.casefold().endswith(".local")
    email = store.add(
        "email",
        ticketId=ticket["id"],
        to=to,
        subject=f"{communication.get('subject') or ticket['subject']} [Sak ID# {ticket['requestNumber']}]",
        html=f"<html><body>{communication.get('text') or ''}</body></html>",
        direction=OUT,
        status=FAILED if failed else SENT,
        statusDate=store.now(),
        statusMessage="Delivery failed" if failed else None,
        attachmentIds=list(communication.get("attachmentIds") or []),
        messageId=f"<{communication['id']}@pureservice.local>",
    )
    communication["messageId"] = email["id"]
    return email
