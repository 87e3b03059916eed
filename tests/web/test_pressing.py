"""The buttons: what they do, and that nobody else's page can press them."""

import json
import logging
from datetime import timedelta

import pytest

from tests.stage import Stage, a_stage
from tests.web.visitor import HOST, KARI, Visitor, principal, text_of

SIGN_IN = {"WEBSITE_AUTH_ENABLED": "True", "DISPATCH_BATCH_SIZE": "2"}
OTHER = "44444444-4444-4444-8444-444444444444"


async def half_sent(stage: Stage) -> tuple[str, Visitor]:
    """A dispatch of which one batch of three is sent, and somebody who may press."""
    ticket = stage.seed(members=6)
    await stage.tick()
    message = stage.queues.take()
    assert message is not None
    await stage.handle(message)
    return stage.dispatch_of(ticket).key, Visitor(stage.services)


def state(stage: Stage) -> str:
    (head,) = stage.ledger.heads.values()
    return str(head.state)


async def test_stop_go_on_and_end_are_done_told_and_logged_with_who_pressed(caplog):
    caplog.set_level(logging.INFO)
    async with a_stage(**SIGN_IN) as stage:
        key, visitor = await half_sent(stage)

        stopped = await visitor.press(f"{key}/stopp")
        assert (stopped.status, stopped.headers["Location"]) == (303, f"/api/status/{key}?gjort=stopp")
        told = await visitor.get(f"{key}?gjort=stopp")
        assert "Utsendelsen stoppes, vanligvis innen et halvt minutt." in text_of(told)
        await stage.run(hours=1)
        assert (state(stage), sum(stage.received().values())) == ("stopped", 2)

        assert (await visitor.press(f"{key}/fortsett")).status == 303
        await stage.tick()
        assert (await visitor.press(f"{key}/avslutt")).status == 303
        await stage.run(hours=1)
        assert (state(stage), sum(stage.received().values())) == ("resolved", 2)

        again = await visitor.press(f"{key}/send-igjen")
        assert again.headers["Location"].endswith("gjort=send-igjen&antall=4")
        await stage.run(hours=1)
        assert sorted(stage.received().values()) == [1] * 6
        lines = [json.loads(r.message) for r in caplog.records if '"action":"pressed"' in r.message]
        assert [(line["what"], line["who"]) for line in lines] == [
            (what, KARI) for what in ("stop", "resume", "resolve", "retry")
        ]


@pytest.mark.parametrize(
    ("what", "headers", "form"),
    [
        ("another site", {"origin": "https://vond.example", "sec-fetch-site": "cross-site"}, {}),
        ("a sister site", {"origin": "https://annen.etat.example", "sec-fetch-site": "same-site"}, {}),
        ("an old browser on another site", {"origin": "https://vond.example", "sec-fetch-site": ""}, {}),
        ("a page without origin", {"origin": "null", "sec-fetch-site": ""}, {}),
        ("no word of where from", {"origin": "", "sec-fetch-site": ""}, {}),
        ("no token", {}, {"token": ""}),
        ("a guessed token", {}, {"token": "9999999999." + "0" * 64}),
        ("a token with a later end", {}, {"token": "later"}),
        ("another cookie", {"cookie": "utsendelse_skjema=" + "A" * 32}, {}),
        ("no cookie", {"cookie": "x=y"}, {}),
        ("a form of another kind", {"content-type": "text/plain"}, {}),
        ("another person", {"x-ms-client-principal": principal(oid=OTHER)}, {}),
    ],
)
async def test_a_form_that_is_not_ours_changes_nothing(what, headers, form):
    async with a_stage(**SIGN_IN) as stage:
        key, visitor = await half_sent(stage)
        token = await visitor.token(f"{key}/stopp")
        if form.get("token") == "later":
            ends, _, mac = token.partition(".")
            form = {"token": f"{int(ends) + 1}.{mac}"}

        answer = await visitor.post(f"{key}/stopp", {"token": token, **form}, **headers)

        assert answer.status == 403, what
        assert "Ingenting er endret" in text_of(answer)
        assert state(stage) == "sending"
        assert (await visitor.post(f"{key}/stopp", {"token": token})).status == 303, "and our own still works"


async def test_a_token_is_for_one_act_on_one_dispatch_for_an_hour():
    async with a_stage(**SIGN_IN) as stage:
        key, visitor = await half_sent(stage)
        token = await visitor.token(f"{key}/stopp")

        assert (await visitor.post(f"{key}/avslutt", {"token": token})).status == 403
        assert (await visitor.post("1-2/stopp", {"token": token})).status == 403
        stage.clock.move(timedelta(hours=1, seconds=1).total_seconds())
        assert (await visitor.post(f"{key}/stopp", {"token": token})).status == 403
        assert state(stage) == "sending"


async def test_a_get_never_changes_anything():
    async with a_stage(**SIGN_IN) as stage:
        key, visitor = await half_sent(stage)
        writes = len(stage.pureservice.history)

        for act in ("stopp", "fortsett", "send-igjen", "avslutt"):
            await visitor.get(f"{key}/{act}?token={await visitor.token(f'{key}/stopp')}")

        assert (state(stage), len(stage.pureservice.history)) == ("sending", writes)


async def test_what_the_state_does_not_allow_is_refused_in_words():
    async with a_stage(**SIGN_IN) as stage:
        key, visitor = await half_sent(stage)
        token = await visitor.token(f"{key}/stopp")
        await visitor.post(f"{key}/stopp", {"token": token})

        again = await visitor.post(f"{key}/stopp", {"token": token})
        asked = await visitor.get(f"{key}/send-igjen")

        assert (again.status, asked.status) == (409, 409)
        assert "Det er ingenting å stoppe" in text_of(again)


async def test_pureservice_that_does_not_answer_is_told_and_changes_nothing():
    async with a_stage(**SIGN_IN) as stage:
        key, visitor = await half_sent(stage)
        token = await visitor.token(f"{key}/stopp")
        await stage.pureservice.stop()

        answer = await visitor.post(f"{key}/stopp", {"token": token})

        assert answer.status == 502
        assert "Pureservice svarer ikke" in text_of(answer)
        assert state(stage) == "sending"


async def test_the_cookie_is_for_these_pages_alone():
    async with a_stage(**SIGN_IN) as stage:
        key, visitor = await half_sent(stage)

        answer = await visitor.get(f"{key}/stopp")

        cookie = answer.headers["Set-Cookie"]
        for part in ("Path=/api/status", "HttpOnly", "SameSite=Strict", "Secure"):
            assert part in cookie.split("; ")


async def test_a_page_of_another_site_can_neither_frame_nor_fetch_but_may_link():
    async with a_stage(**SIGN_IN) as stage:
        visitor = Visitor(stage.services)
        foreign = {"sec-fetch-site": "cross-site"}

        linked = await visitor.get("", **foreign, **{"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"})
        framed = await visitor.get("", **foreign, **{"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"})
        fetched = await visitor.get("v1/dispatches", **foreign, **{"sec-fetch-mode": "cors"})

        assert (linked.status, framed.status, fetched.status) == (200, 403, 403)


async def test_a_proxy_in_front_of_us_is_our_own_host():
    async with a_stage(**SIGN_IN) as stage:
        key, visitor = await half_sent(stage)
        visitor.headers = {**visitor.headers, "host": "indre.azurewebsites.net", "x-forwarded-host": HOST}

        assert (await visitor.press(f"{key}/stopp")).status == 303
        assert state(stage) == "stopped"


@pytest.mark.parametrize("body", [b"a=1&" * 25, b"&" * 3000, b"=" * 500, b"%ff=%00&" * 15, b"\xff" * 100])
async def test_a_form_that_is_none_of_ours_is_refused_and_no_error(body):
    async with a_stage(**SIGN_IN) as stage:
        key, visitor = await half_sent(stage)
        form = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}

        answer = await visitor.ask("POST", f"{key}/stopp", form, body)

        assert answer.status == 403
        assert state(stage) == "sending"
