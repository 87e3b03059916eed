"""The direction of a part inside a line, as Unicode's own signs for it: so a page and a plain text both obey it.

The signs are those that the HTML standard's rules for ``dir``, ``bdi`` and ``bdo`` name, by CSS's ``unicode-bidi``.
"""

from unicodedata import bidirectional

from dispatch.document.elements import Node
from dispatch.document.look import Look
from dispatch.document.runs import Run

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_OPEN_ISOLATE = {"ltr": "\u2066", "rtl": "\u2067", "auto": "\u2068"}
_OPEN_OVERRIDE = {"ltr": "\u202d", "rtl": "\u202e"}
_OPEN_EMBEDDING = {"ltr": "\u202a", "rtl": "\u202b"}
_CLOSE_ISOLATE, _CLOSE = "\u2069", "\u202c"
_TURNING = frozenset("\u202b\u202e\u2067")


def turned(node: Node, runs: list[Run], look: Look) -> list[Run]:
    """The element's runs between the signs for its direction, in its look; a new line begins with them anew."""
    opening, closing = _signs_of(node)
    if not opening or all(run.get("text", "x").isspace() for run in runs):
        return runs
    inside: list[Run] = []
    for run in runs:
        inside += [*_signs(closing, look), run, *_signs(opening, look)] if "break" in run else [run]
    return [*_signs(opening, look), *inside, *_signs(closing, look)]


def without_idle(runs: list[Run], direction: str) -> list[Run]:
    """Without the signs where all goes from left to right anyway, as in what Outlook and Teams paste."""
    if not any("unseen" in run for run in runs):
        return runs
    if direction == "rtl" or any(map(_turns, (run.get("text", "") for run in runs))):
        return runs
    return [run for run in runs if "unseen" not in run]


def _turns(text: str) -> bool:
    return not text.isascii() and any(sign in _TURNING or bidirectional(sign) in _RIGHT_TO_LEFT for sign in text)


def _signs(signs: str, look: Look) -> list[Run]:
    return [look.marked({"text": sign, "unseen": True}) for sign in signs]


def _signs_of(node: Node) -> tuple[str, str]:
    said = node.attributes.get("dir", "").strip().lower()
    way = node.css.get("direction", "") or said
    kind = node.css.get("unicode-bidi", "") or _kind(node, said)
    if way not in _OPEN_ISOLATE:
        way = "auto" if kind == "plaintext" or node.tag == "bdi" else ""
    override = _OPEN_OVERRIDE.get(way, "") if kind.endswith("override") else ""
    match kind:
        case "isolate" | "plaintext" | "isolate-override" if way:
            return _OPEN_ISOLATE["auto" if kind == "plaintext" else way] + override, (
                _CLOSE if override else ""
            ) + _CLOSE_ISOLATE
        case "embed" | "bidi-override" if way in _OPEN_EMBEDDING:
            return override or _OPEN_EMBEDDING[way], _CLOSE
    return "", ""


def _kind(node: Node, said: str) -> str:
    """What a browser's own sheet says of the element."""
    if node.tag == "bdo":
        return "isolate-override"
    return "isolate" if node.tag == "bdi" or said in _OPEN_ISOLATE else ""
