"""An API over a small register, served by a real uvicorn where a test needs the wire."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import insert

from monitor.actions import Desk, tokens
from monitor.actions.clockwork import SYSTEM
from monitor.api import Services, create_app
from monitor.api.shown import Shown
from monitor.api.throttle import Throttle
from monitor.changed import Changed
from monitor.complaint import Policy as Complaining
from monitor.media import Limits, Media
from monitor.metrics import Metrics
from monitor.register import Enterprise, Listing, Outlet, Register
from monitor.reminder import Policy as Reminding
from monitor.store import Store, tables
from monitor.store import alerts as alert_rows
from monitor.tokens import Role
from tests.servers import free_port, wait_for

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
EAST, WEST = "91110000100000000A", "91110000100000000B"
DISTRICT = {EAST: "东区", WEST: "西区"}
MN = {EAST: "EAST01", WEST: "WEST01"}


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: datetime = AT

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Bureau:
    """A bureau with two districts and an enterprise in each."""

    store: Store
    desk: Desk
    changed: Changed
    clock: Clock
    app: FastAPI
    services: Services
    base: str = "http://bureau"
    books: list[Register] = field(default_factory=list)
    """The register that the desk sees, alone in its list."""
    _tokens: dict[Any, str] = field(default_factory=dict)

    def token(self, role: str = "admin", *districts: str) -> str:
        """A token of a role; the same one every time."""
        key = (role, districts)
        if key not in self._tokens:
            name = f"{role} {' '.join(districts)}".strip()
            made = tokens.create(self.desk, SYSTEM, name, Role(role), districts)
            self._tokens[key] = made[1]
        return self._tokens[key]

    def headers(self, role: str = "admin", *districts: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, *districts)}"}

    def call(
        self, method: str, path: str, role: str = "admin", *districts: str, **more: Any
    ) -> httpx.Response:
        """One request without a socket."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=self.base) as client:
                headers = self.headers(role, *districts) | more.pop("headers", {})
                prefix = "" if path.startswith("/") else "/api/v1/"
                return await client.request(method, prefix + path, headers=headers, **more)

        return asyncio.run(send())

    def with_outlets(self) -> None:
        """Have the desk's register know the outlets, as the books do."""
        outlets = tuple(
            Outlet(mn=MN[uscc], uscc=uscc, code="DA001", medium="air") for uscc in DISTRICT
        )
        self.books[0] = replace(self.books[0], outlets=outlets)

    def alert(self, uscc: str = EAST, **values: Any) -> int:
        """An open alert to screen."""
        row = {
            "rule": "exceedance",
            "outcome": "screen",
            "state": "open",
            "uscc": uscc,
            "enterprise": "厂",
            "district": DISTRICT[uscc],
            "mn": MN[uscc],
            "pollutant": "a21026",
            "period": "hour",
            "start_ms": 1_790_000_000_000,
            "end_ms": 1_790_003_600_000,
            "value": 70.0,
            "limit": 35.0,
            "exceed_ratio": 1.0,
            "clause": "GB 13271-2014",
            "reason": "超标",
            "periods": 1,
            "opened_at": AT,
            "updated_at": AT,
        } | values
        with self.store.write() as connection:
            return alert_rows.open_alert(connection, row)

    def task(self, uscc: str = EAST, trigger: str = "manual", **more: Any) -> dict[str, Any]:
        """A task by hand."""
        body = {"uscc": uscc, "trigger": trigger, "reason": "看一看"} | more
        answer = self.call("POST", "tasks", json=body)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found


def register() -> Register:
    return Register(
        enterprises=tuple(
            Enterprise(uscc=uscc, name="厂", district=DISTRICT[uscc]) for uscc in DISTRICT
        ),
        listings=(Listing(uscc=EAST, category="3", listed_from=date(2026, 1, 1)),),
    )


def fill_books(store: Store) -> None:
    with store.write() as connection:
        for uscc, district in DISTRICT.items():
            at = {"recorded_at": AT}
            connection.execute(
                insert(tables.enterprises).values(
                    uscc=uscc, name="厂", district=district, key_unit=True, **at
                )
            )
            connection.execute(
                insert(tables.outlets).values(
                    mn=MN[uscc], uscc=uscc, code="DA001", medium="air", password="secret", **at
                )
            )
            connection.execute(
                insert(tables.limits).values(
                    mn=MN[uscc],
                    pollutant="a21026",
                    period="hour",
                    limit=35.0,
                    basis="converted",
                    clause="GB",
                    valid_from=date(2026, 1, 1),
                    **at,
                )
            )
            connection.execute(
                insert(tables.positive_list).values(
                    uscc=uscc,
                    category="3",
                    listed_from=date(2026, 1, 1),
                    listed_until=date(2026, 12, 31),
                    **at,
                )
            )


@pytest.fixture
def bureau(store: Store, tmp_path: Path) -> Bureau:
    fill_books(store)
    limits = Limits(max_file=300_000, max_task=500_000, max_pixels=1_000_000, keep_free=0)
    clock, changed, books = Clock(), Changed(), [register()]
    desk = Desk(
        store=store,
        zone=ZONE,
        register=lambda: books[0],
        now=clock,
        lease=timedelta(hours=1),
        media=Media(tmp_path / "media", limits),
        reminding=Reminding(public_url="https://bureau.example.org", files=2, max_bytes=200_000),
        complaining=Complaining(master=lambda: "示例主密钥，仅供测试使用，不少于十六字"),
        changed=changed.bump,
    )
    services = Services(
        desk=desk,
        changed=changed,
        metrics=Metrics(),
        shown=Shown(ZONE),
        throttle=Throttle(timer=lambda: clock.at.timestamp()),
        max_body=20_000,
    )
    return Bureau(store, desk, changed, clock, create_app(services), services, books=books)


@dataclass
class Served:
    """A running server."""

    url: str
    stop: Callable[[], None]


def serve(app: FastAPI, changed: Changed | None = None) -> Served:
    """A real uvicorn on a spare port, in a thread."""
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started)

    def stop() -> None:
        server.should_exit = True
        if changed is not None:
            changed.stop()
        thread.join()

    return Served(f"http://127.0.0.1:{port}", stop)


@pytest.fixture
def served(bureau: Bureau) -> Iterator[Served]:
    running = serve(bureau.app, bureau.changed)
    yield running
    running.stop()
