"""Whatever the order in which data arrives, the alerts are those of the data."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from monitor.alert import Outcome, Policy
from monitor.alerting import Bench
from monitor.clock import from_ms, to_ms
from monitor.judging import Judging
from monitor.noting import Report
from monitor.observation import Frame, Layout, Period, Readings, Statistic
from monitor.register import Basis, Enterprise, Limit, Medium, Outlet, Register
from monitor.rules import CURVE_RULES
from monitor.store import Store, devices, frames, readings, views
from monitor.store.readings import FLOOD, Arrival
from monitor.store.tables import alerts, events, findings, task_history, tasks
from monitor.terms import Terms

LAYOUT = Layout((("a21026", Statistic.VALUE),))
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
USCC = "91000000MA00000001"
LIMIT = 35.0
LENGTH = {Period.HOUR: timedelta(hours=1), Period.MINUTE: timedelta(minutes=5)}
_numbers = itertools.count()


@dataclass(frozen=True)
class Sent:
    """One report: which hour (or other period), what value, which flag, whether late."""

    hour: int
    value: float
    flag: str | None = "N"
    late: bool = False


def register(mn: str, **limit: object) -> Register:
    common: dict[str, object] = {
        "id": 1,
        "mn": mn,
        "pollutant": "a21026",
        "period": Period.HOUR,
        "limit": LIMIT,
        "basis": Basis.MEASURED,
        "clause": "GB 13223-2011 表2",
        "valid_from": date(2020, 1, 1),
    }
    return Register(
        enterprises=(Enterprise(uscc=USCC, name="示例热电", district="示例区"),),
        outlets=(Outlet(mn=mn, uscc=USCC, code="DA001", medium=Medium.AIR),),
        limits=(Limit(**(common | limit)),),  # type: ignore[arg-type]
    )


def bench(books: Register, outcome: Outcome = Outcome.REMIND) -> Bench:
    outcomes = Policy().exceedance | dict.fromkeys(FLOOD, outcome)
    return Bench(
        register=books,
        policy=Policy(exceedance=outcomes, incinerator_hour=outcome, off=frozenset(CURVE_RULES)),
        zone=UTC,
        language="zh",
        terms=lambda: Terms(zone=UTC),
    )


def take(
    store: Store,
    mn: str,
    reports: list[Sent],
    books: Register | None = None,
    outcome: Outcome = Outcome.REMIND,
) -> None:
    """One transaction, as the intake makes it. The reports are of the period that is limited."""
    books = books or register(mn)
    period = books.limits[0].period
    raw = [
        Frame(source="t", peer="p", received_at=NOW, raw=repr(report).encode(), device=mn)
        for report in reports
    ]
    with store.write() as connection:
        first = frames.append(connection, raw)
        number = devices.numbers(connection, {mn: ("t", "p", NOW)})[mn]
        layout = devices.layout_numbers(connection, [LAYOUT])[LAYOUT]
        arrivals = [
            Arrival(
                readings=Readings(
                    mn=mn,
                    period=period,
                    start=BEGIN + LENGTH[period] * r.hour,
                    end=BEGIN + LENGTH[period] * (r.hour + 1),
                    layout=LAYOUT,
                    values=[r.value],
                    flags=(r.flag,),
                ),
                device=number,
                layout=layout,
                late=r.late,
                sent_ms=None,
                received_ms=to_ms(NOW),
                frame=first + i,
            )
            for i, r in enumerate(reports)
        ]
        readings.add(connection, arrivals)
        judging = Judging(
            connection,
            bench(books, outcome),
            NOW,
            lambda wanted: {number: raw[number - first] for number in wanted},
        )
        judging.take(Report(a.readings, a.device, a.frame, a.late) for a in arrivals)
        judging.tell()


def episodes(store: Store, mn: str) -> list[tuple[int, int, int, float, str]]:
    """(first hour, last hour + 1, periods, worst, state) of the alerts that stand."""
    with store.read() as connection:
        rows = connection.execute(
            select(alerts)
            .where(alerts.c.mn == mn, alerts.c.periods > 0)
            .order_by(alerts.c.start_ms)
        ).all()

    def hour(ms: int) -> int:
        return int((from_ms(ms) - BEGIN) / timedelta(hours=1))

    return [(hour(r.start_ms), hour(r.end_ms), r.periods, r.value, r.state) for r in rows]


def naive(reports: list[Sent]) -> list[tuple[int, int, int, float, str]]:
    """The same from the definition, without any state."""
    worst: dict[int, float] = {}
    fine: set[int] = set()
    for r in reports:
        if math.isnan(r.value) or r.flag not in (None, "N"):
            continue
        if r.value > LIMIT:
            worst[r.hour] = max(r.value, worst.get(r.hour, 0))
        else:
            fine.add(r.hour)
    fine -= worst.keys()
    runs: list[list[int]] = []
    for hour in sorted(worst):
        last = runs[-1][-1] if runs else None
        near = last is not None and hour - (last + 1) <= 24
        parted = last is not None and any(last < f < hour for f in fine)
        if near and not parted:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    found = []
    for i, run in enumerate(runs):
        ended = any(f > run[-1] for f in fine) or i + 1 < len(runs)
        found.append(
            (
                run[0],
                run[-1] + 1,
                len(run),
                max(worst[h] for h in run),
                "cleared" if ended else "open",
            )
        )
    return found


@pytest.fixture
def mn() -> str:
    return f"TEST{next(_numbers):020d}"


REPORT = st.builds(
    Sent,
    hour=st.integers(0, 60) | st.integers(0, 8),
    value=st.sampled_from([10.0, 35.0, 35.1, 50.0, 90.0, math.nan]),
    flag=st.sampled_from(["N", "N", "N", None, "D", "C"]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.lists(REPORT, min_size=1, max_size=6), min_size=1, max_size=7))
def test_alerts_are_those_of_the_data_in_whatever_order_it_comes(
    store: Store, batches: list[list[Sent]]
) -> None:
    mn = f"TEST{next(_numbers):020d}"
    for batch in batches:
        take(store, mn, batch)
    assert episodes(store, mn) == naive([r for batch in batches for r in batch])


def test_consecutive_hours_are_one_alert_and_an_hour_within_ends_it(store: Store, mn: str) -> None:
    take(store, mn, [Sent(8, 40), Sent(9, 70), Sent(10, 36)])
    assert episodes(store, mn) == [(8, 11, 3, 70, "open")]
    take(store, mn, [Sent(11, 35)])  # equal to the limit complies
    assert episodes(store, mn) == [(8, 11, 3, 70, "cleared")]
    take(store, mn, [Sent(12, 41)])
    assert episodes(store, mn) == [(8, 11, 3, 70, "cleared"), (12, 13, 1, 41, "open")]


def test_an_invalid_hour_neither_exceeds_nor_ends(store: Store, mn: str) -> None:
    take(store, mn, [Sent(8, 40), Sent(9, 5, "M"), Sent(10, 99, "C"), Sent(11, 41)])
    assert episodes(store, mn) == [(8, 12, 2, 41, "open")]


def test_a_late_hour_within_parts_an_episode_and_a_late_exceedance_joins_two(
    store: Store, mn: str
) -> None:
    take(store, mn, [Sent(8, 40), Sent(10, 41)])
    take(store, mn, [Sent(9, 10)])
    assert episodes(store, mn) == [(8, 9, 1, 40, "cleared"), (10, 11, 1, 41, "open")]
    take(store, mn, [Sent(50, 44)])  # more than a day of silence: another episode
    assert len(episodes(store, mn)) == 3
    take(store, mn, [Sent(30, 60)])
    assert episodes(store, mn) == [(8, 9, 1, 40, "cleared"), (10, 51, 3, 60, "open")]


def test_an_alert_says_how_much_over_which_limit_and_asks_for_a_visit(
    store: Store, mn: str
) -> None:
    take(store, mn, [Sent(8, 70)])
    with store.read() as connection:
        alert = connection.execute(select(alerts)).one()
        task = connection.execute(select(tasks)).one()
        told = connection.execute(select(events).order_by(events.c.seq)).all()
        kept = frames.fetch(connection, connection.execute(select(findings.c.frame)).scalar_one())
    assert (alert.value, alert.limit, alert.exceed_ratio) == (70, 35, 1.0)
    assert "超标 1.00 倍" in alert.reason
    assert "GB 13223-2011" in alert.reason
    assert (alert.outcome, alert.task) == (Outcome.VERIFY, task.id)
    assert (task.trigger, task.priority, task.mandatory, task.state) == (
        "exceedance",
        1,
        True,
        "queued",
    )
    assert task.listing == {"listed": False, "category": None, "on": "2026-11-01"}
    assert [event.type for event in told] == ["alert.opened", "task.queued"]
    assert kept is not None
    assert kept.raw == b"Sent(hour=8, value=70, flag='N', late=False)"


def test_two_alerts_of_an_enterprise_are_one_task(store: Store, mn: str) -> None:
    take(store, mn, [Sent(8, 70), Sent(9, 10), Sent(10, 50)])
    with store.read() as connection:
        assert len(connection.execute(select(alerts)).all()) == 2
        assert len(connection.execute(select(tasks)).all()) == 1


def test_each_part_of_an_episode_gives_the_reason_of_its_own_worst_hour(
    store: Store, mn: str
) -> None:
    take(store, mn, [Sent(8, 105), Sent(10, 70)])
    take(store, mn, [Sent(9, 10)])
    with store.read() as connection:
        first, second = connection.execute(select(alerts).order_by(alerts.c.start_ms)).all()
    assert (first.value, second.value) == (105, 70)
    assert "105 mg/m3" in first.reason
    assert "超标 2.00 倍" in first.reason
    assert "70 mg/m3" in second.reason
    assert "超标 1.00 倍" in second.reason


def test_a_task_is_told_when_its_evidence_falls(store: Store, mn: str) -> None:
    take(store, mn, [Sent(8, 40)])
    _again(store, mn, register(mn, limit=50.0))
    with store.read() as connection:
        (task,) = connection.execute(select(tasks)).all()
        last = connection.execute(
            select(task_history).order_by(task_history.c.id.desc()).limit(1)
        ).one()
        told = connection.execute(select(events.c.type).order_by(events.c.seq)).scalars().all()
    assert (task.state, last.change) == ("queued", "evidence")
    assert "可由主管撤销" in last.reason
    assert told[-2:] == ["alert.cleared", "task.updated"]


def test_a_limit_holds_only_on_its_days(store: Store, mn: str) -> None:
    books = register(mn, valid_to=date(2026, 11, 1))
    take(store, mn, [Sent(23, 70), Sent(24, 80)], books)
    assert [e[:3] for e in episodes(store, mn)] == [(23, 24, 1)]


def test_a_value_below_a_lower_bound_exceeds(store: Store, mn: str) -> None:
    books = register(mn, limit=9.0, lower=6.0)
    take(store, mn, [Sent(1, 6.0), Sent(2, 5.4)], books)
    with store.read() as connection:
        alert = connection.execute(select(alerts)).one()
    assert (alert.limit, round(alert.exceed_ratio, 6)) == (6.0, 0.1)
    assert "低于下限" in alert.reason


def test_what_is_older_than_can_be_acted_on_is_screened(store: Store, mn: str) -> None:
    take(store, mn, [Sent(-24 * 60, 70)])
    with store.read() as connection:
        assert connection.execute(select(alerts.c.outcome)).scalar_one() == Outcome.SCREEN
        assert connection.execute(select(tasks)).all() == []


def test_an_old_episode_that_reaches_the_present_is_visited(store: Store, mn: str) -> None:
    take(store, mn, [Sent(hour, 70) for hour in range(-24 * 60, 2)])
    with store.read() as connection:
        alert = connection.execute(select(alerts)).one()
    assert (alert.outcome, alert.periods) == (Outcome.VERIFY, 24 * 60 + 2)
    assert alert.task is not None


def test_judging_again_strikes_out_what_a_corrected_limit_does_not_support(
    store: Store, mn: str
) -> None:
    take(store, mn, [Sent(8, 40), Sent(9, 70), Sent(10, 40)])
    _again(store, mn, register(mn, limit=50.0))
    assert episodes(store, mn) == [(9, 10, 1, 70, "cleared")]


def _again(store: Store, mn: str, books: Register, outcome: Outcome = Outcome.REMIND) -> None:
    with store.write() as connection:
        number = devices.find(connection, [mn])[mn]
        judging = Judging(
            connection,
            bench(books, outcome),
            NOW,
            lambda wanted: frames.fetch_many(connection, wanted),
        )
        span = (to_ms(BEGIN), to_ms(BEGIN + timedelta(days=3)))
        judging.again(number, mn, books.limits[0].period, *span)
        judging.tell()


# --- late data of the moment -------------------------------------------------------------------


def naive_silent(reports: list[Sent]) -> list[tuple[int, int, bool]]:
    """(first, last + 1, silent) of every episode, from the definition."""
    timely = {r.hour for r in reports if not r.late and r.value > LIMIT and r.flag in (None, "N")}
    return [
        (first, end, not any(first <= at < end for at in timely))
        for first, end, *_ in naive(reports)
    ]


def silent(store: Store, mn: str) -> list[tuple[int, int, bool]]:
    """The same as the alerts have it."""
    with store.read() as connection:
        rows = connection.execute(
            select(alerts)
            .where(alerts.c.mn == mn, alerts.c.periods > 0)
            .order_by(alerts.c.start_ms)
        ).all()

    def number(ms: int) -> int:
        return int((from_ms(ms) - BEGIN) / LENGTH[Period.MINUTE])

    return [(number(r.start_ms), number(r.end_ms), r.silent) for r in rows]


def told(store: Store, mn: str) -> list[str]:
    """What was told of a device's alerts."""
    with store.read() as connection:
        query = select(events).order_by(events.c.seq)
        return [
            event.type
            for event in connection.execute(query)
            if event.data.get("alert", {}).get("outlet") == mn
        ]


MAYBE_LATE = st.builds(
    Sent,
    hour=st.integers(0, 60) | st.integers(0, 8),
    value=st.sampled_from([10.0, 35.1, 50.0, 90.0]),
    flag=st.sampled_from(["N", "N", None, "D"]),
    late=st.booleans(),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.lists(MAYBE_LATE, min_size=1, max_size=6), min_size=1, max_size=7))
def test_an_alert_is_silent_as_long_as_all_it_rests_on_came_late(
    store: Store, batches: list[list[Sent]]
) -> None:
    mn = f"TEST{next(_numbers):020d}"
    books = register(mn, period=Period.MINUTE)
    for batch in batches:
        take(store, mn, batch, books)
    expected = naive_silent([r for batch in batches for r in batch])
    assert silent(store, mn) == expected
    _balanced(told(store, mn), loud=sum(not quiet for *_, quiet in expected))
    _again(store, mn, register(mn, period=Period.MINUTE, limit=1000.0))
    assert silent(store, mn) == []
    _again(store, mn, books)
    assert silent(store, mn) == expected


def _balanced(kinds: list[str], loud: int) -> None:
    """Who listens has heard the beginning of every alert that is not silent."""
    assert kinds.count("alert.opened") >= loud
    if not kinds.count("alert.opened"):
        assert kinds == []


def test_late_data_of_the_moment_is_recorded_and_told_to_nobody(store: Store, mn: str) -> None:
    books = register(mn, period=Period.MINUTE)
    take(store, mn, [Sent(1, 40, late=True), Sent(2, 70, late=True)], books, Outcome.VERIFY)
    assert silent(store, mn) == [(1, 3, True)]
    with store.read() as connection:
        assert connection.execute(select(tasks)).all() == []
        assert connection.execute(select(events)).all() == []
        found = connection.execute(select(findings.c.late, findings.c.frame)).all()
        assert all(frames.fetch(connection, f.frame) for f in found)
        assert views.alert_rows(connection, [], 10) == []
        assert len(views.alert_rows(connection, [], 10, silent=True)) == 1
        assert views.open_alerts(connection) == {}
    assert [f.late for f in found] == [True, True]


def test_it_is_told_when_data_that_came_in_time_joins_it(store: Store, mn: str) -> None:
    books = register(mn, period=Period.MINUTE)
    take(store, mn, [Sent(1, 40, late=True), Sent(3, 50, late=True)], books, Outcome.VERIFY)
    take(store, mn, [Sent(4, 36)], books, Outcome.VERIFY)
    assert silent(store, mn) == [(1, 5, False)]
    with store.read() as connection:
        assert len(connection.execute(select(tasks)).all()) == 1
        assert views.open_alerts(connection) == {"exceedance": 1}
    assert told(store, mn) == ["alert.opened"]
    take(store, mn, [Sent(2, 10, late=True)], books, Outcome.VERIFY)  # parts it
    assert silent(store, mn) == [(1, 2, True), (3, 5, False)]


def test_the_same_report_late_and_in_time_came_in_time(store: Store, mn: str) -> None:
    books = register(mn, period=Period.MINUTE)
    for late in (True, False, True):
        take(store, mn, [Sent(1, 40, late=late)], books)
    assert silent(store, mn) == [(1, 2, False)]
    _again(store, mn, books)
    assert silent(store, mn) == [(1, 2, False)]


def test_a_late_hour_alerts_as_ever(store: Store, mn: str) -> None:
    take(store, mn, [Sent(8, 70, late=True)])
    assert told(store, mn) == ["alert.opened"]
    with store.read() as connection:
        assert connection.execute(select(alerts.c.silent)).scalar_one() is False
        assert connection.execute(select(findings.c.late)).scalar_one() is True
