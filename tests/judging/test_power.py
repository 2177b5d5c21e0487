"""Power use from the intake to alerts: judged hour by hour, again as it changes, backtested."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from monitor import rejudging
from monitor.alert import Policy
from monitor.alerting import Bench
from monitor.backtest import Backtest
from monitor.books import Books
from monitor.clock import to_ms
from monitor.evidence import documents
from monitor.evidence.gathering import gather
from monitor.judging import Judging
from monitor.noting import Report
from monitor.observation import Frame, Layout, Period, Readings, Statistic
from monitor.power import Order, OrderKind
from monitor.register import Enterprise, Meter, Register
from monitor.rules import POWER_RULES
from monitor.store import Store, books, devices, emergency_orders, frames, readings, views
from monitor.store.readings import Arrival
from monitor.store.tables import alerts, due, findings
from monitor.terms import Terms
from tests.judging.kit import ZONE
from tests.registers import uscc

MORNING = datetime(2026, 8, 3, 0, tzinfo=UTC)  # 8 o'clock in Shanghai
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
LAYOUT = Layout((("P", Statistic.VALUE), ("EPI", Statistic.VALUE)))
PRODUCTION, TREATMENT = "示例电表-产", "示例电表-治"


class Workshop:
    """A line with a meter on each side; readings come into it as in the daemon."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = MORNING
        self._counter = dict.fromkeys((PRODUCTION, TREATMENT), 1000.0)
        meters = tuple(
            Meter(meter=number, uscc=uscc(1), facility=facility, rated_kw=rated, line="一线")
            for number, facility, rated in (
                (PRODUCTION, "production", 100.0),
                (TREATMENT, "treatment", 20.0),
            )
        )
        owner = Enterprise(uscc=uscc(1), name="示例企业", district="示例区")
        with store.write() as connection:
            said = Books(enterprises=(owner,), meters=meters)
            books.apply(connection, said, replace=False, now=self.now)
            self.register = books.load(connection)
        self._sweep = rejudging.Sweep(store, lambda register: self.bench(register), lambda: False)

    def bench(self, register: Register | None = None) -> Bench:
        return Bench(
            register=register or self.register,
            policy=Policy(),
            zone=ZONE,
            language="zh",
            terms=lambda: Terms(),
        )

    def runs(self, meter: str, since: datetime, kw: Iterable[float]) -> list[Readings]:
        """The readings at the edges of quarters, of which each has a load."""
        found = []
        for number, load in enumerate([*kw, None]):
            at = since + number * QUARTER
            values = (load or 0.0, self._counter[meter])
            found.append(Readings(meter, Period.REALTIME, at, at, LAYOUT, values))
            self._counter[meter] += (load or 0.0) / 4
        return found

    def send(self, *reports: Readings, late: bool = False) -> None:
        """As the intake does, in one transaction."""
        with self.store.write() as connection:
            seen = {r.mn: ("meters", "peer", self.now) for r in reports}
            numbers = devices.numbers(connection, seen)
            layouts = devices.layout_numbers(connection, {LAYOUT})
            raw = [Frame("meters", "peer", self.now, b"{}", device=r.mn) for r in reports]
            first = frames.append(connection, raw)
            arrivals = [
                Arrival(
                    readings=r, device=numbers[r.mn], layout=layouts[r.layout], late=late,
                    sent_ms=None, received_ms=to_ms(self.now), frame=first + number,
                )
                for number, r in enumerate(reports)
            ]  # fmt: skip
            readings.add(connection, arrivals)
            judging = Judging(connection, self.bench(), self.now, lambda _wanted: {})
            judging.take(Report(a.readings, a.device, a.frame, a.late) for a in arrivals)
            judging.tell()

    def order(self, kind: str, since: datetime, **more: Any) -> None:
        said = Order(uscc=uscc(1), kind=OrderKind(kind), start_ms=to_ms(since), **more)
        with self.store.write() as connection:
            emergency_orders.add(connection, said, self.now, "示例")

    def until(self, at: datetime) -> None:
        """Time passes, and the sweep runs."""
        self.now = at
        self._sweep.run(at)

    def alerts(self) -> list[tuple[str, str, str, int]]:
        """Rule, meter, state and count of each alert that holds."""
        with self.store.read() as connection:
            rows = connection.execute(select(alerts).order_by(alerts.c.id)).all()
        return [(row.rule, row.mn, row.state, row.periods) for row in rows if row.periods]

    def rows(self, table: Any) -> list[Any]:
        with self.store.read() as connection:
            return list(connection.execute(select(table)))

    def backtest(self) -> list[tuple[str, str, str, int]]:
        run = Backtest(
            store=self.store, bench=self.bench(), since_ms=to_ms(MORNING - 4 * HOUR),
            until_ms=to_ms(self.now), rules=tuple(POWER_RULES), now=self.now,
        )  # fmt: skip
        with self.store.read() as connection:
            numbers = devices.find(connection, sorted(run.outlets()))
        lines = [
            line
            for mn, number in numbers.items()
            for line in run.alerts(mn, number, lambda _: None)
        ]
        found = [(o["rule"], o["outlet"], o["state"], o["count"]) for o in lines]
        return sorted(found)


def test_treatment_that_stands_while_production_runs(store: Store) -> None:
    shop = Workshop(store)
    shop.now = MORNING + 4 * HOUR
    shop.send(*shop.runs(PRODUCTION, MORNING, [80] * 16))
    shop.send(*shop.runs(TREATMENT, MORNING, [10] * 4 + [0] * 8 + [10] * 4))
    shop.until(MORNING + 5 * HOUR + timedelta(minutes=7))
    found = [("treatment-off", TREATMENT, "cleared", 2)]
    assert [each for each in shop.alerts() if each[0] == "treatment-off"] == found
    (alert,) = [row for row in shop.rows(alerts) if row.rule == "treatment-off"]
    assert (alert.outcome, alert.uscc, alert.district) == ("screen", uscc(1), "示例区")
    assert "100%" not in alert.reason
    assert "80%" in alert.reason
    assert shop.backtest() == sorted(shop.alerts())
    with store.snapshot() as connection:
        row = views.alert_row(connection, (), alert.id)
        assert row is not None
        case = gather(connection, row, ZONE, lambda *_: [], {})
    files = dict(documents.entries(case))
    (said,) = [json.loads(content) for name, content in files.items() if "register" in name]
    shown = json.dumps(said, ensure_ascii=False)
    assert PRODUCTION in shown
    assert TREATMENT in shown


def test_a_live_line_is_judged_once_an_hour(store: Store) -> None:
    shop = Workshop(store)
    for number in range(8):
        shop.now = MORNING + number * QUARTER
        for meter, kw in ((PRODUCTION, 80.0), (TREATMENT, 0.0)):
            shop.send(shop.runs(meter, shop.now, [kw])[0])
        shop.until(shop.now)
        waiting = [row for row in shop.rows(due) if row.reason == "power"]
        assert {row.noted_at.minute for row in waiting} <= {6}
    assert ("treatment-off", TREATMENT, "open", 1) in shop.alerts()  # the first hour
    shop.until(MORNING + 2 * HOUR + timedelta(minutes=10))
    # the second hour's last quarter is not known: nothing has come behind it
    assert ("treatment-off", TREATMENT, "open", 2) in shop.alerts()


def test_a_dark_meter_is_a_reminder_and_back_fill_takes_it_back(store: Store) -> None:
    shop = Workshop(store)
    whole = shop.runs(TREATMENT, MORNING, [10] * 16)
    shop.now = MORNING + HOUR
    shop.send(*whole[:5])
    for hours in range(1, 5):
        shop.until(MORNING + hours * HOUR + timedelta(minutes=10))
    (dark,) = shop.alerts()
    assert dark == ("meter-dark", TREATMENT, "open", 2)
    assert [row.outcome for row in shop.rows(alerts)] == ["remind"]
    shop.send(*whole[5:], late=True)
    shop.until(shop.now + HOUR)
    assert [each for each in shop.alerts() if each[0] == "meter-dark"] == []


def test_an_order_that_comes_later_is_held_against_what_was_drawn(store: Store) -> None:
    shop = Workshop(store)
    shop.now = MORNING + 4 * HOUR
    shop.send(*shop.runs(PRODUCTION, MORNING, [80] * 16))
    shop.until(MORNING + 5 * HOUR + timedelta(minutes=7))
    assert [rule for rule, *_ in shop.alerts()] == []
    shop.order("stop", MORNING + 2 * HOUR, document="示例7号")
    with shop.store.write() as connection:
        (number,) = devices.find(connection, [PRODUCTION]).values()
        span = (to_ms(MORNING), to_ms(shop.now))
        devices.note_due(connection, {number: span}, "power", shop.now)
    shop.until(shop.now + timedelta(minutes=1))
    ((rule, meter, _, count),) = [each for each in shop.alerts() if each[0] != "meter-dark"]
    assert (rule, meter, count) == ("stop-order-breach", PRODUCTION, 2)
    assert {row.value for row in shop.rows(findings)} == {80.0}


def test_the_usual_load_of_a_limit_is_that_before_it(store: Store) -> None:
    shop = Workshop(store)
    shop.now = MORNING + 4 * HOUR
    before = MORNING - 60 * HOUR
    shop.send(*shop.runs(PRODUCTION, before, [40] * 240 + [30] * 16))
    shop.order("limit", MORNING + HOUR, allowed_share=0.5)
    shop.until(MORNING + 5 * HOUR + timedelta(minutes=7))
    ((rule, _, _, count),) = [each for each in shop.alerts() if each[0] != "meter-dark"]
    assert (rule, count) == ("stop-order-breach", 3)
    assert {round(row.bound, 1) for row in shop.rows(findings)} == {
        20.9
    }  # of 60 hours with 40 kW and one with 30
