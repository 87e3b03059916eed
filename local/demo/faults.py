"""The faults of ``FAULTS=1``: Graph throttles, fails and forgets in part, and then has used up its day."""

import json

from local.simulators.faults import Fault
from local.world import World


def _error(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message, "innerError": {}}})


SEND = r"POST .*/sendMail"


def inject(world: World, recipients: int) -> None:
    """Adds the faults; how often each strikes follows from the number of recipients."""
    world.graph.faults.add(
        # Delivered, and then no answer, or the wrong one: to be looked up, never repeated.
        Fault(match=SEND, status=504, commit=True, content_type="text/html", body="<html>", skip=7, times=3),
        Fault(match=SEND, drop="after", skip=12, times=2),
        # Not delivered, and no telling: to be looked up, and sent again when it is not found.
        Fault(match=SEND, drop="before", skip=15, times=2),
        Fault(match=SEND, status=503, body=_error("serviceNotAvailable", "Try later"), skip=18, times=2),
        # Throttled: the mailbox rests.
        Fault(
            match=SEND,
            status=429,
            headers={"Retry-After": "1"},
            body=_error("ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
            skip=25,
            times=3,
        ),
        # A recipient whom nobody can reach.
        Fault(
            match=SEND, status=400, body=_error("ErrorInvalidRecipients", "At least one is not valid"), skip=30, times=2
        ),
        # The rest of the day's quota is gone: certain refusals, so SMTP carries on.
        Fault(
            match=SEND,
            status=429,
            body=_error("ErrorSubmissionQuotaExceeded", "The submission quota was exceeded"),
            skip=recipients // 2,
            times=None,
        ),
    )


SETTINGS = {"DISPATCH_RECONCILE_LOOKS": "1,2,4"}
"""Look-ups in seconds rather than minutes, so that the demonstration ends soon."""
