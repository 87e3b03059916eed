"""The eFormidling demonstration: two hundred organisations over three services, some of which can't be reached."""

import base64
import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dispatch.core import Channel, Recipient, RecipientState
from local.demo.account import received_by_address
from local.demo.case import LETTER, Case
from local.demo.names import MUNICIPALITIES
from local.demo.picture import chart_png
from local.simulators.pureservice import seed
from local.simulators.pureservice.store import Row
from local.world import World

ORGANISATIONS, PEOPLE = 200, 10
UNKNOWN, FAILING, EXPIRING, UNNUMBERED = 6, 5, 1, 4
SERVICES = ("DPO", "DPF", "DPV")
WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
SETTINGS = {"EF_TTL_HOURS": "0.006", "EF_LATE_HOURS": "0"}  # some twenty seconds, so that one message is seen to expire


@dataclass(slots=True)
class ExchangeFigures:
    """What ``build/demo/summary.json`` adds for eFormidling."""

    eformidling_delivered: int = 0
    eformidling_by_service: dict[str, int] = field(default_factory=dict)
    eformidling_double_send: int = 0
    schema_invalid: int = 0
    schema_checked: bool = False
    fell_back_to_email: int = 0
    wrong: list[str] = field(default_factory=list)


def schema() -> Path | None:
    """The archive message's schema, where somebody has put it; it is not ours to hand out."""
    path = Path(os.environ.get("ARKIVMELDING_XSD", "../shared/xsd/arkivmelding.xsd"))
    return path.resolve() if path.exists() else None


def seed_government(world: World, *, documents: tuple[bytes, bytes]) -> Case:
    """A circular to organisations and people, from a ticket whose end user asks for eFormidling."""
    store, exchange = world.pureservice.store, world.exchange
    seed.seed_basics(store)
    members: list[Row] = []
    reachable: set[str] = set()
    numbers = organisation_numbers()
    for index in range(ORGANISATIONS):
        number, name = next(numbers), f"{MUNICIPALITIES[index % len(MUNICIPALITIES)]} {index}"
        address = f"post{index}@organisasjon.example"
        members.append(
            seed.add_company(store, name, email=address, organization_number="" if index < UNNUMBERED else number)
        )
        trouble = index - UNNUMBERED
        if trouble < UNKNOWN:
            reachable.add(address)  # by e-mail: no number, or no register knows it
            continue
        exchange.add_organisation(number, name=name, service=SERVICES[index % len(SERVICES)])
        if trouble < UNKNOWN + FAILING:
            exchange.behave(number, fails=True)
            reachable.add(address)
        elif trouble < UNKNOWN + FAILING + EXPIRING:
            exchange.behave(number, never_delivered=True)
            reachable.add(address)
    for index in range(PEOPLE):
        address = f"person{index}@innbygger.example"
        members.append(seed.add_user(store, "Kari", f"Nr {index}", email=address))
        reachable.add(address)
    mailing_list = seed.add_list(store, "Offentlige organisasjoner", members=members)
    ticket = seed.add_ticket(store, "Rundskriv om byggesak", seed.EF_USER, description="<p>Rundskriv.</p>")
    seed.relate_list_to_ticket(store, mailing_list, ticket)
    seed.add_dispatch_text(
        store,
        ticket,
        LETTER.format(picture=base64.b64encode(chart_png()).decode("ascii")),
        subject="Rundskriv om byggesak",
    )
    for name, content in zip(("Rundskriv – vedlegg 1.pdf", "Skjema æøå.pdf"), documents, strict=True):
        seed.add_attachment(store, ticket, name, content, "application/pdf")
    return Case(ticket=ticket, recipients=len(members), duplicates=0, reachable=frozenset(reachable), skipped=0)


def examine(world: World, case: Case, rows: Sequence[Recipient]) -> ExchangeFigures:
    """What the integration point delivered and the mail servers received, against what the ledger says."""
    exchange = world.exchange
    current = [row for row in rows if not row.superseded]
    by_exchange = [row for row in current if row.channel is Channel.EFORMIDLING]
    delivered = {row.organization_number for row in by_exchange if row.state is RecipientState.DELIVERED}
    arrived = Counter(
        message.receiver for message in exchange.messages.values() if exchange.delivered_to(message.receiver)
    )
    figures = ExchangeFigures(
        eformidling_delivered=len(delivered),
        eformidling_by_service=dict(Counter(m.service for m in exchange.messages.values() if m.receiver in delivered)),
        eformidling_double_send=exchange.double_sends + sum(count - 1 for count in arrived.values()),
        schema_invalid=len(exchange.schema_errors),
        schema_checked=exchange.schema is not None,
        fell_back_to_email=sum(row.detour is not None for row in current),
    )
    received = received_by_address(world)
    checks: list[tuple[Any, str]] = [
        (delivered != set(arrived), "those whom eFormidling delivered to are not those that the ledger says"),
        (set(received) != set(case.reachable), "those who got e-mail are not those whom eFormidling can't reach"),
        (any(count > 1 for count in received.values()), "somebody got two e-mails"),
        (figures.eformidling_double_send, "a message was sent twice through eFormidling"),
        (figures.schema_invalid, f"{figures.schema_invalid} archive messages are not valid"),
    ]
    figures.wrong = [sentence for failed, sentence in checks if failed]
    return figures


def organisation_numbers() -> Iterator[str]:
    """Valid numbers, none of which is anybody's here."""
    for serial in itertools.count(91_000_100):
        digits = str(serial)
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
        if check != 10:
            yield f"{digits}{0 if check == 11 else check}"
