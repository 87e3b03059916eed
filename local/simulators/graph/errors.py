"""Refusals, in the form that Graph gives them."""

import uuid
from datetime import UTC, datetime

from aiohttp import web

ITEM_NOT_FOUND = "ErrorItemNotFound"
INVALID_RECIPIENTS = "ErrorInvalidRecipients"
INVALID_REQUEST = "ErrorInvalidRequest"
BODY_READ = "RequestBodyRead"


class Refusal(Exception):
    """A request that is not carried out."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def item_not_found() -> Refusal:
    return Refusal(404, ITEM_NOT_FOUND, "The specified object was not found in the store.")


def access_denied() -> Refusal:
    return Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def no_token() -> Refusal:
    challenge = {
        "WWW-Authenticate": 'Bearer realm="", authorization_uri="https://login.example/common/oauth2/authorize"'
    }
    return Refusal(401, "InvalidAuthenticationToken", "Access token is empty, expired or not ours.", challenge)


def throttled(seconds: int, what: str) -> Refusal:
    message = f"Application is over its {what} limit."
    return Refusal(429, "ApplicationThrottled", message, {"Retry-After": str(seconds)})


def unreadable(message: str) -> Refusal:
    return Refusal(400, BODY_READ, message)


def answer(refusal: Refusal, request: web.Request) -> web.Response:
    """The refusal as a response. A body that is too large is answered before Graph has a say, with a page."""
    if refusal.status == 413:
        page = "<html><head><title>413 Request Entity Too Large</title></head><body>Too large</body></html>"
        return web.Response(status=413, text=page, content_type="text/html")
    request_id = str(uuid.uuid4())
    inner = {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": request.headers.get("client-request-id", request_id),
    }
    body = {"error": {"code": refusal.code, "message": refusal.message, "innerError": inner}}
    return web.json_response(body, status=refusal.status, headers={**refusal.headers, "request-id": request_id})
