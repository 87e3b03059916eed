"""What is refused before anything is looked up: by the web server, by the key's rights, by the form of a body."""

import re

from aiohttp import web

from local.simulators.pureservice.bodies import Body, get
from local.simulators.pureservice.errors import ApiError, bad_request
from local.simulators.pureservice.schema import Resource
from local.simulators.pureservice.switches import Switches

NOTE = 1
OWN = re.compile(r"(?<![\w.])(type|direction)\s*[!=<>]")
REFUSED = {403: "You do not have access to this resource.", 404: "No HTTP resource was found that matches the request."}


def check(request: web.Request, resource: Resource, switches: Switches) -> None:
    """Refuses a query that is too long, a look-up that the key has no right to, and changes of e-mail rows."""
    if switches.longest_query is not None and len(request.rel_url.raw_query_string) > switches.longest_query:
        raise ApiError(404, "The query string is too long.")
    name, _, status = switches.refused_lookup.partition(" ")
    if request.method == "GET" and resource.name == name:
        raise ApiError(int(status), REFUSED[int(status)])
    asked = request.query.get("filter", "").lower()
    if switches.custom_type_filter == "refused" and "customtype.name" in asked:
        raise bad_request("No property or field 'customtype' exists in type 'Communication'", about="filter")
    if switches.communication_filter == "refused" and resource.name == "communication" and OWN.search(asked):
        raise bad_request("No property or field 'type' exists in type 'Communication'", about="filter")
    if switches.email_patch == "refused" and resource.name == "email" and request.method == "PATCH":
        raise ApiError(405, "The requested resource does not support http method 'PATCH'.")


def check_files(method: str, resource: Resource, body: Body, switches: Switches) -> None:
    """Refuses files that come another way than the one that is taken, and notes in a form that is not taken."""
    way = _way(method, resource, body)
    if way and switches.attachments_by not in ("any", way):
        raise ApiError(switches.attachment_refusal, "The attachment can not be taken.", about="attachments")
    if resource.name == "communication" and method == "POST":
        for sent in body.entities:
            _check_note(sent, switches)


def _way(method: str, resource: Resource, body: Body) -> str:
    if resource.name == "attachment" and method == "POST":
        return "envelope" if body.enveloped else "bare"
    if not any(plural == "attachments" for plural, _ in body.linked.values()):
        return ""
    # A new ticket may bring its files: that is how tickets have been made in production since 2025.
    return {("ticket", "PUT"): "put", ("communication", "POST"): "note"}.get((resource.name, method), "")


def _check_note(sent: dict[str, object], switches: Switches) -> None:
    if get(sent, "type") != NOTE or switches.notes == "any":
        return
    if switches.notes == "refused" or get(sent, "ticketId") is not None:
        raise bad_request("The note can not be taken.", about="communication")
