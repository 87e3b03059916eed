"""What a small world is of."""

from dataclasses import dataclass

from local.small_worlds.mailbox import HIDDEN


@dataclass(frozen=True, slots=True)
class Kind:
    """What a world is of: how it sends, and what the outside answers to the first three attempts."""

    name: str
    settings: tuple[tuple[str, str], ...] = ()
    exchange: bool = False
    own_tickets: bool = False
    memory: bool = True
    drafts: bool = False
    answers: tuple[str, ...] = ("accept", HIDDEN, "recipient")


KINDS = {
    kind.name: kind
    for kind in (
        Kind("sent-items"),
        Kind("draft", (("MAIL_RECONCILE", "draft"),), drafts=True),
        Kind("off", (("MAIL_RECONCILE", "off"),), memory=False),
        Kind("eformidling", exchange=True),
        Kind("own-tickets", own_tickets=True),
        Kind("own-messages", (("PURESERVICE_121_SEND_VIA", "pureservice"),), own_tickets=True, answers=("", HIDDEN)),
    )
}
