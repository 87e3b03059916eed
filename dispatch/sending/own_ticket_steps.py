"""The steps of a recipient that gets a ticket of its own: its user and its ticket, before the letter goes.

Each step is in the ledger before the next begins, so that a restart goes on in its middle. A ticket that was perhaps
made is looked for by its reference.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.core import (
    Channel,
    DispatchError,
    EndUser,
    MemberKind,
    OwnTicket,
    Reason,
    Recipient,
    RecipientState,
    Seen,
    Sighting,
    TicketSystemBusy,
    TicketSystemError,
    TicketSystemRefused,
    Transport,
    UnsafeFilterValue,
    own_ticket_reference,
)
from dispatch.sending import outcomes
from dispatch.sending.batch_work import BatchWork
from dispatch.sending.doubt_bound import doubt_bound
from dispatch.sending.own_ticket_users import new_user
from dispatch.telemetry import Action, event

log = logging.getLogger(__name__)

R = RecipientState
STEPS_TO_A_USER = 2  # an address and the user: an answer may be lost about each
UNTIL_SEEN = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class _NoUser:
    """What kept us from the recipient's user: no ticket was asked for."""

    error: TicketSystemError


@dataclass(frozen=True, slots=True)
class Intent:
    """A ticket that is about to be made."""

    before: Recipient
    begun: Recipient
    known: dict[str, EndUser]  # the users by address, those that are made meanwhile among them


class FindLostTickets:
    """Looks for tickets that were perhaps made; only when the last look finds none is one made anew."""

    def __init__(self, work: BatchWork) -> None:
        self._work = work

    def wants(self, row: Recipient) -> bool:
        """Whether nobody knows if the recipient's ticket was made."""
        return row.state is R.IN_DOUBT and not row.own_ticket.id

    async def run(self, rows: Sequence[Recipient]) -> None:
        """Asks for all of them in one question."""
        work = self._work
        try:
            async with work.gate.asking():
                found = await work.services.own_tickets.by_reference({reference_of(work, row) for row in rows})
        except TicketSystemError as error:
            work.brakes.refused_by_tickets(error)
            return
        now = work.now()
        for row in rows:
            ticket = found.get(reference_of(work, row))
            if ticket:
                _opened(work, row, ticket)
            else:
                after = outcomes.after_look(row, Seen(Sighting.ABSENT), now, work.doubt)
                work.rows.note(after)
                if after.state is R.PLANNED and outcomes.has_vanished_before(row):
                    work.brakes.lost_by_tickets()


class OpenTickets:
    """Finds or makes the recipient's user, and makes its ticket."""

    def __init__(self, work: BatchWork, *, with_files: bool = True) -> None:
        assert work.template is not None
        self._work = work
        self._template = work.template
        self._with_files = with_files
        self._users: dict[str, EndUser] | None = None
        self.bound = doubt_bound(None, work.services.settings)  # a ticket is found by its reference

    def wants(self, row: Recipient) -> bool:
        """Whether the recipient has no ticket yet."""
        return row.state is R.PLANNED and not row.own_ticket.id

    async def begin(self, rows: Sequence[Recipient], *, in_doubt: int) -> list[Intent]:  # noqa: ARG002 - each is found by its reference
        """Asks for the users, and notes the intents."""
        work = self._work
        try:
            known = await self._known_users()
        except TicketSystemError as error:
            work.brakes.refused_by_tickets(error)
            return []
        now = work.now()
        intents = [Intent(row, _begun(self._with_user(row, known), now), known) for row in rows]
        for intent in intents:
            work.rows.note(intent.begun)
        return intents

    async def act(self, intent: Intent) -> "OwnTicket | DispatchError | _NoUser":
        """Makes the ticket."""
        return await self._open(intent.begun, intent.known)

    def settle(self, answers: Sequence[tuple[Intent, "OwnTicket | DispatchError | _NoUser"]]) -> None:
        """Notes what came of each."""
        for intent, answer in answers:
            self._settle(intent.begun, answer)

    def may_go(self, intent: Intent) -> bool:  # noqa: ARG002 - what is refused says so
        """What another one's was answered changes nothing for it."""
        return True

    def take_back(self, intents: Sequence[Intent]) -> None:
        """Those whose ticket was not asked for stand as before."""
        for intent in intents:
            self._work.rows.note(intent.before)

    def is_refusal(self, answer: "OwnTicket | DispatchError | _NoUser") -> bool:
        """Whether Pureservice wants a pause, or will have nothing of us."""
        error = answer.error if isinstance(answer, _NoUser) else answer
        return is_refusal(error)

    async def _known_users(self) -> dict[str, EndUser]:
        """The users of the batch's organisations, asked for once. A person on a list is a user already."""
        if self._users is None:
            rows = self._work.rows.all
            missing = [row for row in rows if not (row.own_ticket.id or row.own_ticket.user_id or row.has_outcome)]
            asked = {self._address(row) for row in missing if row.kind is not MemberKind.PERSON}
            self._users = await self._ask_for_users(asked) if asked else {}
        return self._users

    async def _ask_for_users(self, addresses: set[str]) -> dict[str, EndUser]:
        async with self._work.gate.asking():
            return dict(await self._work.services.own_tickets.end_users(addresses))

    async def _open(self, row: Recipient, known: dict[str, EndUser]) -> "OwnTicket | DispatchError | _NoUser":
        work, services = self._work, self._work.services
        try:
            status = await services.statuses.named(services.settings.pureservice_ticket_status_open)
            user_id = row.own_ticket.user_id or await self._user_of(row, known)
        except TicketSystemError as error:
            return _NoUser(error)
        if not user_id:
            return TicketSystemRefused("POST", "ticket", message="the end user is disabled")
        try:
            async with work.gate.acting():
                return await services.own_tickets.create(
                    self._template.filled(work.letter.fields, work.own.values(row)),
                    user_id=user_id,
                    reference=reference_of(work, row),
                    files=await work.own.all_files(work.letter, row) if self._with_files else (),
                    status_id=status.id if status else 0,
                )
        except TicketSystemError as error:
            return error
        finally:
            work.own.release([row])

    async def _user_of(self, row: Recipient, known: dict[str, EndUser]) -> int:
        """The recipient's user, made where there is none; 0 where it may not be used."""
        if row.kind is MemberKind.PERSON:
            return row.source_id
        address = self._address(row)
        found = known.get(address.casefold(), EndUser(0, 0))
        if found.id:
            return found.id if found.usable else 0
        user = new_user(row, address, found.address_id)
        async with self._work.gate.acting():
            made = await self._work.services.own_tickets.create_user(user)
        known[address.casefold()] = EndUser(made, found.address_id)
        event(log, Action.USER_CREATED, **self._work.ids(row))
        return made

    def _with_user(self, row: Recipient, known: Mapping[str, EndUser]) -> Recipient:
        """A user that an answer was lost about is a step done: what comes of the next is another question."""
        if row.kind is MemberKind.PERSON or row.own_ticket.user_id:
            return row
        found = known.get(self._address(row).casefold(), EndUser(0, 0))
        return replace(row, own_ticket=replace(row.own_ticket, user_id=found.id)) if found.usable and found.id else row

    def _address(self, row: Recipient) -> str:
        """The end user's address; answers to one that eFormidling reaches go that way as well."""
        if row.channel is Channel.EFORMIDLING:
            return f"{row.organization_number}@{self._work.services.settings.pureservice_ef_domain}"
        return row.address

    def _settle(self, row: Recipient, result: "OwnTicket | DispatchError | _NoUser") -> None:
        work, now = self._work, self._work.now()
        match result:
            case OwnTicket():
                _opened(work, row, result)
            case _NoUser(TicketSystemBusy(undone=False)):
                # No ticket was asked for, so none is looked for; whether a user was made is seen before the next try.
                self._users = None
                work.rows.note(outcomes.rested(row, now, UNTIL_SEEN))
                if row.attempt.waited >= STEPS_TO_A_USER * UNTIL_SEEN:
                    work.brakes.lost_by_tickets()
            case _NoUser(error):
                self._settle(row, error)
            case TicketSystemBusy(undone=True):
                work.rows.note(outcomes.not_begun(row, now))
                work.brakes.refused_by_tickets(result)
            case TicketSystemBusy():
                work.rows.note(outcomes.doubted(row, now, work.doubt, detail="no answer from Pureservice"))
                event(log, Action.IN_DOUBT, level=logging.WARNING, **work.ids(row), transport=Transport.PURESERVICE)
            case TicketSystemRefused(is_about_our_key=True):
                work.rows.note(outcomes.not_begun(row, now))
                work.brakes.refused_by_tickets(result)
            case TicketSystemRefused():
                reason = Reason.INVALID_ADDRESS if isinstance(result, UnsafeFilterValue) else Reason.CASE_REFUSED
                certain = outcomes.not_begun(row, now)  # no ticket was made, and none need be looked for
                said = (result.words or result.message)[:200]
                work.rows.note(outcomes.ended(certain, R.FAILED, reason, now, detail=said))
                event(log, Action.CASE_REFUSED, level=logging.WARNING, **work.ids(row), status=result.status)
            case _:
                raise result


def is_refusal(error: object) -> bool:
    """Whether Pureservice wants a pause, or will have nothing of us."""
    return isinstance(error, TicketSystemBusy) or (isinstance(error, TicketSystemRefused) and error.is_about_our_key)


def reference_of(work: BatchWork, row: Recipient) -> str:
    """What the recipient's ticket is found by."""
    return own_ticket_reference(work.dispatch.key, row.kind, row.source_id)


def _begun(row: Recipient, now: datetime) -> Recipient:
    attempt = replace(row.attempt, transport=Transport.PURESERVICE)
    return replace(row, state=R.IN_FLIGHT, attempt=attempt, doubt=replace(row.doubt, looks=0), changed=now, detail="")


def _opened(work: BatchWork, row: Recipient, ticket: OwnTicket) -> None:
    own = replace(row.own_ticket, user_id=ticket.user_id, id=ticket.id, number=ticket.number)
    work.rows.note(replace(outcomes.not_begun(row, work.now()), own_ticket=own))
    event(log, Action.CASE_OPENED, **work.ids(row), case=ticket.id)
