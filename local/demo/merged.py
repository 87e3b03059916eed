"""The demonstration with merge fields: everybody stands in a spreadsheet, with values and a file of their own."""

from collections.abc import Sequence

from local.arrived import arrived, on_own_tickets
from local.demo.case import WITH_CASES, Case
from local.merged_case import SUBJECT, TEXT, Person, Verdict, compared, people, put_file
from local.simulators.pureservice import seed
from local.simulators.pureservice.store import Store
from local.world import World

ON_A_LIST, TWICE = 3, 2  # of the rows: also on a list, and written twice


def seed_merged(store: Store, *, recipients: int, scenario: int) -> tuple[Case, Sequence[Person]]:
    """Seeds a ticket that stands ready, with a spreadsheet and a list of some of the same."""
    seed.seed_basics(store)
    rows = people(recipients)
    members = [seed.add_user(store, one.given, one.family, email=one.to.upper()) for one in rows[:ON_A_LIST]]
    status = seed.READY_121 if scenario == WITH_CASES else seed.READY
    ticket = seed.add_ticket(store, SUBJECT if scenario == WITH_CASES else "Vedtak", status=status)
    seed.relate_list_to_ticket(store, seed.add_list(store, "Noen av dem", members=members), ticket)
    seed.add_dispatch_text(store, ticket, TEXT, subject=SUBJECT)
    put_file(store, ticket, rows, twice=TWICE)
    reachable = frozenset(one.to for one in rows)
    return Case(ticket, len(rows), ON_A_LIST + TWICE, reachable, 0), rows


def examine_merged(world: World, case: Case, rows: Sequence[Person]) -> Verdict:
    """What the servers received against what each was to get, and what stands on the tickets of their own."""
    letters = arrived(world.graph.received, world.smtp.received, world.communication.received)
    return compared([*letters, *on_own_tickets(world.pureservice.store, case.ticket)], rows)
