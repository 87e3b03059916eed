"""The transports that carry e-mail. Each brings its own checks; only opening it is ours."""

from collections.abc import Sequence

from dispatch.core import BadConfiguration, Transport
from dispatch.doctor.troubles import plain
from dispatch.ports import Check, Trouble, Words
from dispatch.wiring import Resources, open_transport


def transport_checks(resources: Resources) -> Sequence[Check]:
    """Those that ``MAIL_MAILER`` names, in its order."""
    return [check for transport in resources.settings.transports for check in _of(transport, resources)]


def _of(transport: Transport, resources: Resources) -> Sequence[Check]:
    try:
        opened = open_transport(transport, resources)
    except (BadConfiguration, OSError) as error:
        return [_not_opened(transport, error)]
    return opened.checks(sender=resources.settings.mail_from_address)


def _not_opened(transport: Transport, error: BadConfiguration | OSError) -> Check:
    why = "; ".join(error.problems) if isinstance(error, BadConfiguration) else str(error)

    async def ask() -> Trouble | None:
        return plain(why)

    return Check(
        name=transport.name.lower(),
        ask=ask,
        nb=Words(
            transport.words, "Rett innstillingen eller filen som er nevnt. docs/settings.md har alle innstillinger."
        ),
        en=Words(transport.words, "Fix the setting or the file that is named. docs/settings.md has every setting."),
    )
