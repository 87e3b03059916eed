"""The JSON API: the same data as the page, and as its own description says."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from dispatch.web.access import Door
from dispatch.web.api import ROUTES, described
from tests.stage import Stage, a_stage
from tests.web.visitor import Visitor


def visitor_of(stage: Stage) -> Visitor:
    return Visitor(stage.services, headers={}, door=Door.KEY, prefix="/api/v1")


async def a_run(stage: Stage, members: int = 5) -> str:
    ticket = stage.seed(members=members)
    await stage.run()
    return stage.dispatch_of(ticket).key


def schema_of(path: str, status: int) -> Any:
    document = described()
    responses = document["paths"][path]["get"]["responses"]
    content = responses["200" if status == 200 else "default"]["content"]
    found = content.get("application/json", {}).get("schema")
    return found and {**found, "components": document["components"]}


async def ask(visitor: Visitor, template: str, query: str = "", **parts: str) -> Any:
    """The answer, held against the description."""
    answer = await visitor.get(template.strip("/").format(**parts) + query)
    schema = schema_of(template, answer.status)
    if schema is None:
        return answer
    told = json.loads(answer.body)
    Draft202012Validator(schema).validate(told)
    return told


def test_the_description_is_openapi_and_names_every_route():
    document = described()

    validate(document)
    assert set(document["paths"]) == {route.operation.path for route in ROUTES}


async def test_every_answer_is_as_described():
    async with a_stage() as stage:
        key, visitor = await a_run(stage), visitor_of(stage)

        listed = await ask(visitor, "/dispatches")
        (one,) = listed["dispatches"]
        assert (one["key"], one["state"], one["counts"]["delivered"], one["counts"]["remaining"]) == (
            key,
            "resolved",
            5,
            0,
        )
        whole = await ask(visitor, "/dispatches/{key}", key=key)
        assert whole["dispatch"] == one
        assert [batch["delivered"] for batch in whole["batches"]] == [5]
        assert (await ask(visitor, "/dispatches/{key}/message", key=key))["subject"].startswith("Høring om endring")
        assert (await ask(visitor, "/dispatches/{key}/report", key=key)).kind.startswith("text/html")
        assert (await ask(visitor, "/dispatches/{key}/recipients.csv", key=key)).kind.startswith("text/csv")
        assert json.loads((await visitor.get("openapi.json")).body) == described()


async def test_recipients_are_paged_and_narrowed():
    async with a_stage() as stage:
        key, visitor = await a_run(stage, members=7), visitor_of(stage)
        path = "/dispatches/{key}/recipients"

        seen, after = [], ""
        while True:
            told = await ask(visitor, path, f"?limit=3{after}", key=key)
            seen += [row["address"] for row in told["recipients"]]
            if told["after"] is None:
                break
            after = f"&after={told['after']}"
        assert sorted(seen) == [f"kari{n}@eksempel.example" for n in range(7)]
        narrowed = await ask(visitor, path, "?state=delivered,failed&q=kari3", key=key)
        assert [row["address"] for row in narrowed["recipients"]] == ["kari3@eksempel.example"]
        assert (await ask(visitor, path, "?state=failed", key=key))["recipients"] == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/dispatches", "?finished=x"),
        ("/dispatches", "?finished=101"),
        ("/dispatches/{key}/recipients", "?limit=0"),
        ("/dispatches/{key}/recipients", "?limit=201"),
        ("/dispatches/{key}/recipients", "?limit=٣"),
        ("/dispatches/{key}/recipients", "?state=everyone"),
        ("/dispatches/{key}/recipients", "?after=../x"),
        ("/preview", "?ticket=abc"),
        ("/preview", ""),
    ],
)
async def test_a_parameter_without_meaning_is_refused_with_what_to_mend(path, query):
    async with a_stage() as stage:
        key, visitor = await a_run(stage), visitor_of(stage)

        told = await ask(visitor, path, query, key=key)

        assert told["error"]["code"] == "bad_query"
        assert "must be" in told["error"]["message"]


async def test_what_is_not_there_is_a_refusal_as_described():
    async with a_stage() as stage:
        visitor = visitor_of(stage)

        for path in ("/dispatches/{key}", "/dispatches/{key}/message", "/dispatches/{key}/recipients"):
            assert (await ask(visitor, path, key="1-2"))["error"]["code"] == "not_found"


async def test_a_preview_changes_nothing():
    async with a_stage() as stage:
        ticket = stage.seed(members=4, status="Under arbeid")
        writes = len(stage.pureservice.history)

        told = await ask(visitor_of(stage), "/preview", f"?ticket={ticket['requestNumber']}")

        assert (told["to_send"], told["recipients"], told["problems"]) == (4, 4, [])
        assert told["message"]["subject"].startswith("Høring om endring")
        assert len(stage.pureservice.history) == writes
