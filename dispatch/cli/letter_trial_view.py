"""``trial``: sends the letter as one recipient would get it to somebody of our own."""

import sys
from typing import TYPE_CHECKING

from dispatch.cli.outcome import Exit, WrongUse, print_json
from dispatch.cli.texts import Texts
from dispatch.planning import preview_of, send_trial

if TYPE_CHECKING:
    from dispatch.services import Services


async def send(number: int, services: "Services", texts: Texts, *, to: str, recipient: str, as_json: bool) -> Exit:
    """Sends it, and says where it went and whose it is."""
    ticket = await services.tickets.ticket_numbered(number)
    if ticket is None:
        raise WrongUse(texts("no_such_ticket", number=number))
    found = await preview_of(ticket, services, recipient=recipient)
    if recipient and found.chosen is None and not found.problems:
        raise WrongUse(texts("no_such_recipient", recipient=recipient))
    went = await send_trial(found, to, services)
    assert found.chosen is not None
    whose = found.chosen.name or found.chosen.address or found.chosen.organization_number
    if as_json:
        print_json({"ok": True, "to": went, "as": {"name": found.chosen.name, "address": found.chosen.address}})
    else:
        sys.stdout.write(texts("trial_sent", to=went, whose=whose) + "\n")
    return Exit.OK
