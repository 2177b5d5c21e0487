"""What every router below `/api/v1` shares: how its errors are documented."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from monitor.api.problems import MEDIA_TYPE
from monitor.api.schemas import Problem

_USUAL = (400, 401, 403, 404, 413, 422, 500, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of answers that are problems."""
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def router(tag: str) -> APIRouter:
    """A router whose routes need a token."""
    return APIRouter(tags=[tag], responses=problems(*_USUAL))
