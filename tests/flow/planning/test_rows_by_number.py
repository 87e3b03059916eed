"""A row that has no address but the number of an organisation on a list: its values and files are that one's."""

from local.arrived import arrived
from local.simulators.pureservice import seed
from tests.adapters.spreadsheets.making import csv_file
from tests.flow.planning.test_whom_the_file_names import put
from tests.stage import a_stage

HEADS = ("Orgnr", "Frist", "Vedlegg")
ONE, OTHER, NOBODY = "974760673", "910000020", "971032081"


async def test_who_is_on_a_list_gets_the_values_and_files_of_the_row_with_their_number() -> None:
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = seed.add_ticket(store, "Høring")
        seed.add_dispatch_text(store, ticket, "<p>Frist: {{frist|snart}}</p>")
        firms = [seed.add_company(store, f"Firma {n}", email=f"post{n}@firma.example") for n in range(2)]
        for firm, number in zip(firms, (ONE, OTHER), strict=True):
            firm["organizationNumber"] = number
        seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=firms), ticket)
        put(stage, ticket, b"%PDF-1.7 vedtak", "Vedtak.pdf")
        put(stage, ticket, csv_file([HEADS, (ONE, "1. mai", "Vedtak.pdf"), (NOBODY, "2. mai", "")]))
        await stage.run()

        got = {mail.to: mail for mail in arrived(stage.graph.received, stage.smtp.received)}
        assert "Frist: 1. mai" in got["post0@firma.example"].html
        assert list(got["post0@firma.example"].files) == ["Vedtak.pdf"]
        assert "Frist: snart" in got["post1@firma.example"].html
        assert not got["post1@firma.example"].files
        assert stage.states_of(ticket) == {"delivered": 2, "skipped": 1}, "whose number nobody on the list has is told"


async def test_a_person_is_not_taken_for_where_they_work_nor_an_address_for_another() -> None:
    async with a_stage() as stage:
        store = stage.pureservice.store
        ticket = seed.add_ticket(store, "Høring")
        seed.add_dispatch_text(store, ticket, "<p>Frist: {{frist|snart}}</p>")
        firm = seed.add_company(store, "Firma", email="post@firma.example")
        firm["organizationNumber"] = ONE
        person = seed.add_user(store, "Kari", "Ansatt", email="kari@firma.example", company=firm)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=[firm, person]), ticket)
        heads = ("E-post", *HEADS)
        lines = [("", ONE, "1. mai", ""), ("ola@firma.example", ONE, "2. mai", "")]
        put(stage, ticket, csv_file([heads, *lines]))
        await stage.run()

        got = {mail.to: mail.html for mail in arrived(stage.graph.received, stage.smtp.received)}
        assert {to: [word for word in ("1. mai", "2. mai", "snart") if word in html] for to, html in got.items()} == {
            "post@firma.example": ["1. mai"],
            "kari@firma.example": ["snart"],
            "ola@firma.example": ["2. mai"],
        }
