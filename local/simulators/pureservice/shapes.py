"""How values are written in answers, where nobody knows how the real ones are written."""

import re
from typing import Any

from local.simulators.pureservice.schema import Resource
from local.simulators.pureservice.switches import Switches

Json = dict[str, Any]

CLOSED = 50
NAMES = {
    "user": ("firstName", "lastName", "fullName"),
    "company": ("name",),
    "asset": ("name",),
}


def fields(resource: Resource, values: Json, switches: Switches) -> Json:
    """An entity's own properties."""
    if switches.null_names:
        values.update(dict.fromkeys(NAMES.get(resource.name, ())))
    if resource.name == "user" and switches.full_name != "whole" and values["fullName"] is not None:
        values["fullName"] = "" if switches.full_name == "empty" else f"{values['lastName']}, "
    if resource.name == "assetstatus" and switches.inactive_core_status is not None and values["coreStatus"] >= CLOSED:
        values["coreStatus"] = switches.inactive_core_status
    if resource.name == "company" and switches.organization_numbers == "int":
        values["organizationNumber"] = _as_number(values["organizationNumber"])
    if switches.dates != "zone":
        moments = [one.name for one in resource.fields.values() if one.kind == "date"]
        values.update({name: _dated(values[name], switches.dates) for name in moments if values[name]})
    return _numbered(values) if switches.numbers == "text" else values


def links(values: Json, switches: Switches) -> Json:
    """An entity's links."""
    if switches.numbers != "text":
        return values
    return {name: {**link, **_ids(link)} for name, link in values.items()}


def _ids(link: Json) -> Json:
    if "ids" in link:
        return {"ids": [str(number) for number in link["ids"]]}
    return {"id": str(link["id"])}


def _numbered(values: Json) -> Json:
    return {
        name: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in values.items()
    }


def _as_number(value: str | None) -> int | str | None:
    digits = re.sub(r"\D", "", value or "")
    return int(digits) if digits else value


def _dated(text: str, form: str) -> str:
    plain = text.removesuffix("Z")
    return {"offset": f"{plain}+00:00", "naive": plain, "fraction": f"{plain}.1234567Z"}[form]
