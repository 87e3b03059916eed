"""Tickets for the tests of telemetry, one of each kind that is not plain e-mail."""

from local.simulators.pureservice import Row, seed
from tests.stage import Stage

MUNICIPALITY = "910000020"
REPLY = "post@etat.example"


def a_circular(stage: Stage, *, email: str | None = None) -> Row:
    """A ready ticket that goes to one municipality through eFormidling."""
    store = stage.pureservice.store
    member = seed.add_company(store, "Kommunen", email=email, organization_number=MUNICIPALITY)
    return _about(stage, member, seed.add_ticket(store, "Rundskriv", seed.EF_USER))


def a_hearing(stage: Stage, *organisations: str) -> Row:
    """A ready ticket that becomes one ticket for each of these organisations, none of which has an end user."""
    store = stage.pureservice.store
    members = [seed.add_company(store, name, email=f"post@{name}.example") for name in organisations]
    return _about(stage, *members, seed.add_ticket(store, "Høring", status="Klar til splitt"))


def _about(stage: Stage, *rows: Row) -> Row:
    *members, ticket = rows
    store = stage.pureservice.store
    seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=members), ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei</p>")
    return ticket
