"""Who is perhaps sent: the one answer that send again, address correction, fall-back and every closing go by.

A letter is for somebody, whatever row it stands in and however that row ended or was set aside. What identifies them
is the channel with the address or the organisation number and, where everyone gets a ticket, that ticket's reference.
An organisation that got e-mail because eFormidling failed is both: it is not to get a second one by either way.
Pure; who acts on the answer does so under the fence of the dispatch's row as it stood before the rows were read.
"""

from collections.abc import Iterable

from dispatch.core import addresses
from dispatch.core.identifiers import DispatchKey, recipient_key
from dispatch.core.recipients import Recipient
from dispatch.core.states import Channel, Detour, Reason, RecipientState, Scenario, Transport

R = RecipientState
BEGUN = frozenset({R.IN_FLIGHT, R.IN_DOUBT, R.UNDER_WAY})
FELL_BACK = frozenset({Detour.UNREACHABLE, Detour.FAILED, Detour.EXPIRED})
PERHAPS = BEGUN | {R.DELIVERED, R.UNCERTAIN}


def identities(row: Recipient, scenario: Scenario, *, address: str | None = None) -> frozenset[str]:
    """Whom a letter of this row is for; with ``address`` where it went there instead. Empty where it reaches nobody."""
    if row.channel is Channel.EFORMIDLING:
        reached = f"ef:{row.organization_number}" if row.organization_number else ""
    else:
        mailed = row.address if address is None else address
        reached = f"mail:{addresses.identity(mailed)}" if mailed else ""
    if not reached:
        return frozenset()
    own_ticket = {f"ticket:{row.kind}:{row.source_id}"} if scenario is Scenario.ONE_TO_ONE else set[str]()
    instead_of = (
        {f"ef:{row.organization_number}"} if row.detour in FELL_BACK and row.organization_number else set[str]()
    )
    return frozenset({reached, *own_ticket, *instead_of})


def letter_key(row: Recipient, dispatch: DispatchKey, *, redirect: str) -> str:
    """The key that the recipient's letter carries; ``redirect`` is where it goes instead, if anywhere.

    A trial must not be found where the letter itself is looked for.
    """
    identity = row.organization_number if row.channel is Channel.EFORMIDLING else row.address.casefold()
    return recipient_key(dispatch, row.channel, f"{identity} to {redirect}" if redirect else identity)


def only_ticket_begun(row: Recipient) -> bool:
    """Whether all that was ever begun is the recipient's own ticket.

    Then no letter of this row can have left, and the ticket was perhaps made: it is looked for before one is made.
    """
    return row.attempt.transport is Transport.PURESERVICE and not row.own_ticket.id


def perhaps_sent(row: Recipient) -> bool:
    """Whether a letter has, or may have, arrived: sent, on its way, in doubt, or ever sent again while in doubt.

    What nobody has fetched from eFormidling in time may be fetched after all, until something went in its place.
    """
    expired = row.reason is Reason.EF_EXPIRED and not row.superseded
    return row.doubt.resent or expired or (row.state in PERHAPS and not only_ticket_begun(row))


class SentTo:
    """What every row of one dispatch says together, those that were set aside among them."""

    def __init__(self, rows: Iterable[Recipient], scenario: Scenario) -> None:
        self._scenario = scenario
        self._perhaps: set[str] = set()
        self._taken: set[str] = set()  # not even a person's wish sends these a second one
        for row in rows:
            about = identities(row, scenario)
            if perhaps_sent(row):
                self._perhaps |= about
            if row.state is R.DELIVERED or not (row.has_outcome or row.superseded):
                self._taken |= about

    def is_perhaps_sent(self, row: Recipient, *, address: str | None = None) -> bool:
        """Whether whom the row is for has perhaps got the letter, by whatever row."""
        return bool(self._perhaps & identities(row, self._scenario, address=address))

    def is_perhaps_sent_besides(self, row: Recipient, *, address: str) -> bool:
        """Whether the address has perhaps got a letter that was for another than the row's own."""
        there, here = (identities(row, self._scenario, address=one) for one in (address, None))
        return bool(self._perhaps & (there - here))

    def is_taken(self, row: Recipient, *, address: str | None = None) -> bool:
        """Whether whom the row is for has got the letter or is about to, or it reaches nobody."""
        about = identities(row, self._scenario, address=address)
        return not about or bool(self._taken & about)

    def take(self, row: Recipient, *, address: str | None = None) -> None:
        """A letter is being planned for this row as well."""
        self._taken |= identities(row, self._scenario, address=address)
