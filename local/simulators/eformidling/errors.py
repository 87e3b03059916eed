"""Errors as the integration point tells them."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from aiohttp import web

OWN = "no.difi.meldingsutveksling.exceptions."
NEXT_MOVE = "no.difi.meldingsutveksling.nextmove.NextMoveRuntimeException"
ARKIVMELDING = "no.difi.meldingsutveksling.arkivmelding.ArkivmeldingRuntimeException"
NOT_READABLE = "org.springframework.http.converter.HttpMessageNotReadableException"
INVALID = "jakarta.validation.ConstraintViolationException"


@dataclass
class Refusal(Exception):
    """An answer other than success."""

    status: int
    exception: str = ""
    text: str = ""


def own(status: int, name: str, text: str = "") -> Refusal:
    """One of the integration point's own exceptions."""
    return Refusal(status, OWN + name, text)


def answer(refusal: Refusal, path: str, now: datetime) -> web.Response:
    """The error body."""
    body = {
        "timestamp": now.isoformat(),
        "status": refusal.status,
        "error": HTTPStatus(refusal.status).phrase,
        "message": refusal.text or "simulated",
        "path": path,
    }
    if refusal.exception:
        body["exception"] = refusal.exception
    headers = {"WWW-Authenticate": 'Basic realm="ip"'} if refusal.status == HTTPStatus.UNAUTHORIZED else {}
    return web.json_response(body, status=refusal.status, headers=headers)
