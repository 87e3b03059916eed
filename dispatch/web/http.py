"""A request and an answer as plain values, so that pages are functions of one and return the other."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

LARGEST_FORM, MOST_FIELDS = 20_000, 20  # bytes, fields; no form of ours is near either
HTML = "text/html; charset=utf-8"

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Request:
    """What was asked. ``path`` is what stands behind ``base``; header names are in lower case."""

    method: str
    url: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def base(self) -> str:
        """The address of the site's front page, without host: ``/api/status``."""
        whole = urlsplit(self.url).path.rstrip("/")
        return whole.removesuffix("/" + self.path.strip("/")) if self.path.strip("/") else whole

    @property
    def is_secure(self) -> bool:
        """Whether the browser came by https; App Service ends it and says so in a header."""
        return urlsplit(self.url).scheme == "https" or self.headers.get("x-forwarded-proto") == "https"

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The fields of a posted form; empty where it is none."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded" or len(self.body) > LARGEST_FORM:
            return {}
        try:
            fields = parse_qs(self.body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
        except ValueError:
            return {}
        return {name: values[0] for name, values in fields.items()}

    def cookie(self, name: str) -> str:
        """The value of a cookie; empty where there is none."""
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return next((value for known, _, value in pairs if known == name), "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered. Headers that every answer has are added by ``guarded``."""

    body: bytes = b""
    status: int = 200
    kind: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    policy: str = NOTHING

    def having(self, **headers: str) -> "Answer":
        """The same with more headers; an underscore in a name stands for a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})


def page(html: str, status: int = 200) -> Answer:
    """A page of the site."""
    return Answer(html.encode(), status, policy=PAGE_POLICY)


def plain_page(html: str, css: str, status: int) -> Answer:
    """A page for whom nothing else is served to: its style stands in it, and is allowed by its hash alone."""
    digest = hashlib.sha256(css.encode())
    policy = NOTHING.replace(
        "default-src 'none'", f"default-src 'none'; style-src 'sha256-{base64.b64encode(digest.digest()).decode()}'"
    )
    return Answer(html.encode(), status, policy=policy)


def as_json(value: Any, status: int = 200) -> Answer:
    """A JSON document."""
    return Answer(json.dumps(value, ensure_ascii=False).encode(), status, "application/json")


def redirect(target: str) -> Answer:
    """After a form: the browser asks for the page anew by GET."""
    return Answer(b"", 303, headers={"Location": target})


def download(content: bytes, kind: str, name: str) -> Answer:
    """A file to save. The name is ours and plain ASCII."""
    return Answer(content, 200, kind, {"Content-Disposition": f'attachment; filename="{name}"'})


def guarded(answer: Answer, request: Request) -> dict[str, str]:
    """All headers of the answer: nothing is kept by caches, framed by others, or guessed at."""
    headers = {
        "Content-Type": answer.kind,
        "Content-Security-Policy": answer.policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "SAMEORIGIN" if "frame-ancestors 'self'" in answer.policy else "DENY",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return {**headers, **answer.headers}
