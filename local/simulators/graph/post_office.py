"""All mailboxes, and what happens to a message that one of them is asked to send."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from math import ceil

from local.simulators.graph.content import Content, Person, check_sendable
from local.simulators.graph.errors import Refusal, item_not_found, throttled
from local.simulators.graph.items import Item, a_message_id
from local.simulators.graph.mailbox import Mailbox
from local.simulators.graph.records import Files, Ledger, ReceivedMail, ReturnedLetter
from local.simulators.graph.returns import FORMS, ReturnRule, matching, returned
from local.simulators.graph.switches import Switches

DAY_SECONDS, MINUTE_SECONDS = 24 * 3600.0, 60.0


class PostOffice:
    """Sends what is sound and allowed, and keeps the ledger of it."""

    def __init__(self, mailboxes: Iterable[str], switches: Switches, clock: Callable[[], float]) -> None:
        self.switches, self.clock = switches, clock
        self.ledger, self.files = Ledger(), Files()
        self.boxes: dict[str, Mailbox] = {}
        self._any = True
        for address in mailboxes:
            self._any = False
            self.boxes[address.lower()] = Mailbox(address, clock)

    def box(self, address: str) -> Mailbox:
        """The mailbox; where none were named, any address is one.

        Raises:
            Refusal: there is no such mailbox, or it takes no mail.
        """
        name = address.lower()
        if name not in self.boxes:
            if not self._any:
                raise Refusal(404, "ErrorInvalidUser", f"The requested user '{address}' is invalid.")
            self.boxes[name] = Mailbox(address, self.clock)
        if name in self.switches.unlicensed:
            message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
            raise Refusal(404, "MailboxNotEnabledForRESTAPI", message)
        return self.boxes[name]

    def send_new(self, box: Mailbox, content: Content, *, saved: bool, keeps_id: bool) -> None:
        """Stores and sends a message in one go. ``keeps_id``: the Message-ID is not subject to the switch."""
        self._check(box, content)
        if not keeps_id and content.message_id:
            if self.switches.message_id == "reject":
                raise Refusal(400, "ErrorInvalidRequest", "The property internetMessageId cannot be set.")
            if self.switches.message_id == "replace":
                content = replace(content, message_id=a_message_id())
        item = box.add(content)
        item.saved = saved
        self._submit(box, item, "sendMail")

    def send_draft(self, box: Mailbox, item: Item) -> None:
        """Sends what lies in Drafts; a second time only if the switch says so."""
        repeated = item.submitted and not item.stuck
        if (repeated or not item.is_draft) and self.switches.send_repeat == "refuse":
            raise item_not_found()
        self._check(box, item.content)
        self._submit(box, item, "draft")

    def check_sender(self, box: Mailbox, content: Content) -> None:
        """Raises 403 where the message says that it is from somebody else."""
        sender = content.sender.address.lower() if content.sender else ""
        if sender and sender != box.address.lower() and sender not in self.switches.send_as:
            message = "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account."  # noqa: E501
            raise Refusal(403, "ErrorSendAsDenied", message)

    def _check(self, box: Mailbox, content: Content) -> None:
        check_sendable(content)
        self.check_sender(box, content)
        self._check_pace(box)
        if self.switches.quota_mode == "sync" and self._over_quota(box, len(content.recipients)):
            message = "The message cannot be submitted because the sender's submission quota was exceeded."
            raise Refusal(429, "ErrorSubmissionQuotaExceeded", message)

    def _check_pace(self, box: Mailbox) -> None:
        limit, now = self.switches.minute_limit, self.clock()
        if limit is None:
            return
        if len(box.sent) >= limit and box.sent[-limit] > now - MINUTE_SECONDS:
            raise throttled(max(1, ceil(box.sent[-limit] + MINUTE_SECONDS - now)), "MessageRate")

    def _over_quota(self, box: Mailbox, more: int) -> bool:
        limit, since = self.switches.daily_limit, self.clock() - DAY_SECONDS
        while box.sent and box.sent[0] <= since:
            box.sent.popleft()
        return limit is not None and len(box.sent) + more > limit

    def _submit(self, box: Mailbox, item: Item, via: str) -> None:
        recipients = item.content.recipients
        over = self._over_quota(box, len(recipients))
        if self.switches.stuck_in_drafts and not item.stuck:
            item.submitted = item.stuck = True
            return
        item.stuck = False
        now = self.clock()
        box.sent.extend([now] * len(recipients))
        for person in recipients:
            mail = _received(box, item.content, person, now, via)
            self._deliver(box, mail, over=over)
        box.send(item, self.switches.transit_ms / 1000)

    def _deliver(self, box: Mailbox, mail: ReceivedMail, *, over: bool) -> None:
        """To the recipient, back to the sender, or, as what only looks like a report, both."""
        rules = list(matching(self.switches.returns, mail.to))
        if over or (self.switches.bounce_for and re.search(self.switches.bounce_for, mail.to)):
            rules = [(ReturnRule("", "quota" if over else "exchange", after=0), FORMS["quota" if over else "exchange"])]
        for rule, form in rules:
            due = mail.at + rule.after
            self.ledger.returned.append(ReturnedLetter(mail, rule.form, due, form.says))
            for copy in range(rule.copies):
                box.await_mail(returned(mail, form, copy=copy), due=due + copy, folder=rule.folder)
        arrived = all(form.says != "failed" for _, form in rules)
        (self.ledger.received if arrived else self.ledger.bounced).append(mail)


def _received(box: Mailbox, content: Content, person: Person, now: float, via: str) -> ReceivedMail:
    return ReceivedMail(
        mailbox=box.address,
        to=person.address,
        to_name=person.name,
        subject=content.subject,
        html=content.body,
        message_id=content.message_id,
        key=content.key,
        headers=content.headers,
        attachments=content.parts,
        reply_to=content.reply_to[0].address if content.reply_to else "",
        from_name=content.sender.name if content.sender else "",
        at=now,
        via=via,
        from_address=content.sender.address if content.sender else box.address,
        sent_by=(content.acting or content.sender or Person(box.address)).address,
    )
