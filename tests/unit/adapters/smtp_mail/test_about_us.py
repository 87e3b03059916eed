"""What a server says of our host, domain or mailbox is no recipient's refusal, in whatever words it says it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.smtp_mail import replies
from dispatch.adapters.smtp_mail.replies import Stage
from dispatch.core import MessageRefused, RecipientRefused, TransportRefused, TryAgain, without_addresses

ABOUT_US = [
    (554, "5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org; see its site"),
    (554, "Service unavailable; Client host [192.0.2.7] blocked using bl.spamcop.net"),
    (550, "5.7.606 Access denied, banned sending IP [192.0.2.7]"),
    (550, "5.7.649 Access denied, banned sending IP [192.0.2.7]"),
    (550, "5.7.25 The IP address sending this message does not have a PTR record"),
    (550, "5.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.7]"),
    (550, "5.7.1 Client host rejected: Access denied"),
    (550, "5.7.23 SPF validation failed"),
    (550, "5.7.1 SPF check failed: 192.0.2.7 is not allowed to send mail from etat.example"),
    (550, "Message rejected because of an SPF failure"),
    (550, "5.7.26 This mail has been blocked because the sender is unauthenticated"),
    (550, "5.7.1 Unauthenticated email from etat.example is not accepted due to the domain's DMARC policy"),
    (550, "5.7.509 Access denied, sending domain etat.example does not pass DMARC verification"),
    (550, "5.7.515 Access denied, sending domain does not meet the required authentication level"),
    (550, "5.7.511 Access denied, banned sender"),
    (550, "5.7.501 Access denied, spam abuse detected"),
    (550, "5.7.513 Service unavailable, Client host [192.0.2.7] blocked by the recipient's domain"),
    (550, "5.7.708 Service unavailable. Access denied, traffic not accepted from this IP"),
    (550, "5.7.20 No passing DKIM signature found"),
    (550, "Rejected: 192.0.2.7 is listed in an RBL"),
    (550, "192.0.2.7 listed at dnsbl.example"),
    (550, "5.7.1 Your IP is on our blocklist"),
    (553, "Your host is blacklisted"),
    (554, "Your mail server has a poor reputation"),
    (554, "5.7.1 <etat.example>: Helo command rejected: Host not found"),
    (550, "HELO name does not resolve"),
    (554, "5.7.1 <utsending@etat.example>: Sender address rejected: Access denied"),
    (550, "5.1.0 Sender denied"),
    (550, "5.1.7 Invalid sender address"),
    (550, "5.1.90 The mailbox has sent too much today"),
    (550, "sender verify failed"),
    (550, "Reverse DNS lookup failed"),
    (554, "5.7.0 Your account has been suspended"),
    (550, "5.7.1 Your domain may not send here"),
    (550, "IP 192.0.2.7 is blocked"),
    (554, "5.7.1 Relay access denied"),
    (530, "5.7.0 Authentication required"),
    (535, "5.7.8 Authentication credentials invalid"),
]
ABOUT_THE_RECIPIENT = [
    (550, "5.1.1 <kari@eksempel.example>: Recipient address rejected: User unknown in virtual mailbox table"),
    (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup"),
    (550, "5.1.1 kari... User kari (kari@eksempel.example) not listed in the public address book"),
    (550, "User not listed in the directory"),
    (550, "No such user here"),
    (550, "5.2.1 The email account that you tried to reach is disabled"),
    (550, "5.1.1 Mailbox unavailable; see https://support.example/spf"),
    (550, "<spf@eksempel.example>: user unknown"),
    (550, "<client.host@blacklist.example>: mailbox unavailable"),
    (550, "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup"),
    (550, "5.7.1 <kari@eksempel.example>: Recipient address rejected: Access denied"),
    (551, "5.1.6 The recipient has moved"),
    (550, "5.4.1 Recipient address rejected: Access denied"),
    (553, "5.1.3 Bad recipient address syntax"),
    (550, "No such user at this host"),
    (550, "No such recipient on this server"),
    (550, "This account has been disabled"),
    (550, "This mailbox is closed"),
    (550, "This domain is not hosted here"),
    (550, "The remote server says that the user does not exist"),
    (550, "User is no longer listed in our directory"),
    (550, "User isn't listed in the address book"),
]


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.END], ids=lambda stage: stage.name)
@pytest.mark.parametrize(("code", "text"), ABOUT_US)
def test_what_is_said_about_us_is_the_transports_refusal_at_every_stage(stage, code, text):
    assert type(replies.error_of(stage, code, text)) is TransportRefused


@pytest.mark.parametrize(("code", "text"), ABOUT_THE_RECIPIENT)
def test_what_is_said_about_the_recipient_stays_the_recipients(code, text):
    assert type(replies.error_of(Stage.RCPT, code, text)) is RecipientRefused


@pytest.mark.parametrize("text", ["Your mailbox is full", "Sorry, your account is over quota", "5.2.2 Mailbox full"])
def test_a_full_mailbox_is_tried_again_later(text):
    assert type(replies.error_of(Stage.RCPT, 552, text)) is TryAgain


def test_what_is_said_about_the_letter_stays_the_letters():
    assert type(replies.error_of(Stage.END, 550, "5.7.1 Message contains a forbidden attachment")) is MessageRefused


@given(local=st.sampled_from(["spf", "client.host", "dmarc", "helo", "rbl", "blocked-list"]), before=st.booleans())
def test_an_address_that_the_reply_repeats_decides_nothing(local, before):
    address, words = f"<{local}@{local}.example>:", "user unknown"
    text = f"{address} {words}" if before else f"{words} {address}"

    assert type(replies.error_of(Stage.RCPT, 550, text)) is RecipientRefused


@given(st.text(alphabet="ab @<>", max_size=200))
def test_no_word_with_an_address_is_left(text):
    assert "@" not in without_addresses(text)
