"""Sending: how much at a time, and what happens to a sending whose end nobody knows."""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from dispatch.settings.concern import Concern, Text


def _listed(value: Any) -> Any:
    return tuple(value.split(",")) if isinstance(value, str) else value


def _domains(value: Any) -> Any:
    listed = [one.strip().removeprefix("@").lower() for one in value.split(",")] if isinstance(value, str) else value
    for one in listed:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", one):
            raise ValueError("must be domains with commas between them, as etaten.no,etaten.dep.no")
    return tuple(listed)


class SendingSettings(Concern):
    """Batches, leases and doubt."""

    title = "Sending"

    dispatch_schedule: Text = Field("0 */5 * * * *", description="When the timer looks for tickets (NCRONTAB, UTC)")
    dispatch_batch_size: int = Field(96, ge=1, le=98, description="Recipients in a batch; a transaction holds 100 rows")
    dispatch_window_size: int = Field(
        0,
        ge=0,
        le=50,
        description="Most recipients in doubt after a crash; 0 means 16 where the channel can be asked what became of them, else 4 (SMTP, `MAIL_RECONCILE=off`, messages that Pureservice sends)",
    )
    dispatch_max_recipients: int = Field(
        50_000, ge=0, description="Safety net: a larger dispatch is rejected; 0 means no limit"
    )
    dispatch_approval_above: int = Field(
        0,
        ge=0,
        description="A dispatch to more recipients waits for the approval of another person than who asked for it; 0 means never",
    )
    dispatch_approval_by_status: bool = Field(
        True,
        description="Whether another agent approves by setting the ready status again; off: on the status page alone. Pureservice says who changed a ticket last, and not who set its status",
    )
    dispatch_max_lists: int = Field(50, ge=1, description="Most mailing lists on one ticket")
    dispatch_recipient_file: Text = Field(
        "mottakere*",
        pattern=r"^[^/\\]*$",
        description="Name of the spreadsheet on the ticket whose rows are recipients (`*` stands for anything, the ending is not part of it); `none`: no file is read",
    )
    dispatch_trial_domains: Annotated[tuple[str, ...], BeforeValidator(_domains)] = Field(
        (),
        description="Domains that a trial of a letter may be sent to, with commas between them; empty means that of `MAIL_FROM_ADDRESS`",
    )
    dispatch_in_doubt: Literal["hold", "resend"] = Field(
        "hold",
        description="Where nothing can tell whether a letter went: `hold` (outcome uncertain, named in the report) or `resend` (same Message-ID and Date)",
    )
    dispatch_reconcile_looks: Annotated[tuple[float, ...], BeforeValidator(_listed)] = Field(
        (60.0, 300.0, 660.0),
        min_length=1,
        description="Seconds after a sending came in doubt at which it is looked up; missing in all of them means not sent",
    )
    dispatch_lease_seconds: int = Field(
        120, ge=1, le=600, description="How long a worker holds a batch without recording anything"
    )
    dispatch_work_seconds: int = Field(
        240, ge=5, le=540, description="How long one invocation works before it hands the rest back to the queue"
    )
    dispatch_give_up_hours: float = Field(
        24.0,
        gt=0,
        description="Hours of allowed time for which a recipient or a refusing transport is tried again; then the recipient is given up, and what is refused waits for a person (through eFormidling: e-mail where there is an address)",
    )
    dispatch_break_share: int = Field(
        20,
        ge=0,
        le=100,
        description="The breaker: where more than this share, in percent, of a dispatch's last 50 attempts was refused for good, it stops and waits for a person; 0 means never",
    )
    dispatch_expires_days: int = Field(
        0,
        ge=0,
        le=365,
        description="Days after which a letter that could not be sent is not sent any more (outcome failed): from the plan, or from when a person last let the dispatch go on; 0 means that it is always sent",
    )
    dispatch_release_ahead_seconds: int = Field(
        420, ge=1, description="How far ahead batches are put on the queue: the timer's interval and a margin"
    )
    dispatch_sweep_seconds: int = Field(
        900, ge=1, description="How long after its time a batch without a worker is put on the queue again"
    )

    @field_validator("dispatch_reconcile_looks")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if list(value) != sorted(value) or value[0] < 0:
            raise ValueError("must be seconds in rising order, as 60,300,660")
        return value

    @property
    def longest_request_seconds(self) -> float:
        """What a request to the outside may last: a worker must not outlive its lease in the middle of one."""
        return self.dispatch_lease_seconds * 0.75
