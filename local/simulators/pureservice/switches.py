"""What nobody outside the vendor knows about Pureservice, as switches: flip one and see whether the client cares.

Each default is the safest guess, which is the one a client must survive. Every switch is either one of ``questions``,
with what is known about it and how a tenant answers it, or of ``OF_OTHER_CLIENTS``: no call of the product meets it.
"""

from dataclasses import dataclass
from typing import Literal

Handled = Literal["used", "ignored", "refused"]
"""What a query parameter meets."""


@dataclass(slots=True)
class Switches:
    """May be changed at any time; takes effect with the next request."""

    # Reading
    case_sensitive: bool = False  # string comparison in filters
    string_escapes: Literal["backslash", "doubled"] = "backslash"  # how a quote stands inside a filter string
    default_limit: int = 500  # rows where the request names no limit
    max_page: int = 500  # rows at most
    over_limit: Literal["clamp", "refuse"] = "clamp"  # what a greater limit meets
    unknown_include: Literal["refuse", "ignore"] = "refuse"
    missing_status: Literal[404, 204] = 404  # a single entity that does not exist
    inactive_core_status: int | None = None  # of lists that are out of use; None: as tickets that are closed
    assets_omit_udf: bool = False  # lists of assets leave out assets_UDF_*; by id they are there
    legacy_request_id: bool = False  # email rows have requestId and request, not ticketId and ticket
    longest_query: int | None = 2048  # signs of the query; beyond them the web server says 404
    hidden_after_the_cut: bool = False  # what the key may not see is taken out of a page that is cut already
    relations_start: Handled = "used"  # start, sort and limit on relationship/{id}/from...
    relations_sort: Handled = "used"
    relations_limit: Handled = "used"
    custom_type_filter: Literal["taken", "refused"] = "taken"  # customtype.name in a filter
    communication_filter: Literal["taken", "refused"] = "taken"  # communications by their own type and direction
    refused_lookup: str = ""  # one resource that the key may not read: ``relationship 403``, ``attachment 404``

    # How answers are written
    write_answers: Literal["asked", "bare", "envelope", "empty"] = "asked"  # the form of what POST, PUT, PATCH return
    numbers: Literal["int", "text"] = "int"  # ids and other whole numbers
    organization_numbers: Literal["text", "int"] = "text"
    null_names: bool = False  # people, organisations and lists come without a name
    full_name: Literal["whole", "empty", "odd"] = "whole"
    dates: Literal["zone", "offset", "naive", "fraction"] = "zone"  # fraction: seven decimals, as .NET writes them

    # Writing
    strict_content_type: bool = True  # vnd.api+json on POST and PUT, json on PATCH; else 415
    unknown_property: Literal["refuse", "ignore"] = "refuse"
    post_status: Literal[200, 201, 204] = 200
    patch_status: Literal[200, 204] = 200
    bare_post: bool = True  # POST without the envelope, everything but tickets
    ticket_links_required: bool = True
    put_clears_omitted: bool = True
    ignore_agent_on_create: bool = False
    unique_email_addresses: bool = True
    attachments_by: Literal["any", "bare", "envelope", "put", "note", "none"] = "any"  # the ways that a file is taken
    attachment_refusal: Literal[400, 413, 415] = 400  # what any other way meets
    attachments_tied: bool = True  # a file of POST attachment may belong to the solution
    category_when_solving: bool = False  # a ticket without a category can't be solved
    notes: Literal["any", "link", "refused"] = "any"  # link: only with the ticket as a link
    email_patch: Literal["taken", "ignored", "refused"] = "taken"  # PATCH email {"status": 4}

    # What follows from a write
    communication_sends_email: bool = True  # type 2, direction 2
    email_row: Literal["at once", "queued", "later"] = "at once"  # of such a message; queued: it never says sent
    system_communications: bool = True  # type 7 with the description, type 6 for a change of status
    notes_visibility: int | None = None  # what is stored on internal notes; None: as sent

    # Refusing
    error_body: Literal["message", "exception", "modelstate", "html"] = "message"
    retry_after: Literal["seconds", "date", "absent"] = "seconds"

    # What no call of the product meets: see ``OF_OTHER_CLIENTS``
    delete_status: Literal[200, 204] = 204
    bare_ticket_post: bool = False  # accepted until October 2025
    unique_company_names: bool = True
    unique_relationships: bool = False
    email_post: bool = False  # an email row can be created


OF_OTHER_CLIENTS = {
    "delete_status": "The product deletes nothing: its tickets are marked for deletion.",
    "bare_ticket_post": "The product sends every new ticket in the envelope.",
    "unique_company_names": "The product makes no organisations.",
    "unique_relationships": "The product relates tickets only while it makes them.",
    "email_post": "The product makes no e-mail rows.",
}
"""Switches for the tests of the simulator itself, and why no answer to them can decide how a dispatch ends."""
