"""The letters as those judge them who receive many: strict readers, a spam filter, signatures after a hop."""

import asyncio
import re
import shutil
import smtplib
import subprocess
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import dkim  # type: ignore[import-untyped]  # it has no types
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters import mime
from dispatch.adapters.smtp_mail import SmtpMail
from dispatch.core import Mailbox, Part
from local.simulators.pureservice import Row, seed
from local.simulators.smtp import SmtpSimulator
from tests.builders import a_letter
from tests.letter_samples import ORDINARY, PNG, a_png
from tests.mail_builders import a_mail
from tests.mail_servers import postfix
from tests.mail_servers.conftest import mailed_stage
from tests.mail_servers.postfix import Postfix
from tests.mail_servers.server import DOMAIN, HOST, until
from tests.stage import Stage

STRICT = policy.SMTP.clone(raise_on_defect=True)
ONCE = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted")
LONGEST_LINE, FOLDED = 998, 78
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=120)
needs_postfix = pytest.mark.skipif(not postfix.can_run(), reason=postfix.WHY_NOT)
needs_spamassassin = pytest.mark.skipif(
    shutil.which("spamassassin") is None, reason="SpamAssassin is not installed: `make mailservers` installs it"
)


def head_of(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[0]


# --- form


@given(subject=WORDS, name=WORDS, file_name=WORDS, text=WORDS)
def test_a_strict_reader_finds_no_defect_and_reads_what_was_written(subject, name, file_name, text):
    letter = a_letter(
        subject=subject,
        html=f"<p>{text * 20}</p>",
        text=f"{text * 20}\n",
        attachments=(Part(file_name, "application/pdf", b"%PDF"), Part("kart.png", "image/png", b"\x89PNG")),
        inline=(Part("logo.png", "image/png", b"\x89PNG", content_id="logo"),),
    )
    raw = mime.as_bytes(a_mail(letter=letter, to=Mailbox("kari@eksempel.example", name), request_number=10234))

    message = message_from_bytes(raw, policy=STRICT)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert not part.defects
        for value in part.values():
            assert not value.defects
    assert " ".join(str(message["Subject"]).split()) == " ".join(subject.split())
    assert {count for found, count in Counter(message.keys()).items() if found in ONCE} == {1}


@given(subject=WORDS, name=WORDS, file_name=WORDS)
def test_lines_are_ascii_short_and_end_as_they_must(subject, name, file_name):
    letter = a_letter(subject=subject, html="å" * 3000, attachments=(Part(file_name, "text/plain", b"x" * 3000),))
    raw = mime.as_bytes(a_mail(letter=letter, to=Mailbox("kari@eksempel.example", name)))

    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= LONGEST_LINE
    assert max(map(len, head_of(raw).split(b"\r\n"))) <= FOLDED


def test_what_bulk_receivers_ask_of_a_letter_is_there():
    raw = mime.as_bytes(a_mail(request_number=10234))
    message = message_from_bytes(raw, policy=STRICT)

    domain = "etat.example"
    assert str(message["From"]).endswith(f"@{domain}>")
    assert str(message["Message-ID"]).endswith(f"@{domain}>")
    assert message["Feedback-ID"] == f"10234:utsendelse:{domain}"
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(str(message["Date"])).utcoffset() is not None
    assert message["List-Unsubscribe"] is None  # nobody can leave the circle of those an authority writes to
    assert message["Precedence"] is None
    assert [part.get_content_type() for part in message.walk()][1:4] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_every_copy_of_a_dispatch_counts_as_the_same_kind_of_letter():
    mails = [a_mail(key=f"key{n}", to=Mailbox(f"kari{n}@eksempel.example", ""), request_number=7) for n in range(3)]

    assert len({message_from_bytes(mime.as_bytes(mail))["Feedback-ID"] for mail in mails}) == 1


# --- signatures


class Signer:
    """The agency's own way out, which signs; and the DNS that tells its key."""

    selector, domain = b"s1", b"etat.example"

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.PrivateFormat.TraditionalOpenSSL
        self.private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._record = b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])

    def signed(self, raw: bytes, canonical: bytes) -> bytes:
        names = [name.lower().encode() for name in message_from_bytes(raw)]
        how = (canonical, canonical)
        signature: bytes = dkim.sign(
            raw, self.selector, self.domain, self.private, include_headers=names, canonicalize=how
        )
        return signature + raw

    def holds(self, raw: bytes) -> bool:
        return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: self._record))


@needs_postfix
@pytest.mark.parametrize("canonical", [b"relaxed", b"simple"])
def test_a_signature_holds_after_a_hop(canonical):
    signer = Signer()
    letter = a_letter(text="Kjære Øyvind.\n.\n..\nFrom her on  \n" * 50, html=f"<p>{'Blåbær . ' * 400}</p>")
    raw = mime.as_bytes(a_mail(letter=letter, to=Mailbox("kari0@eksempel.example", "Øyvind Ærlig"), request_number=1))
    signed = signer.signed(raw, canonical)
    assert signer.holds(signed)
    assert not signer.holds(signed.replace(b"auto-generated", b"auto-replied"))

    with Postfix() as server:
        with smtplib.SMTP(HOST, server.port) as client:
            client.sendmail("utsending@etat.example", ["kari0@eksempel.example"], signed)
        server.messages()
        (stored,) = (server.folder / "mail" / "all" / "new").glob("*")
        received = re.sub(rb"\r?\n", b"\r\n", stored.read_bytes())

    assert received.count(b"Received: from") == 1
    assert signer.holds(received)


@needs_postfix
@pytest.mark.parametrize("canonical", [b"relaxed", b"simple"])
async def test_a_signature_of_what_our_transport_sends_holds_through_a_relay_and_a_second_server(canonical):
    """Our transport hands the letter to the agency's way out, which signs; a relay passes it on to the receiver."""
    signer = Signer()
    letter = a_letter(
        text="Kjære Øyvind.\n.\n..\nFrom her on  \n" * 50,
        html=f"<p>{'Blåbær . ' * 400}</p>",
        attachments=(Part("Høringsnotat.pdf", "application/pdf", bytes(range(256)) * 200),),
        inline=(Part("logo.png", "image/png", PNG, content_id="logo"),),
    )
    with SmtpSimulator() as way_out:
        mail = SmtpMail(host=HOST, port=way_out.port, encryption="none")
        await mail.send(a_mail(letter=letter, to=Mailbox(f"kari0@{DOMAIN}", "Øyvind Ærlig"), request_number=1))
        await mail.close()
        (taken,) = way_out.received
    signed = signer.signed(taken.raw, canonical)

    with Postfix() as receiver:
        passing_on = {
            "myhostname": "relay.etat.example",
            "virtual_mailbox_domains": "",
            "relay_domains": DOMAIN,
            "relayhost": f"[{HOST}]:{receiver.port}",
        }
        with Postfix(main=passing_on) as relay:
            with smtplib.SMTP(HOST, relay.port) as client:
                client.sendmail(taken.sender, taken.recipients, signed)
            until(lambda: any((receiver.folder / "mail" / "all" / "new").glob("*")))
            relay.messages()
        receiver.messages()
        (stored,) = (receiver.folder / "mail" / "all" / "new").glob("*")
        received = re.sub(rb"\r?\n", b"\r\n", stored.read_bytes())

    assert received.count(b"Received: from") == 2
    assert signer.holds(received)


# --- a filter


def judgement(raw: bytes, home: Path) -> str:
    command = ["spamassassin", "--local", "--test-mode", f"--prefspath={home / 'prefs'}"]
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, input=raw, capture_output=True, check=True, env=environ).stdout.decode()


def written(stage: Stage, ticket: Row, html: str) -> None:
    """The text of the ticket's letter."""
    (text,) = [row for row in stage.pureservice.store.communications.values() if row["ticketId"] == ticket["id"]]
    text["text"] = html


async def plain(stage: Stage) -> None:
    """A letter with a document."""
    ticket = stage.seed(members=1)
    seed.add_attachment(stage.pureservice.store, ticket, "Høringsnotat.pdf", b"%PDF-1.7", "application/pdf")


async def with_pictures(stage: Stage) -> None:
    """In the agency's own template, with its logo and a map in the text."""
    template = "<!doctype html><html lang='nb'><body><p>{{ organisation }}</p>{{ content }}</body></html>"
    await stage.services.templates.put("brev.html", template.encode(), content_type="text/html")
    await stage.services.templates.put("logo.png", a_png(320, 80), content_type="image/png")
    ticket = stage.seed(members=1)
    row = seed.add_attachment(stage.pureservice.store, ticket, "kart.png", a_png(480, 200), "image/png")
    words = "<p>Forslaget gjelder alle som eier en bygning i området, og kan leses i sin helhet hos oss.</p>" * 12
    written(stage, ticket, ORDINARY.replace("/attachment/download/3", f"/attachment/download/{row['id']}") + words)


async def short(stage: Stage) -> None:
    """One line and nothing else."""
    ticket = stage.seed(members=1)
    written(stage, ticket, "<p>Møtet er flyttet til tirsdag.</p>")


async def own_ticket(stage: Stage) -> None:
    """Each recipient has a ticket of its own."""
    ticket = stage.seed(members=1, status=seed.READY_121)
    seed.add_message(stage.pureservice.store, ticket, "<p>Hei, dette er en høring om endring i forskriften.</p>")


KINDS: dict[str, tuple[Callable[[Stage], Awaitable[None]], dict[str, Any]]] = {
    "with a document": (plain, {}),
    "with pictures in a template": (with_pictures, {"MAIL_TEMPLATE": "brev.html", "MAIL_LOGO": "logo.png"}),
    "short": (short, {}),
    "own ticket": (own_ticket, {"MAIL_REPLYTO_ADDRESS": "post@etat.example"}),
}


@needs_postfix
@needs_spamassassin
@pytest.mark.parametrize("kind", KINDS)
async def test_a_spam_filter_has_next_to_nothing_to_say(tmp_path: Path, kind: str):
    made, settings = KINDS[kind]
    with Postfix() as server:
        async with mailed_stage(server, **settings) as stage:
            stage.clock.now = datetime.now(UTC)  # the filter looks at a real one
            await made(stage)
            await stage.run(hours=1)
        server.messages()
        (stored,) = (server.folder / "mail" / "all" / "new").glob("*")
        raw = stored.read_bytes()
    assert (b"image/png" in raw) is (kind == "with pictures in a template")

    said = await asyncio.to_thread(judgement, raw, tmp_path)
    points = {rule: float(each) for each, rule in re.findall(r"^\s*(-?\d+\.\d+) ([A-Z0-9_]+) ", said, re.MULTILINE)}
    assert points, said
    against = {rule: each for rule, each in points.items() if each > 0}  # what speaks for a letter here is the loopback
    pictures = sum(against.pop(rule) for rule in list(against) if rule.startswith("HTML_IMAGE_ONLY"))
    assert sum(against.values()) <= 0.5, said
    # Any picture beside less than 3,200 bytes of text costs something, whoever makes the letter; 5 make it spam.
    assert pictures <= (2.5 if kind == "with pictures in a template" else 0), said
