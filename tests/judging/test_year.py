"""A generated year of an outlet, delivered anyhow, against a naive reading of the rules."""

from __future__ import annotations

import itertools
import math
import os
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from monitor.actions import marks as actions
from monitor.clock import from_ms, to_ms
from monitor.exempting import Exempting
from monitor.marks import MarkClass, SeriesName
from monitor.observation import JUDGED, Period
from monitor.register import Basis, Medium
from monitor.rules import CURVE_RULES
from monitor.store import Store, devices, readings
from monitor.store.tables import findings
from tests.judging.kit import ADMIN, ZONE, Plant, Sent
from tests.judging.reference import Bound, Episode, Found, Number, Reference, Said, Told

SO2, PM, NOX, OXYGEN, FURNACE = "a21026", "a34013", "a21002", "a19001", "a01901"
COD, AMMONIA, PH, FLOW = "w01018", "w21003", "w01001", "w00000"
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
FLAGS = [*["N"] * 60, *[None] * 4, "D", "M", "C", "F"]
_numbers = itertools.count()


def bound(pollutant: str, period: str, limit: float | None, **more: Any) -> Bound:
    return Bound(
        pollutant=pollutant,
        period=period,
        limit=limit,
        lower=more.get("lower"),
        basis=more.get("basis", "measured"),
        share=more.get("share", 1.0),
        valid_from=more.get("since", date(2020, 1, 1)),
        valid_to=more.get("until"),
    )


AIR = [
    bound(SO2, "realtime", 46.0),
    bound(SO2, "realtime", 51.0, basis="converted"),
    bound(SO2, "minute", 45.0),
    bound(PM, "minute", 50.0, basis="converted"),
    bound(SO2, "hour", 35.0),
    bound(SO2, "hour", 27.3, since=date(2025, 6, 10)),
    bound(SO2, "hour", 43.1, since=date(2025, 10, 1), until=date(2025, 11, 12)),
    bound(SO2, "hour", 46.0, basis="converted"),
    bound(PM, "hour", 36.5, basis="converted"),
    bound(NOX, "hour", 38.7, lower=1.3),
    bound(OXYGEN, "hour", None, lower=1.7, since=date(2025, 2, 1)),
    bound(SO2, "day", 25.0),
    bound(SO2, "day", 28.9, basis="converted", since=date(2025, 3, 15)),
    bound(PM, "day", 26.3, basis="converted"),
    bound(NOX, "day", 24.1, until=date(2025, 9, 30)),
    bound(SO2, "month", 22.0),
    bound(NOX, "month", 22.5, basis="converted", lower=3.0),
    bound(SO2, "hour", 37.0, share=0.9, basis="converted"),
    bound(NOX, "hour", 33.0, share=0.9, since=date(2025, 2, 11), until=date(2025, 10, 20)),
    bound(NOX, "hour", 30.0, share=0.9, since=date(2025, 5, 1)),
]
WATER = [
    bound(COD, "realtime", 42.0),
    bound(PH, "realtime", 9.0, lower=6.0),
    bound(COD, "minute", 40.0),
    bound(COD, "hour", 39.0),
    bound(PH, "hour", 9.0, lower=6.0),
    bound(AMMONIA, "hour", 37.0, since=date(2025, 1, 3)),
    bound(COD, "day", 26.0),
    bound(AMMONIA, "day", 25.0, since=date(2025, 4, 1), until=date(2025, 8, 31)),
    bound(PH, "day", 9.0, lower=6.0),
    bound(COD, "month", 21.0),
    bound(COD, "hour", 35.0, share=0.93),
]
CONDITIONS: dict[str | None, Sequence[str]] = {
    None: ("停运", "启炉"),  # the second is no item of such an outlet
    "incinerator": ("启炉", "停炉", "烘炉", "停炉降温", "停运", "故障", "事故", "炉温异常", "校准"),
    "boiler": ("冷态启动", "热态启动", "停机", "停运", "故障"),
    "wwtp": ("停运",),
}
DEVICE: dict[str | None, Sequence[str]] = {
    "incinerator": ("CEMS维护", "热电偶故障", "故障", "校准"),
}


@dataclass
class Year:
    """What an outlet sends over a span, and what is said of it; all by the seed."""

    seed: int
    kind: str | None
    first: date
    days: int
    marked: int
    """How many marks."""
    minute_hours: int = 10
    flood_hours: int = 6
    flood_limits: bool = True
    furnace_days: int = 12
    told: list[Told] = field(default_factory=list)
    marks: list[Said] = field(default_factory=list)
    struck: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed} {self.kind}")
        self.water = self.kind == "wwtp"
        self.bounds = [
            each
            for each in (WATER if self.water else AIR)
            if self.flood_limits or each.period not in ("realtime", "minute")
        ]
        self.codes = (COD, AMMONIA, PH, FLOW) if self.water else (SO2, PM, NOX, OXYGEN)
        self.start = datetime(self.first.year, self.first.month, self.first.day, tzinfo=ZONE)
        self.end = self.start + self.days * DAY
        self.now = self.end + 5 * DAY
        self._hours()
        self._averages()
        self._minutes()
        self._realtime()
        if self.kind == "incinerator":
            self._furnace()
        self._mark()

    def _number(self, code: str, about: float) -> Number:
        r = self.random
        value = round(max(0.0, r.gauss(about, 3.0)), r.choice([1, 2, 3]))
        if code == PM and r.random() < 0.06:
            value = round(r.uniform(120, 240), 2)
        if code == OXYGEN:
            value = round(r.choice([r.uniform(0, 12), r.uniform(18, 20.9)]), 2)
        if code == PH:
            value = round(r.gauss(7.5, 0.9), 2)
        if r.random() < 0.02:
            value = math.nan
        converted = None
        if code in (SO2, PM, NOX):
            converted = math.nan if r.random() < 0.02 else round(value * r.uniform(0.8, 1.3), 3)
        return Number(value, converted, r.choice(FLAGS))

    def _tell(self, period: str, start: datetime, length: timedelta, about: float) -> None:
        """A report, and what else comes of it: repeated, rewritten, late, in parts."""
        r = self.random
        numbers = {code: self._number(code, about) for code in self.codes}
        if r.random() < 0.05:
            del numbers[r.choice(list(numbers))]
        self._send(period, start, length, numbers)

    def _send(
        self, period: str, start: datetime, length: timedelta, numbers: dict[str, Number]
    ) -> None:
        r = self.random
        one = Told(period, start, start + length, numbers, r.random() < 0.08, 100, 0)
        self.told.append(one)
        what = r.random()
        if what < 0.03:
            self.told.append(replace(one, late=r.random() < 0.5))
        elif what < 0.08:
            other = {
                code: replace(n, measured=_shifted(r, n.measured), flag=r.choice(FLAGS))
                for code, n in numbers.items()
                if r.random() < 0.8
            }
            rewritten = replace(one, late=r.random() < 0.5, sent=r.choice([50, 200]))
            if other:
                self.told.append(replace(rewritten, numbers=other))
                if r.random() < 0.2:
                    self.told.append(replace(one, sent=300))  # the first one again, after it

    def _hours(self) -> None:
        r = self.random
        about, at, gap = 20.0, self.start, self.start
        while at < self.end:
            about = min(48.0, max(2.0, about + r.gauss(0, 3.0) + (16 - about) * 0.1))
            if r.random() < 0.002:
                gap = at + r.randint(2, 60) * HOUR
            if at >= gap and r.random() > 0.03:
                self._tell("hour", at, HOUR, about)
            at += HOUR

    def _averages(self) -> None:
        r = self.random
        for n in range(self.days):
            at = self.start + n * DAY
            if r.random() > 0.03:
                self._tell("day", at, DAY, r.uniform(8, 32))
            following = (at + 32 * DAY).replace(day=1)
            if at.day == 1 and following <= self.end and r.random() > 0.05:
                self._tell("month", at, following - at, r.uniform(14, 28))

    def _some(self, count: int, unit: timedelta) -> Iterator[datetime]:
        """Some instants, now and then one after the other."""
        at = self.start
        for _ in range(count):
            at = at + unit if self.random.random() < 0.4 else self._any(unit)
            if at < self.end:
                yield at

    def _any(self, unit: timedelta) -> datetime:
        return self.start + self.random.randrange((self.end - self.start) // unit) * unit

    def _minutes(self) -> None:
        r = self.random
        step = 10 * MINUTE if self.water else MINUTE
        for hour in sorted(set(self._some(self.minute_hours, HOUR))):
            about, kept = r.uniform(20, 42), r.choice([0.78, 0.95, 1.0])
            sums: list[float] = []
            for n in range(HOUR // step):
                if r.random() < kept:
                    self._tell("minute", hour + n * step, step, about)
                    number = self.told[-1].numbers.get(self.codes[0])
                    if number and number.measured is not None and number.valid:
                        sums += [] if math.isnan(number.measured) else [number.measured]
            if sums:
                mean = round(sum(sums) / len(sums) * r.choice([1, 1, 1.02, 1.2]), 2)
                self.told = [t for t in self.told if (t.period, t.start) != ("hour", hour)]
                self._send("hour", hour, HOUR, {self.codes[0]: Number(mean, None, "N")})

    def _realtime(self) -> None:
        for hour in sorted(set(self._some(self.flood_hours, HOUR))):
            about = self.random.uniform(30, 46)
            for n in range(0, 60, 5):
                if self.random.random() > 0.1:
                    self._tell("realtime", hour + n * MINUTE, timedelta(), about)

    def _furnace(self) -> None:
        r = self.random
        for day in sorted(set(self._some(self.furnace_days, DAY))):
            cold, centre = r.choice([0.01, 0.02, 0.05]), r.randint(20, 260)
            for n in range(288):
                low = r.random() < (0.5 if abs(n - centre) < 6 else cold)
                value = round(r.uniform(700, 849.9) if low else r.uniform(850, 950), 1)
                if r.random() > 0.03:
                    number = Number(value, None, r.choice(FLAGS))
                    at = day + 5 * n * MINUTE
                    self._send("minute", at, 5 * MINUTE, {FURNACE: number})

    def _mark(self) -> None:
        r = self.random
        edges = [datetime(y, 1, 1, tzinfo=ZONE) for y in range(self.start.year, self.end.year + 1)]
        edges = [e for e in edges if self.start < e < self.end]
        for n in range(self.marked):
            device = r.random() < 0.35
            items = DEVICE.get(self.kind, ("故障", "校准")) if device else CONDITIONS[self.kind]
            start = self._any(5 * MINUTE)
            if edges and n % 12 == 0:  # over the year's end
                start = r.choice(edges) - r.randint(1, 60) * 5 * MINUTE
            if n % 5 == 1:
                start = start.replace(minute=0)
            length = r.choice(
                [r.randint(1, 8) * 5 * MINUTE, r.randint(1, 6) * HOUR, r.randint(6, 40) * HOUR]
            )
            item = r.choice(items)
            if item in ("停炉降温", "停运", "烘炉") and r.random() < 0.5:
                length = r.randint(30, 150) * HOUR
            manual = r.random() < 0.8
            wait = r.choice(
                [-HOUR, 30 * MINUTE, 59 * MINUTE, HOUR, 61 * MINUTE, 13 * HOUR, 40 * HOUR]
            )
            submitted = start + wait
            ordered = submitted - r.choice([5, 6, 7]) * HOUR if r.random() < 0.15 else None
            one = Said(
                pollutant=r.choice([None, None, *self.codes]),
                device=device, item=item, start=start, end=start + length, manual=manual,
                submitted=submitted, ordered=ordered,
            )  # fmt: skip
            (self.struck if r.random() < 0.05 else self.marks).append(one)


def _shifted(r: random.Random, value: float | None) -> float | None:
    if value is None or math.isnan(value):
        return value
    return round(value * r.uniform(0.6, 1.5) + 0.01, 2)


def deliver(store: Store, year: Year, sweeps: int, size: int) -> Plant:
    """All of it in any order, in batches of any size, with sweeps in between."""
    one = Plant(
        store,
        f"YEAR{next(_numbers):020d}",
        year.now,
        year.kind,
        limits=[_limit(b) for b in year.bounds],
        medium=Medium.WATER if year.water else Medium.AIR,
    )
    shuffle = random.Random(year.seed)
    events: list[Told | Said] = [*year.told, *year.marks, *year.struck]
    shuffle.shuffle(events)
    settled = {shuffle.randrange(len(events)) for _ in range(sweeps)}
    waiting: list[tuple[Sent, ...]] = []
    room = shuffle.randint(1, size)
    for number, event in enumerate(events):
        if isinstance(event, Told):
            waiting.append(_sent(event))
        if len(waiting) >= room or isinstance(event, Said):
            if waiting:
                one.take(waiting)
            waiting, room = [], shuffle.randint(1, size)
        if isinstance(event, Said):
            _enter(one, event, struck=event in year.struck)
        if number in settled:
            one.settle()
    if waiting:
        one.take(waiting)
    one.settle()
    return one


def _limit(b: Bound) -> dict[str, Any]:
    return {
        "pollutant": b.pollutant,
        "period": Period(b.period),
        "limit": b.limit,
        "lower": b.lower,
        "basis": Basis(b.basis),
        "share": b.share,
        "valid_from": b.valid_from,
        "valid_to": b.valid_to,
    }


def _sent(told: Told) -> tuple[Sent, ...]:
    return tuple(
        Sent(
            start=told.start,
            value=math.nan if n.measured is None else n.measured,
            length=told.end - told.start,
            period=Period(told.period),
            pollutant=code,
            converted=n.converted,
            flag=n.flag,
            late=told.late,
            sent=told.sent,
        )
        for code, n in told.numbers.items()
    )


def _enter(one: Plant, said: Said, *, struck: bool) -> None:
    number = one.mark(
        said.item, said.start, said.end,
        kind=MarkClass.DEVICE if said.device else MarkClass.CONDITION,
        submitted=said.submitted, manual=said.manual, pollutant=said.pollutant,
        ordered=said.ordered,
    )  # fmt: skip
    if struck:
        actions.strike_out(one.desk, ADMIN, number, "示例：标记不实")


def stored_findings(one: Plant) -> list[Found]:
    with one.store.read() as connection:
        number = devices.find(connection, [one.mn]).get(one.mn, 0)
        own = (findings.c.device == number, findings.c.rule.not_in(CURVE_RULES))
        rows = connection.execute(select(findings).where(*own)).all()
    return [
        Found(
            r.rule, r.period, r.pollutant, _time(r.start_ms), _time(r.end_ms), r.value, r.bound,
            r.exceed_ratio, r.late,
        )
        for r in rows
    ]  # fmt: skip


def stored_alerts(one: Plant) -> list[Episode]:
    return [
        Episode(
            r.rule, r.period, r.pollutant, _time(r.start_ms), _time(r.end_ms), r.periods, r.value,
            r.limit, r.exceed_ratio, r.state, r.silent,
        )
        for r in one.alerts()
        if r.periods and r.rule not in CURVE_RULES
    ]  # fmt: skip


def _time(ms: int) -> datetime:
    return from_ms(ms).astimezone(ZONE)


def series(one: Plant, year: Year, name: SeriesName) -> dict[tuple[str, datetime, str], Number]:
    """As `GET /outlets/{mn}/observations?series=` makes it."""
    found = {}
    with one.store.read() as connection:
        device = devices.find(connection, [one.mn])[one.mn]
        exempting = Exempting(connection, one.register(), one.marking, ZONE)
        for period in JUDGED:
            shown = readings.observations(
                connection, one.mn, period, year.start, year.end, limit=1_000_000
            )
            for each in shown:
                o = each.observation
                stands = exempting.of(device, o.mn, to_ms(o.start)).stands(o, name)
                o = o if stands else o.without_numbers()
                key = (period.value, o.start.astimezone(ZONE), o.pollutant)
                found[key] = Number(o.value, o.converted, o.flag)
    return found


def plain(numbers: dict[tuple[str, datetime, str], Number]) -> dict[Any, Any]:
    return {k: (n.by("measured"), n.by("converted"), n.flag) for k, n in numbers.items()}


def differing(stored: Iterable[Any], expected: Iterable[Any]) -> str:
    """What only one of the two has; empty if they agree."""
    a, b = sorted(stored, key=repr), sorted(expected, key=repr)
    in_a, in_b = set(a), set(b)
    lines = [f"stored   {x}" for x in a if x not in in_b]
    lines += [f"expected {x}" for x in b if x not in in_a]
    if len(a) != len(b) and not lines:
        lines.append(f"{len(a)} stored, {len(b)} expected")
    return "\n".join(sorted(lines, key=lambda line: line[9:])[:40])


def agree(store: Store, year: Year, sweeps: int, size: int) -> tuple[list[Found], list[Episode]]:
    one = deliver(store, year, sweeps, size)
    wanted = Reference(year.kind, year.water, year.bounds, year.told, year.marks, year.now)
    for name in SeriesName:
        got, due = plain(series(one, year, name)), plain(wanted.series(name.value))
        assert not differing(got.items(), due.items()), name
    found, alerts = wanted.found()
    assert not (lines := differing(stored_findings(one), found)), lines
    assert not (lines := differing(stored_alerts(one), alerts)), lines
    return found, alerts


DAYS = int(os.environ.get("OFFSITE_MONITOR_TEST_DAYS", "21"))
"""How many days, over the end of a year; 372 go over two and take the better part of an hour."""


@pytest.mark.parametrize(("kind", "marked"), [("incinerator", 110), (None, 60)])
def test_a_year(store: Store, kind: str | None, marked: int) -> None:
    marks = max(6, marked * DAYS // 372)
    year = Year(1, kind, date(2024, 12, 29), DAYS, marks, flood_limits=False)
    agree(store, year, sweeps=1, size=1200)


@pytest.mark.parametrize("kind", ["boiler", "wwtp"])
def test_the_turn_of_a_month(store: Store, kind: str) -> None:
    year = Year(2, kind, date(2025, 9, 28), 12, 8)
    agree(store, year, sweeps=3, size=600)


@settings(
    max_examples=2,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from([None, "incinerator", "boiler", "wwtp"]))
def test_ten_days(store: Store, seed: int, kind: str | None) -> None:
    first = date(2025, 12, 1) + (seed % 40) * DAY
    year = Year(seed, kind, first, 10, 8, minute_hours=3, flood_hours=3, furnace_days=2)
    agree(store, year, sweeps=3, size=80)


@pytest.mark.parametrize("period", [Period.HOUR, Period.MINUTE])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_is_sent_once_more_is_the_version_sent_last(
    store: Store, period: Period, order: tuple[int, ...]
) -> None:
    at = datetime(2025, 3, 1, tzinfo=ZONE)
    one = Plant(store, f"YEAR{next(_numbers):020d}", at + DAY)
    sent = [Sent(at, value, period=period, sent=n) for n, value in enumerate((20.0, 30.0, 20.0))]
    for n in order:
        one.take([sent[n]])
    with store.read() as connection:
        (shown,) = readings.observations(connection, one.mn, period, at, at + DAY)
    assert shown.observation.value == 20.0
