"""The backtest says what live detection says, sees no future, and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select

from monitor.alert import Outcome
from monitor.alerting import Bench
from monitor.backtest import Backtest, heard, side_by_side
from monitor.clock import rfc3339, to_ms
from monitor.errors import StoreError
from monitor.marks import MarkClass
from monitor.observation import JUDGED, Period
from monitor.rejudging import Sweep
from monitor.rules import WINDOW_RULES, Verdict, exceedance
from monitor.store import Connection, Store, devices, marks, tables
from monitor.verdicts import Verdicts
from tests.feeding import (
    BEGIN,
    END,
    MAINTENANCE,
    NOW,
    STEPS,
    ZONE,
    Marked,
    Sent,
    Step,
    add_mark,
    bench,
    enter,
    everything,
    feed,
    in_order,
    live,
    new_mn,
    sweep,
)

HOUR = timedelta(hours=1)
NAMES = (exceedance.NAME, *WINDOW_RULES)
"""Of outlets; those of meters are in tests/judging/test_power.py."""
SPANS = ("furnace-temperature", "ultra-low-share")
_SETTINGS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def backtest(
    store: Store,
    mn: str,
    judge: Bench,
    since: datetime = BEGIN,
    until: datetime = END,
    rules: Sequence[str] = NAMES,
) -> list[dict[str, Any]]:
    """The alerts of an outlet, read through a store that cannot be written to."""
    reading = Store(store.url.render_as_string(hide_password=False), read_only=True)
    test = Backtest(
        store=reading,
        bench=judge,
        since_ms=to_ms(since),
        until_ms=to_ms(until),
        rules=rules,
        now=NOW,
    )
    numbers = heard(reading, [mn])
    found = [
        line for device in numbers.values() for line in test.alerts(mn, device, lambda _: None)
    ]
    reading.close()
    return found


@pytest.fixture(autouse=True)
def _large_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mark has the rest of the year judged again: not in a thousand transactions, each synced."""
    monkeypatch.setattr("monitor.rejudging._FLOOD_SLICE_MS", 400 * 24 * 3_600_000)


# --- the same as live --------------------------------------------------------------------------


@_SETTINGS
@given(steps=STEPS)
def test_its_alerts_are_those_of_live_detection(store: Store, steps: list[Step]) -> None:
    mn = new_mn()
    judge = bench(enter(store, mn))
    # marks first: one over an hour within the limit does not yet join what that hour had parted
    for step in steps:
        if isinstance(step, list):
            feed(store, mn, step, judge)
        else:
            add_mark(store, mn, step)
    sweep(store, judge)
    assert in_order(backtest(store, mn, judge)) == live(store, mn)


def test_an_episode_ends_where_the_next_begins_though_hours_of_that_are_marked(
    store: Store,
) -> None:
    mn = new_mn()
    judge = bench(enter(store, mn))
    feed(store, mn, [Sent(Period.HOUR, 22, 3, (50.0, 20.0, 8.0))], judge)
    feed(store, mn, [Sent(Period.HOUR, 72, 3, (50.0, 20.0, 8.0))], judge)
    add_mark(store, mn, Marked("启炉", MarkClass.CONDITION, 72, 74))
    sweep(store, judge)
    found = live(store, mn)
    hours = [line["cleared_at"] for line in found if line["rule"] == exceedance.NAME]
    assert hours == ["2026-10-04T02:00:00+08:00", None]
    assert in_order(backtest(store, mn, judge)) == found


def test_a_month_of_everything_is_judged_as_live_by_every_rule(store: Store) -> None:
    mn = new_mn()
    judge = bench(enter(store, mn))
    add_mark(store, mn, MAINTENANCE)
    feed(store, mn, everything(), judge)
    sweep(store, judge)
    found = backtest(store, mn, judge)
    assert {line["rule"] for line in found} == set(NAMES)
    assert in_order(found) == live(store, mn)
    for rule in NAMES:
        only = backtest(store, mn, judge, rules=[rule])
        assert only == [line for line in found if line["rule"] == rule]


def test_a_rewritten_report_counts_by_its_worst_version_in_any_order(store: Store) -> None:
    versions = [
        [Sent(Period.HOUR, 3, 1, (70.0, 20.0, 8.0), late=True)],
        [Sent(Period.HOUR, 3, 1, (36.0, 80.0, 8.0), sent=1)],
        [Sent(Period.HOUR, 3, 1, (20.0, 20.0, 8.0), sent=2)],
        [Sent(Period.HOUR, 4, 1, (10.0, 20.0, 8.0))],
    ]
    for order in (versions, versions[::-1]):
        mn = new_mn()
        judge = bench(enter(store, mn))
        for batch in order:
            feed(store, mn, batch, judge)
        [found] = backtest(store, mn, judge, rules=[exceedance.NAME])
        assert (found["value"], found["limit"], found["count"]) == (80.0, 40.0, 1)
        assert (found["state"], found["cleared_at"]) == ("cleared", "2026-10-01T04:00:00+08:00")
        assert live(store, mn) == in_order([found])


def test_of_two_versions_equally_beyond_the_same_one_stands_in_any_order(store: Store) -> None:
    """Measured 70 of 35 and converted 80 of 40: both 1.00 times beyond."""
    versions = [
        [Sent(Period.HOUR, 3, 1, (70.0, 20.0, 8.0))],
        [Sent(Period.HOUR, 3, 1, (20.0, 80.0, 8.0), sent=1)],
    ]
    for order in (versions, versions[::-1]):
        mn = new_mn()
        judge = bench(enter(store, mn))
        for batch in order:
            feed(store, mn, batch, judge)
        [found] = live(store, mn)
        assert (found["value"], found["limit"]) == (80.0, 40.0)
        assert in_order(backtest(store, mn, judge, rules=[exceedance.NAME])) == [found]


def test_a_finding_is_as_old_as_when_its_report_came(store: Store) -> None:
    judged = [Sent(Period.HOUR, hour, 1, (70.0, 20.0, 8.0)) for hour in (0, 1)]
    for received, outcome in ((BEGIN + 3 * HOUR, "verify"), (NOW, "screen")):
        mn = new_mn()
        judge = bench(
            enter(store, mn), act_within=timedelta(days=10), incinerator_hour=Outcome.VERIFY
        )
        feed(store, mn, judged, judge, received_at=received)
        [found] = backtest(store, mn, judge, rules=[exceedance.NAME])
        assert (found["outcome"], found["opened_at"]) == (outcome, rfc3339(received, ZONE))
        assert live(store, mn) == in_order([found])


def test_data_of_the_moment_that_came_late_is_silent(store: Store) -> None:
    mn = new_mn()
    judge = bench(enter(store, mn))
    late = Sent(Period.MINUTE, 0, 3, (900.0, 60.0), late=True)
    feed(store, mn, [late], judge)
    [found] = backtest(store, mn, judge)
    assert (found["silent"], found["count"], found["state"]) == (True, 3, "open")


def test_an_episode_that_takes_up_another_asks_for_its_visit(store: Store) -> None:
    """What came too late to act on bridges to what came in time: the visit is asked for still."""
    mn = new_mn()
    judge = bench(enter(store, mn, kind="锅炉"), act_within=timedelta(days=10))

    def one(hour: int) -> list[Sent]:
        return [Sent(Period.HOUR, hour, 1, (70.0, 20.0, 8.0))]

    feed(store, mn, one(30), judge, received_at=BEGIN + 31 * HOUR)
    feed(store, mn, one(0), judge)
    [first, second] = live(store, mn)
    assert (first["outcome"], second["outcome"]) == ("screen", "verify")
    feed(store, mn, one(15), judge)
    [found] = live(store, mn)
    assert (found["count"], found["outcome"]) == (3, "verify")
    assert in_order(backtest(store, mn, judge, rules=[exceedance.NAME])) == [found]
    with store.read() as connection:
        [task] = connection.execute(select(tables.tasks.c.id)).scalars()
        standing = tables.alerts.c.periods > 0
        assert connection.execute(select(tables.alerts.c.task).where(standing)).scalars().all() == [
            task
        ]


def test_what_is_over_is_judged_although_its_last_reports_never_came(store: Store) -> None:
    mn = new_mn()
    judge = bench(enter(store, mn))
    day = 24 * HOUR
    for n in range(3):  # cold on the first day alone; silent from the third noon on
        cold = Sent(Period.MINUTE, n * 288, 12, (900.0 if n else 800.0, 20.0))
        hours = Sent(Period.HOUR, n * 24, 2, (36.0, 20.0, 8.0))
        feed(store, mn, [cold, hours], judge, received_at=BEGIN + n * day + 3 * HOUR)
    daemon = Sweep(store, lambda _register: judge, lambda: False)
    for n in range(33):
        daemon.run(BEGIN + n * day + 4 * HOUR)
    found = [line for line in live(store, mn) if line["rule"] in SPANS]
    assert [(line["rule"], line["state"]) for line in found] == [
        ("furnace-temperature", "cleared"),
        ("ultra-low-share", "open"),
    ]
    assert in_order(backtest(store, mn, judge, rules=SPANS)) == found


# --- the span ----------------------------------------------------------------------------------


def test_only_periods_that_begin_and_end_within_the_span_are_told(store: Store) -> None:
    mn = new_mn()
    judge = bench(enter(store, mn))
    feed(store, mn, [Sent(Period.HOUR, 0, 6, (70.0, 20.0, 8.0))], None)
    feed(store, mn, [Sent(Period.DAY, 0, 1, (70.0, 50.0))], None)
    span = (BEGIN + 2 * HOUR, BEGIN + 5 * HOUR)
    [found] = backtest(store, mn, judge, *span)
    assert (found["period"], found["count"], found["state"]) == ("hour", 3, "open")
    assert found["start"] == "2026-10-01T02:00:00+08:00"
    assert found["end"] == "2026-10-01T05:00:00+08:00"


def test_slices_leave_no_seam(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mn = new_mn()
    judge = bench(enter(store, mn))
    feed(store, mn, everything(4), None)
    feed(store, mn, [Sent(Period.MINUTE, 280, 20, (900.0, 60.0))], None)
    whole = backtest(store, mn, judge)
    for name in ("_FLOOD_SLICE_MS", "_SLICE_MS"):
        monkeypatch.setattr(f"monitor.backtest.{name}", 10_800_000)
    assert backtest(store, mn, judge) == whole


# --- no rule sees the future ---------------------------------------------------------------------


def verdicts(
    connection: Connection, mn: str, judge: Bench, rule: str, at: datetime
) -> list[Verdict]:
    """Every verdict of a rule about what had ended at an instant."""
    known = Verdicts(connection, judge, at)
    device = devices.find(connection, [mn])[mn]
    span = (to_ms(BEGIN), to_ms(END))
    if rule in WINDOW_RULES:
        judged = list(known.of_spans(device, mn, WINDOW_RULES[rule], *span))
    else:
        judged = [j for period in JUDGED for j in known.of_reports(device, mn, period, *span)]
    return [j.verdict for j in judged if j.verdict.end_ms <= to_ms(at)]


@pytest.mark.parametrize("rule", NAMES)
def test_no_rule_sees_the_future(store: Store, rule: str) -> None:
    """What had ended by an instant is judged alike, whether or not what began later is there."""
    instants = [BEGIN + timedelta(days=9.5), BEGIN + timedelta(days=20), END]
    sent = everything() + [  # of the month after, which the last instant must not see
        Sent(each.period, 31 * n + each.first, each.count, each.values)
        for each, n in ((Sent(Period.HOUR, 0, 40, (36.0, 90.0, 3.0)), 24),)
    ]
    whole = new_mn()
    everyones = bench(enter(store, whole))
    add_mark(store, whole, MAINTENANCE)
    feed(store, whole, sent, None)
    fired = 0
    for at in instants:
        part = new_mn()
        judge = bench(enter(store, part))
        add_mark(store, part, MAINTENANCE)
        feed(store, part, list(_before(sent, at)), None)
        with store.read() as connection:
            mine = verdicts(connection, part, judge, rule, at)
            theirs = verdicts(connection, whole, everyones, rule, at)
        assert [_said(v) for v in mine] == [_said(v) for v in theirs]
        assert backtest(store, part, judge, until=at) == _renamed(
            backtest(store, whole, everyones, until=at), part
        )
        fired += sum(verdict.exceeds for verdict in mine)
    assert fired, f"the data of this test gives {rule} nothing to find"


def _before(sent: list[Sent], at: datetime) -> list[Sent]:
    lengths = {Period.MINUTE: HOUR / 12, Period.HOUR: HOUR, Period.DAY: 24 * HOUR}
    return [
        Sent(each.period, each.first + n, 1, each.values)
        for each in sent
        for n in range(each.count)
        if BEGIN + lengths[each.period] * (each.first + n) < at
    ]


def _said(verdict: Verdict) -> tuple[object, ...]:
    return (
        verdict.pollutant,
        verdict.period,
        verdict.start_ms,
        verdict.value,
        verdict.bound,
        verdict.exceed_ratio,
        verdict.detail,
    )


def _renamed(found: list[dict[str, Any]], mn: str) -> list[dict[str, Any]]:
    return [{**line, "outlet": mn} for line in found]


# --- two sets of rules, and nothing written --------------------------------------------------------


def test_a_second_set_of_rules_stands_beside_the_first(store: Store) -> None:
    mn = new_mn()
    books = enter(store, mn)
    feed(store, mn, [Sent(Period.HOUR, hour, 1, (70.0, 20.0, 8.0)) for hour in (0, 5)], None)
    feed(store, mn, [Sent(Period.DAY, 0, 1, (10.0, 50.0))], None)
    short = {period: timedelta(hours=1) for period in JUDGED}
    first, second = (backtest(store, mn, bench(books, **p)) for p in ({}, {"silence": short}))
    lines = [
        (line["set"], line["period"], line["start"][11:13], line["count"])
        for line in side_by_side(first, second)
        if line["rule"] == exceedance.NAME
    ]
    assert lines == [
        ("both", "day", "00", 1),
        ("first", "hour", "00", 2),
        ("second", "hour", "00", 1),
        ("second", "hour", "05", 1),
    ]


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the database holds."""
    with store.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in tables.metadata.sorted_tables
        }


def test_nothing_is_written_nor_could_be(store: Store) -> None:
    mn = new_mn()
    judge = bench(enter(store, mn))
    feed(store, mn, everything(3), judge)
    before = contents(store)
    assert backtest(store, mn, judge)
    assert contents(store) == before
    reading = Store(store.url.render_as_string(hide_password=False), read_only=True)
    with pytest.raises(StoreError), reading.write() as connection:
        marks.strike_out(connection, 0, NOW, "test", "")
    reading.close()
