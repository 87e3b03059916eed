"""Route templates of HTTP functions, and the paths that they match. Pure."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar
from urllib.parse import unquote

from local.host.errors import StartError

_CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "alpha": r"[A-Za-z]+",
    "guid": r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    "bool": r"(?:true|false)",
}
_BITS = {"int": 31, "long": 63}
_PARAMETER = re.compile(r"\{(?P<all>\*{0,2})(?P<name>\w+)(?::(?P<constraint>\w+))?(?P<optional>\?)?\}")
_RESERVED = re.compile(r"(admin|runtime)(/|$)", re.IGNORECASE)
_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)

Target = TypeVar("Target")


class BadPathError(ValueError):
    """A request target that the server refuses before any route is looked at."""


def path_of(target: str) -> str:
    """The decoded path of a request's target: dot segments are gone, an encoded slash stays encoded."""
    if not target.startswith("/"):
        raise BadPathError(target)
    path = unquote(_ENCODED_SLASH.sub("%252F", target.partition("?")[0]))
    if "\0" in path:
        raise BadPathError(target)
    kept: list[str] = []
    for part in path.split("/")[1:]:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    return "/" + "/".join(kept)


@dataclass(frozen=True)
class Route(Generic[Target]):
    """What answers the paths of one template, by some methods."""

    template: str
    methods: Collection[str]
    target: Target

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = [part for part in self.template.strip("/").split("/") if part]
        return re.compile("".join(_expression(part) for part in parts) or "/", re.IGNORECASE)

    @cached_property
    def rank(self) -> tuple[int, ...]:
        """Smaller is looked at first: fixed words before constrained parameters, before others, before catch-alls."""
        return tuple(_rank(part) for part in self.template.strip("/").split("/"))

    def check(self) -> None:
        """StartError for a constraint that is not known here."""
        self._pattern  # noqa: B018 - made now rather than at the first request

    def match(self, path: str) -> dict[str, str] | None:
        """The parameters, or None where the path is another's."""
        found = self._pattern.fullmatch(path)
        if found is None:
            return None
        values = {name: text for name, text in found.groupdict().items() if text}
        for parameter in _PARAMETER.finditer(self.template):
            bits, text = _BITS.get(parameter["constraint"] or ""), values.get(parameter["name"])
            if bits and text and not -(2**bits) <= int(text) < 2**bits:
                return None
        return values


def find(routes: Iterable[Route[Target]], method: str, path: str) -> tuple[Target, dict[str, str]] | None:
    """Who answers, with the parameters. A method that no template takes is as a path that none takes."""
    for route in sorted(routes, key=lambda route: route.rank):
        if method in route.methods and (values := route.match(path)) is not None:
            return route.target, values
    return None


def check_function_route(route: str) -> str:
    """The template, unless the host keeps its first word for itself."""
    if _RESERVED.match(route):
        raise StartError(f"The route '{route}' begins with a word that the host keeps for itself.")
    return route


def _expression(part: str) -> str:
    if (whole := _PARAMETER.fullmatch(part)) and (whole["all"] or whole["optional"]):
        return f"(?:/{_group(whole)})?"
    pieces, end = ["/"], 0
    for match in _PARAMETER.finditer(part):
        pieces += [re.escape(part[end : match.start()]), _group(match)]
        end = match.end()
    return "".join([*pieces, re.escape(part[end:])])


def _group(match: re.Match[str]) -> str:
    if match["all"]:
        return f"(?P<{match['name']}>(?!/).*)"
    constraint = match["constraint"]
    if constraint is not None and constraint not in _CONSTRAINTS:
        raise StartError(f"This local host knows no route constraint '{constraint}', only {', '.join(_CONSTRAINTS)}.")
    return f"(?P<{match['name']}>{_CONSTRAINTS.get(constraint or '', '[^/]+')})"


def _rank(part: str) -> int:
    match = _PARAMETER.search(part)
    if match is None:
        return 0
    return 3 if match["all"] else 1 if match["constraint"] else 2
