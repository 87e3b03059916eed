"""Everything that is said to Graph through msgraph-sdk. Imported while the worker starts: it takes a fifth of a second.

The SDK gets our own httpx client without its middleware, so that nothing is repeated behind our back, and hands out
bare responses: on its own it takes any 2xx for success and drops status and headers.
"""

import base64
import uuid
from collections.abc import Awaitable
from datetime import UTC, datetime
from functools import lru_cache

import httpx
from kiota_abstractions.authentication import AnonymousAuthenticationProvider, AuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import SerializationWriter
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.middleware.options import ResponseHandlerOption
from msgraph.generated.models.attachment import Attachment
from msgraph.generated.models.attachment_item import AttachmentItem
from msgraph.generated.models.attachment_type import AttachmentType
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.file_attachment import FileAttachment
from msgraph.generated.models.internet_message_header import InternetMessageHeader
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.users.item.messages.item.attachments.create_upload_session import (
    create_upload_session_post_request_body as upload_body,
)
from msgraph.generated.users.item.send_mail.send_mail_post_request_body import SendMailPostRequestBody
from msgraph.generated.users.item.send_mail.send_mail_request_builder import SendMailRequestBuilder
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from dispatch.adapters.graph_mail.marker import IMMUTABLE_IDS, MARKER, REQUEST_ID_HEADER
from dispatch.adapters.graph_mail.tokens import Tokens
from dispatch.adapters.json_stencil import Marks, Stencil
from dispatch.adapters.mime_headers import KEY_HEADER, SUPPRESS_HEADER, SUPPRESS_VALUE, content_id, media_type
from dispatch.adapters.mime_headers import single_line as line
from dispatch.core import Letter, Mailbox, OutgoingMail, Part, safe_file_name

_CACHED_LETTERS = 2
Files = tuple[tuple[Part, ...], tuple[Part, ...]]  # attached, and shown in the text


class EncodedFile(FileAttachment):
    """A file whose base64 is made once for all recipients; the SDK's own class makes it at every call."""

    def __init__(self, part: Part) -> None:
        super().__init__(name=safe_file_name(part.name), content_type=media_type(part))
        self.is_inline = bool(part.content_id)
        self.content_id = content_id(part) if part.content_id else None
        self._base64 = base64.b64encode(part.content).decode("ascii")

    def serialize(self, writer: SerializationWriter) -> None:
        """Writes what the SDK's class would."""
        super().serialize(writer)
        writer.write_str_value("contentBytes", self._base64)


@lru_cache(maxsize=_CACHED_LETTERS)
def _files(parts: tuple[Part, ...]) -> tuple[Attachment, ...]:
    return tuple(EncodedFile(part) for part in parts)


def message_of(mail: OutgoingMail, *, mailbox: str, with_files: bool) -> Message:
    """The mail as Graph's message. One that is from another address than the mailbox names that one as sender too.

    A mailbox with the right to send as the address then leaves no trace; with nothing but ``from`` it might be shown
    as sent on behalf of it.
    """
    is_own = mail.sender.address.casefold() == mailbox.casefold()
    return Message(
        subject=line(mail.letter.subject),
        body=ItemBody(content_type=BodyType.Html, content=mail.letter.html),
        from_=_recipient(mail.sender),
        sender=None if is_own else _recipient(mail.sender),
        to_recipients=[_recipient(mail.to)],
        reply_to=[_recipient(mail.reply_to)] if mail.reply_to else None,
        internet_message_id=mail.message_id,
        internet_message_headers=[
            InternetMessageHeader(name=KEY_HEADER, value=mail.key),
            # Graph takes no header that doesn't begin with x-, so Auto-Submitted can't be set.
            InternetMessageHeader(name=SUPPRESS_HEADER.lower(), value=SUPPRESS_VALUE),
        ],
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=MARKER, value=mail.key)],
        attachments=list(_files((*mail.letter.attachments, *mail.letter.inline))) or None if with_files else None,
    )


def _recipient(mailbox: Mailbox) -> Recipient:
    return Recipient(email_address=EmailAddress(address=mailbox.address, name=line(mailbox.name) or None))


_VALUES = ("address", "name", "message_id", "key", "subject", "html")


class _Letters:
    """The request for each set of files that is sent now, made by the SDK once and filled in for each recipient.

    Making it anew takes the SDK 0.9 ms of CPU a recipient, as much as the whole request over httpx. Subject and text
    are filled in as well, since each recipient's may be their own.
    """

    def __init__(self, send_mail: SendMailRequestBuilder, *, mailbox: str, save_to_sent_items: bool) -> None:
        self._send_mail, self._mailbox, self._save = send_mail, mailbox, save_to_sent_items
        self._stencil = lru_cache(maxsize=_CACHED_LETTERS)(self._make)

    def request(self, mail: OutgoingMail) -> RequestInformation:
        """The request that sends the mail."""
        name = line(mail.to.name)
        letter = mail.letter
        stencil = self._stencil((letter.attachments, letter.inline), mail.sender, mail.reply_to, named=bool(name))
        values = {
            "address": mail.to.address,
            "name": name,
            "message_id": mail.message_id,
            "key": mail.key,
            "subject": line(letter.subject),
            "html": letter.html,
        }
        request = self._send_mail.to_post_request_information(SendMailPostRequestBody(), _configuration())
        request.content = stencil.fill(values)
        return request

    def _make(self, files: Files, sender: Mailbox, reply_to: Mailbox | None, *, named: bool) -> Stencil:
        marks = Marks(_VALUES)
        attachments, inline = files
        stand_in = OutgoingMail(
            key=marks["key"],
            message_id=marks["message_id"],
            date=datetime.now(UTC),
            sender=sender,
            reply_to=reply_to,
            to=Mailbox(marks["address"], marks["name"] if named else ""),
            letter=Letter(marks["subject"], marks["html"], "", attachments, inline),
        )
        message = message_of(stand_in, mailbox=self._mailbox, with_files=True)
        body = SendMailPostRequestBody(message=message, save_to_sent_items=self._save)
        written = self._send_mail.to_post_request_information(body).content
        assert written is not None  # a request without a body has none
        return marks.stencil(written.decode())


class Sdk:
    """The six requests that make and send messages, each answered with the bare response."""

    def __init__(self, http: httpx.AsyncClient, *, base_url: str, sender: str, tokens: Tokens | None) -> None:
        adapter = GraphRequestAdapter(_authentication(tokens), client=http)
        adapter.base_url = base_url
        adapter.observability_options.include_euii_attributes = False  # the URL holds the mailbox's address
        self.adapter = adapter
        self._user: UserItemRequestBuilder = GraphServiceClient(request_adapter=adapter).users.by_user_id(sender)
        self._mailbox = sender
        self._letters = {
            save: _Letters(self._user.send_mail, mailbox=sender, save_to_sent_items=save) for save in (True, False)
        }

    async def send_mail(self, mail: OutgoingMail, *, save_to_sent_items: bool) -> httpx.Response:
        """Sends in one request; 202 if accepted."""
        request = self.send_request(mail, save_to_sent_items=save_to_sent_items)
        return await _bare(self.adapter.send_no_response_content_async(request, {}))

    def send_request(self, mail: OutgoingMail, *, save_to_sent_items: bool) -> RequestInformation:
        """The request that sends the mail, filled in from what was made once for its letter."""
        return self._letters[save_to_sent_items].request(mail)

    async def create(self, mail: OutgoingMail, *, with_files: bool) -> httpx.Response:
        """Creates a draft; 201 with its id."""
        body = message_of(mail, mailbox=self._mailbox, with_files=with_files)
        return await _bare(self._user.messages.post(body, _configuration()))

    async def attach(self, draft_id: str, part: Part) -> httpx.Response:
        """Puts a file on a draft; 201."""
        files = self._user.messages.by_message_id(draft_id).attachments
        return await _bare(files.post(EncodedFile(part), _configuration()))

    async def open_upload(self, draft_id: str, part: Part) -> httpx.Response:
        """Opens a session for a large file; 201 with the URL to put it to."""
        item = AttachmentItem(
            attachment_type=AttachmentType.File,
            name=safe_file_name(part.name),
            size=len(part.content),
            content_type=media_type(part),
            is_inline=bool(part.content_id),
            content_id=content_id(part) if part.content_id else None,
        )
        session = self._user.messages.by_message_id(draft_id).attachments.create_upload_session
        body = upload_body.CreateUploadSessionPostRequestBody(attachment_item=item)
        return await _bare(session.post(body, _configuration()))

    async def send_draft(self, draft_id: str) -> httpx.Response:
        """Sends a draft; 202 if accepted."""
        return await _bare(self._user.messages.by_message_id(draft_id).send.post(_configuration()))

    async def delete(self, draft_id: str) -> httpx.Response:
        """Removes a draft; 204."""
        return await _bare(self._user.messages.by_message_id(draft_id).delete(_configuration()))


def _authentication(tokens: Tokens | None) -> AuthenticationProvider:
    if tokens is None:
        return AnonymousAuthenticationProvider()
    return AzureIdentityAuthenticationProvider(tokens, scopes=[tokens.scope], allowed_hosts=[tokens.host])


def _configuration() -> RequestConfiguration:  # type: ignore[type-arg]  # its parameter has no use without a query
    headers = HeadersCollection()
    headers.add(REQUEST_ID_HEADER, str(uuid.uuid4()))
    headers.add("prefer", IMMUTABLE_IDS)
    return RequestConfiguration(headers=headers, options=[ResponseHandlerOption(NativeResponseHandler())])


async def _bare(request: Awaitable[object]) -> httpx.Response:
    """The response that the native handler passes through, whatever the SDK's annotation says."""
    answer = await request
    if not isinstance(answer, httpx.Response):
        raise TypeError("the SDK did not hand out the response")
    return answer
