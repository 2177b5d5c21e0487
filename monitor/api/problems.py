"""Errors at the outside: problem+json (RFC 9457) with types that stay the same.

`type` is `urn:offsite-monitor:problem:<name>`; a client decides by it, a person reads `detail`. What
the caller sent is never repeated: it may hold a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from monitor.api.throttle import TooMany
from monitor.errors import (
    Conflict,
    Forbidden,
    LeaseLost,
    MediaFull,
    MediaTooLarge,
    MediaUnavailable,
    MonitorError,
    NotFound,
    Stopping,
    StoreError,
    UnfitMedia,
)
from monitor.exchange import (
    AlreadyDone,
    BadHeader,
    KeyReused,
    PreconditionFailed,
    StillRunning,
)
from monitor.oidc.provider import ProviderUnavailable
from monitor.task import InputError

log = structlog.get_logger("api")

URN = "urn:offsite-monitor:problem:"
MEDIA_TYPE = "application/problem+json"

TYPES = {
    "bad-request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "conflict": 409,
    "lease-lost": 409,
    "idempotency-running": 409,
    "idempotency-done": 409,
    "cursor-too-old": 410,
    "precondition-failed": 412,
    "too-large": 413,
    "unsupported-media-type": 415,
    "invalid": 422,
    "idempotency-mismatch": 422,
    "too-many-requests": 429,
    "internal": 500,
    "unavailable": 503,
    "busy": 503,
    "insufficient-storage": 507,
}
"""Every problem type and its status."""

_OF_STATUS = {status: name for name, status in reversed(TYPES.items())}


class Unauthorized(MonitorError):
    """No token, or none that is in force."""


class CursorTooOld(MonitorError):
    """The changes behind the cursor are not kept any more."""


class CutOff(MonitorError):
    """A body broke off, or stopped coming."""


class BadCursorError(InputError):
    """The cursor is not one that this list gave."""


_OF_ERROR: tuple[tuple[type[MonitorError], str], ...] = (
    (Unauthorized, "unauthorized"),
    (CursorTooOld, "cursor-too-old"),
    (BadHeader, "bad-request"),
    (PreconditionFailed, "precondition-failed"),
    (KeyReused, "idempotency-mismatch"),
    (StillRunning, "idempotency-running"),
    (AlreadyDone, "idempotency-done"),
    (TooMany, "too-many-requests"),
    (ProviderUnavailable, "unavailable"),
    (InputError, "invalid"),
    (LeaseLost, "lease-lost"),
    (Conflict, "conflict"),
    (NotFound, "not-found"),
    (Forbidden, "forbidden"),
    (UnfitMedia, "unsupported-media-type"),
    (MediaTooLarge, "too-large"),
    (MediaFull, "insufficient-storage"),
    (CutOff, "bad-request"),
    (MediaUnavailable, "unavailable"),
    (StoreError, "unavailable"),
    (Stopping, "unavailable"),
)


def problem(
    name: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer for a problem type."""
    status = TYPES[name]
    body: dict[str, Any] = {
        "type": URN + name,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors is not None:
        body["errors"] = errors
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every error of the application leave as a problem."""
    app.add_exception_handler(MonitorError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _expected(_request: Request, error: Exception) -> JSONResponse:
    name = next((name for kind, name in _OF_ERROR if isinstance(error, kind)), "internal")
    if name == "unavailable" and not isinstance(error, ProviderUnavailable):
        log.error("request failed", error=str(error))
        what = "folder of media" if isinstance(error, MediaUnavailable) else "database"
        return problem(name, f"the {what} cannot be used at the moment; try again")
    headers = {}
    if name == "unauthorized":
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.after)
    return problem(name, str(error), headers=headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError), "registered for it"
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    faults = [
        {"where": ".".join(map(_named, fault["loc"])), "message": str(fault["msg"])}
        for fault in error.errors()
    ]
    if kind and kind != "application/json" and any(f["where"] == "body" for f in faults):
        return problem("unsupported-media-type", "send the body as application/json")
    return problem("invalid", "; ".join(f"{f['where']}: {f['message']}" for f in faults), faults)


_NAME = re.compile(r"[\w$.\[\]-]{1,60}", re.ASCII)


def _named(part: object) -> str:
    """A part of the place of a fault, unless it may be what somebody wrote where a key should be."""
    return str(part) if _NAME.fullmatch(str(part)) else "…"


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException), "registered for it"
    name = _OF_STATUS.get(error.status_code, "bad-request")
    detail = "there is nothing here" if name == "not-found" else str(error.detail)
    return problem(name, detail, headers=error.headers)


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", error=f"{type(error).__name__}: {error}", exc_info=error)
    return problem("internal", "something went wrong here; it is in the log")
