"""An alert as it comes about: books, HJ 212 frames through the intake, a case made of it."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from monitor.actions import Desk, attachments, evidence
from monitor.adapter import Delivery
from monitor.books import Books
from monitor.config import Settings
from monitor.evidence.case import Bounds
from monitor.evidence.verifying import Report, verify
from monitor.intake import Intake, Limits
from monitor.media import Media
from monitor.metrics import Metrics
from monitor.observation import Frame, Period
from monitor.policies import bench, stated
from monitor.register import (
    Basis,
    Enterprise,
    Instrument,
    Limit,
    Listing,
    Medium,
    Outlet,
    Register,
)
from monitor.store import Store, books, tables
from monitor.tokens import Caller, Role
from tests.hj212.frames import make, understood
from tests.registers import uscc

ZONE = ZoneInfo("Asia/Shanghai")
MN = "7E5700000000000000000001"
PASSWORD = "the-loggers-own"
OWNER = Enterprise(
    uscc=uscc(1), name="示例<热电>有限公司", district="东区", industry="热电联产", key_unit=True
)
OUTLET = Outlet(
    mn=MN,
    uscc=OWNER.uscc,
    code="DA001",
    name="1 号锅炉排口",
    medium=Medium.AIR,
    standard="GB 13223-2011",
    password=PASSWORD,
)
LIMIT = Limit(
    mn=MN,
    pollutant="a21026",
    period=Period.HOUR,
    limit=35.0,
    basis=Basis.CONVERTED,
    clause="GB 13223-2011 表 2 第 1 行",
    valid_from=date(2024, 1, 1),
)
LISTING = Listing(
    uscc=OWNER.uscc, category="3", listed_from=date(2026, 1, 1), document="示例环发〔2026〕1号"
)
FIRST = datetime(2026, 11, 19, 4, tzinfo=UTC)
"""12:00 in Shanghai."""
DIRECTOR = Caller(id=2, name="科长", role=Role.SUPERVISOR)
PERSON = Caller(id=1, name="检查员", role=Role.OFFICER, origin="10.0.0.7")


@dataclass
class Bureau:
    """A store and a clock that is set by hand."""

    store: Store
    at: datetime = FIRST
    media: Media = field(default_factory=lambda: Media(Path("no-such-folder")))

    @property
    def desk(self) -> Desk:
        def register() -> Register:
            with self.store.read() as connection:
                return books.load(connection)

        return Desk(
            store=self.store,
            zone=ZONE,
            register=register,
            now=lambda: self.at,
            judging=lambda: stated(Settings()),
            media=self.media,
        )

    def enter(self, *, limit: Limit = LIMIT, owner: Enterprise = OWNER, **more: Any) -> None:
        """Write the books; what differs supersedes what was said."""
        held = Books(
            enterprises=(owner,),
            outlets=(OUTLET,),
            instruments=(Instrument(mn=MN, pollutant="a21026", range_high=300),),
            limits=(limit,),
            listings=(LISTING,),
        )
        with self.store.write() as connection:
            books.apply(connection, held, replace=False, now=self.at, zone=ZONE)

    def report(
        self,
        values: Sequence[float],
        first: datetime = FIRST,
        delay: timedelta = timedelta(minutes=5),
    ) -> list[bytes]:
        """Hours of SO2, one frame each, as the adapter hands them in; the frames."""
        starts = [first + timedelta(hours=n) for n in range(len(values))]
        raws = [hour(start, value) for start, value in zip(starts, values, strict=True)]
        ends = [start + timedelta(hours=1) + delay for start in starts]
        self.hear(list(zip(ends, raws, strict=True)))
        return raws

    def hear(self, frames: Sequence[tuple[datetime, bytes]]) -> None:
        """Frames as they come, each at its time, through the adapter's reading into the intake."""
        asyncio.run(self._hear(frames))

    async def _hear(self, frames: Sequence[tuple[datetime, bytes]]) -> None:
        async with self._intake() as intake:
            for at, raw in frames:
                self.at = at
                made, problems = understood(raw, now=self.at)
                assert made is not None
                frame = Frame(
                    source="emissions",
                    peer="10.1.2.3:40112",
                    received_at=self.at,
                    raw=raw,
                    device=MN,
                    sent_at=self.at,
                    problems=problems,
                )
                await intake.deliver([Delivery(frame, (made,))])

    @asynccontextmanager
    async def _intake(self) -> Any:
        settings = Settings()
        intake = Intake(
            store=self.store,
            bench=lambda register: bench(settings, register),
            metrics=Metrics(),
            changed=lambda: None,
            limits=Limits(linger=0.0),
            now=lambda: self.at,
        )
        task = asyncio.create_task(intake.run())
        try:
            yield intake
        finally:
            await intake.stop()
            await task

    def mark(self, start: datetime, hours: int, **more: Any) -> None:
        """A mark as the part that records them would enter it."""
        row = {
            "mn": MN,
            "pollutant": "a21026",
            "class": "device",
            "item": "维护",
            "start_ms": int(start.timestamp() * 1000),
            "end_ms": int((start + timedelta(hours=hours)).timestamp() * 1000),
            "manual": True,
            "reason": "例行校准",
            "submitted_at": self.at,
            "recorded_at": self.at,
            "recorded_by": "企业",
        }
        with self.store.write() as connection:
            connection.execute(insert(tables.marks).values(row | more))

    def alert(self) -> int:
        """The newest alert."""
        with self.store.read() as connection:
            query = select(tables.alerts.c.id).order_by(tables.alerts.c.id.desc()).limit(1)
            return int(connection.execute(query).scalar_one())

    def attach(self, content: bytes, name: str = "1.jpg", **said: str) -> dict[str, Any]:
        """A file attached to the newest alert's task by a supervisor."""
        draft = self.media.draft()
        draft.write(content)
        found = self.media.examine(draft.path, draft.finish())
        with self.store.read() as connection:
            query = select(tables.alerts.c.task).where(tables.alerts.c.id == self.alert())
            task = connection.execute(query).scalar_one()
        about = attachments.said(said, name)
        return attachments.attach(self.desk, DIRECTOR, task, None, found, about)[0]

    def export(self, bounds: Bounds | None = None) -> evidence.Bundle:
        return evidence.export(self.desk, PERSON, self.alert(), bounds)


def hour(start: datetime, value: float) -> bytes:
    """The frame of an hour's mean, measured a bit below what it is converted."""
    local = start.astimezone(ZONE)
    content = (
        f"DataTime={local:%Y%m%d%H%M%S};a21026-Avg={value - 2:g},a21026-Min={value - 5:g},"
        f"a21026-Max={value + 5:g},a21026-ZsAvg={value:g},a21026-Cou=1.25,a21026-Flag=N"
    )
    return make(content, "2061", qn=f"{local:%Y%m%d%H%M%S}000", mn=MN)


def contents(bundle: bytes) -> dict[str, bytes]:
    """What any unzip program finds in a bundle."""
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def document(bundle: bytes, name: str) -> Any:
    return json.loads(contents(bundle)[name])


def checked(bundle: bytes) -> Report:
    return verify(memoryview(bundle))


def faults(bundle: bytes) -> list[str]:
    return [check.text for check in checked(bundle).checks if not check.holds]
