"""Every slip of the finger in a setting's name is told with the name that was meant; names of others are not."""

import string
from difflib import SequenceMatcher

from hypothesis import given
from hypothesis import strategies as st

from dispatch.settings import Settings, misspelt

OURS = sorted(str(field.alias) for field in Settings.model_fields.values())
# What a worker, a terminal, a pipeline and the platform have around them.
FOREIGN = [
    "PATH", "HOME", "LANG", "LC_ALL", "LOGNAME", "MAIL", "MAILTO", "MAILCHECK", "HOSTNAME", "SHELL", "TERM",
    "TMPDIR", "USER", "PWD", "OLDPWD", "PYTHONPATH", "VIRTUAL_ENV", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID",
    "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FUNCTIONS_ENVIRONMENT", "AZURE_SUBSCRIPTION_ID", "AZURE_USERNAME",
    "AZURE_KEY_VAULT_NAME", "AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_PRINCIPAL_ID", "AZURE_RESOURCE_GROUP",
    "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
    "AzureWebJobsFeatureFlags", "AzureWebJobsScriptRoot", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "DEPLOYMENT_STORAGE_CONNECTION_STRING", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET", "PYTHON_ENABLE_WORKER_EXTENSIONS",
    "SCM_DO_BUILD_DURING_DEPLOYMENT", "WEBSITE_AUTH_AAD_ALLOWED_TENANTS", "WEBSITE_AUTH_ENCRYPTION_KEY",
    "WEBSITE_AUTH_SIGNING_KEY", "WEBSITE_AUTH_V2_CONFIG_JSON", "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_WORKER_PROCESS_COUNT", "WEBSITE_TIME_ZONE", "WEBSITE_CONTENTSHARE", "WEBSITE_HOSTNAME",
    "WEBSITE_INSTANCE_ID", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_SITE_NAME", "WEB_CONCURRENCY",
    "MICROSOFT_PROVIDER_AUTHENTICATION_SECRET", "GIT_AUTHOR_EMAIL", "EMAIL", "CI", "GITHUB_TOKEN", "HTTPS_PROXY",
    "NO_PROXY", "SSL_CERT_FILE",
]  # fmt: skip


@given(st.sampled_from(OURS), st.integers(0, 60), st.sampled_from(string.ascii_uppercase + "_"), st.integers(0, 4))
def test_one_slip_is_told(name: str, where: int, sign: str, slip: int):
    at = where % len(name)
    wrong = [
        name[:at] + name[at + 1 :],
        name[:at] + sign + name[at:],
        name[:at] + sign + name[at + 1 :],
        name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
        name.swapcase(),
    ][slip]

    found = misspelt({wrong: "x"})

    assert wrong in OURS or found[wrong] == name or ratio(found[wrong], wrong) >= ratio(name, wrong)


def ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, other.upper(), one.upper()).ratio()


def test_names_of_others_and_our_own_are_left_alone():
    assert misspelt(dict.fromkeys([*FOREIGN, *OURS], "x")) == {}
