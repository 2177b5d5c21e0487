"""An enterprise with an analyser, a camera and a drone, for what happens at the screening desk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from monitor import muting
from monitor.actions import Desk
from monitor.actions import alerts as screening
from monitor.actions.alerts import Verdict
from monitor.alerting import Alerting, Bench
from monitor.clock import to_ms
from monitor.corroboration import Scheme
from monitor.event import Event, Kind
from monitor.judging import Judging
from monitor.observation import Frame
from monitor.register import Camera, Register
from monitor.sightings import Seen
from monitor.store import alerts as alert_rows
from monitor.store import frames, tables
from tests.judging.kit import ADMIN, HOUR, USCC, ZONE, Plant, Sent

START = datetime(2026, 11, 2, tzinfo=ZONE)
CAMERA, DRONE = "gate", "uav"
EYES = {CAMERA: Kind.VIDEO, DRONE: Kind.DRONE}


@dataclass
class Yard(Plant):
    """A plant that eyes look at as well."""

    scheme: Scheme = field(default_factory=Scheme)
    language: str = "zh"

    def bench(self, register: Register) -> Bench:
        eyes = tuple(Camera(camera=name, uscc=USCC, adapter="eyes") for name in EYES)
        known = replace(register, cameras=eyes)
        made = super().bench(known)
        return replace(made, corroboration=self.scheme, language=self.language)

    def exceed(self, hour: int) -> None:
        """An hour over its limit, and one within it that ends the episode."""
        at = START + hour * HOUR
        self.take([Sent(at, 50), Sent(at + HOUR, 5)])

    def see(self, hour: float, source: str = CAMERA, **more: Any) -> None:
        """An eye reports something, in a transaction of its own."""
        start = START + hour * HOUR
        event = Event(
            key=f"{source} {start.isoformat()} {more}", kind=EYES.get(source, Kind.VIDEO),
            source=source, label="smoke", start=start, silence=timedelta(minutes=10), **more,
        )  # fmt: skip
        frame = Frame("eyes", "10.0.0.1", self.now, event.key.encode())
        with self.store.write() as connection:
            first = frames.append(connection, [frame])
            bench = self.bench(self.register())
            judging = Judging(connection, bench, self.now, lambda ids: dict.fromkeys(ids, frame))
            judging.see([Seen("eyes", event, first)])
            judging.tell()

    def screen(self, number: int, verdict: Verdict, **more: Any) -> dict[str, Any]:
        return screening.screen(self.desk, ADMIN, number, verdict, "看过", **more)

    def all_alerts(self) -> list[Any]:
        """Those with findings, in order of time."""
        with self.store.read() as connection:
            query = select(tables.alerts).where(tables.alerts.c.periods > 0)
            order = (tables.alerts.c.start_ms, tables.alerts.c.rule, tables.alerts.c.source)
            return list(connection.execute(query.order_by(*order)).all())

    def shapes(self) -> list[dict[str, Any]]:
        with self.store.read() as connection:
            return alert_rows.shape_rows(connection, self.all_alerts(), ZONE, self.now)

    def one(self, rule: str) -> dict[str, Any]:
        (found,) = [shape for shape in self.shapes() if shape["rule"] == rule]
        return found

    def empty(self) -> None:
        """Nothing has been judged yet."""
        with self.store.write() as connection:
            for name in (
                "deliveries", "events", "corroborations", "sighting_files", "sightings", "findings",
                "alerts", "task_history", "tasks", "silences", "averages", "due", "audit",
            ):  # fmt: skip
                connection.execute(delete(getattr(tables, name)))


ALERT: dict[str, Any] = {
    "rule": "constant-value",
    "outcome": "screen",
    "uscc": USCC,
    "enterprise": "厂",
    "district": "东区",
    "device": 1,
    "mn": "PLANT1",
    "pollutant": "a21026",
    "period": "hour",
    "clause": "示例",
    "reason": "恒值",
    "silent": False,
    "verified": True,
}
"""What a data rule finds, but for when."""


def alerting(desk: Desk, connection: Any, at: datetime, **more: Any) -> Alerting:
    """What opens alerts at a desk."""
    bench = Bench(
        register=desk.register(), policy=desk.grading(), zone=desk.zone, language=desk.language,
        terms=desk.time_limits, **more,
    )  # fmt: skip
    return Alerting(connection, bench, at)


def opened(desk: Desk, *each: dict[str, Any], at: datetime, **more: Any) -> list[int]:
    """Open alerts of data rules in one transaction, as the rules do."""
    numbers = []
    with desk.store.write() as connection:
        opening = alerting(desk, connection, at, **more)
        for values in each:
            span = {"start_ms": to_ms(at - 2 * HOUR), "end_ms": to_ms(at - HOUR)}
            numbers.append(opening.enter(ALERT | span | values))
        opening.tell()
    return numbers


def change(desk: Desk, number: int, at: datetime, **values: Any) -> None:
    """Something about an alert changes, as it does while data comes in."""
    with desk.store.write() as connection:
        changing = alerting(desk, connection, at)
        row = alert_rows.get(connection, number)
        alert_rows.change(connection, number, values)
        changing.note(row, "alert.cleared" if values.get("state") == "cleared" else "alert.updated")
        changing.tell()


def swept(desk: Desk, at: datetime) -> int:
    """One run of the clock's sweep over what is muted."""
    with desk.store.write() as connection:
        sweeping = alerting(desk, connection, at)
        found = muting.settle(sweeping, 100)
        sweeping.tell()
    return found


def told(desk: Desk) -> list[tuple[str, int]]:
    """Types of the events of alerts so far, each with its alert."""
    events = tables.events.c
    with desk.store.read() as connection:
        query = select(events.type, events.alert).where(events.alert.is_not(None))
        return [(row.type, row.alert) for row in connection.execute(query.order_by(events.seq))]


def row_of(desk: Desk, number: int) -> Any:
    with desk.store.read() as connection:
        return alert_rows.get(connection, number)


def lines(history: Iterable[Any], change: str) -> list[Any]:
    """The lines of a task's history of one kind."""
    return [line for line in history if line.change == change]
