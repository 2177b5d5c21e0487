"""What marks do to alerts and tasks, whichever of data and marks came first."""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from monitor.actions import marks as actions
from monitor.evidence.gathering import gather
from monitor.marks import MarkClass, Marking
from monitor.observation import Period
from monitor.store import Store
from monitor.store.tables import kept_frames
from tests.judging.kit import ADMIN, FURNACE, HOUR, OXYGEN, PM, SO2, ZONE, Plant, Sent

DAY = datetime(2026, 11, 2, tzinfo=ZONE)
NOW = DAY + timedelta(days=12)
MONTH = Period.MONTH
_numbers = itertools.count()


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def hours(*values: float, since: int = 0, pollutant: str = SO2) -> list[Sent]:
    return [Sent(at(since + n), value, pollutant=pollutant) for n, value in enumerate(values)]


def plant(store: Store, kind: str | None = "incinerator", **more: object) -> Plant:
    more.setdefault("limits", [{}])
    return Plant(store, f"MARK{next(_numbers):020d}", NOW, kind, **more)  # type: ignore[arg-type]


def found(one: Plant) -> list[tuple[str, int, float]]:
    """Period, hour since the day's midnight, value."""
    return [(p, int((s - DAY) / HOUR), value) for p, _, s, value in one.findings()]


def test_marked_first_nothing_is_opened(store: Store) -> None:
    one = plant(store)
    one.mark("启炉", at(8), at(10))
    one.take(hours(70, 80, 90, since=8))
    assert found(one) == [("hour", 10, 90)]
    assert [a.periods for a in one.alerts()] == [1]


def test_marked_after_the_fact_the_task_stays_and_the_supervisor_is_told(store: Store) -> None:
    one = plant(store, kind="boiler")
    one.take(hours(70, 80, 20, since=8))
    assert len(one.tasks()) == 1
    one.mark("故障", at(8), at(9), kind=MarkClass.DEVICE)
    one.settle()
    assert found(one) == [("hour", 9, 80)]
    (task,) = one.tasks()
    told = [entry.reason for entry in one.history() if entry.change == "evidence"]
    assert task.state == "queued"
    assert any("1 个时段已标记为“故障”" in text for text in told)
    one.mark("校准", at(9), at(10), kind=MarkClass.DEVICE)
    one.settle()
    assert found(one) == []
    assert one.tasks()[0].state == "queued"
    assert "由主管决定" in one.history()[-1].reason
    (alert,) = one.alerts()
    assert (alert.state, alert.periods) == ("cleared", 0)


def test_a_mark_that_comes_too_late_changes_no_judgement(store: Store) -> None:
    one = plant(store, kind="boiler")
    one.take(hours(70, since=8))
    one.mark("故障", at(8), at(9), kind=MarkClass.DEVICE, submitted=at(36.1))
    one.settle()
    assert found(one) == [("hour", 8, 70)]
    assert actions.standing(one.desk, ADMIN, one.mn, 2026).refused != {}


def test_a_false_mark_is_struck_out_and_the_exceedance_stands_again(store: Store) -> None:
    one = plant(store)
    number = one.mark("启炉", at(8), at(9))
    one.take(hours(70, since=8))
    assert found(one) == []
    actions.strike_out(one.desk, ADMIN, number, "示例：炉温正常")
    one.settle()
    assert found(one) == [("hour", 8, 70)]


def test_a_task_is_told_that_an_alert_stands_behind_it_again(store: Store) -> None:
    one = plant(store, kind="boiler")
    one.take(hours(70, since=8))
    number = one.mark("故障", at(8), at(9), kind=MarkClass.DEVICE)
    one.settle()
    assert any("已无成立的报警支持" in entry.reason for entry in one.history())
    actions.strike_out(one.desk, ADMIN, number, "示例：不实")
    one.settle()
    (task,) = one.tasks()
    again = one.alerts()[-1]
    assert (again.task, again.periods) == (task.id, 1)
    assert f"报警 {again.id} 支持本任务" in one.history()[-1].reason


def test_the_same_mark_twice_is_one(store: Store) -> None:
    one = plant(store)
    first, again = (one.mark("启炉", at(8), at(9)) for _ in range(2))
    assert first == again


def test_dust_that_comes_later_decides_about_the_start(store: Store) -> None:
    one = plant(store)
    one.mark("启炉", at(8), at(10))
    one.take(hours(70, 80, since=8))
    assert found(one) == []
    one.take(hours(20, 160, since=8, pollutant=PM))
    one.settle()
    assert found(one) == [("hour", 9, 80)]


def test_a_furnace_that_burns_is_judged_although_it_is_marked_out_of_use(store: Store) -> None:
    one = plant(store)
    one.mark("停运", at(8), at(10))
    one.take([*hours(70, 80, since=8), *hours(20.5, 11.0, since=8, pollutant=OXYGEN)])
    one.settle()
    assert found(one) == [("hour", 9, 80)]


def test_an_incinerators_hour_is_told_and_its_day_is_visited(store: Store) -> None:
    one = plant(store, limits=[{}, {"period": Period.DAY}])
    one.take(hours(*[50] * 24))
    assert [a.outcome for a in one.alerts()] == ["remind"]
    one.take([Sent(at(0), 50, timedelta(days=1), Period.DAY)])
    assert [a.outcome for a in one.alerts()] == ["remind", "verify"]


@pytest.mark.parametrize("days_report_first", [True, False])
def test_a_day_with_marked_hours_is_the_mean_of_the_others(
    store: Store, days_report_first: bool
) -> None:
    one = plant(store, limits=[{"period": Period.DAY}])
    day = [Sent(at(0), 34, timedelta(days=1), Period.DAY)]
    one.mark("启炉", at(0), at(4))
    by_hours = hours(*[1] * 4, *[36] * 10, *[36.6] * 10)
    for batch in (day, by_hours) if days_report_first else (by_hours, day):
        one.take(batch)
    one.settle()
    assert found(one) == [("day", 0, pytest.approx(36.3))]


@pytest.mark.parametrize(("way", "expected"), [("reported", [("day", 0, 34.0)]), ("day", [])])
def test_how_a_marked_day_is_taken_is_a_setting(store: Store, way: str, expected: object) -> None:
    marking = Marking(part_marked_day=way)
    one = plant(store, limits=[{"period": Period.DAY, "limit": 30.0}], marking=marking)
    one.mark("启炉", at(0), at(4))
    one.take([Sent(at(0), 34, timedelta(days=1), Period.DAY)])
    assert found(one) == expected


def test_a_day_of_which_too_little_is_left_is_not_judged(store: Store) -> None:
    one = plant(store, limits=[{"period": Period.DAY}])
    one.take([Sent(at(0), 99, timedelta(days=1), Period.DAY)])
    one.mark("故障", at(3), at(8), kind=MarkClass.DEVICE)
    one.settle()
    assert found(one) == []


def test_furnace_too_cold_more_than_five_times_a_day(store: Store) -> None:
    one = plant(store, limits=[])
    five = timedelta(minutes=5)

    def means(value: float, count: int, hour: int) -> list[Sent]:
        return [
            Sent(at(hour) + n * five, value, five, Period.MINUTE, FURNACE) for n in range(count)
        ]

    one.take([*means(900, 12, 1), *means(849.9, 5, 2), *means(850, 5, 3)])
    one.settle()
    assert one.findings("furnace-temperature") == []
    one.take(means(840, 1, 4))
    one.settle()
    assert one.findings("furnace-temperature") == [("day", FURNACE, DAY, 6.0)]
    (alert,) = one.alerts()
    assert (alert.outcome, alert.limit) == ("screen", 5.0)
    assert "最低 840 ℃" in alert.reason
    one.mark("炉温异常", at(2), at(3))
    one.settle()
    assert one.findings("furnace-temperature") == []


def test_an_hour_that_its_own_minutes_do_not_bear_out(store: Store) -> None:
    one = plant(store, kind="boiler", limits=[])
    minute = timedelta(minutes=1)
    minutes = [Sent(at(8) + n * minute, 40 + n % 3, minute, Period.MINUTE) for n in range(60)]
    one.take([*minutes, Sent(at(8), 30)])
    one.settle()
    assert one.findings("average-mismatch") == [("hour", SO2, at(8), 30.0)]
    (alert,) = one.alerts()
    assert "由其分钟数据计算为 41" in alert.reason
    with store.read() as connection:  # frames go after a time, but for those that an alert rests on
        kept = connection.execute(select(kept_frames.c.frame)).scalars().all()
        case = gather(connection, alert, ZONE, lambda _trigger, _on: [], {})
    assert set(case.frames) == set(kept)
    assert len(kept) == 61
    assert {point.period for point in case.series} == {"hour", "minute"}
    assert case.left_out == []
    one.take([Sent(at(8), 41.2, sent=1)])  # rewritten: what was sent last counts
    one.settle()
    assert one.findings("average-mismatch") == []


def test_too_few_hours_of_a_month_within_the_commitment(store: Store) -> None:
    first = datetime(2026, 10, 1, tzinfo=ZONE)
    one = plant(store, kind="boiler", limits=[{"share": 0.95}, {"limit": 50.0}])
    values = [40.0 if n < 39 else 20.0 for n in range(744)]
    one.take([Sent(first + n * HOUR, v) for n, v in enumerate(values)])
    one.settle()
    ((period, pollutant, start, share),) = one.findings("ultra-low-share")
    assert (period, pollutant, start) == ("month", SO2, first)
    assert share == 705 / 744
    assert one.findings() == []  # no single hour is an exceedance
    one.mark("停运", first, first + HOUR)
    one.settle()
    assert one.findings("ultra-low-share") == [("month", SO2, first, 705 / 743)]
    one.mark("停运", first + HOUR, first + 2 * HOUR)
    one.settle()
    assert one.findings("ultra-low-share") == []


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("so2"), st.integers(0, 40), st.sampled_from([20.0, 35.1, 50.0, 80.0])),
        st.tuples(st.just("dust"), st.integers(0, 40), st.sampled_from([20.0, 200.0])),
        st.tuples(st.just("day"), st.integers(0, 1), st.sampled_from([20.0, 50.0])),
        st.tuples(st.just("启炉"), st.integers(0, 40), st.integers(1, 6)),
        st.tuples(st.just("停运"), st.integers(0, 40), st.integers(1, 6)),
        st.tuples(st.just("fault"), st.integers(0, 40), st.integers(1, 6)),
        st.tuples(st.just("late"), st.integers(0, 40), st.integers(1, 6)),
    ),
    min_size=1,
    max_size=14,
)


def happen(one: Plant, event: tuple[str, int, float]) -> None:
    what, hour, size = event
    if what == "so2":
        one.take([Sent(at(hour), size, sent=int(size))])
    elif what == "dust":
        one.take([Sent(at(hour), size, pollutant=PM, sent=int(size))])
    elif what == "day":
        one.take([Sent(at(24 * hour), size, timedelta(days=1), Period.DAY, sent=int(size))])
    elif what in ("启炉", "停运"):
        one.mark(what, at(hour), at(hour + size))
    else:
        late = at(90) if what == "late" else None
        kind = MarkClass.DEVICE
        one.mark(
            "故障", at(hour), at(hour + size), kind=kind, submitted=late, manual=what == "late"
        )


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS, seed=st.integers(0, 99))
def test_the_findings_are_the_same_in_whatever_order_data_and_marks_come(
    store: Store, events: list[tuple[str, int, float]], seed: int
) -> None:
    limits = [{}, {"period": Period.DAY}]
    orders = [list(events), [*events, *events], list(events)]
    random.Random(seed).shuffle(orders[1])
    orders[2].reverse()
    ends = []
    for order in orders:
        one = plant(store, limits=limits)
        for number, event in enumerate(order):
            happen(one, event)
            if number % 5 == seed % 5:
                one.settle()  # a sweep, or a restart, in between
        one.settle()
        spans = sorted(
            (a.period, a.start_ms, a.end_ms, a.state, a.value) for a in one.alerts() if a.periods
        )
        ends.append((found(one), spans))
    assert ends[0] == ends[1] == ends[2]
