"""The API's description, made from the same models that write the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.json_schema import models_json_schema

from dispatch.web.api_models import ApiModel, Refusal

REFERENCE = "#/components/schemas/{model}"
ABOUT = (
    "How mass dispatches from Pureservice stand. The API only reads. Where sign-in is on, it is found under "
    "`/api/status/v1` as well, for a person or program that App Service has signed in and that has the role; "
    "where it is off, a function key opens it (header `x-functions-key`)."
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the path or the query; ``schema`` is JSON Schema."""

    name: str
    where: str
    description: str
    schema: dict[str, Any]
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One GET: its path, what it is for, and a model or the media type of what it answers."""

    path: str
    summary: str
    answers: type[ApiModel] | str
    parameters: tuple[Parameter, ...]


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    models: list[type[ApiModel]] = [op.answers for op in operations if not isinstance(op.answers, str)]
    models.append(Refusal)
    _, schemas = models_json_schema([(model, "serialization") for model in models], ref_template=REFERENCE)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pureservice Utsendelse", "version": "1", "description": ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}, {"signedIn": []}],
        "paths": {operation.path: {"get": _described(operation)} for operation in operations},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "signedIn": {"type": "http", "scheme": "bearer", "description": "Entra ID, by App Service"},
            },
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    return {
        "summary": operation.summary,
        "operationId": _name(operation.path),
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
        "responses": {
            "200": {"description": operation.summary, "content": _content(operation.answers)},
            "default": {"description": "Refused, unknown or out of order", "content": _content(Refusal)},
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described = {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "required": parameter.needed or parameter.where == "path",
        "schema": parameter.schema,
    }
    # Several values stand in one parameter, with commas between them.
    return {**described, "style": "form", "explode": False} if parameter.schema.get("type") == "array" else described


def _content(answers: type[ApiModel] | str) -> dict[str, Any]:
    if isinstance(answers, str):
        return {answers: {"schema": {"type": "object" if answers.endswith("json") else "string"}}}
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=answers.__name__)}}}


def _name(path: str) -> str:
    words = [word for word in path.replace(".", "/").split("/") if word and not word.startswith("{")]
    return "get" + "".join(word.capitalize() for word in words) + ("One" if path.endswith("}") else "")
