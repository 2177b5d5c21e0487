"""A store with books; reports and marks come into it as in the daemon, and a sweep settles them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from monitor import rejudging
from monitor.actions import Desk
from monitor.actions import marks as mark_actions
from monitor.alert import Policy
from monitor.alerting import Bench
from monitor.books import Books
from monitor.clock import from_ms, to_ms
from monitor.judging import Judging
from monitor.marks import Mark, MarkClass, Marking
from monitor.noting import Report
from monitor.observation import Frame, Layout, Period, Readings, Statistic
from monitor.register import Basis, Enterprise, Limit, Medium, Outlet, Register
from monitor.rules import CURVE_RULES
from monitor.store import Store, books, devices, frames, readings
from monitor.store.readings import Arrival
from monitor.store.tables import alerts, due, findings, task_history, tasks
from monitor.terms import Terms
from monitor.tokens import Caller, Role

ZONE = ZoneInfo("Asia/Shanghai")
USCC = "91000000MA00000001"
ADMIN = Caller(id=None, name="示例", role=Role.ADMIN)
HOUR = timedelta(hours=1)
SO2, PM, OXYGEN, FURNACE = "a21026", "a34013", "a19001", "a01901"


@dataclass(frozen=True)
class Sent:
    """One pollutant's report: when it began, how long, and what it says."""

    start: datetime
    value: float
    length: timedelta = HOUR
    period: Period = Period.HOUR
    pollutant: str = SO2
    converted: float | None = None
    flag: str | None = "N"
    late: bool = False
    sent: int = 0
    """Which version of the report it is."""


@dataclass
class Plant:
    """One outlet."""

    store: Store
    mn: str
    now: datetime
    kind: str | None = None
    marking: Marking = field(default_factory=Marking)
    policy: Policy = field(default_factory=lambda: Policy(off=frozenset(CURVE_RULES)))
    """Rules over curves have tests of their own: elsewhere they would find what nobody asks about."""
    limits: Sequence[dict[str, Any]] = ()
    medium: Medium = Medium.AIR
    readings_kept: timedelta = timedelta(days=1825)
    remind: bool = False

    def __post_init__(self) -> None:
        rows = [
            {
                "mn": self.mn,
                "pollutant": SO2,
                "period": Period.HOUR,
                "limit": 35.0,
                "basis": Basis.MEASURED,
                "clause": "示例标准 表2",
                "valid_from": date(2020, 1, 1),
            }
            | row
            for row in self.limits
        ]
        said = Books(
            enterprises=(Enterprise(uscc=USCC, name="示例热电", district="示例区"),),
            outlets=(
                Outlet(mn=self.mn, uscc=USCC, code="DA001", medium=self.medium, kind=self.kind),
            ),
            limits=tuple(Limit(**row) for row in rows),
        )
        with self.store.write() as connection:
            books.apply(connection, said, replace=False, now=self.now)
        self.desk = Desk(
            store=self.store, zone=ZONE, register=self.register, now=lambda: self.now,
            marking=lambda: self.marking,
        )  # fmt: skip

    def change_kind(self, kind: str) -> None:
        """The register says another kind of outlet, as an import does."""
        self.kind = kind
        outlet = Outlet(mn=self.mn, uscc=USCC, code="DA001", medium=self.medium, kind=kind)
        with self.store.write() as connection:
            changes = books.apply(connection, Books(outlets=(outlet,)), replace=False, now=self.now)
            rejudging.note(connection, changes, self.now, ZONE)

    def register(self) -> Register:
        with self.store.read() as connection:
            return books.load(connection)

    def bench(self, register: Register) -> Bench:
        return Bench(
            register=register,
            policy=self.policy,
            zone=ZONE,
            language="zh",
            terms=lambda: Terms(zone=ZONE),
            marking=self.marking,
            readings_kept=self.readings_kept,
            remind=self.remind,
        )

    def take(self, reports: Iterable[Sent | tuple[Sent, ...]]) -> None:
        """One transaction, as the intake makes it; a tuple is one report of several pollutants."""
        sent = [each if isinstance(each, tuple) else (each,) for each in reports]
        raw = [
            Frame(source="t", peer="p", received_at=self.now, raw=repr(s).encode(), device=self.mn)
            for s in sent
        ]
        with self.store.write() as connection:
            first = frames.append(connection, raw)
            heard = {self.mn: ("t", "p", self.now)}
            number = devices.numbers(connection, heard)[self.mn]
            layouts = {_layout(s) for s in sent}
            numbers = devices.layout_numbers(connection, sorted(layouts, key=str))
            arrivals = [
                Arrival(
                    readings=_readings(self.mn, s),
                    device=number,
                    layout=numbers[_layout(s)],
                    late=s[0].late,
                    sent_ms=to_ms(s[0].start) + s[0].sent,
                    received_ms=to_ms(self.now),
                    frame=first + i,
                )
                for i, s in enumerate(sent)
            ]
            readings.add(connection, arrivals)
            judging = Judging(
                connection,
                self.bench(books.load(connection)),
                self.now,
                lambda wanted: {number: raw[number - first] for number in wanted},
            )
            judging.take(Report(a.readings, a.device, a.frame, a.late) for a in arrivals)
            judging.tell()

    def mark(
        self,
        item: str,
        start: datetime,
        end: datetime,
        *,
        kind: MarkClass = MarkClass.CONDITION,
        submitted: datetime | None = None,
        manual: bool = True,
        pollutant: str | None = None,
        ordered: datetime | None = None,
    ) -> int:
        """Enter a mark, handed in as it began unless said otherwise."""
        said = Mark(
            mn=self.mn, pollutant=pollutant, kind=kind, item=item, start_ms=to_ms(start),
            end_ms=to_ms(end), manual=manual, submitted_at=submitted or start,
            ordered_at=ordered,
        )  # fmt: skip
        return int(mark_actions.enter(self.desk, ADMIN, said)[0]["id"])

    def settle(self) -> None:
        """Judge what is due until nothing is; what was noted is old enough to be taken."""
        later = self.now + timedelta(minutes=1)
        sweep = rejudging.Sweep(self.store, self.bench, lambda: False)
        sweep.run(later)
        with self.store.read() as connection:
            assert connection.execute(select(due).where(due.c.noted_at <= later)).all() == []

    def findings(self, rule: str = "exceedance") -> list[tuple[str, str, datetime, float]]:
        """Period, pollutant, start and value of what was found."""
        with self.store.read() as connection:
            number = devices.find(connection, [self.mn]).get(self.mn, 0)
            rows = connection.execute(
                select(findings)
                .where(findings.c.device == number, findings.c.rule == rule)
                .order_by(findings.c.period, findings.c.pollutant, findings.c.start_ms)
            ).all()
        return [
            (r.period, r.pollutant, from_ms(r.start_ms).astimezone(ZONE), r.value) for r in rows
        ]

    def alerts(self) -> list[Any]:
        with self.store.read() as connection:
            query = select(alerts).where(alerts.c.mn == self.mn).order_by(alerts.c.id)
            return list(connection.execute(query).all())

    def tasks(self) -> list[Any]:
        with self.store.read() as connection:
            return list(connection.execute(select(tasks).where(tasks.c.uscc == USCC)).all())

    def history(self) -> list[Any]:
        with self.store.read() as connection:
            return list(connection.execute(select(task_history).order_by(task_history.c.id)).all())


def _layout(sent: Iterable[Sent]) -> Layout:
    columns = []
    for each in sent:
        columns.append((each.pollutant, Statistic.VALUE))
        if each.converted is not None:
            columns.append((each.pollutant, Statistic.CONVERTED))
    return Layout(tuple(columns))


def _readings(mn: str, sent: Sequence[Sent]) -> Readings:
    values = []
    for each in sent:
        values += [each.value] if each.converted is None else [each.value, each.converted]
    first, flags = sent[0], tuple(each.flag for each in sent)
    end = first.start + first.length
    return Readings(mn, first.period, first.start, end, _layout(sent), values, flags)
