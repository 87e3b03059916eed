"""Scenario 2 in the demonstration: are the recipients' own tickets what they should be, and does an answer find one?"""

from collections import Counter
from dataclasses import dataclass, field

from local.demo.case import Case
from local.simulators.pureservice.inbound import receive_mail
from local.simulators.pureservice.store import Row
from local.world import World

COPIED = ("subject", "description", "ticketTypeId", "priorityId", "sourceId", "assignedDepartmentId", "assignedTeamId")


@dataclass(slots=True)
class CaseFigures:
    """What ``build/demo/summary.json`` adds for scenario 2."""

    tickets_created: int = 0
    tickets_created_twice: int = 0
    users_created: int = 0
    pureservice_requests_per_recipient: float = 0.0
    answers_threaded: int = 0
    wrong: list[str] = field(default_factory=list)


def examine(world: World, case: Case) -> CaseFigures:
    """Counts what lies in Pureservice and compares it with what the mail servers received."""
    store = world.pureservice.store
    start = f"utsendelse-{case.ticket['id']}-"
    cases = [row for row in store.tickets.values() if str(row.get("customerReference") or "").startswith(start)]
    references = Counter(row["customerReference"] for row in cases)
    posted = [write for write in world.pureservice.history if write.method == "POST"]
    figures = CaseFigures(
        tickets_created=len(cases),
        tickets_created_twice=sum(count - 1 for count in references.values()),
        users_created=sum(write.resource == "user" for write in posted),
        pureservice_requests_per_recipient=round(world.pureservice.count() / max(1, len(cases)), 2),
    )
    mails = [(mail.to.casefold(), mail.subject) for mail in world.graph.received]
    mails += [(mail.to.casefold(), mail.subject) for mail in world.smtp.received]
    mails += [(mail.to.casefold(), mail.subject) for mail in world.communication.received]
    by_address = {str(row["emailAddress"]).casefold(): row for row in cases}
    figures.wrong = [
        *(sentence for row in cases if (sentence := _copied_wrong(row, case.ticket))),
        *(
            f"the letter of case {by_address[to]['requestNumber']} does not carry its number"
            for to, subject in mails
            if to in by_address and f"[Sak ID# {by_address[to]['requestNumber']}]" not in subject
        ),
    ]
    if {to for to, _ in mails} - set(by_address):
        figures.wrong.append("somebody received a letter who has no ticket")
    if len({subject for _, subject in mails}) != len(mails):
        figures.wrong.append("two letters carry the same number")
    for to, subject in mails:
        answer = receive_mail(store, sender=to, subject=f"SV: {subject}", html="<p>Vi har ingen merknader.</p>")
        figures.answers_threaded += (
            answer is not None and to in by_address and answer["ticketId"] == by_address[to]["id"]
        )
    if figures.answers_threaded != len(mails):
        figures.wrong.append(f"{len(mails) - figures.answers_threaded} answers did not find their ticket")
    return figures


def _copied_wrong(row: Row, mother: Row) -> str:
    wrong = [name for name in COPIED if row.get(name) != mother.get(name)]
    return f"case {row['requestNumber']} differs from its mother in {', '.join(wrong)}" if wrong else ""
