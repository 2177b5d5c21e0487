"""From a list, pushed, to what is delivered."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from adapters.satellite.hotgrid import codec
from adapters.satellite.hotgrid.cells import Cell, Terms
from adapters.satellite.hotgrid.config import Config
from monitor.adapter import Context, Delivery, Pushed, Reply
from monitor.event import Event, Kind, Place
from monitor.observation import Frame

_PERIOD = 64

_log = structlog.get_logger()


class Reception:
    """The adapter's door: reads lists; whatever they are, they are kept."""

    def __init__(self, config: Config, context: Context) -> None:
        self._config, self._context = config, context
        self._zone = ZoneInfo(config.zone) if config.zone else context.zone
        self._reader = asyncio.Semaphore(1)  # each may take many times its own size
        self.max_body = config.max_body
        self.secret = None if config.secret is None else config.secret.get_secret_value()
        self.frames: Counter[str] = Counter()
        """How many came, by verdict."""
        self.last_frame_at: datetime | None = None

    async def receive(self, request: Pushed) -> Reply:
        """Hand in a list, then answer how many cells are in it."""
        async with self._reader:
            read = await asyncio.to_thread(self._understood, request)
        if "too-many-rows" in read.problems:
            reason = f"more than {self._config.max_rows} rows: hand it in in parts"
            return Reply(status=413, body=_json({"detail": reason}))
        frame = Frame(
            source=self._context.name,
            peer=request.peer,
            received_at=request.received_at,
            raw=request.body,
            verdict=_verdict(read),
            problems=tuple(read.problems),
            note=f"{len(read.cells)} cells",
        )
        events = tuple(self._event(each, request.received_at) for each in read.cells.values())
        await self._context.deliver([Delivery(frame, events=events)])
        self.frames[frame.verdict] += 1
        self.last_frame_at = frame.received_at
        self._context.answered(1)
        return Reply(body=_json({"cells": len(events), "problems": list(read.problems)}))

    def _understood(self, request: Pushed) -> codec.Read:
        terms = Terms(self._zone, self._config.cell_metres, request.path[:_PERIOD])
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "list"
                path.write_bytes(request.body)
                return codec.read(path, terms, request.received_at, self._config.max_rows)
        except Exception as error:  # noqa: BLE001 - the list is kept, whatever it does to a reader
            _log.error("list not readable", adapter=self._context.name, error=repr(error))
            return codec.Read(problems={"not-readable": None})

    def _event(self, cell: Cell, at: datetime) -> Event:
        start, end = cell.span
        return Event(
            key=cell.key,
            kind=Kind.REMOTE,
            source=cell.grid,
            label=" ".join(filter(None, (cell.pollutant, cell.kind))) or "hot cell",
            start=start,
            end=end,
            silence=timedelta(0),  # every period is an episode of its own
            place=Place(
                longitude=cell.longitude,
                latitude=cell.latitude,
                datum=self._config.datum,
                accuracy=cell.accuracy,
            ),
            sized=True,
            owned_only=self._config.outside == "keep",
            details={**cell.details, "area": cell.area},
            supplementary=at - end > timedelta(days=self._config.backlog_days),
        )

    def status(self) -> dict[str, Any]:
        """Always ready; what has come, by verdict."""
        return {
            "ready": True,
            "last_frame_at": self.last_frame_at,
            "frames": dict(self.frames),
        }


def _verdict(read: codec.Read) -> str:
    if not read.understood:
        return "refused"
    return "tolerated" if read.problems else "clean"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
