"""The simulated integration point: each rule that a client must meet, asked for by hand."""

import uuid
from datetime import timedelta

import httpx
import pytest

from local.simulators.eformidling import IntegrationPointSimulator
from tests.builders import FixedClock

DPO, DPF, DPV, SPLIT, UNKNOWN, BROKEN = (
    "910000020",
    "910000039",
    "910000047",
    "910000055",
    "910000063",
    "910000071",
)
ADMINISTRATION = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0"
ARCHIVE = (
    '<arkivmelding xmlns="http://www.arkivverket.no/standarder/noark5/arkivmelding"><mappe><basisregistrering>'
    "<dokumentbeskrivelse><dokumentobjekt><referanseDokumentfil>{file}</referanseDokumentfil></dokumentobjekt>"
    "</dokumentbeskrivelse><offentligTittel>Svar</offentligTittel></basisregistrering></mappe></arkivmelding>"
)


@pytest.fixture
async def point():
    simulator = IntegrationPointSimulator(clock=FixedClock())
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def client(point):
    async with httpx.AsyncClient(base_url=point.url + "/api/") as opened:
        yield opened


def sbd(point, *, receiver=DPO, message_id=None, hours=24.0, process=ADMINISTRATION):
    expiry = (point.clock() + timedelta(hours=hours)).isoformat()
    return {
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0",
            "receiver": [{"identifier": {"authority": "iso6523-actorid-upis", "value": f"0192:{receiver}"}}],
            "documentIdentification": {
                "standard": "urn:no:difi:arkivmelding:xsd::arkivmelding",
                "typeVersion": "2.0",
                "instanceIdentifier": message_id or str(uuid.uuid4()),
                "type": "arkivmelding",
            },
            "businessScope": {
                "scope": [
                    {
                        "type": "ConversationId",
                        "instanceIdentifier": str(uuid.uuid4()),
                        "identifier": process,
                        "scopeInformation": [{"expectedResponseDateTime": expiry}],
                    }
                ]
            },
        },
        "arkivmelding": {"sikkerhetsnivaa": 3},
    }


async def create(client, point, **given):
    message_id = given.pop("message_id", None) or str(uuid.uuid4())
    answer = await client.post("messages/out", json=sbd(point, message_id=message_id, **given))
    return message_id, answer


async def upload(client, message_id, name="melding.pdf", content=b"%PDF-", *, title="Tittel"):
    return await client.put(
        f"messages/out/{message_id}",
        params={"title": title} if title else {},
        content=content,
        headers={"Content-Type": "application/pdf", "Content-Disposition": f'attachment; filename="{name}"'},
    )


async def a_sent_one(client, point, receiver=DPO, **given):
    message_id, _ = await create(client, point, receiver=receiver, **given)
    await upload(client, message_id, "arkivmelding.xml", ARCHIVE.format(file="melding.pdf").encode())
    await upload(client, message_id)
    answer = await client.post(f"messages/out/{message_id}")
    assert answer.status_code == 200
    return message_id


def exception(answer):
    return answer.json()["exception"].rpartition(".")[2]


@pytest.mark.parametrize(("number", "service"), [(DPO, "DPO"), (DPF, "DPF"), (DPV, "DPV"), (SPLIT, "DPV")])
async def test_capabilities_name_the_service_of_each_process(client, number, service):
    answer = await client.get(f"capabilities/{number}")
    found = {one["process"]: one["serviceIdentifier"] for one in answer.json()["capabilities"]}
    assert found[ADMINISTRATION] == service
    assert (found["urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0"] == "DPO") == (number in (DPO, SPLIT))


async def test_who_is_not_known_and_a_registry_that_is_down(client):
    assert exception(await client.get(f"capabilities/{UNKNOWN}")) == "IdentifierNotFoundException"
    assert (await client.get(f"capabilities/{BROKEN}")).status_code == 500


async def test_a_message_id_can_be_used_once_whatever_becomes_of_it(client, point):
    message_id, first = await create(client, point)
    assert first.status_code == 200
    _, second = await create(client, point, message_id=message_id)
    assert exception(second) == "MessageAlreadyExistsException"
    await client.delete(f"messages/out/{message_id}")
    _, third = await create(client, point, message_id=message_id)
    assert exception(third) == "MessageAlreadyExistsException"
    assert (await client.get(f"messages/out/{message_id}")).status_code == 404


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"receiver": UNKNOWN}, "ReceiverDoesNotAcceptProcessException"),
        ({"process": "urn:no:difi:profile:arkivmelding:finnesikke:ver1.0"}, "ReceiverDoesNotAcceptProcessException"),
        ({"hours": -1}, "ConstraintViolationException"),
    ],
)
async def test_what_can_not_be_created(client, point, given, said):
    _, answer = await create(client, point, **given)
    assert answer.status_code == 400
    assert exception(answer) == said


async def test_a_service_that_is_not_enabled(client, point):
    point.enabled_services = ("DPO",)
    _, answer = await create(client, point, receiver=DPV)
    assert exception(answer) == "ServiceNotEnabledException"


async def test_a_trailing_slash_is_not_found_and_another_content_type_not_supported(client, point):
    assert (await client.post("messages/out/", json=sbd(point))).status_code == 404
    answer = await client.post("messages/out", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


async def test_credentials_are_asked_for_everywhere_but_at_the_health_page():
    simulator = IntegrationPointSimulator(username="utsending", password="passord")
    await simulator.start()
    try:
        async with httpx.AsyncClient(base_url=simulator.url) as opened:
            assert (await opened.get("/manage/health")).json() == {"status": "UP"}
            assert (await opened.get(f"/api/capabilities/{DPO}")).status_code == 401
            right = await opened.get(f"/api/capabilities/{DPO}", auth=("utsending", "passord"))
            assert right.status_code == 200
    finally:
        await simulator.stop()


async def test_uploads_of_a_name_twice_without_a_title_and_without_a_header(client, point):
    message_id, _ = await create(client, point, receiver=DPV)
    assert (await upload(client, message_id)).status_code == 200
    assert exception(await upload(client, message_id)) == "DuplicateFilenameException"
    assert exception(await upload(client, message_id, "to.pdf", title="")) == "MissingFileTitleException"
    bare = await client.put(f"messages/out/{message_id}", content=b"x", headers={"Content-Type": "application/pdf"})
    assert exception(bare) == "MissingRequestHeaderException"


async def test_an_extended_file_name_is_decoded(client, point):
    message_id, _ = await create(client, point)
    await client.put(
        f"messages/out/{message_id}?title=T",
        content=b"x",
        headers={"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename*=UTF-8''s%C3%B8.pdf"},
    )
    assert point.messages[message_id].files[0].name == "sø.pdf"


async def test_an_archive_message_is_parsed_when_it_arrives(client, point):
    message_id, _ = await create(client, point)
    broken = await upload(client, message_id, "arkivmelding.xml", b"<not xml")
    assert broken.status_code == 500
    assert exception(broken) == "NextMoveRuntimeException"
    empty = await upload(client, message_id, "arkivmelding.xml", b"<arkivmelding/>")
    assert exception(empty) == "ArkivmeldingRuntimeException"
    await upload(client, message_id, "arkivmelding.xml", ARCHIVE.format(file="melding.pdf").encode())
    assert point.messages[message_id].title == "Svar"


async def test_what_is_missing_is_told_when_it_is_sent(client, point):
    message_id, _ = await create(client, point)
    assert exception(await client.post(f"messages/out/{message_id}")) == "MissingFileException"
    await upload(client, message_id)
    assert exception(await client.post(f"messages/out/{message_id}")) == "MissingArkivmeldingException"
    await upload(client, message_id, "arkivmelding.xml", ARCHIVE.format(file="annen.pdf").encode())
    assert exception(await client.post(f"messages/out/{message_id}")) == "MissingArkivmeldingFileException"


@pytest.mark.parametrize(
    ("receiver", "journey"),
    [
        (DPO, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]),
        (DPF, ["OPPRETTET", "SENDT", "LEVERT"]),
        (DPV, ["OPPRETTET", "SENDT", "LEVERT"]),
    ],
)
async def test_the_statuses_of_each_service(client, point, receiver, journey):
    message_id = await a_sent_one(client, point, receiver)
    body = (await client.get(f"conversations/messageId/{message_id}")).json()
    assert [one["status"] for one in sorted(body["messageStatuses"], key=lambda one: one["id"])] == journey
    assert body["finished"] is True
    assert (await client.get(f"messages/out/{message_id}")).status_code == 404


async def test_sending_twice_before_it_left_is_counted(client, point):
    point.delay(queue=60)
    message_id = await a_sent_one(client, point)
    assert (await client.post(f"messages/out/{message_id}")).status_code == 200
    assert point.double_sends == 1
    point.clock.now += timedelta(seconds=61)
    assert (await client.post(f"messages/out/{message_id}")).status_code == 404


async def test_what_is_never_delivered_expires(client, point):
    point.behave(DPO, never_delivered=True)
    message_id = await a_sent_one(client, point, hours=1)
    point.clock.now += timedelta(hours=2)
    body = (await client.get(f"conversations/messageId/{message_id}")).json()
    assert {one["status"] for one in body["messageStatuses"]} == {"OPPRETTET", "SENDT", "MOTTATT", "LEVETID_UTLOPT"}
    assert point.delivered_to(DPO) == []


async def test_what_altinn_refuses_stays_created_until_it_expires(client, point):
    message_id, _ = await create(client, point, receiver=DPV, hours=1)
    await upload(client, message_id, "arkivmelding.xml", ARCHIVE.format(file="brev.odt").encode())
    await upload(client, message_id, "brev.odt")
    assert (await client.post(f"messages/out/{message_id}")).status_code == 200
    assert [status.name for status in point.messages[message_id].statuses] == ["OPPRETTET"]
    point.clock.now += timedelta(hours=2)
    assert point.messages[message_id].has("LEVETID_UTLOPT")


async def test_an_unknown_conversation(client):
    assert exception(await client.get(f"conversations/messageId/{uuid.uuid4()}")) == "MessageNotFoundException"
