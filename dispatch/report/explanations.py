"""What a recipient's reason means: where a doubt is left, how often it was sent and where to look."""

from dispatch.core import Reason, Recipient, RecipientState, Transport
from dispatch.report.return_texts import RETURNS
from dispatch.report.texts import REASONS, Explanation

_IN_DOUBT = frozenset({Reason.NOTHING_CAN_TELL, Reason.ENDED_UNSETTLED})
NO_ROW = Explanation(
    "Ukjent om Pureservice sendte meldingen",
    "Meldingen ligger på mottakerens egen sak, men Pureservice har ikke registrert noen e-post. Den kan være sendt.",
    "",
)
ONCE = "Den er ikke sendt på nytt, så ingen får den to ganger."
TWICE = "Den er sendt på nytt etter at det ble usikkert, så mottakeren kan ha fått den to ganger."


def explanation(row: Recipient) -> Explanation:
    """What a row's reason means and what to do; where a doubt is left, how often it was sent and where to look."""
    assert row.reason is not None
    if row.attempt.returned.cause is not None:
        return RETURNS[row.attempt.returned.cause]
    found = REASONS[row.reason]
    if row.reason is Reason.NOT_SENT_BY_PURESERVICE and row.state is RecipientState.UNCERTAIN:
        found = NO_ROW
    elif row.reason not in _IN_DOUBT:
        return found
    told = TWICE if row.doubt.resent else ONCE
    return Explanation(found.short, f"{found.meaning} {told}", f"Spør mottakeren{_look(row)} før du sender på nytt.")


def _look(row: Recipient) -> str:
    """The place where the doubt arose: settings may say another mailbox by now."""
    sender = row.attempt.route.sender
    match row.attempt.transport:
        case Transport.GRAPH if not row.attempt.route.unsaved:
            return f", eller se i postkassen {sender}," if sender else ", eller se i avsenderens postkasse,"
        case Transport.EFORMIDLING:
            return ", eller be den som drifter løsningen om å se etter meldingen i eFormidling,"
        case Transport.PURESERVICE:
            return ", eller se på mottakerens egen sak om Pureservice har sendt den,"
        case _:
            return ""  # nothing keeps what was sent
