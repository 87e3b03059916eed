"""Lists of messages: which ones, in what order, and a page at a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from local.simulators.graph import filters
from local.simulators.graph.errors import access_denied, bad_request
from local.simulators.graph.filters import Filter
from local.simulators.graph.mailbox import Mailbox
from local.simulators.graph.views import View, selected

_ORDERS = re.compile(r"(?:received|sent|created)DateTime(?:\s+(?P<way>asc|desc))?")
_EXPAND = re.compile(r"singleValueExtendedProperties\(\$filter=id eq '(?P<id>(?:[^']|'')*)'\)")
_DEFAULT_PAGE, _LARGEST_PAGE = 10, 1000
_KNOWN = frozenset({"$filter", "$select", "$top", "$skip", "$orderby", "$expand", "$count"})


@dataclass(frozen=True, slots=True)
class Query:
    """The options of a request for messages."""

    filter: Filter | None
    select: tuple[str, ...]
    expand: str
    top: int
    skip: int
    oldest_first: bool


def parse(options: Mapping[str, str]) -> Query:
    """The query.

    Raises:
        Refusal: one of the options is not understood, or not together with another.
    """
    given = {name.lower() if name.startswith("$") else f"${name.lower()}": value for name, value in options.items()}
    if "$search" in given and "$filter" in given:
        raise bad_request("SearchWithFilter", "The query parameter '$filter' is not supported with '$search'.")
    for name in given.keys() - _KNOWN:
        raise bad_request("BadRequest", f"The query parameter '{name}' is not supported.")
    if "$orderby" in given and "$filter" in given:
        raise bad_request("InefficientFilter", "The restriction or sort order is too complex for this operation.")
    order = _ORDERS.fullmatch(given.get("$orderby", "receivedDateTime desc").strip())
    if order is None:
        raise bad_request("BadRequest", "The sort order is not supported.")
    return Query(
        filter=filters.parse(given["$filter"]) if "$filter" in given else None,
        select=selected(given.get("$select", "")),
        expand=_expand(given.get("$expand", "")),
        top=_number(given.get("$top", str(_DEFAULT_PAGE)), lowest=1),
        skip=_number(given.get("$skip", "0"), lowest=0),
        oldest_first=order["way"] != "desc",
    )


def page(mailbox: Mailbox, query: Query, *, folder: str, view: View) -> tuple[list[dict[str, Any]], bool]:
    """One page of the messages in a folder, or in all of them; and whether there is another."""
    if query.filter is not None and query.filter.reads_properties and view.basic:
        raise access_denied()
    now = view.now
    hits = [item for item in mailbox.visible(now, folder) if query.filter is None or query.filter.holds(item, now)]
    if query.oldest_first:
        hits.reverse()
    end = query.skip + query.top
    rows = [view.message(item, select=query.select, expand=query.expand) for item in hits[query.skip : end]]
    return rows, end < len(hits)


def next_link(url: str, options: Mapping[str, str], query: Query) -> str:
    """Where the next page is."""
    kept = {name: value for name, value in options.items() if name.lower() not in {"$skip", "skip"}}
    kept["$skip"] = str(query.skip + query.top)
    return f"{url}?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in kept.items())


def _expand(text: str) -> str:
    if not text:
        return ""
    found = _EXPAND.fullmatch(text.strip())
    if found is None:
        raise bad_request("BadRequest", "Parsing OData Select and Expand failed.")
    return found["id"].replace("''", "'")


def _number(text: str, *, lowest: int) -> int:
    if not text.isdecimal() or int(text) < lowest:
        raise bad_request("BadRequest", f"The value '{text}' is not allowed.")
    return min(int(text), _LARGEST_PAGE) if lowest else int(text)
