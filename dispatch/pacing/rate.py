"""How fast a dispatch may go, and in what portions."""

from dispatch.core import Channel, Dispatch, Scenario
from dispatch.pacing.pace import Pace
from dispatch.settings import Sender, Settings, senders_of

WITH_OLD_ROWS = 48  # recipients; each brings the row that it replaces along, and a transaction holds 100
REQUESTS_A_RECIPIENT = 3  # of scenario 2: a ticket and a note, and a share of the look-ups


def recipients_per_minute(dispatch: Dispatch, sender: Sender, settings: Settings) -> float:
    """How many recipients a minute the dispatch may take from this sender; 0 means no limit.

    Tickets of their own cost requests to Pureservice as well, which the mailboxes of a pool share.
    """
    if dispatch.scenario is not Scenario.ONE_TO_ONE:
        return sender.rate
    own = settings.pureservice_requests_per_minute / REQUESTS_A_RECIPIENT
    if sender.of_pool:
        own /= len(settings.pool)
    return min(sender.rate, own) if sender.rate else own


def pace_of(dispatch: Dispatch, sender: Sender, settings: Settings) -> Pace:
    """When the dispatch's batches may go from this sender."""
    return Pace(recipients_per_minute(dispatch, sender, settings), sender.daily_limit, settings.send_window)


def batch_size(dispatch: Dispatch, settings: Settings, *, with_old_rows: bool = False) -> int:
    """Recipients in one batch, however it is made: no more than a mailbox may have in a day, since it goes out whole.

    Those with own tickets are no more than a minute's requests allow, either. ``with_old_rows`` where each
    replaces a row.
    """
    mailboxes = senders_of(Channel.EMAIL, settings)
    limits = [*(mailbox.daily_limit for mailbox in mailboxes), settings.mail_tenant_daily_limit]
    most = min([settings.dispatch_batch_size, *(limit for limit in limits if limit)])
    if with_old_rows:
        most = min(most, WITH_OLD_ROWS)
    if dispatch.scenario is not Scenario.ONE_TO_ONE:
        return most
    slowest = min(recipients_per_minute(dispatch, mailbox, settings) for mailbox in mailboxes)
    return max(1, min(most, int(slowest)))
