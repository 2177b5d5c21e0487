"""Broken and hostile devices cost the others nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from monitor.clock import to_ms
from monitor.store import Store
from monitor.store.tables import devices, readings
from tests.daemon import crowd
from tests.daemon.process import Process, mn

BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
POLITE, RUDE, FRAMES = 400, 50, 6


def test_who_misbehaves_costs_the_others_nothing(tmp_path: Path, database_url: str) -> None:
    process = Process(tmp_path, database_url)
    process.start()
    process.register(POLITE)
    names = [mn(number) for number in range(POLITE + RUDE)]
    report = asyncio.run(
        crowd.gather(process.port, names[:POLITE], names[POLITE:], BEGIN, frames=FRAMES, pause=0.5)
    )
    assert process.end() == 0
    assert (report.sent, report.answered, report.lost) == (POLITE * FRAMES, POLITE * FRAMES, 0)
    assert set(report.rude) == set(crowd.RUDE)
    store = Store(database_url)
    with store.read() as connection:
        query = (
            select(devices.c.mn, func.count(func.distinct(readings.c.start_ms)), func.count())
            .join(readings, readings.c.device == devices.c.id)
            .where(readings.c.start_ms >= to_ms(BEGIN), devices.c.mn.in_(names[:POLITE]))
            .group_by(devices.c.mn)
        )
        stored = {row[0]: (row[1], row[2]) for row in connection.execute(query)}
    store.close()
    assert stored == dict.fromkeys(names[:POLITE], (FRAMES, FRAMES))
