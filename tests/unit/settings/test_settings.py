"""Settings are checked at start, together, and say what to mend."""

import pytest

from dispatch.core import MAILERS, BadConfiguration, Transport
from dispatch.settings import Settings
from dispatch.settings.mailer import transports_of
from tests.builders import some_settings

SEED_DEFAULTS = {
    "PURESERVICE_DISPATCH_EMAIL": "ut@e-post.pureservice.local",
    "PURESERVICE_DISPATCH_EF": "ut@eformidling.pureservice.local",
    "PURESERVICE_DISPATCH_COMMTYPE_NAME": "Utsendelse - innhold",
    "PURESERVICE_DISPATCH_STATUS": "Til ekspedering",
    "PURESERVICE_121_STATUS": "Klar til splitt",
    "PURESERVICE_DISPATCH_SOLVED_STATUS": "Løst",
    "MAIL_MAILER": "failover",
    "MAIL_HOST": "",
    "MAIL_PORT": 587,
    "MAIL_ENCRYPTION": "tls",
    "MAIL_USERNAME": "",
    "MICROSOFT_GRAPH_CLIENT_ID": "",
    "MICROSOFT_GRAPH_TENANT_ID": "",
    "PURESERVICE_PREFIX": "/agent/api",
    "PURESERVICE_TICKET_NUMBER_TEMPLATE": "[Sak ID# {{RequestNumber}}]",
    "PURESERVICE_DISPATCH_LIST_ASSETNAME": "Mottakerliste",
    "PURESERVICE_DISPATCH_LINK_TO_COMPANY": "Inneholder firma",
    "PURESERVICE_DISPATCH_LINK_TO_USER": "Inneholder bruker",
    "PURESERVICE_DISPATCH_LINK_TO_TICKET": "Gir mottakere til",
    "PURESERVICE_TICKET_STATUS_OPEN": "Under arbeid",
}
REQUIRED = {
    "PURESERVICE_URL": "https://etat.pureservice.com",
    "PURESERVICE_APIKEY": "hemmelig",
    "MAIL_FROM_ADDRESS": "ikkesvar@dibk.no",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
}


@pytest.mark.parametrize(("name", "default"), SEED_DEFAULTS.items())
def test_the_seeds_variables_have_the_seeds_defaults(name, default):
    settings = Settings.from_environ(REQUIRED)

    assert getattr(settings, name.lower()) == default


@pytest.mark.parametrize("name", [name for name, default in SEED_DEFAULTS.items() if isinstance(default, str)])
def test_each_of_the_seeds_variables_can_be_changed(name):
    wished = {
        "MAIL_MAILER": "smtp",
        "MAIL_ENCRYPTION": "ssl",
        "PURESERVICE_TICKET_NUMBER_TEMPLATE": "(sak {{RequestNumber}})",
        "PURESERVICE_DISPATCH_EMAIL": "epost@x.local",
        "PURESERVICE_DISPATCH_EF": "ef@x.local",
    }.get(name, "noe annet")
    extra = {"MAIL_HOST": "smtp.x.no", "MAIL_PASSWORD": "p", "MICROSOFT_GRAPH_CLIENT_SECRET": "s"}
    three = dict.fromkeys(("MICROSOFT_GRAPH_CLIENT_ID", "MICROSOFT_GRAPH_TENANT_ID", "MAIL_USERNAME"), "x")

    settings = Settings.from_environ({**REQUIRED, **extra, **three, name: wished})

    assert getattr(settings, name.lower()) == wished


def test_one_message_lists_everything_that_is_missing_or_wrong():
    with pytest.raises(BadConfiguration) as caught:
        Settings.from_environ(
            {
                "MAIL_PORT": "x",
                "MAIL_MAILER": "due",
                "MICROSOFT_GRAPH_CLIENT_ID": "a",
                "DISPATCH_RECONCILE_LOOKS": "9,1",
            }
        )

    told = str(caught.value)
    for name in (
        "PURESERVICE_URL: missing",
        "PURESERVICE_APIKEY: missing",
        "MAIL_FROM_ADDRESS: missing",
        "MAIL_PORT:",
        "MAIL_MAILER: must be failover",
        "DISPATCH_RECONCILE_LOOKS: must be seconds in rising order",
        "MICROSOFT_GRAPH_CLIENT_SECRET: missing",
        "MICROSOFT_GRAPH_TENANT_ID: missing",
        "AzureWebJobsStorage: missing",
    ):
        assert name in told


def test_no_problem_shows_the_value_of_a_secret():
    with pytest.raises(BadConfiguration) as caught:
        Settings.from_environ({**REQUIRED, "PURESERVICE_URL": "hemmelig-adresse", "MAIL_PORT": "hemmelig-port"})

    assert "hemmelig" not in str(caught.value)
    assert "hemmelig" not in repr(some_settings(PURESERVICE_APIKEY="hemmelig"))


def test_quotes_round_a_name_are_taken_off_as_the_seed_writes_them():
    settings = some_settings(MAIL_FROM_NAME="'Direktoratet for byggkvalitet'")

    assert settings.mail_from_name == "Direktoratet for byggkvalitet"


@pytest.mark.parametrize(
    ("mailer", "order"),
    [
        ("failover", MAILERS),
        ("microsoft-graph", (Transport.GRAPH,)),
        ("smtp", (Transport.SMTP,)),
        ("failover:smtp,microsoft-graph", (Transport.SMTP, Transport.GRAPH)),
        ("failover: smtp , microsoft-graph", (Transport.SMTP, Transport.GRAPH)),
    ],
)
def test_the_order_of_transports_follows_mail_mailer(mailer, order):
    assert transports_of(mailer) == order


@pytest.mark.parametrize(
    "mailer",
    [
        *("", "due", "failover:due", "failover:smtp,smtp", "smtp,microsoft-graph"),
        *(transport for transport in Transport if transport not in MAILERS),
    ],
)
def test_an_unknown_mailer_is_refused(mailer):
    with pytest.raises(ValueError, match="must be"):
        transports_of(mailer)


def test_smtp_without_a_host_is_left_out_of_a_failover():
    assert Settings.from_environ(REQUIRED).transports == (Transport.GRAPH,)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"MAIL_MAILER": "smtp"}, "MAIL_HOST: missing"),
        ({"MAIL_HOST": "h", "MAIL_USERNAME": "u"}, "MAIL_PASSWORD: missing"),
        ({"MAIL_HOST": "h", "MAIL_AUTH": "oauth"}, "MAIL_USERNAME: missing"),
        ({"PURESERVICE_121_STATUS": "til ekspedering"}, "PURESERVICE_121_STATUS: is the same"),
        ({"PURESERVICE_TICKET_NUMBER_TEMPLATE": "[Sak]"}, "PURESERVICE_TICKET_NUMBER_TEMPLATE: does not have"),
        ({"MAIL_REDIRECT_TO": "ikke en adresse"}, "MAIL_REDIRECT_TO: does not have"),
    ],
)
def test_settings_that_disagree_are_told(given, problem):
    with pytest.raises(BadConfiguration, match=problem.replace("(", r"\(")):
        Settings.from_environ({**REQUIRED, **given})


@pytest.mark.parametrize(("given", "meant"), [("null", "none"), ("STARTTLS", "tls"), ("smtps", "ssl"), ("TLS", "tls")])
def test_laravels_other_names_for_encryption_are_understood(given, meant):
    assert some_settings(MAIL_ENCRYPTION=given).mail_encryption == meant


@pytest.mark.parametrize(
    ("given", "auth"),
    [({}, "none"), ({"MAIL_USERNAME": "u", "MAIL_PASSWORD": "p"}, "password"), ({"MAIL_AUTH": "none"}, "none")],
)
def test_how_smtp_signs_in_follows_from_what_is_set(given, auth):
    assert some_settings(**given).smtp_auth == auth


def test_an_empty_variable_counts_as_not_set():
    assert some_settings(PURESERVICE_DISPATCH_STATUS=" ").pureservice_dispatch_status == "Til ekspedering"


@pytest.mark.parametrize("name", ["MAIL_CA_FILE", "EF_IP_CA_FILE"])
def test_an_authority_file_is_found_from_the_applications_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadConfiguration) as caught:
        Settings.from_environ(
            {**REQUIRED, "MAIL_HOST": "m.example", "EF_IP_URL": "https://ip.example", name: "host.json"}
        )

    (told,) = [problem for problem in caught.value.problems if problem.startswith(name)]
    assert "host.json holds no certificates" in told, "read, where the application lies"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"ACS_ENDPOINT": "http://acs.example"}, "ACS_ENDPOINT: must begin with https://"),
        ({"ACS_ENDPOINT": "http://127.0.0.1:1"}, "ACS_ENDPOINT: must begin with https://"),
        ({"ACS_ENDPOINT": "acs.example"}, "ACS_ENDPOINT: does not have the right form"),
        ({"ACS_ENDPOINT": "https://acs.example/path"}, "ACS_ENDPOINT: does not have the right form"),
        ({"ACS_SENDER": ""}, "ACS_SENDER: missing, and MAIL_MAILER is azure-communication"),
        ({"ACS_SENDER": "varsel"}, "ACS_SENDER: does not have the right form"),
        ({"ACS_ACCESS_KEY": "not a key"}, "ACS_ACCESS_KEY: is no key of Communication Services: those are base64"),
    ],
)
def test_communication_services_are_checked_before_the_first_letter(given: dict[str, str], problem: str):
    good = {"MAIL_MAILER": "azure-communication", "ACS_ENDPOINT": "https://acs.example", "ACS_SENDER": "v@acs.example"}
    assert Settings.from_environ({**REQUIRED, **good}).transports == (Transport.COMMUNICATION,)

    with pytest.raises(BadConfiguration) as wrong:
        Settings.from_environ({**REQUIRED, **good, **given})
    assert problem in wrong.value.problems
