"""Tables, those who read them, and what they come to."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook

from adapters.observations import Adapter
from adapters.observations.codec import Reader
from adapters.observations.config import SHIPPED, Config
from adapters.observations.importing import Importing, Sender, Summary
from adapters.observations.profile import Profile
from monitor.adapter import Context, Delivery, Pushed
from tests.hj212.frames import ZONE

NOW = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
"""13:00 in Shanghai."""
MN = "7E5700000000000000000001"
HEADING = "设备编码,监测时间,二氧化硫,氧含量,标记\n"


def table(*rows: str) -> bytes:
    """A wide table of hours in UTF-8."""
    return (HEADING + "".join(f"{row}\n" for row in rows)).encode()


def hour(number: int, value: object = 30.5, mn: str = MN) -> str:
    """A row of it, of an hour of the last of July."""
    return f"{mn},2026-07-31 {number:02d}:00,{value},8.5,N"


def workbook(*rows: Sequence[Any], title: str = "小时") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def profile(said: Any = "hours-wide") -> Profile:
    return Profile.model_validate(SHIPPED.written(said))


def reader(said: Any = "hours-wide", **more: Any) -> Reader:
    return Reader(profile(said), ZONE, NOW, **more)


@dataclass
class Bench:
    """What an adapter is given, and what it hands in."""

    known: bool = True
    kept: list[Delivery] = field(default_factory=list)
    answered: int = 0
    error: Exception | None = None

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        if self.error is not None:
            raise self.error
        self.kept.extend(deliveries)

    def count(self, frames: int) -> None:
        self.answered += frames

    @property
    def readings(self) -> list[Any]:
        return [each for d in self.kept for each in d.readings]

    def door(self, deliver: Any = None, **settings: Any) -> Any:
        context = Context(
            name="tables",
            zone=ZONE,
            deliver=deliver or self.deliver,
            answered=self.count,
            password=lambda _: None,
            known=lambda _: self.known,
            now=lambda: NOW,
        )
        given = {"type": "observations", "name": "tables", "profile": "hours-wide"}
        return Adapter(Config.model_validate(given | settings), context).door

    async def take(
        self, data: bytes, said: Any = "hours-wide", batch: int = 1000, **more: Any
    ) -> Summary:
        """A file taken in, and what became of it."""
        stop = more.pop("stop_on_error", False)
        sender = Sender(source="tables", peer="import", received_at=NOW)
        taking = Importing(
            reader(said, **more), sender, lambda _: self.known, self.deliver, batch, stop
        )
        return await taking.take(io.BytesIO(data))


def pushed(body: bytes, path: str = "") -> Pushed:
    return Pushed(
        method="POST",
        path=path,
        headers={},
        body=body,
        peer="10.0.0.9:40112",
        received_at=NOW,
    )
