"""Generated data of an outlet at which every rule has something to say, and feeding it to the product."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from sqlalchemy import select

from monitor.alert import Policy
from monitor.alerting import Bench
from monitor.books import Books
from monitor.clock import civil_date, day_start, to_ms
from monitor.judging import Judging
from monitor.marks import Mark, MarkClass
from monitor.noting import MARKS, Report
from monitor.observation import Frame, Layout, Period, Readings, Statistic
from monitor.register import Basis, Enterprise, Limit, Medium, Outlet, Register
from monitor.rejudging import Sweep
from monitor.rules import CURVE_RULES
from monitor.store import Store, alerts, books, devices, frames, marks, readings, tables
from monitor.store.readings import Arrival
from monitor.terms import Terms
from tests.registers import uscc

ZONE = ZoneInfo("Asia/Shanghai")
BEGIN = day_start(date(2026, 10, 1), ZONE)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
END = day_start(date(2026, 11, 1), ZONE)
_LAYOUTS = {
    Period.MINUTE: Layout((("a01901", Statistic.VALUE), ("a21026", Statistic.VALUE))),
    Period.HOUR: Layout(
        (
            ("a21026", Statistic.VALUE),
            ("a21026", Statistic.CONVERTED),
            ("a19001", Statistic.VALUE),
        )
    ),
    Period.DAY: Layout((("a21026", Statistic.VALUE), ("a21026", Statistic.CONVERTED))),
}
_LENGTH = {
    Period.MINUTE: timedelta(minutes=5),
    Period.HOUR: timedelta(hours=1),
    Period.DAY: timedelta(days=1),
}
_numbers = itertools.count()


@dataclass(frozen=True)
class Sent:
    """So many reports one after the other, all the same."""

    period: Period
    first: int
    count: int
    values: tuple[float, ...]
    flag: str | None = "N"
    late: bool = False
    sent: int = 0
    """Minutes after which it was sent: of two versions the one sent later is shown."""


@dataclass(frozen=True)
class Marked:
    """A mark over [first, last) hours."""

    item: str
    kind: MarkClass
    first: int
    last: int


Step = list[Sent] | Marked


def new_mn() -> str:
    """A device code that no other test has."""
    return f"TEST{next(_numbers):020d}"


def enter(store: Store, mn: str, kind: str = "生活垃圾焚烧", **share: float) -> Register:
    """An incinerator's outlet with limits of every sort; what the register says then."""
    owner = uscc(1)
    since = date(2020, 1, 1)

    def limit(pollutant: str, period: Period, bound: float | None, **more: Any) -> Limit:
        basis = more.pop("basis", Basis.MEASURED)
        return Limit(
            mn=mn,
            pollutant=pollutant,
            period=period,
            limit=bound,
            basis=basis,
            clause="示例标准 表1",
            valid_from=since,
            **more,
        )

    written = Books(
        enterprises=(Enterprise(uscc=owner, name="示例热电", district="东区"),),
        outlets=(Outlet(mn=mn, uscc=owner, code="DA001", medium=Medium.AIR, kind=kind),),
        limits=(
            limit("a21026", Period.MINUTE, 50.0),
            limit("a21026", Period.HOUR, 35.0),
            limit("a21026", Period.HOUR, 40.0, basis=Basis.CONVERTED),
            limit("a21026", Period.HOUR, 35.0, share=share.get("share", 0.95)),
            limit("a19001", Period.HOUR, None, lower=6.0),
            limit("a21026", Period.DAY, 30.0, basis=Basis.CONVERTED),
        ),
    )
    with store.write() as connection:
        books.apply(connection, written, replace=False, now=BEGIN, zone=ZONE)
        return books.load(connection)


def bench(register: Register, **policy: Any) -> Bench:
    """Rules over curves have tests of their own."""
    return Bench(
        register=register,
        policy=Policy(**{"off": frozenset(CURVE_RULES), **policy}),
        zone=ZONE,
        language="zh",
        terms=lambda: Terms(zone=ZONE),
    )


def reports(mn: str, sent: Sent) -> list[Readings]:
    layout, length = _LAYOUTS[sent.period], _LENGTH[sent.period]
    first = BEGIN + length * sent.first
    return [
        Readings(
            mn=mn,
            period=sent.period,
            start=first + length * n,
            end=first + length * (n + 1),
            layout=layout,
            values=list(sent.values),
            flags=(sent.flag,) * len(layout.pollutants),
        )
        for n in range(sent.count)
    ]


def feed(
    store: Store,
    mn: str,
    batch: Sequence[Sent],
    judge: Bench | None,
    received_at: datetime = NOW,
) -> None:
    """Store reports in one transaction, as the intake does, and judge them if there is a bench."""
    made = [(report, sent) for sent in batch for report in reports(mn, sent)]
    raw = [
        Frame(source="t", peer="p", received_at=received_at, raw=repr(each).encode(), device=mn)
        for each in made
    ]
    with store.write() as connection:
        first = frames.append(connection, raw)
        number = devices.numbers(connection, {mn: ("t", "p", received_at)})[mn]
        layouts = devices.layout_numbers(connection, {report.layout for report, _ in made})
        arrivals = [
            Arrival(
                readings=report,
                device=number,
                layout=layouts[report.layout],
                late=sent.late,
                sent_ms=to_ms(report.end + timedelta(minutes=sent.sent)),
                received_ms=to_ms(received_at),
                frame=first + n,
            )
            for n, (report, sent) in enumerate(made)
        ]
        readings.add(connection, arrivals)
        if judge is None:
            return
        known = partial(frames.fetch_many, connection)
        judging = Judging(connection, judge, received_at, known)
        judging.take(Report(a.readings, a.device, a.frame, a.late) for a in arrivals)
        judging.tell()


def add_mark(store: Store, mn: str, marked: Marked) -> None:
    """Enter a mark in time, and note what it may change as due."""
    low, high = (BEGIN + timedelta(hours=hour) for hour in (marked.first, marked.last))
    mark = Mark(
        mn=mn,
        kind=marked.kind,
        item=marked.item,
        start_ms=to_ms(low),
        end_ms=to_ms(high),
        manual=True,
        submitted_at=low,
    )
    with store.write() as connection:
        marks.add(connection, mark, NOW, "test")
        numbers = devices.find(connection, [mn])
        spans = {number: (to_ms(BEGIN), to_ms(NOW)) for number in numbers.values()}
        devices.note_due(connection, spans, MARKS, NOW)


def sweep(store: Store, judge: Bench, at: datetime = NOW) -> None:
    """Judge what is due, until nothing is."""
    later = at + timedelta(minutes=1)
    daemon = Sweep(store, lambda _register: judge, lambda: False)
    daemon._day = civil_date(later, ZONE)  # else other tests' devices would be looked through again
    daemon.run(later)
    with store.read() as connection:
        assert connection.execute(select(tables.due)).all() == []


def live(store: Store, mn: str) -> list[dict[str, Any]]:
    """The alerts that stand, in the shape of the backtest's."""
    with store.read() as connection:
        table = tables.alerts
        query = select(table).where(table.c.mn == mn, table.c.periods > 0)
        shapes = [alerts.shape(row, ZONE) for row in connection.execute(query)]
    return in_order(shapes)


def in_order(shapes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what the data does not say, in the order of the backtest."""
    hidden = ("id", "task", "screening", "opened_at", "muted_by")
    kept = [{k: v for k, v in shape.items() if k not in hidden} for shape in shapes]
    return sorted(kept, key=lambda s: (s["rule"], s["period"], s["pollutant"] or "", s["start"]))


def _blocks(period: Period, most: int, longest: int, *values: st.SearchStrategy[float]) -> Any:
    return st.builds(
        Sent,
        period=st.just(period),
        first=st.integers(0, most),
        count=st.integers(1, longest),
        values=st.tuples(*values),
        flag=st.sampled_from(["N", "N", "N", None, "D", "M"]),
        late=st.booleans(),
        sent=st.integers(0, 2),
    )


_NUMBERS = st.sampled_from([10.0, 30.0, 35.0, 36.0, 50.0, 70.0, 80.0, math.nan])
SENT = st.one_of(
    _blocks(Period.MINUTE, 600, 14, st.sampled_from([800.0, 845.0, 850.0, 900.0]), _NUMBERS),
    _blocks(Period.HOUR, 80, 4, _NUMBERS, _NUMBERS, st.sampled_from([3.0, 8.0, math.nan])),
    _blocks(Period.DAY, 8, 2, _NUMBERS, _NUMBERS),
)
MARKED = st.builds(
    lambda item, first, hours: Marked(*item, first, first + hours),
    item=st.sampled_from(
        [
            ("炉温异常", MarkClass.CONDITION),
            ("停运", MarkClass.CONDITION),
            ("启炉", MarkClass.CONDITION),
            ("维护", MarkClass.DEVICE),
        ]
    ),
    first=st.integers(0, 80),
    hours=st.integers(1, 12),
)
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.lists(SENT, min_size=1, max_size=5) | MARKED, min_size=1, max_size=8
)


MAINTENANCE = Marked("CEMS维护", MarkClass.DEVICE, 4, 36)
"""The mark that goes with it."""


def everything(month: int = 31) -> list[Sent]:
    """Data by which every rule finds something, more than once."""
    found = []
    for day in range(month):
        cold = 800.0 if day % 3 == 0 else 900.0
        found += [
            Sent(Period.MINUTE, day * 288, 12, (cold, 60.0 if day % 2 else 20.0)),
            Sent(Period.HOUR, day * 24, 3, (36.0 if day % 4 else 20.0, 20.0, 8.0)),
            Sent(Period.DAY, day, 1, (20.0, 31.0 if day % 5 == 0 else 20.0)),
        ]
    return found
