"""Who gets in: every route without, with wrong, with spoofed and with right credentials."""

import base64
import json

import pytest

from dispatch.web.access import Door, principal_of
from dispatch.web.site import ROUTES
from tests.stage import a_stage
from tests.web.visitor import KARI, ROLE, Visitor, principal, text_of

SIGN_IN = {"WEBSITE_AUTH_ENABLED": "True"}
GROUP = "33333333-3333-4333-8333-333333333333"


def path_of(pattern: str) -> str:
    """An address that the route's pattern matches."""
    for part, value in {
        r"(?P<key>\d{1,12}-e?\d{1,12})": "9001-8001",
        r"(?P<act>stopp|fortsett|send-igjen|send-til-nye|avslutt)": "stopp",
        r"(?P<name>[a-z]+\.[a-z]+)": "stil.css",
        r"\.": ".",
    }.items():
        pattern = pattern.replace(part, value)
    return pattern


ALL = [
    pytest.param(door, method, path_of(route.path), id=f"{door.name} {method} {path_of(route.path) or '/'}")
    for door, routes in ROUTES.items()
    for route in routes
    for method in route.by_method
]
PAGES = [case for case in ALL if case.values[0] is Door.SIGNED_IN]
API = [case for case in ALL if case.values[0] is Door.KEY]


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


WRONG = {
    "none": "",
    "no base64": "?" * 40,
    "no JSON": base64.b64encode(b"<xml/>").decode(),
    "a list": encoded([1]),
    "no claims": encoded({"claims": None}),
    "claims of another kind": encoded({"claims": [1, None, {"typ": 1, "val": ROLE}, {"typ": "roles"}]}),
    "a role and no person": encoded({"claims": [{"typ": "roles", "val": ROLE}]}),
    "deep": base64.b64encode(b"[" * 20_000).decode(),
    "long": "A" * 70_000,
}


async def ask(visitor: Visitor, method: str, path: str):
    return await (visitor.get(path) if method == "GET" else visitor.post(path, {"token": "1.x"}))


@pytest.mark.parametrize(("door", "method", "path"), PAGES)
async def test_with_sign_in_off_no_header_of_a_client_opens_anything(door, method, path):
    async with a_stage() as stage:
        visitor = Visitor(
            stage.services, headers={"x-ms-client-principal": principal(), "x-ms-client-principal-id": KARI}
        )

        answer = await ask(visitor, method, path)

        assert answer.status == 403
        assert visitor.opened == 0, "nothing is read for who is not let in"
        assert "docs/deployment.md" in answer.body.decode(), "it says how to turn it on"


@pytest.mark.parametrize(("door", "method", "path"), ALL)
async def test_with_sign_in_on_nobody_and_those_without_the_role_stay_outside(door, method, path):
    async with a_stage(**SIGN_IN) as stage:
        for name, header in WRONG.items():
            headers = {"x-ms-client-principal": header, "x-functions-key": "guess"} if header else {}
            stranger = Visitor(stage.services, headers=headers, door=door)
            assert (await ask(stranger, method, path)).status == 401, name
            assert stranger.opened == 0
        for roles, groups in (((), ()), (("utsendelse", "Utsendelse2", "Leser"), ()), ((), (GROUP,))):
            header = principal(roles=roles, groups=groups)
            colleague = Visitor(stage.services, headers={"x-ms-client-principal": header}, door=door)
            assert (await ask(colleague, method, path)).status == 403
            assert colleague.opened == 0


@pytest.mark.parametrize(("door", "method", "path"), PAGES)
async def test_who_has_the_role_gets_in_everywhere(door, method, path):
    async with a_stage(**SIGN_IN) as stage:
        visitor = Visitor(stage.services)

        answer = await ask(visitor, method, path)

        # There is no such dispatch, and the token of the form is a guess; but the storage was asked, or the file given.
        assert visitor.opened == 1
        assert answer.status != 401
        assert "Du har ikke tilgang" not in answer.body.decode()


@pytest.mark.parametrize(("door", "method", "path"), API)
async def test_with_sign_in_off_the_host_has_asked_for_the_key_and_the_api_answers(door, method, path):
    async with a_stage() as stage:
        visitor = Visitor(stage.services, headers={}, door=door, prefix="/api/v1")

        assert (await ask(visitor, method, path)).status in {200, 400, 404}
        assert visitor.opened == 1


async def test_a_group_opens_as_well_whatever_the_case_of_its_letters():
    async with a_stage(**SIGN_IN, WEB_ALLOWED_GROUP=GROUP.upper(), WEB_ALLOWED_ROLE="Annet") as stage:
        member = Visitor(stage.services, headers={"x-ms-client-principal": principal(roles=(), groups=(GROUP,))})
        role = Visitor(stage.services, headers={"x-ms-client-principal": principal()})

        assert (await member.get()).status == 200
        assert (await role.get()).status == 403, "the other role is asked for"


async def test_who_lacks_the_role_is_told_what_is_needed():
    for more, words in (
        ({}, "må du ha rollen «Utsendelse»."),
        ({"WEB_ALLOWED_GROUP": GROUP}, "gruppen som har tilgang"),
    ):
        async with a_stage(**SIGN_IN, **more) as stage:
            visitor = Visitor(
                stage.services, headers={"x-ms-client-principal": principal(roles=("", "-"), groups=("",))}
            )

            answer = await visitor.get()

            assert answer.status == 403
            assert words in text_of(answer)


async def test_every_answer_is_guarded():
    async with a_stage(**SIGN_IN) as stage:
        visitor, stranger = Visitor(stage.services), Visitor(stage.services, headers={})
        paths = ("", "finnes/ikke", "statisk/side.js", "v1/dispatches", "9001-8001", "forhandsvisning")

        for answer in [await who.get(path) for who in (visitor, stranger) for path in paths]:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Strict-Transport-Security"]


def test_the_person_is_read_from_the_header_as_app_service_writes_it():
    who = principal_of({"x-ms-client-principal": principal(groups=("ABC",))})

    assert who is not None
    assert (who.id, who.roles, who.groups) == (KARI, {ROLE}, {"abc"})
