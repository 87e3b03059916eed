"""A follow-up: a message to those who got the ticket's last one, and to nobody else.

The ledger says who got it: delivered, and not come back until now. The lists may have changed since, and do not count.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

from dispatch.core import (
    Communication,
    CommunicationId,
    Dispatch,
    DispatchState,
    Member,
    MemberKind,
    Recipient,
    RecipientState,
    Ticket,
)
from dispatch.planning.list_reading import members_from
from dispatch.planning.recipient_rows import FileRecipient
from dispatch.planning.sharers import LOT, Who, everyone, in_lots
from dispatch.planning.values_again import FileNow
from dispatch.ports import MemberPage, PagePlace
from dispatch.report import clock_text
from dispatch.services import Services
from dispatch.settings import Settings

NOBODY = "Ingen fikk den forrige meldingen i saken, så det er ingen å sende oppfølgingen til."
PURGED = (
    "Mottakerne av den forrige utsendelsen er slettet fordi lagringstiden er ute, og det går ikke å se hvem som fikk "
    "den. Koble saken til en mottakerliste, og sett sluttbruker til {}."
)
NOT_SENT = "Saken har ingen ferdig utsendelse å følge opp. Sett sluttbruker til {} for å sende til mottakerlistene."


def is_follow_up(ticket: Ticket, settings: Settings) -> bool:
    """Whether the ticket's end user says that its message goes to those who got the last one."""
    wanted = settings.pureservice_dispatch_follow_up.casefold()
    return bool(wanted) and ticket.user_address.strip().casefold() == wanted


def last_sent(messages: Sequence[Communication], known: Mapping[CommunicationId, Dispatch | None]) -> Dispatch | None:
    """The dispatch of the newest message that is sent; a follow-up can be followed up as well."""
    sent = (known.get(message.id) for message in reversed(messages))
    return next((row for row in sent if row and row.state is DispatchState.RESOLVED), None)


def follow_up_problems(earlier: Dispatch | None, settings: Settings) -> list[str]:
    """Why nobody can be said to have got the last one."""
    if earlier is None:
        return [NOT_SENT.format(settings.pureservice_dispatch_email)]
    return [PURGED.format(settings.pureservice_dispatch_email)] if earlier.content.purged else []


def title_of(earlier: Dispatch) -> str:
    """How the report names where the recipients come from."""
    sent = earlier.plan.made or earlier.created
    return f"De som fikk «{earlier.content.subject}», sendt {clock_text(sent, sent)}"


async def followers(
    dispatch: Dispatch, earlier: Dispatch, file: FileNow, services: Services, *, as_now: bool
) -> AsyncIterator[tuple[Member, FileRecipient | None]]:
    """Everybody who got the earlier one, each with their line of the recipients' file that the ticket has now.

    With ``as_now`` Pureservice is asked how each of them stands, a lot at a time; a preview does without.

    Raises:
        TicketSystemBusy: Pureservice wants a pause; what was read till then is kept for the next try.
    """
    lot = list[Member]()
    source = {f"after-{earlier.communication_id}": partial(_pages, earlier, services, as_now=as_now)}
    async for member in members_from(dispatch, source, services):
        lot.append(member)
        if len(lot) == LOT:
            for one in _with_lines(lot, file):
                yield one
            lot.clear()
    for one in _with_lines(lot, file):
        yield one


def _with_lines(lot: Sequence[Member], file: FileNow) -> list[tuple[Member, FileRecipient | None]]:
    """By the address that the letter goes to: what the file has for another address is perhaps another's."""
    lines = file.lines_for(lot)
    return [(member, lines.get((member.kind, member.id))) for member in lot]


async def _pages(
    earlier: Dispatch, services: Services, after: PagePlace | None, *, as_now: bool
) -> AsyncIterator[MemberPage]:
    """A page for each lot of the earlier one's rows: what becomes of rows meanwhile moves none of them."""
    number, redirect = 0, services.settings.mail_redirect_to
    async for some in in_lots(everyone(earlier.key, services)):
        number += 1
        if after is None or number > after.start:
            rows = [row for row, _ in some if got_it(row, redirect_now=redirect)]
            people = await _as_now(rows, services) if as_now else map(_as_planned, rows)
            yield MemberPage(tuple(people), PagePlace(number, 0))


def got_it(row: Recipient, *, redirect_now: str) -> bool:
    """Whether the letter reached them, as far as is known. A trial's letter reached them for a trial alone."""
    return row.state is RecipientState.DELIVERED and row.redirected_to(redirect_now) == redirect_now


async def _as_now(rows: Sequence[Recipient], services: Services) -> list[Member]:
    """As Pureservice knows them now: whoever is gone or disabled since is not written to, and moves are followed."""
    now: dict[Who, Member] = {}
    for kind in (MemberKind.PERSON, MemberKind.ORGANISATION):
        if ids := {row.source_id for row in rows if row.kind is kind}:
            now |= {(kind, one.id): one for one in await services.tickets.members_by_id(kind, ids)}
    return [now.get((row.kind, row.source_id)) or _as_planned(row) for row in rows]


def _as_planned(row: Recipient) -> Member:
    """One who stands in a file, and not in Pureservice."""
    return Member(
        kind=row.kind,
        id=row.source_id,
        relation_id=row.source_id,
        name=row.name,
        address=row.address,
        organization_number=row.organization_number,
    )
