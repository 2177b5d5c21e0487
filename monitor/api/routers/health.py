"""Alive, ready, metrics: for machines, without a token."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from monitor.api import shapes
from monitor.api.auth import Tools
from monitor.api.route import operation_id
from monitor.errors import StoreError
from monitor.store import schema

routes = APIRouter(tags=["health"], generate_unique_id_function=operation_id)


@routes.get("/healthz", response_model=shapes.Health)
def get_health() -> Any:
    """The process answers."""
    return {"status": "alive"}


@routes.get(
    "/readyz",
    response_model=shapes.Readiness,
    responses={503: {"model": shapes.Readiness, "description": "Not ready"}},
)
def get_readiness(tools: Tools) -> Response:
    """Database, its schema, and every adapter listening or connected."""
    try:
        schema.require_head(tools.desk.store)
        database = "ok"
    except StoreError as error:
        database = type(error).__name__  # no more: nobody had to show a token
    adapters = tools.readiness()
    ready = database == "ok" and all(status.get("ready") for status in adapters.values())
    body = {"ready": ready, "database": database, "adapters": adapters}
    return JSONResponse(_plain(body), 200 if ready else 503)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


@routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def get_metrics(tools: Tools) -> Response:
    """Prometheus' text format."""
    return Response(tools.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
