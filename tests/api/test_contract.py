"""The whole OpenAPI document against the application: no server error, no undocumented answer.

Every operation is called with generated input, good and bad, by somebody who may do everything, and what
it answers is held to the status, content type, headers and schema that the document has for it.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import EAST, Bureau

ENDLESS = "/events/stream"
HELD = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@schemathesis.serializer(
    "application/offset+octet-stream",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
def _bytes(_context: Any, value: Any) -> bytes:
    """What resumable uploads and papers send."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


some = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def filled(bureau: Bureau) -> Bureau:
    """Something of everything, so that small numbers are found."""
    for trigger in ("manual", "complaint"):
        bureau.task(EAST, trigger)
    bureau.call("POST", "tasks/1/claim")
    bureau.alert(EAST)
    said = {"channel": "visit", "uscc": EAST, "text": "x", "reporter": {"name": "示例"}}
    bureau.call("POST", "complaints", json=said | {"received_at": "2026-11-20T08:00:00+08:00"})
    hook = {"url": "https://example.org/hook", "types": ["task.*"]}
    bureau.call("POST", "webhooks", json=hook)
    return bureau


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_operation_answers_as_it_is_documented(filled: Bureau, mode: GenerationMode) -> None:
    document = schemathesis.openapi.from_asgi("/api/v1/openapi.json", filled.app)
    faults = [
        fault
        for operation in (found.ok() for found in document.get_all_operations())
        if not operation.path.endswith(ENDLESS)  # tests/api/test_stream.py has it
        and (fault := _fault(operation, mode, filled.headers()))
    ]
    assert not faults, "\n\n".join(faults)


def _fault(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> str | None:
    """What is wrong with an operation's answers, if anything."""

    @some
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=HELD)

    try:
        call()
    except Unsatisfiable:  # without input there is no bad input
        return None
    except (AssertionError, FailureGroup) as error:
        return f"{operation.method.upper()} {operation.path}: {error!r}"
    return None
