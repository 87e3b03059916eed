"""The recipients of a plan: members in the lists' order, doubles left out, a batch written whenever one is full."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from dispatch.core import (
    Batch,
    BatchState,
    Channel,
    Detour,
    Dispatch,
    Member,
    MemberKind,
    OutcomeCounts,
    OwnPlace,
    Reason,
    Recipient,
    RecipientState,
    Rejected,
    Scenario,
    addresses,
    merging,
)
from dispatch.pacing import batch_size
from dispatch.planning.merge_values import MergeValues
from dispatch.planning.own_file_names import OwnFilesByName
from dispatch.planning.recipient_rows import FileRecipient
from dispatch.planning.recipient_source import RecipientSource, is_line_of, number_of
from dispatch.planning.sharers import Sharer, Who
from dispatch.services import Services
from dispatch.settings import Settings

_KINDS = tuple(MemberKind)
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
    without_files: int = 0
    has_own_files: bool = False
    batches: int = 0
    merge: MergeValues = field(default_factory=MergeValues)
    files: OwnFilesByName = field(default_factory=OwnFilesByName)
    sharers: dict[Who, Sharer] = field(default_factory=dict)  # whose letter those get who have no row
    # What everybody on the lists is remembered by: a number each, and the address.
    _members: set[int] = field(default_factory=set)
    _addresses: dict[str, int] = field(default_factory=dict)
    _without_address: dict[str, tuple[Member, FileRecipient]] = field(default_factory=dict)
    _found: set[str] = field(default_factory=set)  # the numbers of those whose organisation is on a list
    _open: dict[Channel, list[tuple[Recipient, merging.OwnContent]]] = field(default_factory=dict)

    async def add(self, member: Member, line: FileRecipient | None = None) -> None:
        """Adds the member to the plan unless it, or its address, is there already; ``line`` is its line of a file.

        Raises:
            Rejected: there are more recipients than the settings allow.
        """
        who = _packed(member.kind, member.id)
        row = planned_row(member, self.dispatch, self.services.settings)
        reached = row.state is RecipientState.PLANNED
        if line is None and reached and member.kind is MemberKind.ORGANISATION and who not in self._members:
            line = self._by_number(number_of(row))
            name = line.name if line and line.name else member.name
            member, row = replace(member, name=name), replace(row, name=name)
        if line is not None and reached and not is_line_of(line, row):
            line = None
        identity = _identity(row) if reached else ""
        if who in self._members or identity in self._addresses:
            self.duplicates += 1
            if who not in self._members:
                sharer = Sharer(_unpacked(self._addresses[identity]), member.name)
                self.sharers.setdefault((member.kind, member.id), sharer)
            return
        self._members.add(who)
        if reached:
            self._addresses[identity] = who
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
        own_files = self.files.of(line)
        self.without_files += reached and bool(self.files.by_name) and not own_files
        self.has_own_files = self.has_own_files or (reached and bool(own_files))
        together = self._open.setdefault(row.channel, [])
        together.append((row, merging.OwnContent(self.merge.of(member, line, needed=reached), own_files)))
        if len(together) == batch_size(self.dispatch, self.services.settings):
            await self._flush(row.channel)

    async def add_file(self, source: RecipientSource) -> None:
        """Adds the rows of a recipients' file; before the lists, so that who is on both is who the file says.

        Those without an address wait for an organisation of their number on a list, where letters go to addresses.
        """
        self.duplicates += len(source.table.repeated)
        for member, line in source.members():
            if member.address or self.dispatch.channel is Channel.EFORMIDLING:
                await self.add(member, line)
            else:
                self._without_address[line.organisation_number] = (member, line)

    def _by_number(self, number: str) -> FileRecipient | None:
        """The row without an address that has the number: what it says is this organisation's."""
        if number not in self._without_address:
            return None
        self._found.add(number)
        return self._without_address[number][1]

    async def flush(self) -> None:
        """Writes the batches that are open, one for each channel."""
        self.duplicates += len(self._found)
        for member, line in [told for number, told in self._without_address.items() if number not in self._found]:
            await self.add(member, line)
        self._without_address.clear()
        for channel in list(self._open):
            await self._flush(channel)

    async def _flush(self, channel: Channel) -> None:
        opened = self._open.pop(channel)
        blob = await self.services.letters.own.freeze(self.dispatch.key, [own for _, own in opened])
        rows = [
            replace(row, batch=self.batches, index=index, own=OwnPlace(blob, index) if blob else OwnPlace())
            for index, (row, _) in enumerate(opened)
        ]
        to_send = sum(1 for row in rows if not row.has_outcome)
        batch = Batch(
            dispatch=self.dispatch.key,
            number=self.batches,
            state=BatchState.PLANNED if to_send else BatchState.RECORDED,
            size=len(rows),
            to_send=to_send,
            channel=channel,
            counts=OutcomeCounts(skipped=len(rows) - to_send),
        )
        renewed = replace(
            self.dispatch,
            lease=replace(self.dispatch.lease, until=self.services.clock() + planner_lease(self.services)),
        )
        self.dispatch = await self.services.ledger.write_batch(renewed, batch, rows)
        self.batches += 1


def _packed(kind: MemberKind, number: int) -> int:
    return number * len(_KINDS) + _KINDS.index(kind)


def _unpacked(who: int) -> Who:
    number, kind = divmod(who, len(_KINDS))
    return _KINDS[kind], number


def planned_row(member: Member, dispatch: Dispatch, settings: Settings) -> Recipient:
    """How the member stands in the plan before anything is sent."""
    address, reason = usable_address(member)
    number, detour = "", None
    if dispatch.channel is Channel.EFORMIDLING:
        number, detour = exchange_number(member, settings)
    by_exchange = bool(number) and reason not in (Reason.ANONYMISED, Reason.DISABLED)
    by_mail = Channel.TICKET if dispatch.scenario is Scenario.ONE_TO_ONE else Channel.EMAIL
    skipped = reason is not None and not by_exchange
    return Recipient(
        batch=0,
        index=0,
        kind=member.kind,
        source_id=member.id,
        name=member.name,
        address=address,
        organization_number=number or member.organization_number,
        channel=Channel.EFORMIDLING if by_exchange else by_mail,
        state=RecipientState.SKIPPED if skipped else RecipientState.PLANNED,
        reason=reason if skipped else None,
        detail=_address_fault(member) if skipped and reason is Reason.INVALID_ADDRESS else "",
        detour=detour,
    )


def _address_fault(member: Member) -> str:
    fault = addresses.fault_of(member.address)
    return addresses.detail_of(fault) if fault else ""


def _identity(row: Recipient) -> str:
    """What makes two recipients one: the address, or the organisation number where eFormidling is the way."""
    return row.organization_number if row.channel is Channel.EFORMIDLING else addresses.identity(row.address)


def exchange_number(member: Member, settings: Settings) -> tuple[str, Detour | None]:
    """The number by which eFormidling may reach the member, or why it can't."""
    has_number = bool(member.organization_number.strip())
    if member.kind is MemberKind.PERSON or (member.kind is MemberKind.ROW and not has_number):
        return "", Detour.PERSON
    if not has_number:
        return "", Detour.NO_NUMBER
    number = addresses.organisation_number(member.organization_number)
    right = addresses.valid_organisation_number(number)
    return (number, None) if right or _is_test_number(number, settings) else ("", Detour.INVALID_NUMBER)


def _is_test_number(number: str, settings: Settings) -> bool:
    """Some test environments use numbers whose check digit is wrong."""
    nine = addresses.ORGANISATION_NUMBER.fullmatch(number) is not None
    return not settings.ef_strict_orgnr and nine and number not in addresses.NOBODY


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
