"""Whose line of the recipients' file is whose, when people and lines have moved: nobody gets what is another's."""

from collections.abc import Iterator

import pytest

from dispatch.core import Rejected
from dispatch.steering import actions
from local.arrived import Arrived, arrived
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.adapters.spreadsheets.making import csv_file
from tests.flow.planning.test_follow_up import SETTINGS, follows, settles
from tests.flow.planning.test_merge_fields import NO_SUCH, SEND
from tests.flow.planning.test_whom_the_file_names import put
from tests.stage import Stage, a_stage

HEADS = ("Navn", "E-post", "Orgnr", "Frist", "Vedlegg")
KARI, OLA = "kari@eksempel.example", "ola@eksempel.example"
NUMBER = "974760673"
TEXT = "<p>{{navn}}: {{frist|snart}}</p>"


def a_ticket(stage: Stage) -> Row:
    row = seed.add_ticket(stage.pureservice.store, "Høring")
    seed.add_dispatch_text(stage.pureservice.store, row, TEXT)
    return row


def a_list(stage: Stage, ticket: Row, *people: tuple[str, str]) -> list[Row]:
    store = stage.pureservice.store
    users = [seed.add_user(store, name, "Hansen", email=email) for name, email in people]
    seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=users), ticket)
    return users


def moves(stage: Stage, user: Row, address: str) -> None:
    stage.pureservice.store.emailaddresses[user["emailAddressId"]]["email"] = address


def letters(stage: Stage, *, since: int = 0) -> Iterator[Arrived]:
    return iter(list(arrived(stage.graph.received[since:], stage.smtp.received)))


async def test_sent_to_again_at_a_new_address_they_get_the_line_of_that_address_and_not_of_the_old_one() -> None:
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        ticket = a_ticket(stage)
        people = a_list(stage, ticket, *((f"Kari{n}", f"gammel{n}@eksempel.example") for n in range(3)))
        per = ("Per", "per@eksempel.example", "", "3. mai", "")
        file = put(stage, ticket, csv_file([HEADS, per]))
        stage.graph.faults.add(Fault(match=SEND, status=400, body=NO_SUCH, skip=1, times=1))
        await stage.run()
        missed = next(n for n in range(3) if f"gammel{n}@eksempel.example" not in stage.received())

        moves(stage, people[missed], KARI)
        for name in ("Kari.pdf", "Ola.pdf"):
            put(stage, ticket, f"%PDF-1.7 {name}".encode(), name)
        has_it_now = ("Ola", f"gammel{missed}@eksempel.example", "", "1. mai", "Ola.pdf")
        lines = [HEADS, per, has_it_now, ("Kari", KARI, "", "2. mai", "Kari.pdf")]
        stage.pureservice.store.put_file(file["id"], csv_file(lines))
        await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="x")
        await stage.run()

        (mail,) = letters(stage, since=3)
        assert mail.to == KARI
        assert list(mail.files) == ["Kari.pdf"]
        assert "Kari: 2. mai" in mail.html


@pytest.mark.parametrize("known_by", ["name", "number"])
async def test_a_follow_up_never_brings_one_address_what_the_file_has_for_another(known_by: str) -> None:
    async with a_stage(**SETTINGS) as stage:
        seed.add_user(stage.pureservice.store, "Send", "Oppfølging", email=SETTINGS["PURESERVICE_DISPATCH_FOLLOW_UP"])
        ticket = a_ticket(stage)
        number = NUMBER if known_by == "number" else ""
        file = put(stage, ticket, csv_file([HEADS, ("Kari Hansen", KARI, number, "1. mai", "")]))
        await settles(stage)
        assert [mail.to for mail in letters(stage)] == [KARI]

        other = ("Kari Hansen" if known_by == "name" else "Ola Dahl", OLA, number, "9. mai", "Vedtak.pdf")
        put(stage, ticket, b"%PDF-1.7 vedtak", "Vedtak.pdf")
        stage.pureservice.store.put_file(file["id"], csv_file([HEADS, other]))
        follows(stage, ticket)
        newest = max(stage.pureservice.store.communications.values(), key=lambda row: int(row["id"]))
        newest["text"] = TEXT
        await settles(stage)

        for mail in letters(stage, since=1):
            assert (mail.to != KARI) or ("9. mai" not in mail.html and not mail.files), "what is another address's"


@pytest.mark.parametrize("change", ["another number", "another name at the number", "another organisation of the name"])
async def test_through_eformidling_a_corrected_number_is_told_and_no_organisation_gets_anothers(change: str) -> None:
    others = "910000020"
    async with a_stage(WITH_EXCHANGE="1", EF_FALLBACK="none") as stage:
        assert stage.exchange is not None
        for number in (NUMBER, others):
            stage.exchange.add_organisation(number)
        stage.exchange.behave(NUMBER, fails=True)
        ticket = seed.add_ticket(stage.pureservice.store, "Høring", seed.EF_USER)
        seed.add_dispatch_text(stage.pureservice.store, ticket, TEXT)
        file = put(stage, ticket, csv_file([HEADS, ("Etaten", KARI, NUMBER, "1. mai", "")]))
        await stage.run(hours=60)
        assert not stage.exchange.delivered_to(NUMBER)
        stage.exchange.behave(NUMBER, fails=False)

        put(stage, ticket, b"%PDF-1.7 vedtak", "Vedtak.pdf")
        line = {
            "another number": ("Etaten", KARI, others),
            "another name at the number": ("Etaten AS", OLA, NUMBER),
            "another organisation of the name": ("Etaten", OLA, others),
        }[change]
        stage.pureservice.store.put_file(file["id"], csv_file([HEADS, (*line, "9. mai", "Vedtak.pdf")]))
        key = stage.dispatch_of(ticket).key
        if change == "another number":
            with pytest.raises(Rejected) as refused:
                await actions.retry_failed(key, stage.services, who="x")
            assert f"Rad 2 i mottakerfilen har ikke lenger organisasjonsnummeret {NUMBER}" in refused.value.problems[0]
        else:
            await actions.retry_failed(key, stage.services, who="x")
        await stage.run(hours=60)

        assert not stage.exchange.delivered_to(others)
        got = [upload.content for message in stage.exchange.delivered_to(NUMBER) for upload in message.files]
        assert (b"%PDF-1.7 vedtak" in got) is (change == "another name at the number")
        assert bool(got) is (change != "another number")
