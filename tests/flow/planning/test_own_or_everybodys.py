"""A file that is one recipient's in one version of the recipients' file and everybody's in another reaches no stranger.

Who corrects the file, or writes another message in the ticket, changes what the same files on the ticket mean.
"""

from typing import Any

import pytest

from dispatch.core import Rejected
from dispatch.planning import preview_numbered
from dispatch.steering import actions
from local.arrived import Arrived, arrived
from local.simulators.faults import Fault
from local.simulators.pureservice import Row, seed
from tests.adapters.spreadsheets.making import csv_file
from tests.flow.planning.test_follow_up import SETTINGS, follows
from tests.flow.planning.test_merge_fields import NO_SUCH, SEND
from tests.flow.planning.test_own_files_of_rows import files_received
from tests.flow.planning.test_whom_the_file_names import a_ticket, put
from tests.stage import Stage, a_stage

HEADS = ("Navn", "E-post", "Vedlegg")
KARI, OLA = "kari@eksempel.example", "ola@eksempel.example"
ITS_OWN = {KARI: {"kari.pdf": b"%PDF-1.7 kari.pdf"}, OLA: {"ola.pdf": b"%PDF-1.7 ola.pdf"}}
NONE: dict[str, dict[str, bytes]] = {KARI: {}, OLA: {}}
WAS_OWN = "har stått i mottakerfilen som vedlegg til noen bestemte, og ville nå gått til alle"


def table(*names: str) -> bytes:
    return csv_file(
        [HEADS, *((who.partition("@")[0], who, name) for who, name in zip((KARI, OLA), names, strict=True))]
    )


def with_files(stage: Stage, *names: str, **ticket: Any) -> tuple[Row, Row, list[Row]]:
    """A ticket with two files, and a recipients' file that names these."""
    row = a_ticket(stage, **ticket)
    files = [put(stage, row, f"%PDF-1.7 {name}".encode(), name) for name in ("kari.pdf", "ola.pdf")]
    return row, put(stage, row, table(*names)), files


def the_message(stage: Stage) -> Row:
    return max(
        (row for row in stage.pureservice.store.communications.values() if row.get("customTypeId")),
        key=lambda row: int(row["id"]),
    )


@pytest.mark.parametrize("attached", [False, True])
async def test_after_a_rejection_a_file_is_everybodys_only_when_somebody_puts_it_there_anew(attached: bool) -> None:
    async with a_stage() as stage:
        ticket, file, files = with_files(stage, "kari.pdf", "finnes ikke.pdf")
        the_message(stage)["attachmentIds"] = [row["id"] for row in files] if attached else []
        await stage.run()
        assert "finnes ikke.pdf" in stage.notes_on(ticket)[0]

        stage.pureservice.store.put_file(file["id"], table("", ""))
        found = await preview_numbered(ticket["requestNumber"], stage.services)
        assert WAS_OWN in found.problems[0]
        stage.set_status(ticket, seed.READY)
        await stage.run()
        assert not stage.received()
        assert f"«kari.pdf» {WAS_OWN}" in stage.notes_on(ticket)[-1]
        assert "«ola.pdf»" not in stage.notes_on(ticket)[-1], "nobody has named that one"

        del stage.pureservice.store.attachments[files[0]["id"]]
        anew = put(stage, ticket, b"%PDF-1.7 til alle", "kari.pdf")
        the_message(stage)["attachmentIds"] = [anew["id"], files[1]["id"]] if attached else []
        stage.set_status(ticket, seed.READY)
        await stage.run()
        for_all = {"kari.pdf": b"%PDF-1.7 til alle", "ola.pdf": b"%PDF-1.7 ola.pdf"}
        assert files_received(stage) == {KARI: for_all, OLA: for_all}


@pytest.mark.parametrize("after", ["the file is gone", "no row names any", "a row names another"])
async def test_a_later_message_in_the_ticket_brings_nobody_what_was_anothers(after: str) -> None:
    async with a_stage(**SETTINGS) as stage:
        seed.add_user(stage.pureservice.store, "Send", "Oppfølging", email=SETTINGS["PURESERVICE_DISPATCH_FOLLOW_UP"])
        ticket, file, _ = with_files(stage, "kari.pdf", "ola.pdf")
        await stage.run()
        assert files_received(stage) == ITS_OWN
        assert "i kolonnen «Egne vedlegg»" in stage.solutions_on(ticket)[0]
        stage.graph.received.clear()

        new = put(stage, ticket, b"%PDF-1.7 ny", "ny.pdf")
        if after == "the file is gone":
            del stage.pureservice.store.attachments[file["id"]]
        else:
            stage.pureservice.store.put_file(file["id"], table("", "ny.pdf" if after == "a row names another" else ""))
        follows(stage, ticket)
        await stage.run()

        for_all = {"ny.pdf": b"%PDF-1.7 ny"}
        reached = {KARI: {}, OLA: for_all} if after == "a row names another" else {KARI: for_all, OLA: for_all}
        assert files_received(stage) == reached
        if after != "a row names another":
            assert "kari.pdf (var én mottakers eget vedlegg til en tidligere melding)" in stage.solutions_on(ticket)[-1]
        assert new["id"]


async def test_one_that_is_attached_to_a_later_message_itself_is_asked_about() -> None:
    async with a_stage(**SETTINGS) as stage:
        seed.add_user(stage.pureservice.store, "Send", "Oppfølging", email=SETTINGS["PURESERVICE_DISPATCH_FOLLOW_UP"])
        ticket, file, files = with_files(stage, "kari.pdf", "ola.pdf")
        await stage.run()
        stage.graph.received.clear()
        follows(stage, ticket)
        the_message(stage)["attachmentIds"] = [files[0]["id"]]
        del stage.pureservice.store.attachments[file["id"]]
        await stage.run()

        assert not stage.received()
        assert f"«kari.pdf» {WAS_OWN}" in stage.notes_on(ticket)[-1]


async def test_one_that_moved_to_another_ticket_when_they_were_merged_goes_to_nobody_there() -> None:
    async with a_stage() as stage:
        _, _, files = with_files(stage, "kari.pdf", "ola.pdf")
        await stage.run()
        stage.graph.received.clear()
        other = stage.seed(members=2)
        for file in files:
            stage.pureservice.store.attachments[file["id"]]["ticketId"] = other["id"]
        await stage.run()

        assert {mail.to: mail.files for mail in letters(stage)} == {f"kari{n}@eksempel.example": {} for n in range(2)}


async def sent_but_to_kari(stage: Stage, *names: str, text: str = "<p>Hei</p>") -> tuple[Row, Row, list[Row]]:
    ticket, file, files = with_files(stage, *names, text=text)
    stage.graph.faults.add(Fault(match=SEND, status=400, body=NO_SUCH, times=1))
    await stage.run()
    stage.graph.received.clear()
    return ticket, file, files


def missed(stage: Stage, ticket: Row) -> str:
    return next(row.address for row in stage.rows_of(ticket) if row.state == "failed")


def corrected(who: str, name: str) -> bytes:
    """The one who was missed has a new address, and a file; the other is as before."""
    lines = [
        (one.partition("@")[0], f"ny.{one}" if one == who else one, name if one == who else "") for one in (KARI, OLA)
    ]
    return csv_file([HEADS, *lines])


@pytest.mark.parametrize("press", ["again", "added"])
async def test_what_went_to_all_can_be_nobodys_own_afterwards(press: str) -> None:
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        ticket, file, _ = await sent_but_to_kari(stage, "", "")
        who, key = missed(stage, ticket), stage.dispatch_of(ticket).key
        content = corrected(who, "kari.pdf")
        if press == "added":
            content = csv_file([HEADS, ("Ada", "ada@eksempel.example", "kari.pdf")])
        stage.pureservice.store.put_file(file["id"], content)
        act = actions.retry_failed if press == "again" else actions.send_to_added
        with pytest.raises(Rejected) as refused:
            await act(key, stage.services, who="x")
        assert "gikk til alle da meldingen ble sendt ut" in refused.value.problems[0]
        await stage.run()
        assert not stage.received()


async def test_sent_to_again_they_get_the_file_that_was_named_since_and_nobody_elses() -> None:
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        ticket, file, _ = await sent_but_to_kari(stage, "", "")
        who = missed(stage, ticket)
        put(stage, ticket, b"%PDF-1.7 ny", "ny.pdf")
        stage.pureservice.store.put_file(file["id"], corrected(who, "ny.pdf"))
        await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="x")
        await stage.run()

        (mail,) = letters(stage)
        assert mail.to == f"ny.{who}"
        assert sorted(mail.files) == ["kari.pdf", "ny.pdf", "ola.pdf"]


async def test_what_was_ones_own_and_is_named_no_more_goes_to_nobody_again() -> None:
    """The report says that they got none."""
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        ticket, file, _ = await sent_but_to_kari(stage, "kari.pdf", "ola.pdf")
        assert "Uten eget vedlegg" not in stage.solutions_on(ticket)[-1]
        who = missed(stage, ticket)
        stage.pureservice.store.put_file(file["id"], corrected(who, ""))
        await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="x")
        await stage.run()

        (mail,) = letters(stage)
        assert (mail.to, mail.files) == (f"ny.{who}", {})
        assert "Uten eget vedlegg" in stage.solutions_on(ticket)[-1]


async def test_who_gets_a_file_of_their_own_at_the_second_try_counts_as_without_one_no_more() -> None:
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        ticket, file, _ = with_files(stage, "kari.pdf", "")
        stage.graph.faults.add(Fault(match=SEND, status=400, body=NO_SUCH, times=2))
        await stage.run()
        assert stage.dispatch_of(ticket).content.without_files == 1
        lines = [(one.partition("@")[0], f"ny.{one}", "kari.pdf" if one == KARI else "ola.pdf") for one in (KARI, OLA)]
        stage.pureservice.store.put_file(file["id"], csv_file([HEADS, *lines]))
        await actions.retry_failed(stage.dispatch_of(ticket).key, stage.services, who="x")

        assert stage.dispatch_of(ticket).content.without_files == 0


def letters(stage: Stage) -> list[Arrived]:
    return list(arrived(stage.graph.received, stage.smtp.received))


@pytest.mark.parametrize("attached", [True, False])
@pytest.mark.parametrize("press", ["first", "again", "added"])
async def test_a_file_that_came_in_is_somebodys_own_where_it_is_attached_to_the_message_whenever_it_is_sent(
    press: str, attached: bool
) -> None:
    """The first sending and the ones after it say the same of one and the same file."""
    async with a_stage(MAIL_MAILER="microsoft-graph") as stage:
        store = stage.pureservice.store
        ticket = a_ticket(stage)
        came = put(stage, ticket, b"%PDF-1.7 kari", "kari.pdf")
        store.add("communication", ticketId=ticket["id"], type=2, direction=1, attachmentIds=[came["id"]])
        the_message(stage)["attachmentIds"] = [came["id"]] if attached else []
        file = put(stage, ticket, table("kari.pdf" if press == "first" else "", ""))
        if press != "first":
            the_message(stage)["attachmentIds"] = []
            stage.graph.faults.add(Fault(match=SEND, status=400, body=NO_SUCH, times=1))
            await stage.run()
            the_message(stage)["attachmentIds"] = [came["id"]] if attached else []
            stage.graph.received.clear()
            new = corrected(missed(stage, ticket), "kari.pdf")
            ada = csv_file([HEADS, ("Ada", "ada@eksempel.example", "kari.pdf")])
            store.put_file(file["id"], new if press == "again" else ada)
        told = ""
        try:
            if press != "first":
                act = actions.retry_failed if press == "again" else actions.send_to_added
                await act(stage.dispatch_of(ticket).key, stage.services, who="x")
            await stage.run()
            told = " ".join(stage.notes_on(ticket))
        except Rejected as refused:
            told = refused.problems[0]

        got = [mail.to for mail in letters(stage) if "kari.pdf" in mail.files]
        if attached:
            assert len(got) == 1
        else:
            assert not letters(stage)
            assert "«kari.pdf» (rad " in told
            assert "kom inn med en melding. Er den riktig, så last den ned og legg den i saken selv." in told
