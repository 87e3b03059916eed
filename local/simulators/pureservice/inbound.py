"""Mail that comes in to the desk: it is threaded to the ticket that its subject names, as the vendor's channel does."""

import re

from local.simulators.pureservice.store import Row, Store

SLUG = re.compile(r"\[Sak ID# (\d+)\]")
MESSAGE, INBOUND = 2, 1


def receive_mail(store: Store, *, sender: str, subject: str, html: str) -> Row | None:
    """The message on the ticket that the subject names; None where it names none, and a new ticket would be made."""
    found = SLUG.search(subject)
    ticket = next(
        (row for row in store.tickets.values() if found and row["requestNumber"] == int(found[1])),
        None,
    )
    if ticket is None:
        return None
    return store.add(
        "communication",
        ticketId=ticket["id"],
        type=MESSAGE,
        typeName="Message",
        direction=INBOUND,
        subject=subject,
        text=f"{html}<p>Fra: {sender}</p>",
    )
