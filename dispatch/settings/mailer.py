"""Which transports carry e-mail, and in which order."""

from collections.abc import Mapping

from pydantic import Field, field_validator

from dispatch.core import MAILERS, Transport, for_every
from dispatch.settings.azure_communication import AzureCommunicationSettings
from dispatch.settings.concern import Concern, Text
from dispatch.settings.graph import GraphSettings
from dispatch.settings.smtp import SmtpSettings

_NAMES = ", ".join(f"`{transport}`" for transport in MAILERS)
_THEN = ", then ".join(transport.words for transport in MAILERS)
_ANOTHER_ORDER = f"failover:{','.join(reversed(MAILERS))}"
SETTINGS_OF: Mapping[Transport, type[Concern]] = for_every(
    MAILERS,
    {
        Transport.GRAPH: GraphSettings,
        Transport.SMTP: SmtpSettings,
        Transport.COMMUNICATION: AzureCommunicationSettings,
    },
)


class MailerSettings(GraphSettings, SmtpSettings, AzureCommunicationSettings):
    """The order of the transports, over the settings of each."""

    title = "The order of the transports"

    mail_mailer: Text = Field(
        "failover",
        description=f"`failover` ({_THEN}), {_NAMES}, or an order of one's own: `{_ANOTHER_ORDER}`",
    )

    @field_validator("mail_mailer")
    @classmethod
    def _known_mailer(cls, value: str) -> str:
        transports_of(value)
        return value

    def disagreements(self) -> list[str]:
        """The only transport must be set up."""
        return [
            f"{name}: missing, and MAIL_MAILER is {transport}"
            for transport in self.transports
            for name in self._lacking(transport)
        ]

    @property
    def transports(self) -> tuple[Transport, ...]:
        """Transports in the order in which they are tried. One that isn't set up is left out of a failover."""
        order = transports_of(self.mail_mailer)
        # Where none is left, each is reported with what it lacks.
        return tuple(transport for transport in order if not self._lacking(transport)) or order

    @property
    def returning_elsewhere(self) -> frozenset[Transport]:
        """Transports whose letters come back to ``MAIL_RETURN_PATH``, where that is set."""
        if not self.mail_return_path:
            return frozenset()
        return frozenset(which for which, part in SETTINGS_OF.items() if "mail_return_path" in part.model_fields)

    def sender_by(self, transport: Transport | None) -> str:
        """The address that letters by the transport are from, where it is none of the mailboxes'; else empty."""
        part = SETTINGS_OF.get(transport) if transport else None
        return part.own_sender(self) if part else ""

    def _lacking(self, transport: Transport) -> list[str]:
        return [name for name in SETTINGS_OF[transport].needs if not getattr(self, name.lower())]


if strangers := [str(transport) for transport, part in SETTINGS_OF.items() if not issubclass(MailerSettings, part)]:
    raise TypeError(f"MailerSettings does not stand on the settings of {', '.join(strangers)}")


def transports_of(mailer: str) -> tuple[Transport, ...]:
    """The order of transports that a value of MAIL_MAILER means.

    Raises:
        ValueError: it means none.
    """
    head, _, order = mailer.replace(" ", "").lower().partition(":")
    names = order.split(",") if head == "failover" and order else [head]
    if names == ["failover"]:
        return MAILERS  # as they stand in ``Transport``
    found = tuple(transport for name in names for transport in MAILERS if transport == name)
    if len(found) != len(names) or len(set(found)) != len(found):
        raise ValueError(f"must be failover, {', '.join(MAILERS)}, or as {_ANOTHER_ORDER}")
    return found
