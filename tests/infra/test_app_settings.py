"""What the deployment sets is what the application and the host know, and the Python version is one fact."""

import json
import re
import subprocess
import sys
import tomllib

from pydantic import SecretStr

from dispatch.adapters.azure_storage import BATCHES, COMPLETED, CONTENT, PLANS, TEMPLATES
from dispatch.settings import Settings
from tests.infra.bicep import INFRA, ROOT, Bicep

SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}
# Read by the host, the platform's sign-in and the worker; not by us.
PLATFORM = {
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
}
# Moved to functionAppConfig, or not supported on Flex Consumption.
FORBIDDEN = (
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_TIME_ZONE",
    "WEBSITE_VNET_ROUTE_ALL",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "ENABLE_ORYX_BUILD",
    "linuxFxVersion",
    "functionAppScaleLimit",
)
MAIN = Bicep(INFRA / "main.bicep")
APP = Bicep(INFRA / "modules/function-app.bicep")
# The host reads the connection string too: in Azure an identity stands in for it.
SECRETS = {str(field.alias) for field in Settings.model_fields.values() if field.annotation is SecretStr} - {
    "AzureWebJobsStorage",
    "ACS_ACCESS_KEY",  # a deployment signs in with its identity; a key is for the simulator
}

REFERENCES = ("mailReference", "graphReference", "exchangeReference", "references")


def keys(text: str) -> set[str]:
    return set(re.findall(r"(?:^ +|\{ )([A-Z][A-Za-z_0-9]*[A-Z_][A-Za-z_0-9]*):", text, re.MULTILINE))


def deployed() -> set[str]:
    main = MAIN.declared("var")
    plain = main["plainSettings"].body
    referred = "".join(main[name].body for name in REFERENCES)
    return (
        keys(plain)
        | keys(referred)
        | keys(APP.declared("resource")["settings"].body)
        | keys(APP.declared("var")["signInSettings"].body)
    )


def test_every_app_setting_is_known():
    assert deployed() - SETTINGS == PLATFORM
    assert len(deployed() & SETTINGS) > 15


def test_every_required_setting_is_deployed():
    required = {str(field.alias) for field in Settings.model_fields.values() if field.is_required()}

    assert required <= deployed()


def test_secrets_are_references_and_nothing_else():
    main = MAIN.declared("var")

    assert len(SECRETS) >= 4
    assert keys("".join(main[name].body for name in REFERENCES)) == SECRETS
    assert not keys(main["plainSettings"].body) & SECRETS
    assert "@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${entry.value}/)" in APP.text
    named = set(re.findall(r"(?:APIKEY|PASSWORD|SECRET): '([\w-]+)'", MAIN.text))
    made = set(
        re.findall(
            r"name: '([\w-]+)'",
            "".join(
                item.body
                for item in Bicep(INFRA / "modules/vault.bicep").declared("resource").values()
                if "/secrets@" in item.body
            ),
        )
    )
    assert named == made, "a reference to a secret that the vault does not get"


def test_the_settings_of_the_example_are_known():
    example = Bicep(INFRA / "example.bicepparam").declared("var")["settings"].body

    assert keys(example)
    assert keys(example) <= SETTINGS - SECRETS


def test_what_the_template_sets_is_accepted_by_the_application():
    """The plain values as an operator without SMTP would have them."""
    values = {
        "PURESERVICE_URL": "https://etat.pureservice.com",
        "PURESERVICE_APIKEY": "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/pureservice-apikey/)",
        "MAIL_MAILER": "microsoft-graph",
        "MAIL_FROM_ADDRESS": "ikkesvar@etat.example",
        "MAIL_FROM_NAME": "",
        "MAIL_SENDERS": "",
        "MAIL_SENDERS_FROM": "mailbox",
        "MAIL_TENANT_DAILY_LIMIT": "0",
        "MAIL_RECONCILE": "sent-items",
        "MAIL_HOST": "",
        "MAIL_PORT": "587",
        "MAIL_ENCRYPTION": "tls",
        "MAIL_USERNAME": "",
        "MAIL_AUTH": "auto",
        "ACS_ENDPOINT": "",
        "ACS_SENDER": "",
        "ACS_DELIVERY_REPORTS": "false",
        "MICROSOFT_GRAPH_CLIENT_ID": "",
        "MICROSOFT_GRAPH_TENANT_ID": "",
        "MAIL_REPLYTO_ADDRESS": "",
        "EF_IP_URL": "",
        "EF_IP_PREFIX": "api",
        "EF_IP_AUTH": "none",
        "EF_IP_USER": "",
        "EF_SELF_ID": "",
        "EF_SELF_NAME": "",
        "DISPATCH_SCHEDULE": "0 */5 * * * *",
        "DISPATCH_CREDENTIALS_EXPIRE": "",
        "AzureWebJobsStorage__blobServiceUri": "https://st.blob.core.windows.net/",
        "AzureWebJobsStorage__queueServiceUri": "https://st.queue.core.windows.net/",
        "AzureWebJobsStorage__tableServiceUri": "https://st.table.core.windows.net/",
        "AZURE_CLIENT_ID": "6c1fe0a5-0000-0000-0000-000000000000",
    }
    sometimes = {"MAIL_PASSWORD", "MICROSOFT_GRAPH_CLIENT_SECRET", "EF_IP_PASSWORD"}

    assert set(values) == (deployed() & SETTINGS) - sometimes
    assert Settings.from_environ(values).storage_table_uri.startswith("https://")


def test_nothing_that_flex_consumption_refuses_is_set():
    for path in INFRA.rglob("*.bicep*"):
        text = path.read_text(encoding="utf-8")
        for name in FORBIDDEN:
            assert name not in text, f"{path.name}: {name}"
        assert not re.search(r"\bTZ:", text)


def functions() -> dict[str, list[dict[str, str]]]:
    code = (
        "import json, function_app\n"
        "print(json.dumps({f.get_function_name(): json.loads(f.get_function_json())['bindings'] "
        "for f in function_app.app.get_functions()}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_every_connection_of_a_trigger_has_its_settings():
    connections = {
        binding["connection"] for found in functions().values() for binding in found if "connection" in binding
    }

    assert connections == {"AzureWebJobsStorage"}
    for connection in connections:
        for part in ("credential", "clientId", "blobServiceUri", "queueServiceUri", "tableServiceUri"):
            assert f"{connection}__{part}" in deployed()


def test_every_queue_table_and_container_is_deployed():
    storage = Bicep(INFRA / "modules/storage.bicep").declared("var")
    queues = set(re.findall(r"'([\w-]+)'", storage["queueNames"].body))
    listened = {binding["queueName"] for found in functions().values() for binding in found if "queueName" in binding}
    written = {PLANS, BATCHES, COMPLETED}

    assert queues == listened == written | {f"{name}-poison" for name in written} | {"mail-reports"}
    assert re.findall(r"'([\w-]+)'", storage["tableNames"].body) == ["dispatches"]
    assert set(re.findall(r"'([\w-]+)'", storage["containerNames"].body)) == {
        "app-package",
        CONTENT,
        TEMPLATES,
    }


def test_the_python_version_is_one_fact():
    version = (ROOT / ".python-version").read_text().strip()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["project"]["requires-python"] == f">={version}"
    assert project["tool"]["mypy"]["python_version"] == version
    assert project["tool"]["ruff"]["target-version"] == "py" + version.replace(".", "")
    assert f"Python {version} or newer" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "loadTextContent('../.python-version')" in MAIN.text
    for workflow in (ROOT / ".github/workflows").glob("*.yml"):
        text = workflow.read_text(encoding="utf-8")
        assert "python-version:" not in text, "read it from the file"
        assert "python-version-file: .python-version" in text


def test_the_host_keeps_every_line_that_an_alert_counts():
    """Sampling would drop ticks and errors; the cost is held by levels instead."""
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))

    sampling = host["logging"]["applicationInsights"]["samplingSettings"]
    assert {"Request", "Exception", "Trace"} <= set(sampling["excludedTypes"].split(";"))
    assert host["logging"]["logLevel"]["default"] == "Warning"
    assert host["logging"]["logLevel"]["Function"] == "Information"
    assert "telemetryMode" not in host
    assert host["extensions"]["queues"]["messageEncoding"] == "none"
    assert "concurrency" not in host, "the host must not find a level of its own"
