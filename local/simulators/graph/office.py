"""Takes messages for sending: what is kept of them, what they are called, when they leave, and which bounce."""

import re
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from local.simulators.graph import rules
from local.simulators.graph.content import Address, Content
from local.simulators.graph.errors import Refusal, bad_request, item_not_found
from local.simulators.graph.mailbox import Item, Mailbox
from local.simulators.graph.received import ReceivedMail
from local.simulators.graph.reports import report_of
from local.simulators.graph.switches import Switches
from local.simulators.graph.windows import Window

DAY, MINUTE = 24 * 3600.0, timedelta(minutes=1)
OVER_DAILY, OVER_EXTERNAL = "5.1.90", "5.7.233"
Via = Literal["sendMail", "draft"]


class Office:
    """All mailboxes of the tenant, and the way out."""

    def __init__(self, switches: Switches, clock: Callable[[], datetime]) -> None:
        self.switches, self.clock = switches, clock
        self.received: list[ReceivedMail] = []
        self.mailboxes: dict[str, Mailbox] = {}
        self._recipients: dict[str, Window] = defaultdict(Window)
        self._external = Window()
        self._departures: dict[str, deque[datetime]] = defaultdict(deque)

    def mailbox(self, address: str) -> Mailbox:
        """The mailbox of that address, empty at first."""
        return self.mailboxes.setdefault(address.casefold(), Mailbox(address))

    def create(self, address: str, content: Content) -> Item:
        """A draft, which keeps the Message-ID that it is given."""
        rules.may_be_created(content, self.switches)
        message_id = content.message_id or _new_message_id()
        return self.mailbox(address).put(content, message_id, self.clock(), self.switches)

    def change(self, item: Item, changed: Content) -> None:
        """A draft's new content."""
        rules.may_be_created(changed, self.switches)
        item.content, item.message_id = changed, changed.message_id or item.message_id

    def send_mail(self, address: str, content: Content, *, saved: bool) -> Item:
        """What sendMail does: a draft that is on its way at once."""
        rules.may_be_created(content, self.switches)
        rules.may_be_sent(content, address, self.switches)
        message_id = self._message_id(content)
        status = self._quota(address, content)
        item = self.mailbox(address).put(content, message_id, self.clock(), self.switches)
        item.saved = saved
        self._accept(address, item, via="sendMail", over_quota=status)
        return item

    def send_draft(self, address: str, item_id: str) -> None:
        """What /send does: once for a draft, unless the switch says otherwise."""
        item = self.mailbox(address).once_known_as(item_id)
        if item is None:
            raise item_not_found()
        if item.is_stuck:
            item.leaves = self.clock() + timedelta(milliseconds=self.switches.transit_ms)
            return
        if item.accepted is not None:
            self._send_again(address, item)
            return
        rules.may_be_sent(item.content, address, self.switches)
        self._accept(address, item, via="draft", over_quota=self._quota(address, item.content))

    def _send_again(self, address: str, item: Item) -> None:
        if self.switches.send_repeat == "not_found":
            raise item_not_found()
        copy = self.mailbox(address).put(replace(item.content), item.message_id, self.clock(), self.switches)
        self._accept(address, copy, via="draft", over_quota=self._quota(address, copy.content))

    def _message_id(self, content: Content) -> str:
        if content.message_id and self.switches.message_id == "reject":
            raise bad_request("ErrorInvalidRequest", "The property 'internetMessageId' cannot be set.")
        return content.message_id if content.message_id and self.switches.message_id == "keep" else _new_message_id()

    # --- on its way

    def _accept(self, address: str, item: Item, *, via: Via, over_quota: str) -> None:
        item.accepted = self.clock()
        departs = self._departure(address, item.accepted)
        item.leaves = None if self.switches.stuck_in_drafts else departs
        bounced = {
            recipient.address: status
            for recipient in item.content.recipients
            if (status := over_quota or self._bounce(recipient.address))
        }
        self.received.append(_received(address, item, via=via, bounced=bounced))
        for recipient, status in bounced.items():
            report = report_of(
                mailbox=address,
                recipient=recipient,
                status=status,
                message_id=item.message_id,
                subject=item.content.subject,
                at=departs,
            )
            self.mailbox(address).add(report)

    def _departure(self, address: str, now: datetime) -> datetime:
        """When it leaves: after the transit, and no more in a minute than there may be."""
        rate, departures = self.switches.messages_per_minute, self._departures[address.casefold()]
        if rate is not None:
            while len(departures) > rate:
                departures.popleft()
            if len(departures) == rate:
                now = max(now, departures.popleft() + MINUTE)
            departures.append(now)
        return now + timedelta(milliseconds=self.switches.transit_ms)

    def _bounce(self, address: str) -> str:
        patterns = self.switches.bounces.items()
        return next((status for pattern, status in patterns if re.search(pattern, address)), "")

    # --- quotas

    def _quota(self, address: str, content: Content) -> str:
        """Counts the recipients; the status that they bounce with when there are too many.

        Raises:
            Refusal: there are too many, and the switch says to answer so.
        """
        now, everybody = self.clock(), content.recipients
        external = sum(1 for recipient in everybody if _domain(recipient) != address.casefold().rpartition("@")[2])
        daily = self._recipients[address.casefold()]
        if _exceeds(daily.total(now, DAY) + len(everybody), self.switches.daily_recipients):
            return self._over(OVER_DAILY)
        if external and _exceeds(self._external.total(now, DAY) + external, self.switches.external_recipients):
            return self._over(OVER_EXTERNAL)
        daily.add(now, len(everybody))
        self._external.add(now, external)
        return ""

    def _over(self, status: str) -> str:
        if self.switches.quota == "sync":
            raise Refusal(429, "ErrorSubmissionQuotaExceeded", "The message submission quota was exceeded.")
        return status


def _exceeds(count: int, limit: int | None) -> bool:
    return limit is not None and count > limit


def _domain(recipient: Address) -> str:
    return recipient.address.casefold().rpartition("@")[2]


def _new_message_id() -> str:
    return f"<{uuid.uuid4().hex.upper()}@mail.simulator.example>"


def _received(address: str, item: Item, *, via: Via, bounced: dict[str, str]) -> ReceivedMail:
    content = item.content
    first = content.recipients[0]
    assert item.accepted is not None
    return ReceivedMail(
        mailbox=address,
        to=first.address,
        to_name=first.name,
        recipients=tuple(recipient.address for recipient in content.recipients),
        subject=content.subject,
        html=content.body if content.is_html else "",
        text="" if content.is_html else content.body,
        message_id=item.message_id,
        key=content.key,
        headers=dict(content.headers),
        properties=dict(content.properties),
        attachments=list(content.files),
        reply_to=content.reply_to[0].address if content.reply_to else "",
        from_name=content.sender.name if content.sender else "",
        at=item.accepted,
        via=via,
        saved=item.saved,
        bounced=bounced,
    )
