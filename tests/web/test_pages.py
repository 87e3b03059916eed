"""What the pages say, and that nothing from outside becomes more than text."""

import re

import pytest

from dispatch.steering import actions
from dispatch.web import pages
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import Stage, a_stage
from tests.web.visitor import Visitor, links_of, tags_of, text_of

SIGN_IN = {"WEBSITE_AUTH_ENABLED": "True", "DISPATCH_BATCH_SIZE": "3"}
MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


async def finished(stage: Stage, members: int = 5) -> str:
    ticket = stage.seed(members=members)
    await stage.run()
    return stage.dispatch_of(ticket).key


async def test_every_link_of_every_page_leads_somewhere():
    async with a_stage(**SIGN_IN) as stage:
        await finished(stage)
        ticket = stage.seed(members=7)
        await stage.tick()
        visitor, seen, waiting = Visitor(stage.services), set(), [""]

        while waiting:
            path = waiting.pop()
            seen.add(path)
            answer = await visitor.get(path)
            assert answer.status == 200, path
            if not answer.kind.startswith("text/html"):
                continue
            assert not re.search(r"\d\d:\d\d", text_of(answer)), "times are written one way"
            for link in set(links_of(answer)) - {"/.auth/logout"}:  # the platform's own
                if link.startswith(stage.services.settings.ticket_page()):
                    continue
                assert link.startswith("/api/status"), link
                inner = link.removeprefix("/api/status").strip("/")
                if inner not in seen:
                    waiting.append(inner)

        assert len(seen) >= 17
        assert {f"{stage.dispatch_of(ticket).key}/{name}" for name in ("mottakere", "melding", "stopp")} <= seen


async def test_markup_in_what_comes_from_outside_stays_text():
    async with a_stage(**SIGN_IN) as stage:
        store = stage.pureservice.store
        people = [
            seed.add_user(store, MARKUP, "A", email="a@x.example"),
            seed.add_user(store, MARKUP, "B"),
            seed.add_user(store, "C", MARKUP, email=f"{'x' * 30}<b>@x"),
        ]
        row = seed.add_ticket(store, MARKUP)
        seed.relate_list_to_ticket(store, seed.add_list(store, MARKUP, members=people), row)
        seed.add_dispatch_text(store, row, "<p>Hei</p>")
        await stage.run()
        visitor, key = Visitor(stage.services), stage.dispatch_of(row).key

        for path in (
            "",
            key,
            f"{key}/mottakere",
            f"{key}/mottakere?sok={MARKUP}&utfall={MARKUP}&etter={MARKUP}",
            f"{key}/melding",
            f"{key}/send-igjen",
            f"{key}?gjort={MARKUP}&antall={MARKUP}",
            f"forhandsvisning?sak={MARKUP}&mottaker={MARKUP}",
            f"forhandsvisning?sak={row['requestNumber']}&mottaker={MARKUP}",
        ):
            answer = await visitor.get(path)
            assert answer.status in {200, 409}, path
            scripts = [attributes for tag, attributes in tags_of(answer) if tag == "script"]
            assert [set(one) for one in scripts] == [{"src", "defer"}], path
            assert not [tag for tag, attributes in tags_of(answer) if tag == "img" or "onerror" in attributes], path
            assert not [
                a for _, attributes in tags_of(answer) for a in attributes if a.startswith("on") or a == "style"
            ]
        assert MARKUP in text_of(await visitor.get(f"{key}/mottakere"))


async def test_the_message_is_shown_where_it_can_do_nothing():
    async with a_stage(**SIGN_IN) as stage:
        key = await finished(stage)
        visitor = Visitor(stage.services)

        page, letter = await visitor.get(f"{key}/melding"), await visitor.get(f"{key}/brev")
        report = await visitor.get(f"{key}/rapport/dokument")

        (frame,) = [attributes for tag, attributes in tags_of(page) if tag == "iframe"]
        assert frame["sandbox"] in {None, ""}, "no script, no form, an origin of its own"
        assert frame["title"]
        for answer in (letter, report):
            policy = answer.headers["Content-Security-Policy"]
            assert policy.endswith("sandbox")
            for part in ("default-src 'none'", "form-action 'none'", "frame-ancestors 'self'"):
                assert part in policy
            assert "script-src" not in policy
        assert "Hei, dette er en høring." in letter.body.decode()


async def test_a_dispatch_under_way_says_how_far_and_what_it_waits_for():
    async with a_stage(**SIGN_IN, MAIL_RATE_PER_MINUTE="3") as stage:
        ticket = stage.seed(members=9)
        await stage.tick()
        await stage.drain()
        visitor, key = Visitor(stage.services), stage.dispatch_of(ticket).key

        one, front = text_of(await visitor.get(key)), text_of(await visitor.get(""))

        for shown in (one, front):
            assert "3 av 9 mottakere er behandlet" in shown
            assert "Sendes så fort som postkassen tillater. Neste pulje går kl. 13.01." in shown
        assert "Puljer (1 av 3 er ferdige)" in one
        assert "Ferdig ca. kl. 13.05" in one, "rounded up to five minutes"


async def test_a_throttled_mailbox_is_told_with_its_end():
    async with a_stage(**SIGN_IN) as stage:
        stage.graph.faults.add(
            Fault(match=r"POST .*/sendMail", status=429, headers={"Retry-After": "1800"}, body="{}", times=None)
        )
        ticket = stage.seed(members=3)
        await stage.tick()
        await stage.drain()
        visitor = Visitor(stage.services)

        shown = text_of(await visitor.get(stage.dispatch_of(ticket).key))

        assert "E-postsystemet har bedt om en pause. Fortsetter kl. 13.30." in shown


async def test_outside_office_hours_is_told():
    async with a_stage(**SIGN_IN, DISPATCH_SEND_WINDOW="mon-fri 08:00-12:00", MAIL_RATE_PER_MINUTE="60") as stage:
        ticket = stage.seed(members=3)
        await stage.tick()
        visitor = Visitor(stage.services)

        shown = text_of(await visitor.get(stage.dispatch_of(ticket).key))

        assert "Utenfor tiden det kan sendes i. Fortsetter" in shown


async def test_receipts_from_eformidling_are_waited_for_in_words():
    async with a_stage(**SIGN_IN, WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        numbers = ("910000020", "910000039")
        companies = [seed.add_company(store, f"Kommune {n}", organization_number=n) for n in numbers]
        row = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Kommuner", members=companies), row)
        seed.add_dispatch_text(store, row, "<p>Hei</p>")
        await stage.tick()
        await stage.drain()
        visitor, key = Visitor(stage.services), stage.dispatch_of(row).key

        one, front = text_of(await visitor.get(key)), text_of(await visitor.get(""))

        for shown in (one, front):
            assert "Alt er sendt. Venter på kvitteringer fra eFormidling." in shown
            assert "Venter på kvittering 2" in shown
        assert "for eFormidling at mottakeren har fått den" not in one, "nothing is delivered yet"
        await stage.run()
        done = text_of(await visitor.get(key))
        assert "2 av 2 mottakere er behandlet Levert 2" in done
        assert "for eFormidling at mottakeren har fått den" in done


async def test_what_is_purged_and_what_was_rejected_have_pages_too():
    async with a_stage(**SIGN_IN) as stage:
        key = await finished(stage)
        without = seed.add_ticket(stage.pureservice.store, "Uten liste")
        seed.add_dispatch_text(stage.pureservice.store, without, "<p>Hei</p>")
        await stage.tick()
        rejected = stage.dispatch_of(without).key
        visitor = Visitor(stage.services)
        assert "Saken kunne ikke sendes ut" in text_of(await visitor.get(rejected))
        assert "Ikke sendt" in text_of(await visitor.get(""))

        await actions.purge(key, stage.services, who="test")

        for path in (key, f"{key}/mottakere", f"{key}/melding", f"{key}/rapport"):
            answer = await visitor.get(path)
            assert answer.status == 200
            assert re.search(r"slettet (her )?etter lagringstiden", text_of(answer), re.IGNORECASE), path
        assert (await visitor.get(f"{key}/brev")).status == 404
        assert key not in (await visitor.get("")).body.decode()


@pytest.mark.parametrize(
    "path", ["finnes-ikke", "1-2", "1-2/mottakere", "../hemmelig", "statisk/site.py", "1-2/brev", "v1/x"]
)
async def test_what_is_not_there_is_told(path):
    async with a_stage(**SIGN_IN) as stage:
        answer = await Visitor(stage.services).get(path)

        assert answer.status == 404


async def test_search_and_outcomes_narrow_the_list_and_pages_follow_each_other(monkeypatch):
    async with a_stage(**SIGN_IN) as stage:
        ticket = stage.seed(members=120)
        nobody = seed.add_user(stage.pureservice.store, "Uten", "Adresse")
        (mailing_list,) = [row for row in stage.pureservice.store.assets.values() if row.get("name") == "Listen"]
        seed.add_member(stage.pureservice.store, mailing_list, nobody)
        await stage.run()
        visitor, key = Visitor(stage.services), stage.dispatch_of(ticket).key

        monkeypatch.setattr(pages, "LISTED", 50)
        names, path = [], f"{key}/mottakere"
        while path:
            answer = await visitor.get(path)
            found = re.findall(r'<th role="rowheader" scope="row">([^<]+)</th>', answer.body.decode())
            names += found
            following = re.search(r'rel="next" href="/api/status/([^"]+)"', answer.body.decode())
            path = following[1].replace("&amp;", "&") if following else ""
        assert len(names) == len(set(names)) == 121
        assert names == sorted(names)

        missed = text_of(await visitor.get(f"{key}/mottakere?utfall=ikke-nadd"))
        assert "Uten Adresse" in missed
        assert "Kari Nr 1" not in missed
        one = text_of(await visitor.get(f"{key}/mottakere?sok=kari77@"))
        assert "Kari Nr 77" in one
        assert "Kari Nr 78" not in one


async def test_the_csv_is_a_file_and_its_cells_are_no_formulas():
    async with a_stage(**SIGN_IN) as stage:
        store = stage.pureservice.store
        person = seed.add_user(store, "=cmd|' /C calc'!A0", "X", email="a@x.example")
        row = seed.add_ticket(store, "Høring")
        seed.relate_list_to_ticket(store, seed.add_list(store, "L", members=[person]), row)
        seed.add_dispatch_text(store, row, "<p>Hei</p>")
        await stage.run()

        answer = await Visitor(stage.services).get(f"{stage.dispatch_of(row).key}/mottakere.csv")

        assert answer.headers["Content-Disposition"].startswith('attachment; filename="')
        assert "=cmd" in answer.body.decode("utf-8-sig")
        assert not re.search(r'(^|[;"\n])=cmd', answer.body.decode("utf-8-sig"))


async def test_from_whom_when_and_who_shares_an_address_stand_on_the_pages():
    async with a_stage(**SIGN_IN) as stage:
        store = stage.pureservice.store
        members = [seed.add_user(store, name, "Nord", email="felles@eksempel.example") for name in ("Kari", "Ola")]
        row = seed.add_ticket(store, "Høring")
        seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=members), row)
        seed.add_dispatch_text(store, row, "<p>Hei</p>")
        await stage.run()
        key, visitor = stage.dispatch_of(row).key, Visitor(stage.services)

        message = text_of(await visitor.get(f"{key}/melding"))
        listed = text_of(await visitor.get(f"{key}/mottakere"))
        asks = text_of(await visitor.get(f"forhandsvisning?sak={row['requestNumber']}"))

    assert "Fra utsending@etat.example" in message
    assert re.search(r"Levert til e-postsystemet \d+\. \w+ \d{4} kl\.\s\d\d\.\d\d", listed)
    assert "Noen på listene deler adresse" in listed
    assert "Fra " in asks
    assert "Svar går til" in asks


async def test_whoever_can_not_be_reached_again_is_named_with_the_reason():
    async with a_stage(**SIGN_IN) as stage:
        store = stage.pureservice.store
        members = [
            seed.add_user(store, "Kari", "Nord", email="kari@eksempel.example"),
            seed.add_user(store, "Uten", "Adresse"),
        ]
        row = seed.add_ticket(store, "Høring")
        seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=members), row)
        seed.add_dispatch_text(store, row, "<p>Hei</p>")
        await stage.run()

        asked = text_of(await Visitor(stage.services).get(f"{stage.dispatch_of(row).key}/send-igjen"))

    assert re.search(r"Uten Adresse\s+· Mangler e-postadresse", asked)
    assert "nå nå" not in asked


@pytest.mark.parametrize("setting", ["PURESERVICE_DISPATCH_STATUS", "PURESERVICE_121_STATUS"])
async def test_a_status_that_does_not_exist_is_said_where_one_waits_for_dispatches(setting):
    async with a_stage(**SIGN_IN, **{setting: "Til ekspedring"}) as stage:
        said = text_of(await Visitor(stage.services).get(""))

    assert "Statusen «Til ekspedring» finnes ikke i Pureservice" in said
    assert "settes i statusen «Til ekspedring»" not in said


async def test_the_front_page_does_not_need_pureservice():
    async with a_stage(**SIGN_IN) as stage:
        stage.pureservice.faults.add(Fault(match="status", status=500, times=None))
        answer = await Visitor(stage.services).get("")

    assert answer.status == 200
    assert "finnes ikke i Pureservice" not in text_of(answer)


async def test_a_preview_leads_on_to_the_ticket_and_the_status_and_speaks_of_what_is_to_come():
    async with a_stage(**SIGN_IN) as stage:
        store = stage.pureservice.store
        members = [
            seed.add_user(store, "Kari", "Nord", email="kari@eksempel.example"),
            seed.add_user(store, "Uten", "Adresse"),
        ]
        row = seed.add_ticket(store, "Høring", status="Under arbeid")
        seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=members), row)
        empty = seed.add_ticket(store, "Uten melding", status="Under arbeid")
        seed.add_dispatch_text(store, row, "<p>Hei</p>")
        visitor, numbers = Visitor(stage.services), (row["requestNumber"], empty["requestNumber"])
        whole, lacking = [await visitor.get(f"forhandsvisning?sak={number}") for number in numbers]

    assert "Sett status på saken til «Til ekspedering» for å sende ut." in text_of(whole)
    assert stage.services.settings.ticket_page(row["requestNumber"]) in whole.body.decode()
    assert "Får den ikke" in text_of(whole)
    assert "Ikke forsøkt sendt" not in text_of(whole)
    assert "Rett opp, og vis forhåndsvisningen på nytt" in text_of(lacking)
    assert "Stemmer alt?" not in text_of(lacking)


async def test_a_preview_names_those_who_then_get_the_letter():
    async with a_stage(**SIGN_IN) as stage:
        row = stage.seed(members=205, status="Under arbeid")
        asked = text_of(await Visitor(stage.services).get(f"forhandsvisning?sak={row['requestNumber']}"))
        stage.set_status(row, seed.READY)
        await stage.run()

    listed = asked[asked.index("Får meldingen (205)") : asked.index("til. Skriv et navn")]
    named = set(re.findall(r"kari\d+@eksempel\.example", listed))
    assert len(named) == 200
    assert named < set(stage.received())
    assert listed.rstrip().endswith("Og 5")


async def test_the_page_of_a_refused_ticket_says_what_to_do_next():
    async with a_stage(**SIGN_IN) as stage:
        ticket = seed.add_ticket(stage.pureservice.store, "Uten alt")
        await stage.run(hours=0.2)
        page = await Visitor(stage.services).get(stage.dispatch_of(ticket).key)

    assert "Rett opp, og sett status på saken til «Til ekspedering» igjen." in text_of(page)
    assert stage.services.settings.ticket_page(ticket["requestNumber"]) in page.body.decode()
