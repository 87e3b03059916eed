"""All parts of the settings, joined: the only reader of the application's environment.

``Settings.from_environ`` checks them all and raises one ``BadConfiguration`` that lists every missing or wrong one.
An empty variable counts as not set; blanks around one are taken away, or refused where the host reads it too.
"""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import SecretStr, ValidationError

from dispatch.core import BadConfiguration
from dispatch.settings import shared_with_host
from dispatch.settings.concern import Concern
from dispatch.settings.eformidling import EformidlingSettings
from dispatch.settings.mail import MailSettings
from dispatch.settings.mailer import MailerSettings
from dispatch.settings.office_hours import OfficeHoursSettings
from dispatch.settings.own_tickets import OwnTicketSettings
from dispatch.settings.pureservice import PureserviceSettings
from dispatch.settings.returns import ReturnsSettings
from dispatch.settings.sending import SendingSettings
from dispatch.settings.storage import StorageSettings
from dispatch.settings.upkeep import UpkeepSettings
from dispatch.settings.web import WebSettings

# With these in place of what is missing, the rest can be checked, and the same message lists all.
_STAND_INS = {"PURESERVICE_URL": "https://x.example", "PURESERVICE_APIKEY": "x", "MAIL_FROM_ADDRESS": "x@x.example"}


# The last of them comes first in ``docs/settings.md``.
class Settings(
    StorageSettings,
    WebSettings,
    UpkeepSettings,
    OfficeHoursSettings,
    SendingSettings,
    ReturnsSettings,
    MailerSettings,
    MailSettings,
    EformidlingSettings,
    OwnTicketSettings,
    PureserviceSettings,
):
    """What the application needs to know, checked at start. See ``docs/settings.md`` for the table."""

    @classmethod
    def parts(cls) -> list[type[Concern]]:
        """The concerns, in the order in which people read them."""
        return [part for part in reversed(cls.__mro__) if issubclass(part, Concern) and "title" in vars(part)][1:]

    @property
    def hears_of_returns(self) -> bool:
        """Whether Communication Services says what came back, and anybody is told."""
        return self.acs_delivery_reports and self.dispatch_returns_days > 0

    @property
    def trial_domains(self) -> tuple[str, ...]:
        """Where trials may go: to the sender's own domain where nothing else is set."""
        return self.dispatch_trial_domains or (self.mail_from_address.rpartition("@")[2].lower(),)

    def disagreements(self) -> list[str]:
        """What is wrong between settings that are each right alone, concern by concern."""
        unnamed = self.dispatch_approval_above and not self.pureservice_dispatch_approval_status
        nobody = self.dispatch_approval_above and not (self.dispatch_approval_by_status or self.web_approver_role)
        return [
            *(["WEB_APPROVER_ROLE: missing, and DISPATCH_APPROVAL_BY_STATUS is off"] if nobody else []),
            *(["PURESERVICE_DISPATCH_APPROVAL_STATUS: missing, and DISPATCH_APPROVAL_ABOVE is set"] if unnamed else []),
            *self._of_the_parts(),
        ]

    def _of_the_parts(self) -> list[str]:
        return [
            problem for part in self.parts() if "disagreements" in vars(part) for problem in part.disagreements(self)
        ]

    def secrets(self) -> dict[str, str]:
        """The secrets, by the names of their variables."""
        fields = type(self).model_fields.items()
        held = {str(field.alias): getattr(self, name) for name, field in fields}
        return {name: value.get_secret_value() for name, value in held.items() if isinstance(value, SecretStr)}

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Reads and checks all settings.

        Raises:
            BadConfiguration: with one line for each that is missing or wrong.
        """
        given = os.environ if environ is None else environ
        known = {str(field.alias) for field in cls.model_fields.values()}
        values = {name: text for name, value in given.items() if name in known and (text := value.strip())}
        try:
            settings, problems = cls.model_validate(values), []
        except ValidationError as error:
            wrong = {str(item["loc"][0]) for item in error.errors()}
            settings = cls.model_validate(
                {name: v for name, v in {**values, **_STAND_INS}.items() if name not in wrong - set(_STAND_INS)}
            )
            problems = _problems(error)
        problems += settings.disagreements()
        problems += [line for line in shared_with_host.problems(given) if line not in problems]
        if problems:
            raise BadConfiguration(problems)
        return settings


def _problems(error: ValidationError) -> list[str]:
    lines: list[str] = []
    for item in error.errors(include_input=False, include_url=False):
        text = str(item["msg"]).removeprefix("Value error, ")
        if item["type"] == "missing":
            text = "missing"
        elif item["type"] == "string_pattern_mismatch":
            text = "does not have the right form"
        lines.append(f"{item['loc'][0]}: {text}")
    return lines
