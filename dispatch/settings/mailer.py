"""Which transports carry e-mail, and in which order."""

from collections.abc import Mapping

from pydantic import Field, field_validator

from dispatch.core import MAILERS, Transport, for_every
from dispatch.settings.graph import GraphSettings
from dispatch.settings.part import Text
from dispatch.settings.smtp import SmtpSettings

# A transport that lacks one of these isn't set up: it is left out of a failover, and wrong where it stands alone.
NEEDS: Mapping[Transport, tuple[str, ...]] = for_every(
    MAILERS,
    {
        Transport.GRAPH: (),
        Transport.SMTP: ("MAIL_HOST",),
    },
)
DEFAULT_ORDER = (Transport.GRAPH, Transport.SMTP)


class MailerSettings(GraphSettings, SmtpSettings):
    """The order of the transports, over the settings of each."""

    title = "The order of the transports"

    mail_mailer: Text = Field(
        "failover",
        description="`failover` (Graph, then SMTP), `microsoft-graph`, `smtp`, or an order of one's own: `failover:smtp,microsoft-graph`",
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

    def _lacking(self, transport: Transport) -> list[str]:
        return [name for name in NEEDS[transport] if not getattr(self, name.lower())]


def transports_of(mailer: str) -> tuple[Transport, ...]:
    """The order of transports that a value of MAIL_MAILER means.

    Raises:
        ValueError: it means none.
    """
    head, _, order = mailer.replace(" ", "").lower().partition(":")
    names = order.split(",") if head == "failover" and order else [head]
    if names == ["failover"]:
        return DEFAULT_ORDER
    found = tuple(transport for name in names for transport in MAILERS if transport == name)
    if len(found) != len(names) or len(set(found)) != len(found):
        raise ValueError("must be failover, microsoft-graph, smtp, or as failover:smtp,microsoft-graph")
    return found
