"""Whom 'send again' would reach, and whom not and why, before anybody presses."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dispatch.core import MISSED, DispatchKey, DispatchState, Member, MemberKind, Reason, Recipient, Rejected, name_key
from dispatch.planning import known_sharers
from dispatch.services import Services
from dispatch.steering.send_again import members_now
from dispatch.steering.whom_again import Again, choose


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a press would do now. The doubtful are reached only where that is asked for."""

    reached: tuple[Again, ...]
    doubtful: tuple[Again, ...]
    left: tuple[Recipient, ...]

    @property
    def anybody(self) -> bool:
        """Whether a press reaches somebody."""
        return bool(self.reached or self.doubtful)

    @property
    def reasons(self) -> Mapping[Reason, int]:
        """Why the others are not reached, the most frequent first."""
        return dict(Counter(row.reason for row in self.left if row.reason).most_common())


async def foreseen(key: DispatchKey, services: Services) -> Foreseen:
    """Looks at the rows and at the lists as they are now; changes nothing.

    Raises:
        Rejected: the dispatch is not finished.
        TicketSystemError: Pureservice can't be asked.
    """
    dispatch = await services.ledger.dispatch(key)
    if dispatch is None or dispatch.state is not DispatchState.RESOLVED:
        raise Rejected(["Utsendelsen er ikke ferdig. Bare en ferdig utsendelse kan sendes på nytt."])
    rows = [row async for row in services.ledger.all_recipients(key)]
    now_known = await members_now(dispatch, rows, services)
    sharing = await known_sharers(key, services)
    reached = choose(rows, now_known, dispatch.scenario, uncertain=False, sharing=sharing)
    asked_for = choose(rows, now_known, dispatch.scenario, uncertain=True, sharing=sharing)
    certain = {_who(item.old) for item in reached}
    taken = certain | {_who(item.old) for item in asked_for}
    return Foreseen(
        tuple(sorted(reached, key=lambda item: name_key(item.old))),
        tuple(item for item in asked_for if _who(item.old) not in certain),
        tuple(
            sorted(
                (
                    _as_now(row, now_known.get(_who(row)))
                    for row in rows
                    if row.state in MISSED and not row.superseded and _who(row) not in taken
                ),
                key=name_key,
            )
        ),
    )


def _as_now(row: Recipient, member: Member | None) -> Recipient:
    """Why they are not written to: what has become of them since says more than why the letter did not come."""
    if member is None or not (member.anonymised or member.disabled):
        return row
    return replace(row, reason=Reason.ANONYMISED if member.anonymised else Reason.DISABLED)


def _who(row: Recipient) -> tuple[MemberKind, int]:
    return row.kind, row.source_id
