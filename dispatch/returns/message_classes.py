"""Exchange's classes of mails (MAPI 0x001A), and which are worth looking at."""

from dispatch.returns.reports import MailKind

_CLASSES = (
    ("report.ipm.note.ndr", MailKind.NOT_DELIVERED),
    ("report.ipm.note.delayed", MailKind.DELAYED),
    ("report.ipm.note.dr", MailKind.DELIVERY_NOTICE),
    ("report.ipm.note.ipnrn", MailKind.READ_RECEIPT),
    ("report.ipm.note.ipnnrn", MailKind.READ_RECEIPT),
    ("ipm.note.rules.", MailKind.AUTO_REPLY),  # out of office, and what a rule answers
)


def kind_of_class(message_class: str) -> MailKind | None:
    """What Exchange takes the mail for; None where its class says nothing, which many a report's does."""
    shown = f"{message_class.strip().lower()}."
    return next((kind for start, kind in _CLASSES if shown.startswith((start, f"{start}."))), None)
