"""Returned mail: for how long it is looked for, and what becomes of it in the mailbox."""

from pydantic import Field

from dispatch.settings.concern import Concern, Text


class ReturnsSettings(Concern):
    """What comes back to the mailbox that letters are sent from."""

    title = "Returned mail"

    dispatch_returns_days: int = Field(
        3,
        ge=0,
        le=14,
        description="Days after a report for which returned mail is looked for in the sender's mailbox and told in the ticket; 0 means never. Needs Graph, and a `MAIL_RECONCILE` other than `off`",
    )
    mail_returns_folder: Text = Field(
        "",
        description="Name of the folder in the sender's mailbox that returned mail is moved to (needs Mail.ReadWrite); empty means that it stays where it is",
    )
