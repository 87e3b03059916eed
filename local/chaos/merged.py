"""The crash sweep with merge fields: every letter must hold its own values and its own file, whatever died."""

from collections.abc import Iterator, Sequence

from local.arrived import arrived, on_own_tickets, through_exchange
from local.chaos.tally import WITH_CASES, Tally
from local.merged_case import SUBJECT, TEXT, Person, Verdict, compared, people, put_file
from local.simulators.pureservice import Row, seed
from local.world import World

EXCHANGE = "eformidling"


def seed_merged(
    world: World, tally: Tally, run: int, numbers: Iterator[str], count: int
) -> tuple[Row, Sequence[Person]]:
    """A ticket that stands ready, whose recipients are in a spreadsheet alone; returns it and them."""
    store = world.pureservice.store
    by_number = tally.channel == EXCHANGE
    given = [next(numbers) for _ in range(count)] if by_number else []
    for place, number in enumerate(given):
        world.exchange.add_organisation(number, service=("DPO", "DPF", "DPV")[place % 3])
    rows = people(count, of=str(run), numbers=given)
    status = seed.READY_121 if tally.scenario == WITH_CASES else seed.READY
    ticket = seed.add_ticket(store, SUBJECT, seed.EF_USER if by_number else None, status=status)
    seed.add_dispatch_text(store, ticket, TEXT, subject=SUBJECT)
    put_file(store, ticket, rows, by_number=by_number)
    return ticket, rows


def verdict(world: World, ticket: Row, rows: Sequence[Person], *, with_exchange: bool) -> Verdict:
    """What every server received of them."""
    messages = through_exchange(world.exchange.messages.values()) if with_exchange else ()
    letters = arrived(world.graph.received, world.smtp.received, world.communication.received)
    return compared([*letters, *messages, *on_own_tickets(world.pureservice.store, ticket)], rows)
