"""Which dispatch is meant: by its key, or by the number of its ticket as Pureservice shows it."""

import re
from typing import TYPE_CHECKING

from dispatch.cli.outcome import WrongUse
from dispatch.cli.texts import Texts
from dispatch.core import DispatchKey, DispatchState, TicketId, dispatch_key, is_dispatch_key, message_of

if TYPE_CHECKING:
    from dispatch.services import Services

NUMBER = re.compile(r"\d{1,12}", re.ASCII)
OVER = frozenset({DispatchState.RESOLVED, DispatchState.REJECTED})


def parsed(what: str, texts: Texts) -> str:
    """The key or the number, where it is written as one."""
    if not (is_dispatch_key(what) or NUMBER.fullmatch(what)):
        raise WrongUse(texts("bad_key", key=what[:40]))
    return what


async def dispatch_meant(what: str, services: "Services", texts: Texts) -> DispatchKey:
    """The key of a dispatch that there is.

    Raises:
        WrongUse: there is none, or a number means several of which not exactly one goes on.
    """
    if NUMBER.fullmatch(what):
        return await _of_ticket(int(what), services, texts)
    if await services.ledger.dispatch(DispatchKey(what)) is None:
        raise WrongUse(texts("no_such_key", key=what))
    return DispatchKey(what)


async def _of_ticket(number: int, services: "Services", texts: Texts) -> DispatchKey:
    ticket = await services.tickets.ticket_numbered(number)
    if ticket is None:
        raise WrongUse(texts("no_such_ticket", number=number))
    board = await services.reader.board((), since=services.clock().replace(year=2000))
    keys = dict.fromkeys(line.key for line in (*board.active, *board.finished) if line.ticket == ticket.id)
    # One whose recipients are removed is on no list any more; its ticket still has the message.
    listed = list(keys) or await _by_messages(ticket.id, services)
    found = [dispatch for key in listed if (dispatch := await services.ledger.dispatch(key)) is not None]
    going = [dispatch for dispatch in found if dispatch.state not in OVER]
    chosen = going if len(going) == 1 else found
    if not chosen:
        raise WrongUse(texts("none_of_ticket", number=number))
    if len(chosen) > 1:
        raise WrongUse(texts("many_of_ticket", number=number, keys=", ".join(one.key for one in found)))
    return chosen[0].key


async def _by_messages(ticket: TicketId, services: "Services") -> list[DispatchKey]:
    keys = [dispatch_key(ticket, message.id) for message in await services.tickets.dispatch_messages(ticket)]
    # A message that was moved here keeps the key that it was sent by.
    return list(dict.fromkeys([await services.ledger.key_of(message_of(key)) or key for key in keys]))
