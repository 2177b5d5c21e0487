"""The OpenAPI document: what holds for every route is entered here, once."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from monitor.api.route import PREFIX
from monitor.api.routers.common import problems
from monitor.api.schemas import Problem
from monitor.exchange import LONGEST_KEY


def _header(name: str, text: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": text,
    }


_IF_NONE_MATCH = _header("If-None-Match", "The `ETag` already had; 304 if it still holds")
_IF_MATCH = _header("If-Match", "The `ETag` of what is to be changed; 412 if it is another by now")
_KEY = _header(
    "Idempotency-Key",
    f"At most {LONGEST_KEY} characters, new for every request; sent again with the same request it is "
    "answered as the first time, and nothing is done twice",
)
_ANSWERS = problems(400, 409, 412, 413, 422, 429, 500, 503)
_PROBLEM = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
_SHAPES = _PROBLEM.pop("$defs") | {"Problem": _PROBLEM}
"""A problem and its parts, entered once: FastAPI would build a model anew for each of 1,500 answers."""


def install(app: FastAPI) -> None:
    """Have the document complete from the first time it is asked for."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made()["components"]["schemas"] |= _SHAPES
            for path, operations in made()["paths"].items():
                for method, operation in operations.items():
                    if path.startswith(PREFIX):
                        _complete(method, operation)
                    if "422" in operation["responses"]:  # FastAPI's own is no problem+json
                        operation["responses"]["422"] = _ANSWERS[422]
        assert app.openapi_schema is not None, "made a moment ago"
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _complete(method: str, operation: dict[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    given = {parameter["name"].lower() for parameter in parameters}
    wanted = [_IF_NONE_MATCH] if method == "get" else [_IF_MATCH]
    if method == "post":
        wanted.append(_KEY)
    parameters += [header for header in wanted if header["name"].lower() not in given]
    answers = operation["responses"]
    if method == "get":
        answers.setdefault("304", {"description": "Not modified"})
        names = [429]
    else:
        names = [409, 412, 422, 429] if method == "post" else [412, 429]
    for status in (*names, 400, 413, 500, 503):
        answers.setdefault(str(status), _ANSWERS[status])
