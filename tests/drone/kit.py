"""A bureau that surveys are handed in to: the API, the intake and the adapter, over a database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import shapely
from sqlalchemy import update

from adapters.drone.upload import Adapter
from monitor.adapter import Context, Delivery
from monitor.alert import Policy
from monitor.alerting import Bench
from monitor.api import create_app
from monitor.filing import Filing
from monitor.geodesy import Plane
from monitor.intake import Intake
from monitor.metrics import Metrics
from monitor.store import tables
from monitor.terms import Terms
from tests.api.conftest import EAST, Bureau

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 8, 1, 4, tzinfo=UTC)
HERE = Plane(112.55, 37.87)
SECRET = "a-secret-of-the-drones"
TUS = {"Tus-Resumable": "1.0.0"}
Call = Callable[..., Awaitable[httpx.Response]]


def at(x: float, y: float) -> tuple[float, float]:
    """Degrees of a place so many metres east and north."""
    longitude, latitude = HERE.unproject(x, y)
    return float(longitude), float(latitude)


def square(x: float, y: float, side: float = 100.0) -> str:
    """A boundary around a place, as WKT."""
    half = side / 2
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    return str(shapely.Polygon([at(x + a, y + b) for a, b in corners]).wkt)


def gasflux(
    points: list[tuple[float, float, float]], wind: tuple[float, float] | None = None
) -> bytes:
    """A track as the README of GasFlux has its columns: a point a second, metres and ppm of CH4."""
    head = "timestamp,latitude,longitude,altitude_ato,ch4" + (",windspeed,winddir" if wind else "")
    rows = [head]
    for n, (x, y, value) in enumerate(points):
        longitude, latitude = at(x, y)
        stamp = f"2026-08-01T04:{n // 60:02d}:{n % 60:02d}Z"
        row = f"{stamp},{latitude:.8f},{longitude:.8f},50,{value}"
        rows.append(row + (f",{wind[0]},{wind[1]}" if wind else ""))
    return "\n".join(rows).encode()


@dataclass
class Drones:
    """The adapter `drones`, at a bureau."""

    bureau: Bureau
    settings: dict[str, Any] = field(default_factory=lambda: {"thresholds": {"CH4": "10 ppm"}})
    delivered: list[Delivery] = field(default_factory=list)

    def bound(self, **boundaries: str) -> None:
        """Give enterprises boundaries, WKT by the name they have in tests."""
        known = self.bureau.books[0]
        bounded = (
            replace(e, boundary=boundaries.get(e.uscc, e.boundary)) for e in known.enterprises
        )
        self.bureau.books[0] = replace(known, enterprises=tuple(bounded))
        with self.bureau.store.write() as connection:
            for uscc, written in boundaries.items():
                row = update(tables.enterprises).where(tables.enterprises.c.uscc == uscc)
                connection.execute(row.values(boundary=written))

    def run(self, work: Callable[[Call], Awaitable[Any]], role: str = "feeder") -> Any:
        """Have something done while the intake runs; `call` is made as a feeder."""
        headers = self.bureau.headers(role)

        async def running() -> Any:
            intake = self._intake()
            adapter = self._adapter(intake)
            object.__setattr__(self.bureau.services, "doors", lambda: {"drones": adapter.door})
            app = create_app(self.bureau.services)
            task = asyncio.create_task(intake.run())
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://bureau") as client:

                async def call(method: str, path: str, **more: Any) -> httpx.Response:
                    sent = headers | more.pop("headers", {})
                    where = path if path.startswith("/") else f"/api/v1/feeds/drones/{path}"
                    return await client.request(method, where, headers=sent, **more)

                try:
                    return await work(call)
                finally:
                    await intake.stop()
                    await task

        return asyncio.run(running())

    def send(self, *files: tuple[str, bytes], **fields: str) -> httpx.Response:
        """A form."""
        parts = [("files", (name, data, "application/octet-stream")) for name, data in files]

        async def work(call: Call) -> httpx.Response:
            return await call("POST", "surveys", files=parts, data=fields)

        answer: httpx.Response = self.run(work)
        return answer

    def surveys(self, *districts: str) -> list[dict[str, Any]]:
        """All surveys, with their files and findings, the oldest first."""
        role = "viewer" if districts else "admin"
        listed = self.bureau.call("GET", "surveys", role, *districts).json()["items"]
        paths = [f"surveys/{each['id']}" for each in reversed(listed)]
        return [self.bureau.call("GET", path, role, *districts).json() for path in paths]

    def alerts(self) -> list[dict[str, Any]]:
        """Alerts of what drones found."""
        items: list[dict[str, Any]] = self.bureau.call("GET", "alerts").json()["items"]
        return [each for each in items if each["rule"] == "drone-finding"]

    def _intake(self) -> Intake:
        return Intake(
            store=self.bureau.store,
            bench=lambda register: Bench(
                register=register,
                policy=Policy(),
                zone=ZONE,
                language="zh",
                terms=lambda: Terms(zone=ZONE),
            ),
            metrics=Metrics(),
            changed=self.bureau.changed.bump,
            now=self.bureau.clock,
            filing=Filing(self.bureau.desk.media),
        )

    def _adapter(self, intake: Intake) -> Adapter:
        async def deliver(deliveries: Any) -> None:
            await intake.deliver(deliveries)
            self.delivered.extend(deliveries)

        config = Adapter.Config.model_validate(
            {"type": "drone", "name": "drones", "secret": SECRET} | self.settings
        )
        return Adapter(
            config,  # type: ignore[arg-type]
            Context(
                name="drones",
                zone=ZONE,
                deliver=deliver,
                answered=lambda _count: None,
                password=lambda _mn: None,
                known=lambda _mn: False,
                now=self.bureau.clock,
            ),
        )


__all__ = ["EAST", "NOON", "SECRET", "TUS", "Call", "Drones", "at", "gasflux", "square"]
