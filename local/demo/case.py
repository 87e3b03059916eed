"""A realistic case in simulated Pureservice: overlapping lists, bad addresses, a letter with a table and a picture."""

import base64
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from faker import Faker

from local.demo.names import MUNICIPALITIES
from local.demo.picture import chart_png
from local.simulators.pureservice import seed
from local.simulators.pureservice.store import Row, Store

SUBJECT = "Høring: endringer i byggesaksforskriften"
OVERLAP = 0.05  # of the recipients stand on both lists
WITH_CASES = 2  # the scenario in which every recipient gets a ticket of its own
MISSING, INVALID, LOCAL = 2, 2, 1

LETTER = """
<p>Direktoratet for byggkvalitet sender på høring forslag til endringer i byggesaksforskriften.
Forslaget gjelder tiltak på eksisterende bygg, og skal gjøre det enklere å gjenbruke det som allerede står.</p>
<h2>Frister</h2>
<table border="1" cellpadding="6">
<thead><tr><th>Hva</th><th>Når</th></tr></thead>
<tbody>
<tr><td>Informasjonsmøte på nett</td><td>14. januar 2027 kl. 10.00</td></tr>
<tr><td>Frist for å sende innspill</td><td>1. mars 2027</td></tr>
<tr><td>Nye regler trer i kraft (planlagt)</td><td>1. juli 2027</td></tr>
</tbody></table>
<h2>Utviklingen i antall saker</h2>
<p><img src="data:image/png;base64,{picture}" width="480"
alt="Søylediagram: antall saker har økt hvert år fra 2021 til 2026"></p>
<p>Høringsnotatet og et skjema for innspill ligger ved. Dere finner også alt på
<a href="https://www.dibk.example/horing/2027-01">dibk.example/horing/2027-01</a>.</p>
<p>Spørsmål kan sendes som svar på denne e-posten.</p>
<p>Vennlig hilsen<br>Direktoratet for byggkvalitet<br>Åse Bjørnsdatter Ødegård, avdelingsdirektør</p>
"""


@dataclass(frozen=True, slots=True)
class Case:
    """What was seeded, and what should come of it."""

    ticket: Row
    recipients: int
    duplicates: int
    reachable: frozenset[str]
    skipped: int


def seed_case(store: Store, *, recipients: int, documents: tuple[bytes, bytes], scenario: int = 1) -> Case:
    """Seeds a ticket that stands ready, with so many distinct recipients on its two lists."""
    seed.seed_basics(store)
    bad = list(_bad_members(store))
    good = list(itertools.islice(_good_members(store), max(1, recipients - len(bad))))
    both = good[: max(1, int(len(good) * OVERLAP))]
    half = len(good) // 2
    first = seed.add_list(store, "Alle kommuner", members=[row for row, _ in good[:half]] + bad[:3])
    second = seed.add_list(
        store, "Bransjen og privatpersoner", members=[row for row, _ in (*both, *good[half:])] + bad[3:]
    )
    # The same address once more, as an organisation and as a person: one letter.
    twin = seed.add_user(store, "Postmottak", "Dobbel", email=both[0][1].upper())
    seed.add_member(store, second, twin)
    status = seed.READY_121 if scenario == WITH_CASES else seed.READY
    ticket = seed.add_ticket(store, SUBJECT, status=status, description="<p>Utsendelse av høring.</p>")
    if scenario == WITH_CASES:
        _seed_known_users(store, good)
    seed.relate_list_to_ticket(store, first, ticket)
    seed.relate_list_to_ticket(store, second, ticket)
    picture = base64.b64encode(chart_png()).decode("ascii")
    seed.add_dispatch_text(store, ticket, LETTER.format(picture=picture), subject=SUBJECT)
    names = ("Høringsnotat – byggesaksforskriften.pdf", "Skjema for innspill.pdf")
    for name, content in zip(names, documents, strict=True):
        seed.add_attachment(store, ticket, name, content, "application/pdf")
    return Case(
        ticket=ticket,
        recipients=len(good) + len(bad),
        duplicates=len(both) + 1,
        reachable=frozenset(address for _, address in good),
        skipped=len(bad),
    )


def _good_members(store: Store) -> Iterator[tuple[Row, str]]:
    people = Faker("no_NO")
    people.seed_instance(20261123)
    for number in itertools.count():
        round_, place = divmod(number // 2, len(MUNICIPALITIES))
        if number % 2 == 0:
            name = MUNICIPALITIES[place].replace("-", " ")
            part = f"{_ascii(MUNICIPALITIES[place])}{round_ or ''}"
            address = f"post@{part}.kommune.example"
            row = seed.add_company(
                store, f"{name} kommune", email=address, organization_number=f"{900000000 + number:09}"
            )
        else:
            first, last = people.first_name(), people.last_name()
            address = f"{_ascii(first)}.{_ascii(last)}{number}@innbygger.example"
            row = seed.add_user(store, first, last, email=address)
        yield row, address


def _seed_known_users(store: Store, members: list[tuple[Row, str]]) -> None:
    """Two of three organisations have answered before, so that their address belongs to a user."""
    organisations = [(row, address) for row, address in members if row.resource == "company"]
    for number, (row, address) in enumerate(organisations):
        if number % 3:
            seed.add_user(store, "Postmottak", str(row["name"]), email=address, company=row)


def _bad_members(store: Store) -> Iterator[Row]:
    yield seed.add_company(store, "Uten Adresse AS")
    yield seed.add_user(store, "Per", "Adresseløs")
    yield seed.add_company(store, "Skrivefeil AS", email="post(at)skrivefeil.example")
    yield seed.add_user(store, "Kari", "Punktum", email="kari.punktum.@eksempel.example")
    yield seed.add_user(store, "Sluttet", "Ansatt", email="sluttet.ansatt@eksempel.example", disabled=True)
    yield seed.add_user(store, "Intern", "Bruker", email="intern@pureservice.local")


def _ascii(name: str) -> str:
    table = str.maketrans({"æ": "ae", "ø": "o", "å": "a", " ": "", "-": "", ".": "", "é": "e", "'": ""})
    return "".join(letter for letter in name.lower().translate(table) if letter.isascii())
