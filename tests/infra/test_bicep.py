"""The Bicep as far as it can be checked without its compiler: it parses, and nothing in it points to nothing."""

import json
import re
from datetime import date, timedelta

import pytest

from dispatch.collecting import delivery_reports
from tests.infra.bicep import DECORATORS, FILES, INFRA, KNOWN_FUNCTIONS, PARAMETER_FILES, ROOT, Bicep

ALL = [Bicep(path) for path in FILES]
MAIN = Bicep(INFRA / "main.bicep")
MODULES = {declaration.name: declaration for declaration in MAIN.declared("module").values()}
SYMBOLS = ("param", "var", "resource", "module")

# Microsoft's own, from the list of built-in roles.
ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "19e7f393-937e-4f77-808e-94535e297925": "Storage Queue Data Reader",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "76199698-9eea-4c19-bc75-cec21354c6b6": "Storage Table Data Reader",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "09976791-48a7-449e-bb21-39d1a415f350": "Communication and Email Service Owner",
}
API_VERSIONS = {
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.Communication/communicationServices": "2025-09-01",
    "Microsoft.Communication/emailServices": "2025-09-01",
    "Microsoft.Communication/emailServices/domains": "2025-09-01",
    "Microsoft.Communication/emailServices/domains/senderUsernames": "2025-09-01",
    "Microsoft.EventGrid/systemTopics": "2025-02-15",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions": "2025-02-15",
    "Microsoft.Insights/actionGroups": "2023-01-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.Insights/diagnosticSettings": "2021-05-01-preview",
    "Microsoft.Insights/scheduledQueryRules": "2023-12-01",
    "Microsoft.Insights/workbooks": "2023-06-01",
    "Microsoft.KeyVault/vaults": "2025-05-01",
    "Microsoft.KeyVault/vaults/secrets": "2025-05-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2024-11-30",
    "Microsoft.Network/privateDnsZones": "2024-06-01",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "2024-06-01",
    "Microsoft.Network/privateEndpoints": "2025-05-01",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": "2025-05-01",
    "Microsoft.Network/virtualNetworks": "2025-05-01",
    "Microsoft.OperationalInsights/workspaces": "2025-07-01",
    "Microsoft.Storage/storageAccounts": "2025-06-01",
    "Microsoft.Storage/storageAccounts/blobServices": "2025-06-01",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "2025-06-01",
    "Microsoft.Storage/storageAccounts/queueServices": "2025-06-01",
    "Microsoft.Storage/storageAccounts/queueServices/queues": "2025-06-01",
    "Microsoft.Storage/storageAccounts/tableServices": "2025-06-01",
    "Microsoft.Storage/storageAccounts/tableServices/tables": "2025-06-01",
    "Microsoft.Web/serverfarms": "2025-03-01",
    "Microsoft.Web/sites": "2025-03-01",
    "Microsoft.Web/sites/config": "2025-03-01",
}

# Older than two years, and the newest that is no preview; of the settings for diagnostics all newer ones are previews.
NONE_NEWER = {
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Insights/actionGroups",
    "Microsoft.Insights/components",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.Insights/scheduledQueryRules",
    "Microsoft.Insights/workbooks",
    "Microsoft.Network/privateDnsZones",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
}
LOOKED_THROUGH = date(2026, 11, 30)  # when the versions were last compared with what there is


def named(file: Bicep) -> str:
    return file.name


def test_there_is_something_to_check():
    assert MAIN in ALL
    assert len(ALL) > 8
    assert len(PARAMETER_FILES) == 2


@pytest.mark.parametrize("file", [*ALL, *(Bicep(path) for path in PARAMETER_FILES)], ids=named)
def test_both_parsers_take_the_file(file: Bicep):
    assert file.first_error == ""
    assert file.pycep


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('param a string = "x"\n', "double quotes"),
        ("resource x 'A/b@2024-01-01' = {\n", "a brace is missing"),
        ("var a 1\n", "no equals sign"),
    ],
)
def test_the_parsers_would_notice(text: str, says: str, tmp_path):
    path = tmp_path / "wrong.bicep"
    path.write_text(text)
    file = Bicep(path)

    noticed = file.tree.has_error
    try:
        assert file.pycep
    except Exception:  # noqa: BLE001 - whatever the parser calls it
        noticed = True
    assert noticed, says


@pytest.mark.parametrize("file", ALL, ids=named)
def test_every_name_is_declared_and_every_declaration_is_used(file: Bicep):
    declared = file.declared(*SYMBOLS)

    assert file.references - set(declared) == set(), "referred to, and not declared"
    unused = set(file.declared("param", "var")) - file.references
    existing = {name for name, item in file.declared("resource").items() if re.match(r" '[^']+' existing", item.body)}
    assert unused | (existing - file.references) == set(), "declared, and not used"
    assert file.calls - KNOWN_FUNCTIONS - DECORATORS == set()


def test_the_check_of_names_can_fail(tmp_path):
    path = tmp_path / "wrong.bicep"
    path.write_text("param a string\nvar b = a\noutput c string = nowhere\noutput d string = '${elsewhere}'\n")
    file = Bicep(path)

    assert file.references - set(file.declared(*SYMBOLS)) == {"nowhere", "elsewhere"}
    assert set(file.declared("param", "var")) - file.references == {"b"}


@pytest.mark.parametrize("file", ALL, ids=named)
def test_no_name_is_declared_twice(file: Bicep):
    names = [item.name for item in file.declarations if item.kind != "output"]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_gets_the_parameters_that_it_has(module: str):
    body = MODULES[module].body
    target = re.match(r" '([^']+)'", body)
    assert target
    file = Bicep(INFRA / target[1])
    block = re.search(r"\n  params: \{\n(.*?)\n  \}", body, re.DOTALL)
    assert block
    given = set(re.findall(r"^    (\w+):", block[1], re.MULTILINE))

    parameters = file.declared("param")
    wanted = {name for name, item in parameters.items() if "=" not in item.body.splitlines()[0]}
    assert given <= set(parameters), "a parameter that the module has not"
    assert wanted <= given, "a parameter that the module needs"


def test_every_output_that_is_read_exists():
    outputs = {
        name: set(Bicep(INFRA / re.match(r" '([^']+)'", item.body)[1]).declared("output"))
        for name, item in MODULES.items()
    }
    read = [chain.split(".") for chain in MAIN.member_accesses if ".outputs." in chain]

    assert read
    for module, _, output, *_ in read:
        assert output in outputs[module], f"{module}.{output}"


@pytest.mark.parametrize("path", PARAMETER_FILES, ids=lambda path: path.name)
def test_a_parameter_file_gives_what_the_template_needs(path):
    given = set(Bicep(path).declared("var"))
    parameters = MAIN.declared("param")

    assert "using 'main.bicep'" in path.read_text(encoding="utf-8")
    assert given <= set(parameters)
    assert {name for name, item in parameters.items() if "=" not in item.body.splitlines()[0]} <= given
    assert not {name for name in given if secured(MAIN, name)}, "a secret has no place in a file"


def secured(file: Bicep, name: str) -> bool:
    return f"@secure()\nparam {name} " in file.text


@pytest.mark.parametrize("file", ALL, ids=named)
def test_every_parameter_and_output_is_described_and_every_secret_is_secure(file: Bicep):
    for item in file.declared("param", "output").values():
        before = file.text[: file.text.index(f"{item.kind} {item.name} ")]
        decorators = before.rsplit("\n\n", 1)[-1]
        assert "@description('" in decorators, f"{item.kind} {item.name}"
    for name in file.declared("param"):
        if re.search(r"password|secret|api_?key", name, re.IGNORECASE):
            assert secured(file, name), name


def test_every_role_is_one_that_exists():
    named_in = [
        guid for file in ALL for guid in re.findall(r"'([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'", file.text)
    ]

    assert len(named_in) == len(set(named_in)) == len(ROLES)
    assert set(named_in) == set(ROLES)
    for guid, title in ROLES.items():
        declared = (INFRA / "modules/roles.bicep").read_text(encoding="utf-8")
        assert re.search(rf"// {title}: [^\n]+\nvar \w+ = '{guid}'", declared), title


def test_the_operator_writes_to_no_container_that_code_runs_from():
    roles = Bicep(INFRA / "modules/roles.bicep")
    package = (INFRA / "modules/storage.bicep").read_text(encoding="utf-8")
    assert "'app-package'" in package
    (containers,) = re.findall(r"var operatorContainers = empty\(\w+\) \? \[\] : \[([^\]]+)\]", roles.text)
    assert "app-package" not in containers
    for item in roles.declared("resource").values():
        if "principalId: operatorPrincipalId" in item.body and "blobContributor" in item.body:
            assert "scope: containers[index]" in item.body
        if "scope: storage\n" in item.body and "principalId: operatorPrincipalId" in item.body:
            assert "role in operatorRoles" in item.body
    (on_account,) = re.findall(r"var operatorRoles = empty\(\w+\) \? \[\] : \[([^\]]+)\]", roles.text)
    assert set(on_account.split(", ")) == {"tableReader", "queueReader"}


def test_every_resource_has_its_pinned_version_and_no_module_comes_from_elsewhere():
    used = {
        kind: version for file in ALL for kind, version in re.findall(r"'(Microsoft\.[\w/.]+)@([\w-]+)'", file.text)
    }

    assert used == API_VERSIONS
    assert not any(re.search(r"'(br|ts)[:/]", file.text) for file in ALL)


def test_every_version_is_of_the_last_two_years_or_the_newest_there_is():
    old = {
        kind
        for kind, version in API_VERSIONS.items()
        if LOOKED_THROUGH - date.fromisoformat(version[:10]) > timedelta(days=2 * 365 + 1)
    }
    assert old == NONE_NEWER


def test_the_linter_refuses_old_versions_and_ids_put_together_by_hand():
    rules = json.loads((INFRA / "bicepconfig.json").read_text(encoding="utf-8"))["analyzers"]["core"]["rules"]
    assert {name: rules[name]["level"] for name in ("use-recent-api-versions", "use-resource-id-functions")} == {
        "use-recent-api-versions": "error",
        "use-resource-id-functions": "error",
    }
    assert all(rule["level"] == "error" for rule in rules.values())


@pytest.mark.parametrize("file", ALL, ids=named)
def test_a_file_has_the_form_that_the_formatter_gives(file: Bicep):
    """As far as it can be seen without it: two blanks a step, loops and long lines broken, one line at the end."""
    text = file.path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\t" not in text
    assert "\n\n\n" not in text
    assert not re.search(r"[ \t]+$", text, re.MULTILINE)
    assert not re.search(r"\[for [^\n]*\{$", text, re.MULTILINE)
    assert all(len(indent) % 2 == 0 for indent in re.findall(r"^( *)\S", text, re.MULTILINE))
    code = [line for line in text.splitlines() if not line.startswith(("@description", "//", "#"))]
    assert [line for line in code if len(line) > 120] == []


def test_names_of_assignments_and_the_workbook_are_stable_guids():
    for file in ALL:
        for item in file.declared("resource").values():
            if re.match(r" 'Microsoft\.(Authorization/roleAssignments|Insights/workbooks)@", item.body):
                assert re.search(r"\n +name: guid\(", item.body), item.name


def test_storage_and_vault_are_closed_to_keys_and_the_public():
    storage, vault = Bicep(INFRA / "modules/storage.bicep").text, Bicep(INFRA / "modules/vault.bicep").text
    for line in (
        "allowBlobPublicAccess: false",
        "allowSharedKeyAccess: false",
        "minimumTlsVersion: 'TLS1_2'",
        "supportsHttpsTrafficOnly: true",
        "deleteRetentionPolicy: { enabled: true",
        "containerDeleteRetentionPolicy: { enabled: true",
    ):
        assert line in storage
    for line in ("enableRbacAuthorization: true", "enableSoftDelete: true", "enablePurgeProtection: true"):
        assert line in vault
    assert "DisableLocalAuth: true" in Bicep(INFRA / "modules/monitoring.bicep").text


def test_the_parts_are_pictured_in_the_documentation():
    page = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    for name in MAIN.declared("param"):
        assert f"`{name}`" in page, f"the parameter {name} is not in docs/deployment.md"


COMMUNICATION = Bicep(INFRA / "modules/communication.bicep")
REPORTS = Bicep(INFRA / "modules/delivery-reports.bicep")


def test_communication_services_are_off_until_a_domain_is_named_and_linked_when_it_is_verified():
    parameters, modules, variables = (MAIN.declared(kind) for kind in ("param", "module", "var"))

    assert parameters["communicationDomain"].body.strip().startswith("string = ''")
    assert parameters["communicationDomainVerified"].body.strip().startswith("bool = false")
    for module in ("communication", "reports"):
        assert "= if (hasCommunication) {" in modules[module].body
    assert (
        "if (hasCommunication)"
        in Bicep(INFRA / "modules/roles.bicep").declared("resource")["applicationOnCommunication"].body
    )
    for setting in ("ACS_ENDPOINT", "ACS_SENDER", "ACS_DELIVERY_REPORTS"):
        assert f"{setting}: isLinked ? " in variables["plainSettings"].body
    assert "linkedDomains: isVerified ? [domain.id] : []" in COMMUNICATION.text
    assert "disableLocalAuth: true" in COMMUNICATION.text
    assert "userEngagementTracking: 'Disabled'" in COMMUNICATION.text
    assert COMMUNICATION.text.count("location: 'global'") == 3


def test_delivery_reports_lie_in_the_queue_that_the_application_listens_to():
    listened = (ROOT / "function_app.py").read_text(encoding="utf-8")
    (queue,) = re.findall(r"queueName: '([\w-]+)'", REPORTS.text)
    assert f'queue_name="{queue}"' in listened
    assert f"'{queue}'" in (INFRA / "modules/storage.bicep").read_text(encoding="utf-8")
    assert f"includedEventTypes: ['{delivery_reports.EVENT}']" in REPORTS.text
    (left_out,) = re.findall(r"values: \[([^\]]+)\]", REPORTS.text)
    assert {name.strip("' ").lower() for name in left_out.split(",")} == delivery_reports.NOTHING_NEW
    assert "dependsOn: [roles]" in MAIN.declared("module")["reports"].body
