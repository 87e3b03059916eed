"""Fills in the templates. Everything that comes from outside is escaped."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from dispatch.core import Recipient, RecipientState
from dispatch.pacing import unsent
from dispatch.report import environment
from dispatch.watching import Tally
from dispatch.web import words
from dispatch.web.access import Principal
from dispatch.web.http import Request

FOLDER = Path(__file__).parent
STATIC = {
    "stil.css": "text/css; charset=utf-8",
    "side.js": "text/javascript; charset=utf-8",
    "ikon.svg": "image/svg+xml",
}
PARTS = ("delivered", "waiting", "uncertain", "returned", "failed", "skipped")


def render(name: str, request: Request, principal: Principal | None, **values: Any) -> str:
    """A page."""
    common = {"base": request.base, "principal": principal, "path": request.path, "version": version()}
    return str(_environment().get_template(name).render(**common, **values)) + "\n"


@cache
def asset(name: str) -> bytes:
    """A file of ours that pages ask for; only those of ``STATIC`` are asked for."""
    return (FOLDER / "static" / name).read_bytes()


@cache
def version() -> str:
    """Changes with any of the assets, so that browsers may keep them for ever."""
    return hashlib.sha256(b"".join(asset(name) for name in STATIC)).hexdigest()[:10]


def segments(tally: Tally) -> list[tuple[str, float, float]]:
    """The parts of a progress bar: kind, start and width in percent."""
    found, start = [], 0.0
    for kind in PARTS:
        width = 100 * getattr(tally, kind) / tally.recipients if tally.recipients else 0.0
        if width:
            found.append((kind, round(start, 3), round(width, 3)))
        start += width
    return found


def outcome(row: Recipient) -> str:
    """How the recipient stands, in a word for the eye: the class of its mark."""
    known = {
        RecipientState.DELIVERED: "delivered",
        RecipientState.RETURNED: "returned",
        RecipientState.FAILED: "failed",
        RecipientState.SKIPPED: "skipped",
        RecipientState.UNCERTAIN: "uncertain",
        RecipientState.IN_DOUBT: "uncertain",
        RecipientState.UNDER_WAY: "waiting",
    }
    return known.get(row.state, "remaining")


@cache
def _environment() -> Any:
    found = environment(FOLDER / "templates")
    found.globals.update(words=words, segments=segments, outcome=outcome, unsent=unsent)
    return found
