"""What was planned against what the outside received: the account that decides the demonstration's exit status."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dispatch.core import Batch, Channel, CommunicationId, Dispatch, Recipient, RecipientState, TicketId, dispatch_key
from dispatch.settings import Settings
from local.demo.case import Case
from local.pool import by_mailbox, finished_minutes, strays
from local.world import World


@dataclass(slots=True)
class Account:
    """The figures of one run; ``build/demo/summary.json`` holds them under these names."""

    planned: int = 0
    delivered: int = 0
    returned: int = 0
    delivered_by: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    duplicates_removed: int = 0
    received: int = 0
    received_twice: int = 0
    never_received: int = 0
    ticket_status: str = ""
    seconds: float = 0.0
    storage_transactions: int = 0
    graph_requests: int = 0
    pureservice_requests: int = 0
    delivered_by_mailbox: dict[str, int] = field(default_factory=dict)
    finished_minutes_simulated: float | None = None  # at 30 letters a minute and mailbox, as production has it


async def settle(world: World, case: Case, *, seconds: float) -> tuple[Account, Dispatch, list[Recipient]]:
    """Reads the ledger and the simulators, and counts."""
    dispatch, rows, batches = await _read(world, int(case.ticket["id"]))
    states = Counter(row.state for row in rows)
    received = received_by_address(world)
    delivered = [row for row in rows if row.state is RecipientState.DELIVERED]
    account = Account(
        planned=dispatch.plan.recipients,
        delivered=states[RecipientState.DELIVERED],
        delivered_by=dict(Counter(str(row.attempt.transport) for row in delivered)),
        returned=states[RecipientState.RETURNED],
        failed=states[RecipientState.FAILED],
        skipped=states[RecipientState.SKIPPED],
        uncertain=states[RecipientState.UNCERTAIN],
        duplicates_removed=dispatch.plan.duplicates,
        received=sum(received.values()),
        received_twice=sum(1 for count in received.values() if count > 1),
        never_received=sum(
            1 for row in delivered if row.channel is not Channel.EFORMIDLING and not received[row.address.casefold()]
        ),
        ticket_status=status_name(world, case),
        seconds=round(seconds, 2),
        storage_transactions=sum(world.azurite.transactions().values()),
        graph_requests=world.graph.count(),
        pureservice_requests=world.pureservice.count(),
        delivered_by_mailbox=by_mailbox([row for row in delivered if row.channel is not Channel.EFORMIDLING]),
        finished_minutes_simulated=finished_minutes(dispatch, batches, _as_in_production(world)),
    )
    return account, dispatch, rows


def _as_in_production(world: World) -> Settings:
    """The run's settings with the pace of a real mailbox, which the run has not."""
    given = world.environ()
    return Settings.from_environ(
        {
            **{name: value for name, value in given.items() if not name.startswith("ACS_RATE")},
            "MAIL_RATE_PER_MINUTE": "30",
            "MAIL_DAILY_LIMIT": "10000",
            "DISPATCH_SCHEDULE": "0 */5 * * * *",
        }
    )


async def _read(world: World, ticket_id: int) -> tuple[Dispatch, list[Recipient], list[Batch]]:
    ledger = world.ledger()
    try:
        message = next(
            row for row in world.pureservice.store.communications.values() if row.get("ticketId") == ticket_id
        )
        dispatch = await ledger.dispatch(dispatch_key(TicketId(ticket_id), CommunicationId(message["id"])))
        assert dispatch is not None
        rows = [row async for row in ledger.all_recipients(dispatch.key) if not row.superseded]
        return dispatch, rows, await ledger.batches(dispatch.key)
    finally:
        await ledger.close()


def received_by_address(world: World) -> Counter[str]:
    """How often each address received a letter, by any transport."""
    counted: Counter[str] = Counter(mail.to.casefold() for mail in world.graph.received)
    counted.update(mail.to.casefold() for mail in world.smtp.received)
    counted.update(mail.to.casefold() for mail in world.communication.received)
    return counted


def status_name(world: World, case: Case) -> str:
    """The name of the ticket's status now."""
    store = world.pureservice.store
    return str(store.statuses[store.tickets[case.ticket["id"]]["statusId"]]["name"])


def disagreements(account: Account, case: Case, world: World, rows: list[Recipient]) -> list[str]:
    """Sentences on everything that does not add up; empty where all agrees."""
    received = received_by_address(world)
    known = {row.address.casefold(): row for row in rows}
    found = [
        (account.planned != case.recipients, f"planned {account.planned}, but the lists hold {case.recipients}"),
        (account.duplicates_removed != case.duplicates, f"{account.duplicates_removed} doubles, not {case.duplicates}"),
        (account.skipped != case.skipped, f"skipped {account.skipped}, not {case.skipped}"),
        (
            account.planned
            != sum((account.delivered, account.returned, account.failed, account.skipped, account.uncertain)),
            "outcomes do not add up",
        ),
        (account.received_twice > 0, f"{account.received_twice} received a letter twice"),
        (account.never_received > 0, f"{account.never_received} are said to be reached and received nothing"),
        (account.ticket_status != "Løst", f"the ticket stands in {account.ticket_status}"),
        (solutions(world, case) != 1, f"the ticket was solved {solutions(world, case)} times"),
        (strays(world.graph, rows) > 0, f"{strays(world.graph, rows)} letters or look-ups were in a wrong mailbox"),
        (bool(set(received) - set(known)), "somebody received a letter who was not planned"),
    ]
    silent = {RecipientState.FAILED, RecipientState.SKIPPED}
    wrong = sum(1 for row in rows if row.state in silent and received[row.address.casefold()])
    found.append((wrong > 0, f"{wrong} received a letter and are said not to have"))
    return [sentence for failed, sentence in found if failed]


def solutions(world: World, case: Case) -> int:
    """How many times the ticket's solution was written."""
    return sum(
        1
        for write in world.pureservice.history
        if write.resource == "ticket" and write.id == case.ticket["id"] and "solution" in write.payload
    )


def write_summary(figures: Mapping[str, Any], folder: Path) -> Path:
    """Writes the figures as JSON."""
    path = folder / "summary.json"
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
