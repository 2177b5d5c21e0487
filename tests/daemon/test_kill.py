"""Acked means kept: the daemon is killed under load at random instants, and nothing is missing.

`OFFSITE_MONITOR_TEST_KILLS` sets how often (per database; 10 without it).
"""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import uvicorn
from sqlalchemy import func, select
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.replay import Device
from adapters.replay.scenarios import frame
from monitor.clock import to_ms
from monitor.observation import Period
from monitor.store import Store, devices, readings
from monitor.store.tables import alerts, deliveries, events, findings, tasks
from tests.daemon.process import Process, mn

KILLS = int(os.environ.get("OFFSITE_MONITOR_TEST_KILLS", "10"))
OUTLETS = 6
IN_FLIGHT = 5
HOURS_A_ROUND = 25
ZONE = ZoneInfo("Asia/Shanghai")
BEGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=50)
_ANSWER = re.compile(rb"QN=(\d+);ST=91;CN=9014;")


def hour_value(hour: int) -> float:
    """Three hours of seven exceed the limit of 35."""
    return 50.0 + hour if hour % 7 in (2, 3, 4) else 10.0


@dataclass
class Logger:
    """A data logger: what it has sent and what was answered; what was not is sent again."""

    number: int
    hour: int = 0
    moment: int = 0
    open: dict[bytes, bytes] = field(default_factory=dict)
    acked_hours: set[int] = field(default_factory=set)
    acked_moments: set[int] = field(default_factory=set)
    _of: dict[bytes, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.device = Device(mn(self.number), "31", ())

    def window(self, last_hour: int) -> list[bytes]:
        """Frames in flight: those never answered first, then new ones."""
        while len(self.open) < IN_FLIGHT:
            hourly = len(self.open) % 2 == 0 and self.hour < last_hour
            self._compose("2061", self.hour) if hourly else self._compose("2011", self.moment)
            if hourly:
                self.hour += 1
            else:
                self.moment += 1
        return list(self.open.values())

    def _compose(self, code: str, place: int) -> None:
        span = timedelta(hours=1) if code == "2061" else timedelta(seconds=30)
        at = (BEGIN + place * span).astimezone(ZONE)
        suffix, value = ("Avg", hour_value(place)) if code == "2061" else ("Rtd", 20.0)
        qn = f"{at:%Y%m%d%H%M%S}{'100' if code == '2061' else '200'}"
        content = f"DataTime={at:%Y%m%d%H%M%S};a21026-{suffix}={value},a21026-Flag=N"
        key = qn.encode()
        self.open[key] = frame(self.device, code, qn, content)
        self._of[key] = (code, place)

    def answered(self, qn: bytes) -> None:
        if self.open.pop(qn, None) is not None:
            code, place = self._of.pop(qn)
            (self.acked_hours if code == "2061" else self.acked_moments).add(place)

    async def report(self, port: int, last_hour: int) -> None:
        """Until the daemon goes away."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:
                writer.write(b"".join(self.window(last_hour)))
                waiting, rest = set(self.open), b""
                while waiting:
                    chunk = await reader.read(65_536)
                    if not chunk:
                        return
                    rest += chunk
                    for qn in _ANSWER.findall(rest):
                        self.answered(qn)
                        waiting.discard(qn)
                    rest = rest[rest.rfind(b"##") :]
        except OSError:
            return
        finally:
            writer.close()


@dataclass
class Receiver:
    """A real webhook receiver: its URL, what came under each id, and the secret that verifies it."""

    url: str = ""
    secret: str = ""
    got: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Every delivery verifies, and says the same each time."""
        key = headers["webhook-id"]
        if self.got.setdefault(key, body) != body:
            self.faults.append(f"{key} has changed")
        try:
            Webhook(self.secret).verify(body, dict(headers))
        except WebhookVerificationError as error:
            self.faults.append(f"{key}: {error}")


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()

    async def hook(request: Request) -> Response:
        receiver.take(request.headers, await request.body())
        return Response(status_code=204)

    app = Starlette(routes=[Route("/", hook, methods=["POST"])])
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    receiver.url = f"http://127.0.0.1:{port}/"
    try:
        yield receiver
    finally:
        server.should_exit = True
        await task


@pytest.mark.slow
async def test_whatever_is_acknowledged_survives_sigkill(database_url: str, tmp_path: Path) -> None:
    draw = random.Random(20261122)
    daemon = Process(tmp_path, database_url)
    daemon.register(OUTLETS)
    token = daemon.token()
    loggers = [Logger(number) for number in range(OUTLETS)]
    async with receiving() as receiver:
        daemon.start()
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
            hook = {"url": receiver.url, "types": ["*"]}
            answer = await client.post(f"{daemon.api}/webhooks", json=hook)
            assert answer.status_code == 201, answer.text
            receiver.secret = answer.json()["secret"]
        for kill in range(1, KILLS + 1):
            last = kill * HOURS_A_ROUND
            load = [asyncio.create_task(x.report(daemon.port, last)) for x in loggers]
            if kill % 2:  # something has been acknowledged; in every other round perhaps nothing
                before = _acked(loggers)
                await _until(lambda before=before: _acked(loggers) > before)
            await asyncio.sleep(draw.uniform(0.05, 0.7))  # the instant is what is being tried
            await asyncio.to_thread(daemon.kill)
            await asyncio.gather(*load)
            await asyncio.to_thread(daemon.start)
        store = Store(database_url)
        await _until(lambda: _all_told(store, receiver.got))
        assert receiver.faults == []
        assert await asyncio.to_thread(daemon.end) == 0
    for logger in loggers:
        _kept_once(store, logger)
        _one_alert_an_exceedance(store, logger)
    _one_task_a_matter(store)
    store.close()


def _acked(loggers: Iterable[Logger]) -> int:
    return sum(len(logger.acked_hours) + len(logger.acked_moments) for logger in loggers)


async def _until(done: object, seconds: float = 150) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(done):  # type: ignore[arg-type]
            await asyncio.sleep(0.1)


def _all_told(store: Store, got: Mapping[str, bytes]) -> bool:
    with store.read() as connection:
        ids = set(connection.execute(select(events.c.id)).scalars())
        pending = connection.execute(
            select(func.count()).where(deliveries.c.state == "pending")
        ).scalar_one()
    assert got.keys() <= ids
    return pending == 0 and got.keys() == ids


def _stored(store: Store, logger: Logger, period: Period) -> list[int]:
    with store.read() as connection:
        number = devices.find(connection, [mn(logger.number)])[mn(logger.number)]
        until = to_ms(BEGIN + timedelta(days=60))
        found = readings.stored(connection, number, mn(logger.number), period, to_ms(BEGIN), until)
        return [to_ms(item.readings.start) for item in found]


def _kept_once(store: Store, logger: Logger) -> None:
    hours = _stored(store, logger, Period.HOUR)
    moments = _stored(store, logger, Period.REALTIME)
    assert len(hours) == len(set(hours))
    assert len(moments) == len(set(moments))
    begin = to_ms(BEGIN)
    assert {begin + hour * 3_600_000 for hour in logger.acked_hours} <= set(hours)
    assert {begin + moment * 30_000 for moment in logger.acked_moments} <= set(moments)


def _one_alert_an_exceedance(store: Store, logger: Logger) -> None:
    """The alerts are the runs of exceeding hours among those stored."""
    hours = sorted((ms - to_ms(BEGIN)) // 3_600_000 for ms in _stored(store, logger, Period.HOUR))
    runs: list[list[int]] = []
    before = None
    for hour in hours:
        if hour_value(hour) > 35:
            if before is not None and hour_value(before) > 35:
                runs[-1].append(hour)
            else:
                runs.append([hour])
        before = hour
    with store.read() as connection:
        found = connection.execute(
            select(alerts)
            .where(alerts.c.mn == mn(logger.number), alerts.c.periods > 0)
            .order_by(alerts.c.start_ms)
        ).all()
        counted = connection.execute(
            select(func.count()).select_from(findings).where(findings.c.device == found[0].device)
        ).scalar_one()
        opened = connection.execute(
            select(events.c.alert).where(
                events.c.type == "alert.opened", events.c.alert.in_([a.id for a in found])
            )
        ).scalars()
        assert sorted(opened) == sorted(a.id for a in found)
    spans = [(a.start_ms, a.end_ms, a.periods) for a in found]
    begin = to_ms(BEGIN)
    assert spans == [
        (begin + run[0] * 3_600_000, begin + (run[-1] + 1) * 3_600_000, len(run)) for run in runs
    ]
    assert counted == sum(len(run) for run in runs)


def _one_task_a_matter(store: Store) -> None:
    with store.read() as connection:
        per_matter = connection.execute(
            select(tasks.c.uscc, func.count()).group_by(tasks.c.uscc, tasks.c.trigger)
        ).all()
        queued = connection.execute(
            select(events.c.task).where(events.c.type == "task.queued")
        ).scalars()
        told = sorted(queued)
    assert per_matter
    assert all(count == 1 for _, count in per_matter)
    assert len(told) == len(set(told)) == len(per_matter)
