"""Non-delivery reports: what a sender finds in the Inbox when a mail that was accepted could not be delivered."""

import uuid
from datetime import datetime
from email.utils import format_datetime

from local.simulators.graph.content import Address, Content
from local.simulators.graph.mailbox import INBOX, Item

MESSAGE_CLASS = "String 0x001A"
_CLASS_OF_A_REPORT = "REPORT.IPM.Note.NDR"
_TEMPLATE = """\
From: Microsoft Outlook <{postmaster}>
To: <{mailbox}>
Subject: {subject}
Date: {date}
Message-ID: {own_id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"
Auto-Submitted: auto-replied

--{boundary}
Content-Type: text/plain; charset=us-ascii

{body}

--{boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns;mail.simulator.example

Final-Recipient: rfc822;{recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp;550 {status} Not delivered

--{boundary}
Content-Type: text/rfc822-headers

From: <{mailbox}>
To: <{recipient}>
Message-ID: {message_id}

--{boundary}--
"""


def report_of(*, mailbox: str, recipient: str, status: str, message_id: str, subject: str, at: datetime) -> Item:
    """The report on one recipient, as it will stand in the Inbox from then on."""
    postmaster = f"postmaster@{mailbox.rpartition('@')[2]}"
    own_id = f"<{uuid.uuid4()}@mail.simulator.example>"
    body = f"Your message to {recipient} could not be delivered. 550 {status}"
    raw = _TEMPLATE.format(
        postmaster=postmaster,
        mailbox=mailbox,
        subject="Undeliverable message",
        date=format_datetime(at),
        own_id=own_id,
        boundary=uuid.uuid4().hex,
        body=body,
        recipient=recipient,
        status=status,
        message_id=message_id,
    )
    content = Content(
        subject=f"Undeliverable: {subject}",
        body=body,
        sender=Address(postmaster, "Microsoft Outlook"),
        to=[Address(mailbox)],
        properties={MESSAGE_CLASS: _CLASS_OF_A_REPORT},
    )
    return Item(content, own_id, created=at, visible_from=at, home=INBOX, raw=raw.replace("\n", "\r\n").encode())
