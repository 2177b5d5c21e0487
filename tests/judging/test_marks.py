"""What marks do to alerts and tasks, whichever of data and marks came first."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from monitor.actions import marks as actions
from monitor.errors import NotFound
from monitor.evidence.gathering import gather
from monitor.marks import MarkClass, Marking
from monitor.observation import Period
from monitor.rejudging import Sweep
from monitor.store import Store, retention
from monitor.store import marks as stored_marks
from monitor.store.tables import kept_frames
from monitor.task import InputError
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


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_same_mark_is_in_time_if_it_was_once(store: Store, order: tuple[int, ...]) -> None:
    one = plant(store)
    one.take(hours(70, since=8))
    said = [(at(30), None), (at(29), None), (at(31), at(26))]  # late, late, ordered
    for number in order:
        submitted, ordered = said[number]
        one.mark("启炉", at(8), at(9), submitted=submitted, ordered=ordered)
    one.settle()
    assert found(one) == []
    with store.read() as connection:
        rows = stored_marks.listed(connection, (), 10, mn=one.mn, struck_out=True)
    (counts,) = (row for row in rows if row.superseded_at is None)
    assert (counts.submitted_at, counts.ordered_at) == (at(29), at(26))
    assert said[order[0]][0] in [row.submitted_at for row in rows]


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


def test_findings_outlive_the_data_that_was_let_go(store: Store) -> None:
    minute = timedelta(minutes=1)
    limits = [{"period": Period.MINUTE}]
    one = plant(store, limits=limits)
    five = 5 * minute
    furnace = [Sent(at(2) + n * five, 800, five, Period.MINUTE, FURNACE) for n in range(9)]
    one.take([Sent(at(1), 99, minute, Period.MINUTE), *furnace])
    one.take([Sent(at(5), 20, minute, Period.MINUTE)])
    one.settle()
    held = (found(one), one.findings("furnace-temperature"))
    assert [len(each) for each in held] == [1, 1]
    one.readings_kept = NOW - at(4)
    for _ in range(2):
        with store.write() as connection:
            assert retention.drop_readings(connection, at(4))
    one.mark("启炉", at(30), at(31))
    one.settle()
    assert (found(one), one.findings("furnace-temperature")) == held
    assert [a.periods for a in one.alerts()] == [1, 1]


def test_a_mark_over_the_years_end_is_one_mark(store: Store) -> None:
    year = datetime(2026, 1, 1, tzinfo=ZONE)
    one = plant(store)
    one.mark("启炉", year - 2 * HOUR, year + 6 * HOUR)  # 4 hours each
    one.mark("故障", year + 10 * HOUR - 24 * HOUR, year + 12 * HOUR, submitted=year)  # late
    one.take([Sent(year + n * HOUR, 70) for n in (1, 2, 11)])
    assert [start for _, _, start, _ in one.findings()] == [year + 2 * HOUR, year + 11 * HOUR]


def cold(*hours: float) -> list[Sent]:
    """Furnace temperatures that are too low, six in each of these hours."""
    five = timedelta(minutes=5)
    return [
        Sent(at(hour) + n * five, 800, five, Period.MINUTE, FURNACE)
        for hour in hours
        for n in range(6)
    ]


@pytest.mark.parametrize("oxygen_first", [True, False])
def test_oxygen_decides_about_the_furnace_whenever_it_comes(
    store: Store, oxygen_first: bool
) -> None:
    one = plant(store, limits=[])
    one.mark("停运", at(8), at(9))
    oxygen = hours(11.0, since=8, pollutant=OXYGEN)
    for batch in (oxygen, cold(8)) if oxygen_first else (cold(8), oxygen):
        one.take(batch)
        one.settle()
    assert one.findings("furnace-temperature") == [("day", FURNACE, DAY, 6.0)]


def test_a_mark_that_spends_the_sum_tells_on_later_months(store: Store) -> None:
    one = plant(store, limits=[])
    one.mark("停炉降温", at(8), at(9))
    one.take(cold(8))
    one.settle()
    assert one.findings("furnace-temperature") == []
    earlier = at(8) - timedelta(days=60)
    one.mark("停炉降温", earlier, earlier + 700 * HOUR)
    one.settle()
    assert one.findings("furnace-temperature") == [("day", FURNACE, DAY, 6.0)]


def test_a_furnace_that_the_register_learns_of_later(store: Store) -> None:
    one = plant(store, kind=None, limits=[{}])
    one.take([*cold(8), *hours(70, since=8)])
    one.settle()
    one.mark("启炉", at(8), at(9))
    one.settle()
    assert (found(one), one.findings("furnace-temperature")) == ([("hour", 8, 70)], [])
    for kind, expected in (("incinerator", ([], 1)), ("boiler", ([("hour", 8, 70)], 0))):
        one.change_kind(kind)
        one.settle()
        assert (found(one), len(one.findings("furnace-temperature"))) == expected


def test_a_month_is_judged_when_it_is_over_although_its_last_hours_never_came(
    store: Store,
) -> None:
    first = datetime(2026, 10, 1, tzinfo=ZONE)
    one = plant(store, kind="boiler", limits=[{"share": 0.95}])
    one.now = first + 10 * HOUR
    one.take([Sent(first + n * HOUR, 40.0) for n in range(9)])
    sweep = Sweep(store, one.bench, lambda: False)
    sweep.run(first + 11 * HOUR)
    assert one.findings("ultra-low-share") == []
    last_month = Sent(first - HOUR, 40.0)  # late; it makes its own month due, and this one stays so
    one.take([last_month])
    sweep.run(first + 12 * HOUR)
    assert len(one.findings("ultra-low-share")) == 1
    sweep.run(first + timedelta(days=32))
    assert len(one.findings("ultra-low-share")) == 2


def test_who_never_stops_reporting_is_judged(store: Store) -> None:
    one = plant(store, limits=[])
    one.now = at(9)
    for report in cold(8):
        one.now += timedelta(seconds=2)
        one.take([report])
    Sweep(store, one.bench, lambda: False).run(one.now)
    one.now += timedelta(seconds=2)
    assert one.findings("furnace-temperature") == [("day", FURNACE, DAY, 6.0)]


@pytest.mark.parametrize("start", [datetime(1999, 1, 1, tzinfo=ZONE), NOW + timedelta(days=366)])
def test_a_mark_of_another_age_is_refused(store: Store, start: datetime) -> None:
    one = plant(store)
    with pytest.raises(InputError, match="between 2000 and 366 days from now"):
        one.mark("停运", start, start + HOUR, submitted=NOW)


def test_of_many_marks_the_wrong_one_is_named_and_none_is_entered(store: Store) -> None:
    one = plant(store)
    number = one.mark("启炉", at(8), at(9))
    with store.read() as connection:
        row = stored_marks.get(connection, number)
    good = replace(stored_marks.mark(row), item="停炉")
    with pytest.raises(NotFound, match="mark 2 of 2: there is no outlet NOBODY"):
        actions.enter_all(one.desk, ADMIN, [good, replace(good, mn="NOBODY")])
    with store.read() as connection:
        assert len(stored_marks.listed(connection, (), 10, mn=one.mn)) == 1


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
