"""Drafts that were certainly not sent are taken out of the mailbox: nobody comes back to them, but a person might."""

from collections.abc import AsyncIterator

import httpx
import pytest

from dispatch.adapters.graph_mail import GraphMail
from dispatch.core import MailError, OutcomeUnknown, Part
from local.simulators.faults import Fault
from local.simulators.graph import GraphSimulator
from tests.builders import a_letter
from tests.mail_builders import MAILBOX, a_mail

LARGE = Part("stor.pdf", "application/pdf", b"%PDF" + b"x" * 4_000_000)


@pytest.fixture
async def mailbox() -> AsyncIterator[GraphSimulator]:
    simulator = GraphSimulator()
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def graph(mailbox: GraphSimulator) -> AsyncIterator[GraphMail]:
    made = GraphMail(
        sender=MAILBOX,
        credential=None,
        base_url=mailbox.url,
        save_to_sent_items=True,
        draft=True,
        may_look=True,
        timeout_seconds=2,
    )
    yield made
    await made.close()


async def drafts_in(mailbox: GraphSimulator) -> int:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{mailbox.url}/users/{MAILBOX}/mailFolders/drafts/messages")
    return len(answer.json()["value"])


CERTAIN = {
    "letter": (400, "ErrorInvalidRequest"),
    "recipient": (400, "ErrorInvalidRecipients"),
    "permission": (403, "ErrorAccessDenied"),
    "quota": (429, "ErrorExceededMessageLimit"),
    "throttled": (429, "ApplicationThrottled"),
}


@pytest.mark.parametrize(("status", "code"), CERTAIN.values(), ids=CERTAIN)
async def test_a_draft_that_is_certainly_refused_does_not_stay(graph, mailbox, status, code):
    mail = a_mail()
    draft = await graph.prepare(mail)
    assert await drafts_in(mailbox) == 1
    body = f'{{"error": {{"code": "{code}"}}}}'
    mailbox.faults.add(Fault(match="POST .*/send$", status=status, body=body))

    with pytest.raises(MailError):
        await graph.send(mail, draft_id=draft)

    assert await drafts_in(mailbox) == 0
    assert mailbox.received == []


@pytest.mark.parametrize(
    "fault", [{"status": 504}, {"drop": "after"}, {"status": 404, "body": '{"error": {"code": "ErrorItemNotFound"}}'}]
)
async def test_a_draft_that_may_have_left_is_never_touched(graph, mailbox, fault):
    mail = a_mail()
    draft = await graph.prepare(mail)
    mailbox.faults.add(Fault(match="POST .*/send$", **fault))

    with pytest.raises(OutcomeUnknown):
        await graph.send(mail, draft_id=draft)

    assert "DELETE" not in {request.method for request in mailbox.requests}


@pytest.mark.parametrize(
    "fault",
    [
        {"match": "POST .*/attachments", "status": 413},
        {"match": "POST .*/createUploadSession", "status": 500},
        {"match": "PUT ", "status": 400, "body": '{"error": {"code": "ErrorInvalidRequest"}}'},
    ],
)
async def test_a_draft_that_gets_not_all_its_files_does_not_stay(graph, mailbox, fault):
    mailbox.faults.add(Fault(**fault))

    with pytest.raises(MailError):
        await graph.prepare(a_mail(letter=a_letter(attachments=(LARGE, Part("liten.txt", "text/plain", b"x" * 10)))))

    assert await drafts_in(mailbox) == 0


async def test_a_draft_that_can_not_be_removed_changes_nothing_of_the_outcome(graph, mailbox):
    mail = a_mail()
    draft = await graph.prepare(mail)
    body = '{"error": {"code": "ErrorInvalidRecipients"}}'
    mailbox.faults.add(Fault(match="POST .*/send$", status=400, body=body), Fault(match="DELETE ", status=503))

    with pytest.raises(MailError, match="ErrorInvalidRecipients"):
        await graph.send(mail, draft_id=draft)
