"""The doctor against the simulators: all green, then each fault in turn gives exactly its cross and remedy."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError

from dispatch import cli, doctor
from dispatch.adapters.pureservice import Pureservice
from dispatch.closing import endings
from dispatch.core import FileWay, language_of
from dispatch.settings import Settings, terminal_locale
from dispatch.wiring import Resources, open_content
from local.simulators.eformidling import IntegrationPointSimulator
from local.simulators.graph.switches import READ_BASIC, READ_WRITE, SEND
from local.simulators.pureservice import seed
from tests.flow.doctor.surgery import KEY, Surgery

pytestmark = pytest.mark.azurite
ROOT = Path(__file__).resolve().parents[3]
ALL = [
    "settings",
    "names",
    "secrets",
    "looks",
    "pureservice",
    "clock",
    "statuses",
    "message_type",
    "asset_type",
    "list_statuses",
    "relation_types",
    "dispatch_users",
    "own_tickets",
    "storage",
    "table",
    "queue",
    "blob",
    "file_way",
    "graph_token",
    "graph_send",
    "graph_reconcile",
    "smtp",
    "returned_mail",
    "letter",
    "redirect",
    "reply_address",
]


async def test_all_is_well(surgery: Surgery):
    findings = await doctor.examine(surgery.environ)

    assert [finding.check for finding in findings] == ALL
    assert all(finding.ok for finding in findings), doctor.as_table(findings, language="en")
    assert doctor.as_table(findings, language="nb").endswith("Alt er i orden.")


@pytest.mark.parametrize("way", FileWay)
async def test_the_way_of_the_report_s_files_that_is_remembered_is_shown(surgery: Surgery, way: FileWay):
    resources = Resources(Settings.from_environ(surgery.environ))
    content = open_content(resources)
    await content.open()
    words = await told(surgery, "file_way")
    try:
        kept = json.dumps({"way": way, "since": "2026-11-23T12:00:00+00:00"}).encode()
        await content.put(endings.FILE_WAY, kept, content_type="application/json")

        known = await told(surgery, "file_way")
    finally:
        for blob in await content.stored_under(endings.FILE_WAY):
            await content.delete(blob)
        await resources.close()

    assert words == ["ikke kjent ennå; den første rapporten finner ut av det"]
    assert known[0].endswith(f", siden 2026-11-23 ({way})")


async def told(surgery: Surgery, check: str) -> list[str]:
    """What is said of a check that is well."""
    findings = await doctor.examine(surgery.environ, language="nb")
    return [finding.detail for finding in findings if finding.check == check and finding.ok]


async def test_nothing_is_sent_or_left_behind(surgery: Surgery):
    before = len(surgery.pureservice.history)

    await doctor.examine({**surgery.environ, "MAIL_RECONCILE": "draft"})

    assert not surgery.graph.received
    assert not surgery.smtp.received
    assert len(surgery.pureservice.history) == before
    lines = [(request.method, request.status) for request in surgery.graph.requests]
    assert ("DELETE", 204) in lines, "the draft is removed again"


@pytest.mark.parametrize(
    ("settings", "cross"),
    [
        ({"MAIL_PORT": "x"}, "settings"),
        ({"PURESERVICE_APIKEY": "@Microsoft.KeyVault(SecretUri=https://v/secrets/x/)"}, "secrets"),
        ({"DISPATCH_CREDENTIALS_EXPIRE": "2020-01-31"}, "secrets"),
        ({"PURESERVICE_APIKEY": "wrong"}, "pureservice"),
        ({"PURESERVICE_URL": "http://127.0.0.1:9"}, "pureservice"),
        ({"PURESERVICE_DISPATCH_STATUS": "Finnes ikke"}, "statuses"),
        ({"PURESERVICE_DISPATCH_SOLVED_STATUS": "Elektronisk forsendelse (ikke bruk)"}, "statuses"),
        ({"PURESERVICE_DISPATCH_LIST_ASSETNAME": "Finnes ikke"}, "asset_type"),
        ({"PURESERVICE_DISPATCH_LINK_TO_USER": "Finnes ikke"}, "relation_types"),
        ({"PURESERVICE_DISPATCH_LINK_TO_TICKET": "Finnes ikke"}, "relation_types"),
        ({"PURESERVICE_DISPATCH_EMAIL": "ingen@e-post.pureservice.local"}, "dispatch_users"),
        ({"PURESERVICE_DISPATCH_EF": "ingen@eformidling.pureservice.local"}, "dispatch_users"),
        ({"MAIL_PASSWORD": "wrong"}, "smtp"),
        ({"MAIL_PORT": "9"}, "smtp"),
        ({"MAIL_FROM_ADDRESS": "annen@etat.example", "MAIL_RECONCILE": "off"}, "graph_send"),
        ({"MAIL_RETURNS_FOLDER": "Finnes ikke"}, "returns_folder"),
        ({"MAIL_RETURN_PATH": "ukjent@etat.example"}, "return_path_mail"),
        ({"PURESERVICE_DISPATCH_APPROVAL_STATUS": "Finnes ikke"}, "statuses"),
        ({"PURESERVICE_DISPATCH_FOLLOW_UP": "ingen@pureservice.local"}, "dispatch_users"),
    ],
)
async def test_a_wrong_setting_gives_its_cross(surgery: Surgery, settings: dict[str, str], cross: str):
    assert await surgery.crosses(**settings) == [cross]


@pytest.mark.parametrize(
    ("permissions", "reconcile", "crosses"),
    [
        ({SEND}, "off", []),
        ({SEND, READ_BASIC}, "sent-items", ["graph_reconcile"]),
        ({READ_WRITE}, "sent-items", ["graph_send"]),
        ({SEND, "Mail.Read"}, "sent-items", []),
        ({SEND, "Mail.Read"}, "draft", ["graph_reconcile"]),
        ({SEND, READ_WRITE}, "draft", []),
    ],
)
async def test_the_rights_are_those_that_reconciliation_needs(
    surgery: Surgery, permissions: set[str], reconcile: str, crosses: list[str]
):
    surgery.graph.switches.permissions = permissions

    assert await surgery.crosses(MAIL_RECONCILE=reconcile) == crosses


async def test_a_sign_in_that_is_refused_gives_its_cross(surgery: Surgery, monkeypatch):
    class Refused:
        async def get_token(self, *scopes: str, **_: object) -> None:
            raise ClientAuthenticationError("AADSTS7000222: the secret has run out")

    monkeypatch.setattr(Resources, "mail_identity", Refused())

    assert await surgery.crosses(GRAPH_BASE_URL="https://graph.microsoft.com/v1.0") == ["graph_token"]


async def test_a_disabled_dispatch_user_is_none(surgery: Surgery):
    surgery.pureservice.store.users[seed.user_of(surgery.pureservice.store, seed.DISPATCH_EMAIL)["id"]]["disabled"] = (
        True
    )

    assert await surgery.crosses() == ["dispatch_users"]


@pytest.mark.parametrize(("part", "cross"), [("Table", "table"), ("Queue", "queue"), ("Blob", "blob")])
async def test_storage_that_refuses_gives_its_cross(surgery: Surgery, part: str, cross: str):
    """An account that the key does not open stands for an identity without its role."""
    parts = dict(item.split("=", 1) for item in surgery.environ["AzureWebJobsStorage"].strip(";").split(";"))
    parts[f"{part}Endpoint"] = parts[f"{part}Endpoint"].replace("devstoreaccount1", "nosuchaccount")

    crosses = await surgery.crosses(AzureWebJobsStorage=";".join(f"{name}={value}" for name, value in parts.items()))

    assert crosses == [cross]


async def test_a_type_that_nobody_has_used_is_neither_tick_nor_cross(surgery: Surgery):
    findings = await doctor.examine({**surgery.environ, "PURESERVICE_DISPATCH_COMMTYPE_NAME": "Ubrukt"})

    (found,) = [finding for finding in findings if finding.ok is not True]
    assert (found.check, found.ok) == ("message_type", None)
    assert "«Ubrukt»" in found.detail


@pytest.mark.parametrize(("name", "there"), [("Utsendelse - innhold", True), ("Annet", False)])
async def test_a_server_that_lists_the_types_is_believed(name: str, there: bool):
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"communicationtypes": [{"id": 1, "name": "utsendelse - innhold"}]})

    tickets = Pureservice(
        url="https://etat.pureservice.example",
        api_key=KEY,
        message_type_name=name,
        list_asset_type="",
        link_to_company="",
        link_to_user="",
        link_to_ticket="",
        transport=httpx.MockTransport(answer),
    )

    assert await tickets.inspection.has_message_type(name) is there
    await tickets.close()


def test_the_command_ends_with_one_and_speaks_the_terminals_language(tmp_path):
    def run(*arguments: str, lang: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dispatch", "doctor", *arguments]
        environ = {"PATH": "", "LANG": lang, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, encoding="utf-8", check=False
        )

    norwegian, english = run(lang="nb_NO.UTF-8"), run("--json", lang="en_GB.UTF-8")

    assert (norwegian.returncode, english.returncode) == (1, 1)
    assert "✗  Oppsett: " in norwegian.stdout
    assert "→ Rett det som står over." in norwegian.stdout
    told = json.loads(english.stdout)
    assert told["ok"] is False
    assert told["checks"][0]["check"] == "settings"
    assert "PURESERVICE_URL: missing" in told["checks"][0]["detail"]


def test_the_command_ends_with_zero_where_all_is_well(monkeypatch, tmp_path, capsys):
    async def well(_environ, *, language):
        yield doctor.Finding("settings", True, {"nb": "Oppsett", "en": "Settings"}[language])

    monkeypatch.setattr(doctor, "examining", well)
    monkeypatch.chdir(tmp_path)

    assert cli.main(["doctor"]) == 0
    assert "✓" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "nb_NO.UTF-8"}, "nb"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "nn_NO"}, "nb"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_terminals(environ: dict[str, str], language: str):
    assert language_of(terminal_locale(environ)) == language


async def test_every_check_has_a_name_and_a_remedy_in_both_languages(surgery: Surgery):
    """No check works against these, so that each says what to do."""
    broken = {
        **surgery.environ,
        "PURESERVICE_DISPATCH_STATUS": "Finnes ikke",
        "PURESERVICE_DISPATCH_COMMTYPE_NAME": "Ubrukt",
        "PURESERVICE_DISPATCH_LIST_ASSETNAME": "Finnes ikke",
        "PURESERVICE_DISPATCH_LINK_TO_USER": "Finnes ikke",
        "PURESERVICE_DISPATCH_EF": "ingen@eformidling.pureservice.local",
        "DISPATCH_CREDENTIALS_EXPIRE": "2020-01-31",
        "MAIL_PASSWORD": "wrong",
        "AzureWebJobsStorage": "AccountName=x;AccountKey=no base64",
        "MAIL_REPLYTO_ADDRESS": "",
        "PURESERVICE_TICKET_TEAM": "finnes ikke",
        "MAIL_REDIRECT_TO": "prove@etat.example",
        "MAIL_RATE_PR_MINUTE": "30",
        "DISPATCH_RECONCILE_LOOKS": "5",
        "EF_IP_URL": "http://127.0.0.1:9",
        "EF_SELF_ID": "910000012",
        "MAIL_RETURN_PATH": "retur@etat.example",
    }
    surgery.graph.switches.permissions = set()

    norwegian = [finding for finding in await doctor.examine(broken, language="nb") if finding.ok is not True]
    english = [finding for finding in await doctor.examine(broken, language="en") if finding.ok is not True]

    assert [finding.check for finding in english] == [finding.check for finding in norwegian]
    assert {finding.check for finding in english} == {*ALL, "exchange", "return_path_mail"} - {
        *(
            "settings",
            "pureservice",
            "clock",
            "graph_token",
            "table",
            "queue",
            "blob",
            "file_way",
            "letter",
            "list_statuses",
            "returned_mail",  # which needs a right that is looked at before
        )
    }
    for one, other in zip(norwegian, english, strict=True):
        assert one.name
        assert one.remedy
        assert other.remedy
        assert one.remedy != other.remedy


@pytest.mark.parametrize(
    ("settings", "crosses"),
    [
        ({"MAIL_CA_FILE": "/no/such/file.pem"}, ["settings"]),
        ({"MAIL_EHLO_DOMAIN": "ikke et domene"}, ["smtp"]),
        ({"AzureWebJobsStorage": "nonsense"}, ["settings"]),
        ({"AzureWebJobsStorage": "AccountName=x;AccountKey=no base64"}, ["storage"]),
    ],
)
async def test_what_cannot_even_be_opened_is_a_cross(surgery: Surgery, settings: dict[str, str], crosses: list[str]):
    """It once ended the examination with a traceback."""
    assert await surgery.crosses(**settings) == crosses


@pytest.mark.parametrize(
    ("settings", "crosses"),
    [
        ({}, []),
        ({"EF_IP_PASSWORD": "feil"}, ["exchange"]),
        ({"EF_SELF_ID": "974760223"}, ["exchange"]),  # no register knows it
        ({"EF_IP_URL": "http://127.0.0.1:9"}, ["exchange"]),
        ({"EF_MESSAGE_PROCESS": "finnesikke"}, ["exchange"]),
    ],
)
async def test_the_integration_point_is_examined_where_it_is_set_up(surgery, settings, crosses):
    simulator = IntegrationPointSimulator(username="utsending", password="passord")
    await simulator.start()
    try:
        usual = {
            "EF_IP_URL": simulator.url,
            "EF_IP_AUTH": "basic",
            "EF_IP_USER": "utsending",
            "EF_IP_PASSWORD": "passord",
            "EF_SELF_ID": "910000012",
        }
        assert await surgery.crosses(**{**usual, **settings}) == crosses
        assert simulator.messages == {}
    finally:
        await simulator.stop()


async def test_each_of_several_mailboxes_is_examined_and_named(surgery: Surgery):
    """One of them is not there: exactly its rights are crossed out."""
    pool = f"{surgery.environ['MAIL_FROM_ADDRESS']}, borte@etat.example"
    findings = await doctor.examine({**surgery.environ, "MAIL_SENDERS": pool})

    asked = [finding.check for finding in findings if finding.check.startswith("graph")]
    assert asked == ["graph_token", "graph_send_1", "graph_reconcile_1", "graph_send_2", "graph_reconcile_2"]
    crosses = [finding.check for finding in findings if finding.ok is False]
    assert crosses == ["graph_send_2", "graph_reconcile_2"]
    assert "borte@etat.example" in doctor.as_table(findings, language="nb")
    read = {finding.check: finding.ok for finding in findings if finding.check.startswith("returned_mail")}
    assert read == {"returned_mail_1": True}  # the other's needs a right that is looked at before


async def test_the_mailbox_of_the_address_that_all_are_from_is_examined_for_returned_mail(surgery: Surgery):
    pool = f"{surgery.environ['MAIL_FROM_ADDRESS']}, borte@etat.example"
    settings = {"MAIL_SENDERS": pool, "MAIL_SENDERS_FROM": "one", "MAIL_FROM_ADDRESS": "alle@etat.example"}
    findings = await doctor.examine({**surgery.environ, **settings})

    read = {finding.check: finding.ok for finding in findings if finding.check.startswith("returned_mail")}
    assert read == {"returned_mail_1": True, "returned_mail_3": False}
