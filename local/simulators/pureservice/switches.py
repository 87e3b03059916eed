"""What nobody outside the vendor knows about Pureservice, as switches: flip one and see whether the client cares.

Each default is the safest guess, which is the one a client must survive.
"""

from dataclasses import dataclass
from typing import Literal


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
    assets_omit_udf: bool = False  # lists of assets leave out assets_UDF_*; by id they are there
    legacy_request_id: bool = False  # email rows have requestId and request, not ticketId and ticket

    # Writing
    strict_content_type: bool = True  # vnd.api+json on POST and PUT, json on PATCH; else 415
    post_status: Literal[200, 201] = 200
    patch_status: Literal[200, 204] = 200
    delete_status: Literal[200, 204] = 204
    bare_post: bool = True  # POST without the envelope, everything but tickets
    bare_ticket_post: bool = False  # accepted until October 2025
    ticket_links_required: bool = True
    put_clears_omitted: bool = True
    ignore_agent_on_create: bool = False
    unique_email_addresses: bool = True
    unique_relationships: bool = False
    email_post: bool = False  # an email row can be created
    email_status_writable: bool = True  # PATCH email {"status": 4}

    # What follows from a write
    communication_sends_email: bool = True  # type 2, direction 2
    system_communications: bool = True  # type 7 with the description, type 6 for a change of status
    notes_visibility: int | None = None  # what is stored on internal notes; None: as sent

    # Refusing
    error_body: Literal["message", "exception", "modelstate", "html"] = "message"
    retry_after: Literal["seconds", "date", "absent"] = "seconds"
