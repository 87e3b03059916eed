"""The roll of recipients: members in the lists' order, doubles left out, a batch written whenever one is full."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from dispatch import addresses
from dispatch.errors import Rejected
from dispatch.model import Batch, Dispatch, Member, MemberKind, Recipient
from dispatch.rate import batch_size
from dispatch.services import Services
from dispatch.status import BatchState, Reason, RecipientState

PLANNER_LEASES = 5  # fetching attachments and pages takes longer between two writes than sending does


def planner_lease(services: Services) -> timedelta:
    """How long a planner holds a dispatch without writing anything."""
    return timedelta(seconds=PLANNER_LEASES * services.settings.dispatch_lease_seconds)


@dataclass(slots=True)
class PlanWriter:
    """Writes a plan. Only addresses are remembered, so that memory stays small however long the lists are."""

    dispatch: Dispatch
    services: Services
    recipients: int = 0
    skipped: int = 0
    duplicates: int = 0
    batches: int = 0
    _members: set[tuple[MemberKind, int]] = field(default_factory=set)
    _addresses: set[str] = field(default_factory=set)
    _open: list[Recipient] = field(default_factory=list)

    async def add(self, member: Member) -> None:
        """Puts the member on the roll unless it, or its address, is there already.

        Raises:
            Rejected: there are more recipients than the settings allow.
        """
        who = (member.kind, member.id)
        row = self._row(member)
        reached = row.state is RecipientState.PLANNED
        identity = addresses.identity(row.address) if reached else ""
        if who in self._members or identity in self._addresses:
            self.duplicates += 1
            return
        self._members.add(who)
        if reached:
            self._addresses.add(identity)
        else:
            self.skipped += 1
        self.recipients += 1
        most = self.services.settings.dispatch_max_recipients
        if most and self.recipients > most:
            raise Rejected(
                [
                    f"Mottakerlistene har flere enn {most} mottakere, som er grensen i oppsettet. "
                    "Del utsendelsen i flere, eller be den som drifter løsningen om å heve grensen."
                ]
            )
        self._open.append(row)
        if len(self._open) == batch_size(self.dispatch, self.services.settings):
            await self.flush()

    async def flush(self) -> None:
        """Writes the batch that is open, if it holds anyone."""
        if not self._open:
            return
        to_send = sum(1 for row in self._open if not row.has_outcome)
        batch = Batch(
            dispatch=self.dispatch.key,
            number=self.batches,
            state=BatchState.PLANNED if to_send else BatchState.RECORDED,
            size=len(self._open),
            to_send=to_send,
            channel=self.dispatch.channel,
            skipped=len(self._open) - to_send,
        )
        renewed = replace(self.dispatch, owner_until=self.services.clock() + planner_lease(self.services))
        self.dispatch = await self.services.ledger.write_batch(renewed, batch, self._open)
        self.batches += 1
        self._open = []

    def _row(self, member: Member) -> Recipient:
        address, reason = usable_address(member)
        return Recipient(
            batch=self.batches,
            index=len(self._open),
            kind=member.kind,
            source_id=member.id,
            name=member.name,
            address=address,
            organization_number=member.organization_number,
            channel=self.dispatch.channel,
            state=RecipientState.SKIPPED if reason else RecipientState.PLANNED,
            reason=reason,
        )


def usable_address(member: Member) -> tuple[str, Reason | None]:
    """The member's normalised address, or its address as written and why it is not used."""
    if member.anonymised:
        return "", Reason.ANONYMISED
    if member.disabled:
        return member.address.strip(), Reason.DISABLED
    if not member.address.strip():
        return "", Reason.NO_ADDRESS
    try:
        address = addresses.normalise(member.address)
    except addresses.InvalidAddress:
        return member.address.strip(), Reason.INVALID_ADDRESS
    return address, Reason.LOCAL_ADDRESS if addresses.is_local(address) else None
