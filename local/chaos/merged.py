"""The crash sweep with merge fields: every letter must hold its own values and its own file, whatever died."""

from collections.abc import Iterator, Sequence

from dispatch.core import Recipient
from local.arrived import Arrived, arrived
from local.chaos.tally import Tally
from local.merged_case import SUBJECT, TEXT, Person, Verdict, compared, people, put_file
from local.simulators.pureservice import Row, seed
from local.world import World

EXCHANGE, WITH_CASES = "eformidling", 2


def seed_merged(world: World, tally: Tally, run: int, numbers: Iterator[str], count: int) -> Row:
    """A ticket that stands ready, whose recipients are in a spreadsheet alone."""
    store = world.pureservice.store
    by_number = tally.channel == EXCHANGE
    given = [next(numbers) for _ in range(count)] if by_number else []
    for place, number in enumerate(given):
        world.exchange.add_organisation(number, service=("DPO", "DPF", "DPV")[place % 3])
    status = seed.READY_121 if tally.scenario == WITH_CASES else seed.READY
    ticket = seed.add_ticket(store, f"Vedtak {run}", seed.EF_USER if by_number else None, status=status)
    seed.add_dispatch_text(store, ticket, TEXT, subject=SUBJECT)
    put_file(store, ticket, people(count, of=str(run), numbers=given), by_number=by_number)
    return ticket


def people_of(tally: Tally, run: int, rows: Sequence[Recipient]) -> list[Person]:
    """Whom the run was for, as they were seeded."""
    planned = sorted((row for row in rows if not row.superseded), key=lambda row: row.source_id)
    numbers = [row.organization_number for row in planned] if tally.channel == EXCHANGE else []
    return people(len(planned), of=str(run), numbers=numbers)


def verdict(world: World, rows: Sequence[Person]) -> Verdict:
    """What every server received of them."""
    messages = (
        Arrived(
            to=message.receiver,
            subject=message.title,
            html="",
            text="",
            files={upload.title: upload.content for upload in message.files if upload.title in known},
        )
        for known in [{one.file for one in rows}]
        for message in world.exchange.messages.values()
        if message.sent
    )
    return compared([*arrived(world.graph.received, world.smtp.received), *messages], rows)
