"""E-mail, whatever carries it: the sender, the letter's look, and the mailbox's pace."""

from typing import Literal

from pydantic import Field, field_validator

from dispatch.settings.concern import Address, Concern, OptionalAddress, Text
from dispatch.settings.sender_pool import PoolMember, members_of


class MailSettings(Concern):
    """What every letter by e-mail has in common."""

    title = "E-mail"

    mail_from_address: Address = Field(description="Sender's address; with Graph also the mailbox that sends")
    mail_from_name: Text = Field("", description="Sender's name")
    mail_senders: Text = Field(
        "",
        description="Mailboxes that share the sending, with commas between them; each with a rate a minute and a daily limit of its own where wanted: `a@x.no, b@x.no:20:5000`. Empty means `MAIL_FROM_ADDRESS` alone",
    )
    mail_senders_from: Literal["mailbox", "one"] = Field(
        "mailbox",
        description="Whom letters of `MAIL_SENDERS` are from: the `mailbox` that sends, or `one` address, MAIL_FROM_ADDRESS, as which each of them must have the right to send",
    )
    mail_replyto_address: OptionalAddress = Field("", description="Where answers go; empty means the sender")
    mail_replyto_name: Text = Field("", description="Name shown with the reply address")
    mail_organisation: Text = Field("", description="Name in the letter's head; empty means MAIL_FROM_NAME")
    mail_logo: Text = Field(
        "", description="Logo in the letter's head: an https URL, or the name of an image in the `templates` container"
    )
    mail_footer: Text = Field("", description="Text at the letter's foot")
    mail_template: Text = Field(
        "",
        description="Name of a letter template of one's own in the `templates` container; empty means the built-in one",
    )
    mail_redirect_to: OptionalAddress = Field(
        "",
        description="Safety net for staging: every letter goes to this address instead, those of `PURESERVICE_121_SEND_VIA` too",
    )
    mail_rate_per_minute: int = Field(30, ge=0, description="Messages a minute from the mailbox; 0 means no limit")
    mail_daily_limit: int = Field(10_000, ge=0, description="Recipients in 24 hours from the mailbox; 0 means no limit")
    mail_tenant_daily_limit: int = Field(
        0, ge=0, description="Recipients in 24 hours from all mailboxes together; 0 means no limit"
    )
    mail_max_megabytes: int = Field(
        25, ge=1, le=150, description="Largest letter with all its attachments; Exchange takes 35 MB encoded"
    )
    mail_max_attachments: int = Field(
        25, ge=0, description="Most files that go with a letter; 0 means none but pictures in the text"
    )
    mail_concurrency: int = Field(
        3, ge=1, le=4, description="Requests under way at once for the mailbox; Exchange refuses a fifth"
    )
    mail_reconcile: Literal["sent-items", "draft", "off"] = Field(
        "sent-items",
        description="How a sending in doubt is settled: `sent-items` (look it up), `draft` (draft, record, send: provable), `off` (Mail.Send alone)",
    )

    @field_validator("mail_senders")
    @classmethod
    def _known_members(cls, value: str) -> str:
        members_of(value)
        return value

    @property
    def pool(self) -> tuple[PoolMember, ...]:
        """The mailboxes of ``MAIL_SENDERS``; none where one mailbox sends all."""
        return members_of(self.mail_senders)

    @property
    def own_mailboxes(self) -> tuple[str, ...]:
        """Those that send, and that of the one address that their letters are from: a letter may come back to each."""
        sending = [member.address for member in self.pool]
        is_one = any(address.casefold() == self.mail_from_address.casefold() for address in sending)
        is_shown = not sending or (self.mail_senders_from == "one" and not is_one)
        return (*sending, self.mail_from_address) if is_shown else tuple(sending)
