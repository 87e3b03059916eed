"""How fast a dispatch may go, and in what portions."""

from dispatch.core import Dispatch, Scenario
from dispatch.settings import Settings

REQUESTS_A_RECIPIENT = 3  # of scenario 2: a ticket and a note, and a share of the look-ups


def recipients_per_minute(dispatch: Dispatch, settings: Settings, *, mail: bool = True) -> float:
    """How many recipients a minute the dispatch may take; 0 means no limit.

    ``mail`` says whether the mailbox carries them. Tickets of their own cost requests to Pureservice as well.
    """
    rate = float(settings.mail_rate_per_minute) if mail else 0.0
    if dispatch.scenario is not Scenario.ONE_TO_ONE:
        return rate
    own = settings.pureservice_requests_per_minute / REQUESTS_A_RECIPIENT
    return min(rate, own) if rate else own


def batch_size(dispatch: Dispatch, settings: Settings) -> int:
    """Recipients in one batch: no more than the mailbox may have in a day, since a batch goes out whole.

    Those with cases of their own are no more than a minute's requests allow, either.
    """
    most = min(settings.dispatch_batch_size, settings.mail_daily_limit or settings.dispatch_batch_size)
    if dispatch.scenario is not Scenario.ONE_TO_ONE:
        return most
    return max(1, min(most, int(recipients_per_minute(dispatch, settings))))
