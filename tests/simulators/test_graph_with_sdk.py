"""The Graph simulator, spoken to by the real msgraph-sdk: what was meant is what was received."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from azure.core.credentials import AccessToken
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.file_attachment import FileAttachment
from msgraph.generated.models.internet_message_header import InternetMessageHeader
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.users.item.send_mail.send_mail_post_request_body import SendMailPostRequestBody
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from local.simulators.faults import Fault
from local.simulators.graph import GraphSimulator

# The SDK warns of its own classes while it loads.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")

MAILBOX, KARI = "utsending@etat.example", "kari+a@eksempel.example"
MARKER = "String {fc635e07-ed58-4f46-b979-4d8cddacd5fe} Name dispatchKey"
KEY, MESSAGE_ID = "k3y5abcdefghijklmnopqrstuv", "<k3y5abcdefghijklmnopqrstuv@etat.example>"
PDF, PNG = b"%PDF-1.7 \xe5\x00\xff" * 1000, b"\x89PNG\r\n"


class FakeCredential:
    """Hands out one token and asks nobody."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("the-token", 9_999_999_999)


@asynccontextmanager
async def the_sdk(sim: GraphSimulator, *, credential: FakeCredential | None = None) -> AsyncIterator[Any]:
    """The SDK for one mailbox over a plain httpx client, as the application has it."""
    provider = (
        AnonymousAuthenticationProvider()
        if credential is None
        else AzureIdentityAuthenticationProvider(
            credential, scopes=["https://graph.microsoft.com/.default"], allowed_hosts=["127.0.0.1"]
        )
    )
    async with httpx.AsyncClient(timeout=10) as http:
        adapter = GraphRequestAdapter(provider, client=http)
        adapter.base_url = sim.url
        user: UserItemRequestBuilder = GraphServiceClient(request_adapter=adapter).users.by_user_id(MAILBOX)
        yield user


def a_recipient(address: str, name: str) -> Recipient:
    return Recipient(email_address=EmailAddress(address=address, name=name))


def a_message(**changes: Any) -> Message:
    values: dict[str, Any] = {
        "subject": "Høring om blåbær",
        "body": ItemBody(content_type=BodyType.Html, content="<p>Hei, Kåre</p>"),
        "from_": a_recipient(MAILBOX, "Etaten for blåbær"),
        "to_recipients": [a_recipient(KARI, "Kari Nordmann")],
        "reply_to": [a_recipient("svar@etat.example", "Postmottak")],
        "internet_message_id": MESSAGE_ID,
        "internet_message_headers": [InternetMessageHeader(name="x-dispatch-key", value=KEY)],
        "single_value_extended_properties": [SingleValueLegacyExtendedProperty(id=MARKER, value=KEY)],
        "attachments": [
            FileAttachment(name="brev æ.pdf", content_type="application/pdf", content_bytes=PDF),
            FileAttachment(
                name="logo.png", content_type="image/png", content_bytes=PNG, is_inline=True, content_id="logo"
            ),
        ],
        **changes,
    }
    return Message(**values)


def assert_is_what_was_meant(sim: GraphSimulator, *, via: str) -> None:
    (mail,) = sim.received
    assert (mail.mailbox, mail.to, mail.to_name, mail.via) == (MAILBOX, KARI, "Kari Nordmann", via)
    assert (mail.subject, mail.html) == ("Høring om blåbær", "<p>Hei, Kåre</p>")
    assert (mail.message_id, mail.key, mail.headers) == (MESSAGE_ID, KEY, {"x-dispatch-key": KEY})
    assert (mail.reply_to, mail.from_name) == ("svar@etat.example", "Etaten for blåbær")
    files = [(part.name, part.content_type, part.content, part.is_inline, part.content_id) for part in mail.attachments]
    assert files == [
        ("brev æ.pdf", "application/pdf", PDF, False, ""),
        ("logo.png", "image/png", PNG, True, "logo"),
    ]


async def test_send_mail_delivers_what_was_meant():
    async with GraphSimulator(mailboxes=(MAILBOX,)) as sim, the_sdk(sim) as user:
        await user.send_mail.post(SendMailPostRequestBody(message=a_message(), save_to_sent_items=True))

        assert_is_what_was_meant(sim, via="sendMail")
        assert [request.status for request in sim.requests] == [202]


async def test_a_draft_is_not_sent_before_it_is_sent():
    async with GraphSimulator(mailboxes=(MAILBOX,)) as sim, the_sdk(sim) as user:
        draft = await user.messages.post(a_message())
        assert draft.is_draft is True
        assert draft.internet_message_id == MESSAGE_ID
        assert sim.received == []

        await user.messages.by_message_id(draft.id).send.post()

        assert_is_what_was_meant(sim, via="draft")
        assert [request.status for request in sim.requests] == [201, 202]


async def test_a_draft_that_has_been_sent_is_not_sent_again():
    async with GraphSimulator() as sim, the_sdk(sim) as user:
        immutable = HeadersCollection()
        immutable.add("Prefer", 'IdType="ImmutableId"')
        draft = await user.messages.post(a_message(), RequestConfiguration(headers=immutable))
        await user.messages.by_message_id(draft.id).send.post()

        with pytest.raises(ODataError) as refused:
            await user.messages.by_message_id(draft.id).send.post()

    assert refused.value.response_status_code == 404
    assert refused.value.error is not None
    assert refused.value.error.code == "ErrorItemNotFound"
    assert len(sim.received) == 1


async def test_a_file_is_put_on_a_draft():
    async with GraphSimulator() as sim, the_sdk(sim) as user:
        draft = await user.messages.post(a_message(attachments=None))
        attachments = user.messages.by_message_id(draft.id).attachments
        for file in a_message().attachments or []:
            await attachments.post(file)
        await user.messages.by_message_id(draft.id).send.post()

        assert_is_what_was_meant(sim, via="draft")


async def test_the_double_slash_that_the_sdk_writes_is_taken():
    async with GraphSimulator() as sim, the_sdk(sim) as user:
        user.request_adapter.base_url = f"{sim.url}/"
        await user.send_mail.post(SendMailPostRequestBody(message=a_message(), save_to_sent_items=True))

        assert_is_what_was_meant(sim, via="sendMail")
        assert "//users" in sim.requests[0].path


async def test_a_refusal_is_an_error_with_a_code_and_ids():
    async with GraphSimulator() as sim, the_sdk(sim) as user:
        message = a_message(to_recipients=[a_recipient("kari@", "Kari")])
        with pytest.raises(ODataError) as refused:
            await user.send_mail.post(SendMailPostRequestBody(message=message))

    error = refused.value
    assert error.response_status_code == 400
    assert error.error is not None
    assert error.error.code == "ErrorInvalidRecipients"
    assert "kari@" in (error.error.message or "")
    assert error.error.inner_error is not None
    assert error.error.inner_error.request_id
    assert sim.received == []


async def test_a_credential_s_token_opens_the_door_and_nothing_else_does():
    async with GraphSimulator() as sim:
        sim.switches.required_token = "the-token"
        async with the_sdk(sim) as user:
            with pytest.raises(ODataError) as refused:
                await user.send_mail.post(SendMailPostRequestBody(message=a_message()))
        async with the_sdk(sim, credential=FakeCredential()) as user:
            await user.send_mail.post(SendMailPostRequestBody(message=a_message()))

        assert_is_what_was_meant(sim, via="sendMail")

    assert refused.value.response_status_code == 401


async def test_an_answer_that_is_lost_hides_a_message_that_was_taken():
    async with GraphSimulator() as sim, the_sdk(sim) as user:
        sim.faults.add(Fault(match="sendMail", drop="after"))
        with pytest.raises(httpx.TransportError):
            await user.send_mail.post(SendMailPostRequestBody(message=a_message()))

        assert_is_what_was_meant(sim, via="sendMail")
