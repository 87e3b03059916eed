"""E-mail rows by the tickets that they belong to, which were called requests until December 2024."""

from collections.abc import Callable

from dispatch.adapters.pureservice.client import Client
from dispatch.adapters.pureservice.responses import Rows
from dispatch.core import TicketSystemRefused

PATH = "email/"
TICKET, FORMERLY = "ticketId", "requestId"
BAD_REQUEST = 400


async def emails_of_tickets(client: Client, asked: Callable[[str], str], *, include: str = "") -> Rows:
    """The rows that a filter finds; ``asked`` writes it, given the column that names the ticket."""
    more = {"include": include} if include else {}
    try:
        return await client.rows(PATH, filter=asked(TICKET), **more)
    except TicketSystemRefused as refused:
        if refused.status != BAD_REQUEST:
            raise
    return await client.rows(PATH, filter=asked(FORMERLY), **more)
