"""Putting the API together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version

from fastapi import FastAPI

from monitor.api import bodies, docs, document, problems
from monitor.api.access_log import AccessLog
from monitor.api.guard import Guard, Larger
from monitor.api.routers import (
    alerts,
    attachments,
    averages,
    commands,
    complaints,
    depots,
    doors,
    draws,
    emergency_orders,
    enterprises,
    exports,
    feeds,
    health,
    listing_proposals,
    loggers,
    login,
    marks,
    messages,
    operation,
    positive_list,
    records,
    reminders,
    reply,
    reports,
    rules,
    sightings,
    silences,
    steps,
    surveys,
    tasks,
    tokens,
    uploads,
    webhooks,
)
from monitor.api.routers import devices as device_pages
from monitor.api.services import Services
from monitor.errors import StoreError
from monitor.metrics import Counts
from monitor.reports import rooms
from monitor.store import commands as command_rows
from monitor.store import devices, outbox, views
from monitor.store import tasks as task_rows
from monitor.store import webhooks as hook_rows

_NOUNS = (
    feeds,
    exports,
    tasks,
    steps,
    attachments,
    uploads,
    alerts,
    silences,
    rules,
    reminders,
    messages,
    sightings,
    surveys,
    depots,
    doors,
    enterprises,
    averages,
    device_pages,
    commands,
    loggers,
    marks,
    emergency_orders,
    records,
    reports,
    listing_proposals,
    positive_list,
    draws,
    complaints,
    webhooks,
    tokens,
    login,
    operation,
)
"""Feeds and exports first: `/tasks/changes` is not a task. Depots before doors, which take every path.
A proposal is not a listing either."""


def create_app(services: Services) -> FastAPI:
    """The API over its services."""
    app = FastAPI(
        title="offsite-monitor",
        version=version("offsite-monitor"),
        description="Off-site monitoring of enterprises: alerts, verification tasks, webhooks.",
        openapi_url=docs.OPENAPI,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.services = services
    services.metrics.counts = lambda: counts(services)
    problems.install(app)
    for part in (health, reply, *_NOUNS):  # to include a router would read every signature again
        app.router.routes.extend(part.routes.routes)
    docs.install(app)
    document.install(app)
    app.add_middleware(Guard, max_body=services.max_body, larger=_larger(services))
    if services.access_log:
        app.add_middleware(AccessLog)
    return app


def _larger(services: Services) -> list[Larger]:
    """The paths that take files, and how much; a reply that is too large is told so on its page."""
    file = services.desk.media.limits.max_file
    return [
        Larger(attachments.PATH, file + bodies.OVERHEAD),
        Larger(uploads.PATH, file),
        Larger(reply.PATH, 4 * services.desk.reminding.max_bytes),
        Larger(depots.FORM_PATH, file + bodies.OVERHEAD),
        Larger(depots.UPLOAD_PATH, file),
        Larger(doors.PATH, doors.LARGEST, files=False),
        Larger(reports.PATH, rooms.FILE_BYTES, files=False),
        Larger(draws.PATH, draws.LARGEST, files=False),
    ]


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """While it serves, see what other processes commit, for those who wait here."""
    services: Services = app.state.services
    watching = asyncio.create_task(services.changed.watch(lambda: _head(services)))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _head(services: Services) -> int:
    with services.desk.store.read() as connection:
        return outbox.head(connection)


def counts(services: Services) -> Counts | None:
    """What the database says for `/metrics`; None while it does not answer."""
    at = services.desk.now()
    try:
        with services.desk.store.read() as connection:
            due = hook_rows.oldest_due(connection, at)
            return Counts(
                tasks=task_rows.counts(connection),
                alerts_open=views.open_alerts(connection),
                commands_open=command_rows.counts(connection),
                quarantined_devices=devices.quarantined(connection),
                webhook_oldest_due_seconds=max(0.0, (at - due).total_seconds()) if due else 0.0,
            )
    except StoreError:
        return None
