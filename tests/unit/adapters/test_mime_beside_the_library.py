"""A letter that is filled in is the one that the standard library would make anew for each recipient."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.adapters.mime import as_bytes, wire_size
from dispatch.adapters.mime_headers import content_id, media_type, single_line
from dispatch.core import OWN_TICKET_NUMBER, Letter, Mailbox, OutgoingMail, Part, numbered, safe_file_name
from tests.builders import NOON, a_letter
from tests.mail_builders import a_mail

LONGEST_LINE, LONGEST_HEADER_LINE, LONGEST_BODY_LINE = 998, 78, 78
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cn"]), max_size=120)
norwegian = st.text(alphabet="abcæøåÆØÅéß –,;:()<>@\"'\\=?_.%0", max_size=150)
names = st.one_of(words, norwegian, st.just("Åse " * 60), st.just("=?utf-8?q?Kari?="), st.just(""))
texts = st.text(alphabet="ab.å=\t \r\n\u2028<>-" + "\U0001f600", max_size=400)
local_parts = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-z0-9]{1,20}){0,3}", fullmatch=True)
domains = st.sampled_from(["eksempel.example", "xn--blbr-roah.example", "a.b.c.d.example", f"{'x' * 60}.example"])
addresses = st.builds("{}@{}".format, local_parts, domains)
contents = st.one_of(
    st.binary(max_size=200), st.sampled_from([b"", b"." * 400, b"\r\n.\r\n" * 30, b"From here\n" * 30])
)
types = st.sampled_from(["application/pdf", "image/png", "text/csv", "message/rfc822", "", "a/b; c=d"])
files = st.builds(Part, names, types, contents)
pictures = st.builds(Part, names, st.just("image/png"), contents, st.sampled_from(["logo", "<a@b>", "bilde 1"]))
letters = st.builds(
    Letter,
    subject=st.one_of(words, norwegian),
    html=texts,
    text=texts,
    attachments=st.lists(files, max_size=12).map(tuple),
    inline=st.lists(pictures, max_size=3).map(tuple),
)
numbers = st.integers(min_value=1, max_value=10**7)


@dataclass(frozen=True)
class Read:
    """A part as a reader has it."""

    kind: str
    disposition: str | None
    name: str | None
    content_id: str | None
    content: str | bytes


def by_the_library(mail: OutgoingMail) -> EmailMessage:
    """The mail as one would write it with the standard library alone."""
    letter, message = mail.letter, EmailMessage(policy=SMTP)
    message["From"] = _address(mail.sender)
    if mail.reply_to:
        message["Reply-To"] = _address(mail.reply_to)
    message["To"] = _address(mail.to)
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(mail.date)
    message["x-dispatch-key"] = mail.key
    message["Subject"] = single_line(letter.subject)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    html = message.get_payload(1)
    assert isinstance(html, EmailMessage)
    for part in letter.inline:
        html.add_related(part.content, *media_type(part).split("/"), **_named(part), cid=f"<{content_id(part)}>")
    for part in letter.attachments:
        message.add_attachment(part.content, *media_type(part).split("/"), **_named(part))
    return message


def _address(mailbox: Mailbox) -> Address:
    return Address(single_line(mailbox.name), addr_spec=mailbox.address)


def _named(part: Part) -> dict[str, Any]:
    return {"filename": safe_file_name(part.name), "disposition": "inline" if part.content_id else "attachment"}


def parts_of(message: EmailMessage) -> Iterator[Read]:
    for part in message.walk():
        assert isinstance(part, EmailMessage)
        content = "" if part.is_multipart() else part.get_payload(decode=True)
        assert isinstance(content, bytes | str)
        yield Read(
            part.get_content_type(),
            part.get_content_disposition(),
            part.get_filename(),
            part["Content-ID"],
            _lines(content) if isinstance(content, bytes) and part.get_content_maintype() == "text" else content,
        )


def _lines(content: bytes) -> bytes:
    """Mail's line ends, whatever they were."""
    return b"\r\n".join(content.splitlines())


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert not part.defects
        assert not [defect for value in part.values() for defect in value.defects]
    return message


def unfolded(raw: bytes, name: str) -> str:
    """A header as RFC 2047 has it; the newer parser of Python 3.11 leaves blanks between the words of a long name."""
    return str(make_header(decode_header(message_from_bytes(raw)[name].replace("\r\n", ""))))


def assert_in_form(raw: bytes, *, address: str) -> None:
    """``address``: nothing folds one."""
    assert raw.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert raw.endswith(b"\r\n")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= max(LONGEST_HEADER_LINE, len(f"To: {address}"))
    assert all(line.strip() for line in head.split(b"\r\n"))
    assert not head.startswith((b" ", b"\t"))
    texts_of_ours = body.split(b"Content-Disposition")[0]
    assert max(map(len, texts_of_ours.split(b"\r\n"))) <= LONGEST_BODY_LINE
    assert max(map(len, body.split(b"\r\n"))) <= LONGEST_LINE


def assert_as_the_library_has_it(mail: OutgoingMail) -> None:
    raw, wanted = as_bytes(mail), by_the_library(mail)

    assert_in_form(raw, address=mail.to.address)
    found = read(raw)
    assert {name.lower() for name in found.keys()} - {"feedback-id"} == {  # noqa: SIM118  # a Message is no dict
        name.lower()
        for name in wanted.keys()  # noqa: SIM118
    }
    for name in ("Message-ID", "Date", "x-dispatch-key", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version"):
        assert found[name] == wanted[name]
    assert unfolded(raw, "Subject") == wanted["Subject"]
    for name in ("From", "To", *(["Reply-To"] if mail.reply_to else [])):
        (there,), (here,) = wanted[name].addresses, found[name].addresses
        assert here.addr_spec == there.addr_spec
        shown = there.display_name
        assert unfolded(raw, name) == (f"{shown} <{there.addr_spec}>" if shown else there.addr_spec)
    assert list(parts_of(found)) == list(parts_of(wanted))


@settings(max_examples=100, deadline=None)
@given(letter=letters, name=names, address=addresses, sender=names, number=numbers, answers=st.booleans())
def test_any_letter_to_anybody_is_the_one_that_the_library_would_make(letter, name, address, sender, number, answers):
    mail = a_mail(
        letter=letter,
        to=Mailbox(address, name),
        sender=Mailbox("utsending@etat.example", sender),
        reply_to=Mailbox("svar@etat.example", "Postmottak – svar her") if answers else None,
        request_number=number,
        date=NOON + timedelta(seconds=number),
    )

    assert_as_the_library_has_it(mail)


@settings(max_examples=30, deadline=None)
@given(letter=letters, before=norwegian, after=texts, people=st.lists(st.tuples(names, addresses, numbers), min_size=2))
def test_each_ones_own_number_stands_where_it_shall_and_nobody_elses(letter, before, after, people):
    shared = Letter(
        subject=f"{before}[{OWN_TICKET_NUMBER}]",
        html=f"<p>{OWN_TICKET_NUMBER}</p>{after}",
        text=f"{after}\n.{OWN_TICKET_NUMBER}",
        attachments=letter.attachments,
        inline=letter.inline,
    )
    for name, address, number in people:
        own = numbered(shared, number)
        assert_as_the_library_has_it(
            a_mail(letter=own, to=Mailbox(address, name), request_number=number, key=f"k{number}")
        )


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 57 * 12_800 - 1, 57 * 12_800, 57 * 12_800 + 1, 2_000_000])
def test_files_of_every_size_are_whole_also_where_two_are_the_same(size):
    content = (bytes(range(256)) * (size // 256 + 1))[:size]
    twins = (Part("a.bin", "application/octet-stream", content),) * 2

    assert_as_the_library_has_it(a_mail(letter=a_letter(attachments=(*twins, Part("tom", "", b"")))))


@settings(max_examples=30, deadline=None)
@given(letter=letters, name=names, address=addresses)
def test_the_size_that_is_reckoned_with_is_never_below_what_is_sent(letter, name, address):
    assert len(as_bytes(a_mail(letter=letter, to=Mailbox(address, name)))) <= wire_size(letter)


@pytest.mark.parametrize("address", ["kåre@eksempel.example", "kari@blåbær.example", "kari@eksempel.example\r\n"])
def test_an_address_that_needs_smtputf8_is_written_nowhere(address):
    with pytest.raises(ValueError, match="address"):
        as_bytes(a_mail(to=Mailbox(address, "Kari")))


@pytest.mark.parametrize("own_numbers", [False, True])
def test_no_object_of_the_library_is_made_for_a_recipient(monkeypatch, own_numbers):
    letter = a_letter(subject=f"Høring om {'endring ' * 20}[{OWN_TICKET_NUMBER}]", html=f"å{OWN_TICKET_NUMBER}")
    made = []
    for kind in (Message, Header):
        monkeypatch.setattr(kind, "__init__", _noted(kind, made))
    for number in range(50):
        own = numbered(letter, number) if own_numbers else letter
        as_bytes(a_mail(letter=own, to=Mailbox(f"kari{number}@eksempel.example", f"Kåre Ødegård {number}")))
        if number == 0:
            made.clear()

    assert made == []


def _noted(kind, made):
    init = kind.__init__

    def noted(self, *args, **kwargs):
        made.append(kind)
        init(self, *args, **kwargs)

    return noted
