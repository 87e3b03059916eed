"""What is filled in for a recipient is what the SDK would have written for them."""

import json
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.json_stencil import Marks
from dispatch.core import Letter, Mailbox, OutgoingMail, Part
from tests.builders import a_letter

SENDER = Mailbox("utsending@etat.example", "Etaten «æøå»")
TEXTS = st.text(max_size=40)


def a_mail(**values) -> OutgoingMail:
    given_ = {
        "key": "k" * 26,
        "message_id": "<k@etat.example>",
        "date": datetime(2026, 11, 23, tzinfo=UTC),
        "sender": SENDER,
        "reply_to": None,
        "to": Mailbox("kari@eksempel.example", "Kari"),
        "letter": a_letter(),
    }
    return OutgoingMail(**{**given_, **values})


@pytest.fixture(scope="module")
def sdk():
    from dispatch.adapters.graph_mail.sdk import Sdk

    return Sdk(httpx.AsyncClient(), base_url="http://127.0.0.1:1/v1.0", sender=SENDER.address, tokens=None)


def by_the_sdk(sdk, mail: OutgoingMail, *, save: bool):
    from msgraph.generated.users.item.send_mail.send_mail_post_request_body import SendMailPostRequestBody
    from msgraph.graph_service_client import GraphServiceClient

    from dispatch.adapters.graph_mail.sdk import message_of

    body = SendMailPostRequestBody(
        message=message_of(mail, mailbox=mail.sender.address, with_files=True), save_to_sent_items=save
    )
    user = GraphServiceClient(request_adapter=sdk.adapter).users.by_user_id(SENDER.address)
    return json.loads(user.send_mail.to_post_request_information(body).content or b"")


@given(
    address=TEXTS.filter(bool),
    name=TEXTS,
    key=TEXTS.filter(bool),
    message_id=TEXTS.filter(bool),
    html=st.text(max_size=200),
    save=st.booleans(),
    reply=st.booleans(),
)
def test_it_says_what_the_sdk_says(sdk, address, name, key, message_id, html, save, reply):
    letter = Letter("Emne «\"'\\»", f"<p>{html}</p>", "", (Part("a\u2028.pdf", "application/pdf", b"x" * 100),))
    mail = a_mail(
        to=Mailbox(address, name), key=key, message_id=message_id, letter=letter, reply_to=SENDER if reply else None
    )

    request = sdk.send_request(mail, save_to_sent_items=save)

    assert json.loads(request.content) == by_the_sdk(sdk, mail, save=save)
    assert request.headers.get("content-type") == {"application/json"}


def test_letters_do_not_get_mixed_up(sdk):
    first, second = a_letter(html="<p>en</p>"), a_letter(html="<p>to</p>")

    for letter in (first, second, first):
        mail = a_mail(letter=letter)
        assert json.loads(sdk.send_request(mail, save_to_sent_items=True).content) == by_the_sdk(sdk, mail, save=True)


def test_a_letter_that_names_our_marks_stays_as_it_is():
    marks = Marks(("a", "b"))
    text = json.dumps({"a": marks["a"], "html": 'mark-0-0 "mark-1"', "b": [marks["b"], marks["a"]]})

    filled = json.loads(marks.stencil(text).fill({"a": '"}', "b": "😀"}))

    assert filled == {"a": '"}', "html": 'mark-0-0 "mark-1"', "b": ["😀", '"}']}
