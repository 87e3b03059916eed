"""Who sends what goes by each channel, and how much that sender may have at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from dispatch.core import Batch, Channel, Transport, for_every
from dispatch.settings.concern import OwnLimits
from dispatch.settings.mailer import SETTINGS_OF
from dispatch.settings.sender_pool import PoolMember
from dispatch.settings.settings import Settings

MOST_AT_ONCE = 32  # letters, by a transport for which a rate is set and no concurrency
TENANT = "tenant"
"""The name under which what all mailboxes have sent together is kept, as that of a mailbox is."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A mailbox or an integration point: batches of the channels that share it share its concurrency and pace."""

    name: str
    capacity: int  # requests at a time
    rate: float = 0.0  # recipients a minute; 0 means no limit
    daily_limit: int = 0  # recipients in 24 hours; 0 means no limit
    is_set_up: bool = True
    together: int = 0  # letters that leave one after the other; 0 means a minute's
    any_minute: int = 0  # letters in any minute, beyond which it refuses; 0 where it waits
    of_pool: bool = False  # one of several that share what waits: a batch's row names the one that it was given


def senders_of(channel: Channel, settings: Settings) -> tuple[Sender, ...]:
    """Those that share what goes by a channel: each batch is given one of them when it is released."""
    return _SENDERS[channel](settings)


def sender_of(batch: Batch, settings: Settings) -> Sender:
    """The sender of a batch that has one: the one that its row names, or the only one.

    A mailbox that was taken out of the pool still sends, and is asked about, what it had begun.
    """
    shared = senders_of(batch.channel, settings)
    if batch.channel is Channel.EFORMIDLING:
        return shared[0]
    named = batch.mailbox or settings.mail_from_address
    return next((sender for sender in shared if sender.name == named), _mailbox(named, settings))


def senders(settings: Settings) -> list[Sender]:
    """Every sender that is set up, each once."""
    found = dict.fromkeys(sender for channel in Channel for sender in senders_of(channel, settings))
    return [sender for sender in found if sender.is_set_up]


def carrier(transport: Transport, settings: Settings) -> Sender | None:
    """What a transport takes of its own, whoever sends, and all that send by it share; None where nothing is set."""
    limits = SETTINGS_OF[transport].own_limits(settings)
    if limits is None:
        return None
    return Sender(
        limits.name,
        limits.at_once or MOST_AT_ONCE,
        rate=limits.rate or 0.0,
        daily_limit=limits.per_day or 0,
        together=limits.together,
        any_minute=limits.any_minute,
    )


def _mailboxes(settings: Settings) -> tuple[Sender, ...]:
    if not settings.pool:
        return (_mailbox(settings.mail_from_address, settings),)
    return _pool(settings.pool, _mailbox("", settings))


@lru_cache(maxsize=8)
def _pool(members: tuple[PoolMember, ...], usual: Sender) -> tuple[Sender, ...]:
    return tuple(
        replace(
            usual,
            name=member.address,
            rate=usual.rate if member.rate is None else float(member.rate),
            daily_limit=usual.daily_limit if member.daily_limit is None else member.daily_limit,
            of_pool=True,
        )
        for member in members
    )


def _mailbox(address: str, settings: Settings) -> Sender:
    usual = Sender(
        address,
        settings.mail_concurrency,
        rate=float(settings.mail_rate_per_minute),
        daily_limit=settings.mail_daily_limit,
    )
    limits = SETTINGS_OF[settings.transports[0]].own_limits(settings)
    if limits is None or not (limits.no_mailbox or len(settings.transports) == 1):
        return usual
    return _limited(usual, limits, among=max(1, len(settings.pool)))


def _limited(mailbox: Sender, limits: OwnLimits, *, among: int) -> Sender:
    """Where letters leave by one transport alone, or leave no mailbox, its limits hold; several share it alike."""
    return replace(
        mailbox,
        capacity=limits.at_once or mailbox.capacity,
        rate=mailbox.rate if limits.rate is None else limits.rate / among,
        daily_limit=mailbox.daily_limit if limits.per_day is None else -(-limits.per_day // among),
    )


def _integration_point(settings: Settings) -> tuple[Sender, ...]:
    return (Sender("eformidling", settings.ef_concurrency, is_set_up=bool(settings.ef_ip_url)),)


_SENDERS: Mapping[Channel, Callable[[Settings], tuple[Sender, ...]]] = for_every(
    Channel,
    {
        Channel.EMAIL: _mailboxes,
        Channel.TICKET: _mailboxes,
        Channel.EFORMIDLING: _integration_point,
    },
)
