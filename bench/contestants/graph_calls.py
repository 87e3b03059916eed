"""One way of saying the same sendMail to the same server, again and again: what a call costs the client in CPU."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware.options import ResponseHandlerOption
from msgraph.generated.users.item.send_mail.send_mail_post_request_body import SendMailPostRequestBody
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory

from bench.letters import SENDER, SENDER_NAME, the_letter
from bench.processes import Stopwatch, specification
from dispatch.adapters.graph_mail import sdk
from dispatch.core import Letter, Mailbox, OutgoingMail, Part

Call = Callable[[OutgoingMail], Awaitable[Any]]


def a_mail(number: int, letter: Letter) -> OutgoingMail:
    """One letter to one recipient."""
    return OutgoingMail(
        key=f"key{number:023}",
        message_id=f"<{number}@calls.example>",
        date=datetime.now(UTC),
        sender=Mailbox(SENDER, SENDER_NAME),
        reply_to=None,
        to=Mailbox(f"nr{number}@innbygger.example", f"Kåre Nordmann {number}"),
        letter=letter,
    )


def body_of(mail: OutgoingMail) -> bytes:
    """What the SDK serialises, from the same model."""
    from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter

    writer = JsonSerializationWriter()
    message = SendMailPostRequestBody(
        message=sdk.message_of(mail, mailbox=mail.sender.address, with_files=True), save_to_sent_items=True
    )
    writer.write_object_value(None, message)
    return writer.get_serialized_content()


class Template:
    """The body once for all recipients: their values are put where those of a stand-in stood."""

    def __init__(self, letter: Letter) -> None:
        stand_in = a_mail(0, letter)
        self._mine = (stand_in.to.address, stand_in.to.name, stand_in.message_id, stand_in.key)
        self._text = body_of(stand_in).decode()

    def fill(self, mail: OutgoingMail) -> bytes:
        """The body for one recipient."""
        text = self._text
        for mine, theirs in zip(self._mine, (mail.to.address, mail.to.name, mail.message_id, mail.key), strict=True):
            text = text.replace(json.dumps(mine), json.dumps(theirs))
        return text.encode()


def ways(base_url: str, letter: Letter, http: httpx.AsyncClient) -> dict[str, Call]:
    """Every way that is compared, by name."""
    url = f"{base_url}/users/{SENDER}/sendMail"
    template = Template(letter)
    headers = {"Content-Type": "application/json", "prefer": 'IdType="ImmutableId"'}
    plain_dict = json.loads(body_of(a_mail(0, letter)))
    ours = sdk.Sdk(http, base_url=base_url, sender=SENDER, tokens=None)
    bare = GraphRequestAdapter(AnonymousAuthenticationProvider(), client=http)
    bare.base_url = base_url
    whole = GraphRequestAdapter(
        AnonymousAuthenticationProvider(), client=GraphClientFactory.create_with_default_middleware()
    )
    whole.base_url = base_url
    builder = GraphServiceClient(request_adapter=bare).users.by_user_id(SENDER).send_mail
    as_documented = GraphServiceClient(request_adapter=whole).users.by_user_id(SENDER).send_mail

    async def httpx_dict(mail: OutgoingMail) -> None:
        plain_dict["Message"]["toRecipients"][0]["emailAddress"]["address"] = mail.to.address
        content = json.dumps(plain_dict).encode()
        await http.post(url, content=content, headers={**headers, "client-request-id": str(uuid.uuid4())})

    async def httpx_template(mail: OutgoingMail) -> None:
        one = {**headers, "client-request-id": str(uuid.uuid4())}
        await http.post(url, content=template.fill(mail), headers=one)

    async def sdk_as_documented(mail: OutgoingMail) -> None:
        await as_documented.post(
            SendMailPostRequestBody(
                message=sdk.message_of(mail, mailbox=mail.sender.address, with_files=True), save_to_sent_items=True
            )
        )

    async def sdk_ours(mail: OutgoingMail) -> None:
        await ours.send_mail(mail, save_to_sent_items=True)

    def information(mail: OutgoingMail) -> RequestInformation:
        info = RequestInformation(Method.POST, builder.url_template, builder.path_parameters)
        info.headers.add("client-request-id", str(uuid.uuid4()))
        info.headers.add("prefer", 'IdType="ImmutableId"')
        info.set_stream_content(template.fill(mail), "application/json")
        return info

    async def adapter_template(mail: OutgoingMail) -> None:
        info = information(mail)
        info.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        await bare.send_no_response_content_async(info, {})

    async def native_template(mail: OutgoingMail) -> None:
        info = information(mail)
        bare.set_base_url_for_request_information(info)
        await http.send(await bare.convert_to_native_async(info))

    return {
        "plain_httpx": httpx_dict,
        "plain_httpx_template": httpx_template,
        "sdk_default_middleware": sdk_as_documented,
        "sdk_our_client": sdk_ours,
        "sdk_adapter_template": adapter_template,
        "sdk_native_template": native_template,
    }


async def main() -> None:
    """``{"port", "way", "calls", "attachment"}``; four calls at once."""
    spec = specification()
    letter = the_letter()
    if spec["attachment"]:
        part = Part("vedlegg.pdf", "application/pdf", bytes(range(256)) * (spec["attachment"] // 256))
        letter = Letter(letter.subject, letter.html, letter.text, (part,))
    async with httpx.AsyncClient(timeout=60) as http:
        call = ways(f"http://127.0.0.1:{spec['port']}/v1.0", letter, http)[spec["way"]]
        for number in range(20):
            await call(a_mail(number, letter))
        numbers = iter(range(20, 20 + spec["calls"]))

        async def worker() -> None:
            for number in numbers:
                await call(a_mail(number, letter))

        watch = Stopwatch()
        await asyncio.gather(*(worker() for _ in range(4)))
        watch.report()


if __name__ == "__main__":
    asyncio.run(main())
