"""The open questions that reading answers. Each answer is in the words of ``docs/pureservice-questions.md``."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dispatch.adapters.pureservice.asked_of_lists import OF_LISTS, Tenant
from dispatch.adapters.pureservice.filters import equals, every
from dispatch.adapters.pureservice.probing import NOT_SHOWN, Raw, Untold

SMALL = 25  # rows of a page
NOWHERE = 2**31 - 1  # an id that nothing has
TOO_LONG = " AND ".join(["id == 1"] * 100)  # 2,400 characters as it is sent
LOOKED_UP = (
    "assettype",
    "attachment",
    "communication",
    "department",
    "email",
    "emailaddress",
    "relationship",
    "relationshiptype",
    "requesttype",
    "user",
)
FORMS = (  # of a moment
    ("fraction", re.compile(r"T\d\d:\d\d:\d\d\.\d+")),
    ("zone", re.compile(r"Z$")),
    ("offset", re.compile(r"[+-]\d\d:?\d\d$")),
    ("naive", re.compile(r"T\d\d:\d\d:\d\d$")),
)


# --- filters


async def _custom_type_filter(tenant: Tenant) -> Any:
    asked = equals("customtype.name", tenant.message_type)
    return "refused" if (await tenant.probe.get("communication/", filter=asked, limit="1")).refused else "taken"


async def _communication_filter(tenant: Tenant) -> Any:
    asked = every(equals("ticketId", NOWHERE), equals("type", 1), equals("direction", 3))
    return "refused" if (await tenant.probe.get("communication/", filter=asked)).refused else "taken"


async def _longest_query(tenant: Tenant) -> Any:
    return None if (await tenant.probe.get("status/", filter=TOO_LONG)).taken else 2048


async def _string_escapes(tenant: Tenant) -> Any:
    forms = {"backslash": r'name == "a\"b"', "doubled": 'name == "a""b"'}
    taken = [form for form, asked in forms.items() if not (await tenant.probe.get("status/", filter=asked)).refused]
    if len(taken) != 1:
        raise Untold("both forms are taken" if taken else "neither form is taken")
    return taken[0]


async def _case_sensitive(tenant: Tenant) -> Any:
    async def is_found(name: str) -> bool:
        return bool((await tenant.probe.get("assettype/", filter=equals("name", name))).rows)

    if not await is_found(tenant.list_type):
        raise Untold(f"there is no type of assets called {tenant.list_type}")
    return not await is_found(tenant.list_type.swapcase())


async def _unknown_include(tenant: Tenant) -> Any:
    asked = await tenant.probe.get("status/", include="somethingThatNothingHas", limit="1")
    return "refuse" if asked.refused else "ignore"


async def _legacy_request_id(tenant: Tenant) -> Any:
    return (await tenant.probe.get("email/", filter=equals("ticketId", NOWHERE))).refused


async def _missing_status(tenant: Tenant) -> Any:
    return (await tenant.probe.get(f"ticket/{NOWHERE}/requestNumber/")).status


async def _refused_lookup(tenant: Tenant) -> Any:
    asked = {name: (await tenant.probe.get(f"{name}/", limit="1")).status for name in LOOKED_UP}
    return ", ".join(f"{name} {status}" for name, status in asked.items() if status in NOT_SHOWN) or "none"


# --- how answers are written


async def _numbers(tenant: Tenant) -> Any:
    return "text" if isinstance(_first(await tenant.probe.get("status/", limit="1"), "id"), str) else "int"


async def _organization_numbers(tenant: Tenant) -> Any:
    found = await tenant.probe.get("company/", filter="organizationNumber != null", limit="1")
    return "text" if isinstance(_first(found, "organizationNumber"), str) else "int"


async def _null_names(tenant: Tenant) -> Any:
    users = await tenant.probe.get("user/", sort="id", limit=str(SMALL))
    return any(user.get(name) is None for user in users.rows for name in ("firstName", "lastName", "fullName"))


async def _full_name(tenant: Tenant) -> Any:
    found = set()
    for user in (await tenant.probe.get("user/", sort="id", limit=str(SMALL))).rows:
        parts = [str(user[name]) for name in ("firstName", "middleName", "lastName") if user.get(name)]
        whole = user.get("fullName")
        if parts and whole is not None:
            found.add("whole" if whole == " ".join(parts) else "odd" if whole else "empty")
    if not found:
        raise Untold("no user has a name")
    return ", ".join(sorted(found))


async def _error_body(tenant: Tenant) -> Any:
    answer = await tenant.probe.get("ticket/", filter="somethingThatNothingHas == 1")
    if answer.taken:
        raise Untold("a filter by what no ticket has is not refused")
    said = {str(name).lower() for name in answer.body} if isinstance(answer.body, dict) else set()
    known = (("exception", "exceptionmessage"), ("modelstate", "modelstate"), ("message", "message"))
    return next((form for form, name in known if name in said), "html")


async def _dates(tenant: Tenant) -> Any:
    created = str(_first(await tenant.probe.get("status/", limit="1"), "created"))
    form = next((form for form, pattern in FORMS if pattern.search(created)), None)
    if form is None:
        raise Untold("the first status has no moment in ISO 8601")
    return form


def _first(answer: Raw, name: str) -> Any:
    if not answer.rows:
        raise Untold("there is no row to look at")
    return answer.rows[0].get(name)


BY_READING: Mapping[str, Callable[[Tenant], Awaitable[Any]]] = {
    **OF_LISTS,
    **{
        ask.__name__.removeprefix("_"): ask
        for ask in (
            _custom_type_filter,
            _communication_filter,
            _longest_query,
            _string_escapes,
            _case_sensitive,
            _unknown_include,
            _legacy_request_id,
            _missing_status,
            _refused_lookup,
            _numbers,
            _organization_numbers,
            _null_names,
            _full_name,
            _error_body,
            _dates,
        )
    },
}
