"""Who sends what goes by each channel, and how much that sender may have at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dispatch.core import Channel, for_every
from dispatch.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class Sender:
    """A mailbox or an integration point: batches of the channels that share it share its concurrency and pace."""

    name: str
    capacity: int  # requests at a time
    rate: float = 0.0  # recipients a minute; 0 means no limit
    daily_limit: int = 0  # recipients in 24 hours; 0 means no limit
    is_set_up: bool = True


def sender_of(channel: Channel, settings: Settings) -> Sender:
    """The sender of a channel."""
    return _SENDERS[channel](settings)


def senders(settings: Settings) -> list[Sender]:
    """Every sender that is set up, each once."""
    found = dict.fromkeys(sender_of(channel, settings) for channel in Channel)
    return [sender for sender in found if sender.is_set_up]


def _mailbox(settings: Settings) -> Sender:
    return Sender(
        settings.mail_from_address,
        settings.mail_concurrency,
        rate=float(settings.mail_rate_per_minute),
        daily_limit=settings.mail_daily_limit,
    )


def _integration_point(settings: Settings) -> Sender:
    return Sender("eformidling", settings.ef_concurrency, is_set_up=bool(settings.ef_ip_url))


_SENDERS: Mapping[Channel, Callable[[Settings], Sender]] = for_every(
    Channel,
    {
        Channel.EMAIL: _mailbox,
        Channel.TICKET: _mailbox,
        Channel.EFORMIDLING: _integration_point,
    },
)
