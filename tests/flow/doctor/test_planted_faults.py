"""Faults as operators make them: each gives exactly one mark, and its remedy names the setting or the place."""

import asyncio
import socket
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.storage.blob.aio import BlobServiceClient

from dispatch import doctor
from dispatch.core import Language
from dispatch.doctor import Finding
from dispatch.wiring import Resources, now
from local.azurite import Azurite
from local.simulators.eformidling import IntegrationPointSimulator
from local.simulators.smtp import SmtpSimulator
from tests.flow.doctor.surgery import Surgery

pytestmark = pytest.mark.azurite
LANGUAGES: tuple[Language, ...] = ("nb", "en")
NOWHERE = "finnes-ikke.invalid"
IN_TEN_DAYS = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
MOST_SECONDS = 6.0  # five of one check, and the others


@dataclass(frozen=True)
class Fault:
    """What is wrong, the mark that it gives, and what detail or remedy must name."""

    check: str
    names: tuple[str, ...]
    mark: Literal["✗", "!"] = "✗"
    settings: Mapping[str, str] = field(default_factory=dict)
    said: str = ""  # of the cause, in Norwegian


FAULTS = {
    "a misspelt setting": Fault(
        "names", ("MAIL_RATE_PR_MINUTE", "MAIL_RATE_PER_MINUTE"), "!", {"MAIL_RATE_PR_MINUTE": "30"}
    ),
    "a setting that is missing": Fault("settings", ("PURESERVICE_APIKEY",), settings={"PURESERVICE_APIKEY": ""}),
    "a setting that is missing, since it is misspelt": Fault(
        "settings", ("PURESERVICE_APIKEY", "PURESERVICE_APIKY"),
        settings={"PURESERVICE_APIKEY": "", "PURESERVICE_APIKY": "k"},
    ),
    "no such authority file": Fault("settings", ("MAIL_CA_FILE",), settings={"MAIL_CA_FILE": "/no/such/file.pem"}),
    "an authority file without certificates": Fault("settings", ("MAIL_CA_FILE",), settings={"MAIL_CA_FILE": __file__}),
    "no such authority file of the integration point": Fault(
        "settings", ("EF_IP_CA_FILE",),
        settings={"EF_IP_URL": "https://ip.invalid", "EF_SELF_ID": "910000012", "EF_IP_CA_FILE": "/no/such/file.pem"},
    ),
    "no connection string": Fault("settings", ("AzureWebJobsStorage",), settings={"AzureWebJobsStorage": "nonsense"}),
    "a credential that expires in ten days": Fault(
        "secrets", ("DISPATCH_CREDENTIALS_EXPIRE", "10"), "!", {"DISPATCH_CREDENTIALS_EXPIRE": IN_TEN_DAYS}
    ),
    "a host of Pureservice that is not": Fault(
        "pureservice", ("PURESERVICE_URL",), said="vertsnavnet finnes ikke",
        settings={"PURESERVICE_URL": f"https://{NOWHERE}"},
    ),
    "a port of Pureservice that nobody listens on": Fault(
        "pureservice", ("PURESERVICE_URL",), settings={"PURESERVICE_URL": "http://127.0.0.1:9"}, said="ingen tar imot"
    ),
    "a key that Pureservice refuses": Fault(
        "pureservice", ("PURESERVICE_APIKEY", "401"), settings={"PURESERVICE_APIKEY": "wrong"}
    ),
    "a status that is not": Fault("statuses", ("PURESERVICE_121_STATUS",), settings={"PURESERVICE_121_STATUS": "X"}),
    "a communication type that nobody has used": Fault(
        "message_type", ("PURESERVICE_DISPATCH_COMMTYPE_NAME",), "!", {"PURESERVICE_DISPATCH_COMMTYPE_NAME": "X"}
    ),
    "an asset type that is not": Fault(
        "asset_type", ("PURESERVICE_DISPATCH_LIST_ASSETNAME",), settings={"PURESERVICE_DISPATCH_LIST_ASSETNAME": "X"}
    ),
    "a relation that is not": Fault(
        "relation_types", ("PURESERVICE_DISPATCH_LINK_TO_USER",), settings={"PURESERVICE_DISPATCH_LINK_TO_USER": "X"}
    ),
    "a dispatch user that is not": Fault(
        "dispatch_users", ("PURESERVICE_DISPATCH_EF",), settings={"PURESERVICE_DISPATCH_EF": "ingen@x.example"}
    ),
    "a value of own tickets that is not": Fault(
        "own_tickets", ("PURESERVICE_TICKET_ZONE",), "!", {"PURESERVICE_TICKET_ZONE": "X"}
    ),
    "a sender that is no mailbox": Fault(
        "graph_send", ("MAIL_FROM_ADDRESS",), settings={"MAIL_FROM_ADDRESS": "x@etat.example", "MAIL_RECONCILE": "off"}
    ),
    "a mail server that is not": Fault(
        "smtp", ("MAIL_HOST",), said="vertsnavnet finnes ikke",
        settings={"MAIL_HOST": NOWHERE, "MAIL_ENCRYPTION": "tls"},
    ),
    "a password without encryption": Fault("smtp", ("MAIL_ENCRYPTION",), settings={"MAIL_HOST": NOWHERE}),
    "a port of the mail server that nobody listens on": Fault(
        "smtp", ("MAIL_HOST",), settings={"MAIL_PORT": "9"}, said="ingen tar imot"
    ),
    "a password that the mail server refuses": Fault(
        "smtp", ("MAIL_PASSWORD", "535"), settings={"MAIL_PASSWORD": "wrong"}
    ),
    "a mail server without STARTTLS": Fault(
        "smtp", ("STARTTLS", "MAIL_ENCRYPTION"), settings={"MAIL_ENCRYPTION": "tls"}
    ),
    "a mail server that speaks no TLS": Fault("smtp", ("TLS", "MAIL_PORT"), settings={"MAIL_ENCRYPTION": "ssl"}),
    "a folder for returned mail that is not": Fault(
        "returns_folder", ("MAIL_RETURNS_FOLDER",), settings={"MAIL_RETURNS_FOLDER": "X"}
    ),
    "a mailbox of returns that is not": Fault(
        "return_path_mail", ("MAIL_RETURN_PATH", "Mail.Read"), settings={"MAIL_RETURN_PATH": "x@etat.example"}
    ),
    "a status of approvals that is not": Fault(
        "statuses", ("PURESERVICE_DISPATCH_APPROVAL_STATUS",), settings={"PURESERVICE_DISPATCH_APPROVAL_STATUS": "X"}
    ),
    "a user for follow-ups that is not": Fault(
        "dispatch_users", ("PURESERVICE_DISPATCH_FOLLOW_UP",), settings={"PURESERVICE_DISPATCH_FOLLOW_UP": "x@x.no"}
    ),
    "a template that the store lacks": Fault(
        "letter", ("MAIL_TEMPLATE", "templates"), settings={"MAIL_TEMPLATE": "x.html"}
    ),
    "a logo that the store lacks": Fault("letter", ("MAIL_LOGO", "templates"), settings={"MAIL_LOGO": "x.png"}),
    "all letters to one address": Fault("redirect", ("MAIL_REDIRECT_TO",), "!", {"MAIL_REDIRECT_TO": "p@etat.example"}),
    "no reply address": Fault("reply_address", ("MAIL_REPLYTO_ADDRESS",), "!", {"MAIL_REPLYTO_ADDRESS": ""}),
}  # fmt: skip


async def marks(surgery: Surgery, language: Language = "nb", **changed: Any) -> list[Finding]:
    clock = changed.pop("clock", now)
    begun = time.monotonic()
    found = await doctor.examine({**surgery.environ, **changed}, language=language, clock=clock)
    assert time.monotonic() - begun < 2 * MOST_SECONDS
    return [finding for finding in found if finding.ok is not True]


async def assert_told(surgery: Surgery, fault: Fault, **changed: Any) -> None:
    for language in LANGUAGES:
        found = await marks(surgery, language, **fault.settings, **changed)
        told = doctor.as_table(found, language=language)
        assert [finding.check for finding in found] == [fault.check], told
        assert told.startswith(f" {fault.mark}  "), told
        assert "→ " in told
        for name in fault.names:
            assert name in told
        assert fault.said in told or language == "en"
        assert "All is well" not in told
        assert "Alt er i orden" not in told


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_gives_one_mark_and_a_remedy_that_names_it(surgery: Surgery, name: str):
    await assert_told(surgery, FAULTS[name])


# --- faults that are no setting


@pytest.mark.parametrize("hours", [3, -3])
async def test_a_clock_that_is_hours_off(surgery: Surgery, hours: int):
    await assert_told(surgery, Fault("clock", ("180", "NTP")), clock=lambda: now() + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        ("AADSTS90002: Tenant 'etat.example' not found.", "MICROSOFT_GRAPH_TENANT_ID"),
        ("AADSTS700016: Application with identifier 'x' was not found.", "MICROSOFT_GRAPH_CLIENT_ID"),
        ("AADSTS7000215: Invalid client secret provided.", "MICROSOFT_GRAPH_CLIENT_SECRET"),
        ("AADSTS7000222: The provided client secret keys are expired.", "MICROSOFT_GRAPH_CLIENT_SECRET"),
    ],
)
async def test_a_sign_in_at_entra_that_is_refused(surgery: Surgery, monkeypatch, code: str, setting: str):
    class Refused:
        async def get_token(self, *scopes: str, **_: object) -> None:
            raise ClientAuthenticationError(f"Authentication failed: {code} Trace ID: 1")

    monkeypatch.setattr(Resources, "mail_identity", Refused())
    fault = Fault("graph_token", (setting, code.partition(":")[0]))

    await assert_told(surgery, fault, GRAPH_BASE_URL="https://graph.microsoft.com/v1.0")


@pytest.mark.parametrize(
    ("certificate_for", "trusted", "names"),
    [("annet.etat.example", True, ("MAIL_HOST", "et annet navn")), ("", False, ("MAIL_CA_FILE", "ikke kjenner"))],
    ids=["for another name", "from an unknown authority"],
)
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_certificate_that_does_not_fit(
    surgery: Surgery, tls: Literal["starttls", "implicit"], certificate_for: str, trusted: bool, names: tuple[str, ...]
):
    async with SmtpSimulator(
        username="utsending", password="passord", tls=tls, certificate_for=certificate_for
    ) as smtp:
        changed = {
            "MAIL_PORT": str(smtp.port),
            "MAIL_ENCRYPTION": "ssl" if tls == "implicit" else "tls",
            **({"MAIL_CA_FILE": str(smtp.ca_path)} if trusted else {}),
        }
        await assert_told(surgery, Fault("smtp", names[:1], said=names[1]), **changed)


@pytest.mark.parametrize(
    ("template", "names", "mark"),
    [
        (b"<p>{{ content </p>", ("MAIL_TEMPLATE",), "✗"),
        (b"<p>{{ innhold }}</p>", ("MAIL_TEMPLATE", "innhold"), "✗"),
        (b"<p>{{ organisation }}</p>", ("MAIL_TEMPLATE", "content"), "✗"),
        ("<p>{{ content }} ø</p>".encode("latin-1"), ("MAIL_TEMPLATE", "UTF-8"), "✗"),
        (b"<p>{{ content }}</p>", ("MAIL_FOOTER",), "!"),
    ],
)
async def test_a_template_that_can_not_be_used(
    surgery: Surgery, azurite: Azurite, template: bytes, names: tuple[str, ...], mark: Literal["✗", "!"]
):
    async with stored(azurite, template) as name:
        await assert_told(surgery, Fault("letter", names, mark), MAIL_TEMPLATE=name, MAIL_FOOTER="Postboks 8742")


async def test_a_template_that_shows_all_is_well(surgery: Surgery, azurite: Azurite):
    whole = b"<p>{{ content }}</p><footer>{% for line in footer_lines %}{{ line }}<br>{% endfor %}</footer>"
    async with stored(azurite, whole) as name:
        assert not await marks(surgery, MAIL_TEMPLATE=name, MAIL_FOOTER="Postboks 8742\nTelefon 22 47 56 00")


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"EF_IP_URL": f"https://{NOWHERE}"}, ("EF_IP_URL",)),
        ({"EF_IP_PASSWORD": "feil"}, ("EF_IP_PASSWORD", "401")),
        ({"EF_SELF_ID": "974760223"}, ("EF_SELF_ID",)),
        ({"EF_MESSAGE_PROCESS": "finnesikke"}, ("EF_MESSAGE_PROCESS",)),
    ],
)
async def test_an_integration_point_that_will_not(surgery: Surgery, settings: dict[str, str], names: tuple[str, ...]):
    simulator = IntegrationPointSimulator(username="utsending", password="passord")
    await simulator.start()
    try:
        usual = {
            "EF_IP_AUTH": "basic",
            "EF_IP_USER": "utsending",
            "EF_IP_PASSWORD": "passord",
            "EF_SELF_ID": "910000012",
        }
        await assert_told(surgery, Fault("exchange", names), **{"EF_IP_URL": simulator.url, **usual, **settings})
    finally:
        await simulator.stop()


@pytest.mark.parametrize("tls", [None, "implicit"])
async def test_a_mail_server_that_offers_no_sign_in(surgery: Surgery, tls: Literal["implicit"] | None):
    """The client's own words advise STARTTLS, which is beside the point."""
    fault = Fault("smtp", ("MAIL_USERNAME", "MAIL_AUTH"), said="tilbyr ingen innlogging")
    async with SmtpSimulator(tls=tls) as relay:
        settings = {"MAIL_HOST": relay.host, "MAIL_PORT": str(relay.port)}
        if tls:
            settings |= {"MAIL_ENCRYPTION": "ssl", "MAIL_CA_FILE": str(relay.ca_path)}
        await assert_told(surgery, fault, **settings)
        for language in LANGUAGES:
            assert "STARTTLS" not in doctor.as_table(await marks(surgery, language, **settings), language=language)


# --- the storage


async def test_storage_that_is_down_is_one_cross_and_quick(surgery: Surgery):
    begun = time.monotonic()

    await assert_told(
        surgery, Fault("storage", ("AzureWebJobsStorage",)), AzureWebJobsStorage=moved(surgery, free_port())
    )

    assert time.monotonic() - begun < 2 * MOST_SECONDS


async def test_storage_that_is_silent_is_one_cross_within_five_seconds(surgery: Surgery):
    async with silent() as port:
        begun = time.monotonic()
        found = await marks(surgery, AzureWebJobsStorage=moved(surgery, port))
        assert time.monotonic() - begun < MOST_SECONDS
    assert [finding.check for finding in found] == ["storage"]
    assert "kan ikke koble til" in found[0].detail


async def test_storage_that_refuses_is_told_as_not_allowed(surgery: Surgery):
    string = surgery.environ["AzureWebJobsStorage"]
    key = next(part for part in string.split(";") if part.startswith("AccountKey="))

    found = await marks(surgery, AzureWebJobsStorage=string.replace(key, "AccountKey=ZmVpbA=="))

    assert [finding.check for finding in found] == ["table"], doctor.as_table(found, language="nb")
    assert "ikke tillatt" in found[0].detail
    assert "AzureWebJobsStorage" in found[0].remedy


@pytest.mark.parametrize("service", ["PURESERVICE_URL", "GRAPH_BASE_URL", "MAIL_PORT"])
async def test_no_check_lasts_more_than_five_seconds(surgery: Surgery, service: str):
    async with silent() as port:
        value = str(port) if service == "MAIL_PORT" else f"http://127.0.0.1:{port}"
        last, longest = time.monotonic(), 0.0
        crosses = []
        async for finding in doctor.examining({**surgery.environ, service: value}, language="nb"):
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
            crosses += [finding] if finding.ok is False else []
    assert longest < MOST_SECONDS
    (cross,) = crosses
    assert ("MAIL_HOST" if service == "MAIL_PORT" else service) in cross.remedy


async def test_each_check_is_told_when_it_ends(surgery: Surgery):
    """Nobody waits in silence: what went well stands there while the next one hangs."""
    async with silent() as port:
        seen: list[str] = []

        async def look() -> None:
            async for finding in doctor.examining({**surgery.environ, "PURESERVICE_URL": f"http://127.0.0.1:{port}"}):
                seen.append(finding.check)

        looking = asyncio.create_task(look())
        await asyncio.sleep(1)
        assert seen == ["settings", "names", "secrets", "looks"]
        await looking


async def test_the_last_line_counts_both(surgery: Surgery):
    changed = {"MAIL_PASSWORD": "wrong", "MAIL_REDIRECT_TO": "p@etat.example", "MAIL_REPLYTO_ADDRESS": ""}
    found = await doctor.examine({**surgery.environ, **changed})

    assert doctor.as_table(found, language="nb").splitlines()[-1].endswith("1 feilet (✗), 2 bør ses på (!).")
    assert doctor.as_json(found)["failed"] == 1
    assert doctor.as_json(found)["looks"] == 2


# --- what the tests need


@asynccontextmanager
async def stored(azurite: Azurite, template: bytes) -> AsyncIterator[str]:
    name = f"{uuid.uuid4().hex}.html"
    async with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        container = service.get_container_client("templates")
        if not await container.exists():
            await container.create_container()
        await container.upload_blob(name, template)
    yield name


@asynccontextmanager
async def silent() -> AsyncIterator[int]:
    """A port that takes connections and never says anything."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        yield listening.getsockname()[1]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def moved(surgery: Surgery, port: int) -> str:
    """The connection string with every service at another port."""
    parts = [part.split("=", 1) for part in surgery.environ["AzureWebJobsStorage"].strip(";").split(";")]
    there = f"http://127.0.0.1:{port}/devstoreaccount1"
    return ";".join(f"{name}={there if name.endswith('Endpoint') else value}" for name, value in parts)
