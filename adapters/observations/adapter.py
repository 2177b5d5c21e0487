"""Takes tables that are pushed; larger ones are imported with a command."""

from __future__ import annotations

import asyncio
import io
import json
from collections import Counter
from datetime import datetime
from typing import Any, ClassVar

import structlog

from adapters.hj212.header import names_device
from adapters.observations.codec import Reader
from adapters.observations.config import Config as ObservationsConfig
from adapters.observations.importing import Importing, Sender, Summary
from monitor.adapter import AdapterConfig, Context, Delivery, Pushed, Reply
from monitor.errors import MonitorError
from monitor.observation import Frame

_READERS = 1
"""Pushes that are read at a time: a workbook takes several times its own size."""

_log = structlog.get_logger()


class Adapter:
    """A door that is always open."""

    Config: ClassVar[type[AdapterConfig]] = ObservationsConfig

    def __init__(self, config: ObservationsConfig, context: Context) -> None:
        self.config = config
        self.door = Reception(config, context)

    async def run(self) -> None:
        """Nothing but the door."""
        await asyncio.Event().wait()

    def status(self) -> dict[str, Any]:
        """Ready, and what has come."""
        door = self.door
        return {"ready": True, "last_frame_at": door.last_at, "files": dict(door.files)}


class Reception:
    """Reads a pushed table, stores it batch by batch, then answers what became of it."""

    def __init__(self, config: ObservationsConfig, context: Context) -> None:
        self._config, self._context = config, context
        self._turn = asyncio.Semaphore(_READERS)
        self.max_body = config.max_body
        self.secret = None if config.secret is None else config.secret.get_secret_value()
        self.files: Counter[str] = Counter()
        """How many were pushed, by what became of them."""
        self.last_at: datetime | None = None

    async def receive(self, request: Pushed) -> Reply:
        """Hand in what a push brings. What lies behind the name in the path is the table's device."""
        async with self._turn:
            try:
                summary = await self._importing(request).take(io.BytesIO(request.body))
            except MonitorError:
                raise  # nothing is answered: what was stored of it is the same when it comes again
            except Exception as error:  # noqa: BLE001 - else it would be sent again for ever
                _log.error("table not readable", adapter=self._config.name, error=repr(error))
                return await self._refused(request, Summary(), "not-readable")
        if summary.broken is not None:
            return await self._refused(request, summary, summary.broken.problem)
        return self._answered(request, summary)

    def _importing(self, request: Pushed) -> Importing:
        context = self._context
        device = request.path if names_device(request.path) else None
        reader = Reader(
            self._config.profile,
            context.zone,
            request.received_at,
            units=context.units,
            device=device,
        )
        return Importing(
            reader,
            Sender(source=self._config.name, peer=request.peer, received_at=request.received_at),
            context.known,
            context.deliver,
            self._config.batch,
            self._config.stop_on_error,
        )

    async def _refused(self, request: Pushed, summary: Summary, problem: str) -> Reply:
        """Keep what was sent as it is: it is read as far as it goes, which may be nowhere."""
        frame = Frame(
            source=self._config.name,
            peer=request.peer,
            received_at=request.received_at,
            raw=request.body,
            verdict="refused",
            problems=(problem,),
        )
        await self._context.deliver([Delivery(frame)])
        summary.frames += 1
        return self._answered(request, summary, problem)

    def _answered(self, request: Pushed, summary: Summary, problem: str | None = None) -> Reply:
        self.files["refused" if problem else "wrong rows" if summary.wrong else "clean"] += 1
        self.last_at = request.received_at
        self._context.answered(summary.frames)
        body = {
            "rows": summary.rows,
            "taken": summary.taken,
            "wrong": summary.wrong,
            "doubted": summary.doubted,
            "problem": problem,
            "detail": summary.broken.detail if summary.broken else "",
            "first": [
                {
                    "row": each.where,
                    "problem": each.problem,
                    "column": each.column,
                    "value": each.value,
                }
                for each in summary.first
            ],
        }
        return Reply(body=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
