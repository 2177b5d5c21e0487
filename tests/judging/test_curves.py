"""What rules over curves find in stored data: live, late, again, and by the bureau's thresholds."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from monitor import scoring
from monitor.alert import Outcome, Policy
from monitor.backtest import Backtest
from monitor.clock import to_ms
from monitor.levels import keep_level
from monitor.observation import Period
from monitor.rules import CURVE_RULES, NAMES
from monitor.rules.thresholds import given
from monitor.store import Store, curves, devices
from tests.judging.kit import HOUR, SO2, ZONE, Plant, Sent

NOW = datetime(2026, 11, 20, 0, 1, tzinfo=ZONE)
NOX, OXYGEN, FLOW, WARM = "a21002", "a19001", "a00000", "a01012"
_numbers = itertools.count()


def plant(store: Store, **more: Any) -> Plant:
    more = {"policy": Policy()} | more
    return Plant(store, f"CURVE{next(_numbers):019d}", NOW, **more)


def hours(days: int, until: datetime = NOW) -> list[datetime]:
    end = until.replace(minute=0)
    return [end - HOUR * number for number in range(days * 24, 0, -1)]


def lively(at: datetime, level: float = 20.0) -> float:
    """A value that goes up and down with the day, and never repeats itself."""
    dice = random.Random(at.timestamp() + level)
    return round(level * (1 + 0.3 * math.sin(at.hour / 24 * 2 * math.pi) + dice.gauss(0, 0.08)), 2)


def running(at: datetime, **instead: float | None) -> tuple[Sent, ...]:
    """A report of all channels of a plant in operation, but for what is said otherwise."""
    dice = random.Random(at.timestamp())
    values: dict[str, float | None] = {
        SO2: lively(at),
        NOX: lively(at, 40.0),
        OXYGEN: round(6 + dice.gauss(0, 0.3), 2),
        FLOW: round(30 + dice.gauss(0, 1), 2),
        WARM: round(55 + dice.gauss(0, 0.5), 1),
    } | instead
    return tuple(
        Sent(at, value, pollutant=code) for code, value in values.items() if value is not None
    )


def found(of: Plant, rule: str) -> list[Any]:
    return [alert for alert in of.alerts() if alert.rule == rule]


def fed(of: Plant, reports: Iterable[tuple[Sent, ...]]) -> Plant:
    of.take(reports)
    of.settle()
    return of


def test_an_ordinary_month_raises_nothing(store: Store) -> None:
    of = fed(plant(store), (running(at) for at in hours(31)))
    assert [(each.rule, each.pollutant, each.reason) for each in of.alerts()] == []


def test_a_stuck_channel_is_one_alert_for_a_person_to_look_at(store: Store) -> None:
    times = hours(9)
    stuck = set(times[-10:-2])
    of = fed(plant(store), (running(at, **({SO2: 21.37} if at in stuck else {})) for at in times))
    (alert,) = found(of, "constant-value")
    assert (alert.pollutant, alert.outcome, alert.state) == (SO2, "screen", "open")
    assert "恒为 21.37" in alert.reason
    assert f"{times[-10]:%Y-%m-%d %H:%M}" in alert.reason
    assert of.tasks() == []


def test_it_ends_when_the_channel_moves_again(store: Store) -> None:
    times = hours(9)
    stuck = set(times[-20:-12])
    of = fed(plant(store), (running(at, **({SO2: 21.37} if at in stuck else {})) for at in times))
    (alert,) = found(of, "constant-value")
    assert alert.state == "cleared"
    assert alert.cleared_ms > to_ms(times[-12])


def test_what_comes_hour_by_hour_is_judged_as_what_comes_at_once(store: Store) -> None:
    times = hours(9)
    stuck = set(times[-8:-1])
    reports = [running(at, **({SO2: 21.37} if at in stuck else {})) for at in times]
    at_once = fed(plant(store), reports)
    piecemeal = plant(store)
    fed(piecemeal, reports[:-9])
    shuffled = reports[-9:]
    random.Random(7).shuffle(shuffled)
    for report in shuffled:
        fed(piecemeal, [report])
    assert piecemeal.findings("constant-value") == at_once.findings("constant-value") != []
    assert len(found(piecemeal, "constant-value")) == 1


def test_late_hours_take_back_what_was_said_of_their_absence(store: Store) -> None:
    times = hours(9)
    gone = set(times[-12:-4])
    of = fed(plant(store), (running(at) for at in times if at not in gone))
    (alert,) = found(of, "missing-data")
    assert (alert.outcome, alert.pollutant) == ("remind", None)
    late = (tuple(replace(each, late=True) for each in running(at)) for at in sorted(gone))
    fed(of, late)
    (alert,) = found(of, "missing-data")
    assert (alert.periods, alert.state) == (0, "cleared")
    assert [each.outcome for each in found(of, "late-data")] == ["remind"]


def test_a_mark_mutes_the_hours_it_covers(store: Store) -> None:
    times = hours(9)
    stuck = set(times[-10:-2])
    of = plant(store)
    fed(of, (running(at, **({SO2: 21.37} if at in stuck else {})) for at in times))
    assert [each.periods > 0 for each in found(of, "constant-value")] == [True]
    of.mark("停运", times[-11], times[-1], submitted=times[-11])
    of.settle()
    assert [each.periods for each in found(of, "constant-value")] == [0]
    assert [each.rule for each in of.alerts() if each.periods] == ["stop-not-stopped"]


def test_a_declared_stop_is_held_against_gas_and_warmth(store: Store) -> None:
    times = hours(9)
    stopped = set(times[-8:])

    def report(at: datetime) -> tuple[Sent, ...]:
        flag = "F" if at in stopped else "N"
        return tuple(replace(each, flag=flag) for each in running(at))

    of = fed(plant(store), (report(at) for at in times))
    (alert,) = found(of, "stop-not-stopped")
    assert "标记停运" in alert.reason
    cold = {OXYGEN: 20.8, FLOW: 0.3, WARM: 24.0}
    still = fed(
        plant(store),
        (report(at)[:2] + running(at, **cold)[2:] if at in stopped else report(at) for at in times),
    )
    assert found(still, "stop-not-stopped") == []


def test_a_bureau_sets_its_own_thresholds_and_outcomes(store: Store) -> None:
    rule = CURVE_RULES["constant-value"]

    class Own(Plant):
        def bench(self, register: Any) -> Any:
            return replace(
                super().bench(register), thresholds={rule.name: given(rule, {"hours": 12})}
            )

    policy = plant(store).policy
    verify = replace(policy, rules=policy.rules | {rule.name: Outcome.VERIFY})
    times = hours(9)
    for length, alerts in ((10, 0), (14, 1)):
        of = Own(store, f"CURVE{next(_numbers):019d}", NOW, policy=verify)
        stuck = set(times[-length:])
        fed(of, (running(at, **({SO2: 21.37} if at in stuck else {})) for at in times))
        assert len(found(of, rule.name)) == alerts
    assert found(of, rule.name)[0].task is not None


def test_a_rewritten_hour_is_held_against_what_was_sent_first(store: Store) -> None:
    times = hours(3)
    of = plant(store, limits=[{}])
    fed(of, (running(at, **({SO2: 60.0} if at == times[-9] else {})) for at in times))
    fed(of, [tuple(replace(each, sent=1) for each in running(times[-9], **{SO2: 20.0}))])
    (alert,) = found(of, "rewritten-value")
    assert (alert.value, alert.limit) == (20.0, 60.0)
    assert [each.rule for each in of.alerts() if each.rule == "exceedance"] == ["exceedance"]


def test_the_backtest_says_the_same_of_every_rule(store: Store) -> None:
    times = hours(12)
    stuck, gone, zero = set(times[-30:-20]), set(times[-60:-50]), set(times[-100:-90])

    def report(at: datetime) -> tuple[Sent, ...]:
        return running(at, **({SO2: 21.37} if at in stuck else {NOX: 0.0} if at in zero else {}))

    of = fed(plant(store), (report(at) for at in times if at not in gone))
    with store.read() as connection:
        device = devices.find(connection, [of.mn])[of.mn]
    since, until = to_ms(times[0]), to_ms(times[-1] + HOUR)
    told = Backtest(
        store=store, bench=of.bench(of.register()), since_ms=since, until_ms=until, rules=NAMES, now=NOW,
    ).alerts(of.mn, device, lambda _ms: None)  # fmt: skip
    own = [each for each in of.alerts() if each.periods]
    assert {"constant-value", "zero-value", "missing-data"} <= {each.rule for each in own}
    assert sorted((t["rule"], t["pollutant"] or "", t["count"]) for t in told) == sorted(
        (each.rule, each.pollutant or "", each.periods) for each in own
    )


def test_scores_are_kept_and_the_level_is_a_fact_of_the_day(store: Store) -> None:
    of = fed(plant(store), (running(at) for at in hours(52)))
    today = NOW.date()
    with store.write() as connection:
        device = devices.find(connection, [of.mn])[of.mn]
        kept = [
            each
            for each in curves.scores_within(connection, date(2026, 9, 1), today)
            if each[0] == device
        ]
        assert {day for _, day, _ in kept} >= {today - timedelta(days=n) for n in range(1, 5)}
        dice = np.random.default_rng(3)
        for other in range(900_000, 900_040):
            past = {today - timedelta(days=n): float(dice.exponential()) for n in range(2, 58)}
            curves.put_scores(connection, other, past)
        bench = of.bench(of.register())
        keep_level(connection, bench, today)
        first = curves.levels(connection)[today]
        curves.put_scores(connection, 900_000, {today - timedelta(days=3): 99.0})
        keep_level(connection, bench, today)
        assert curves.levels(connection)[today] == first


@pytest.mark.parametrize(
    "values", [{"hours": 3.5}, {"nothing": 1}, {"hours": -1}, {"hours": 0}, {"habit_days": 200}]
)
def test_thresholds_that_are_none_are_named(values: dict[str, float]) -> None:
    rule = CURVE_RULES["constant-value"]
    with pytest.raises(ValueError, match="constant-value"):
        given(rule, values)


@pytest.mark.parametrize("kind", ["normal", "heavy", "autocorrelated"])
def test_a_bureau_gets_as_many_alarms_as_it_will_bear(kind: str) -> None:
    dice = np.random.default_rng(11)
    noise = dice.standard_t(3, (120, 160)) if kind == "heavy" else dice.normal(size=(120, 160))
    if kind == "autocorrelated":
        noise[:, 1:] += 0.7 * noise[:, :-1]
    maxima = np.abs(noise)
    borne = 20.0
    level = scoring.level(maxima[:, :80], borne)
    assert level is not None
    after = maxima[:, 80:] > level
    alarms = after[:, 0].sum() + (after[:, 1:] & ~after[:, :-1]).sum()
    expected = borne * after.size / 700
    assert expected / 1.6 < alarms < expected * 1.6


def test_a_day_is_held_against_its_own_hours(store: Store) -> None:
    times = hours(2)
    of = fed(plant(store), (running(at) for at in times))
    first = times[0]
    mean = round(sum(lively(at) for at in times[:24]) / 24, 2)
    day = Sent(first, mean, length=HOUR * 24, period=Period.DAY)
    fed(of, [(day,)])
    assert found(of, "average-mismatch") == []
    fed(of, [(replace(day, value=mean * 0.8, sent=1),)])
    (alert,) = found(of, "average-mismatch")
    assert (alert.period, alert.value) == ("day", mean * 0.8)
    assert "由其小时数据计算" in alert.reason


def test_a_plant_whose_oxygen_is_always_that_of_air_is_judged_like_any_other(store: Store) -> None:
    times = hours(20)
    stuck = set(times[-10:-2])

    def report(at: datetime) -> tuple[Sent, ...]:
        own = {SO2: 21.37} if at in stuck else {}
        return running(at, **{OXYGEN: round(20.8 + 0.001 * (at.hour % 7), 3), **own})

    of = fed(plant(store), (report(at) for at in times))
    assert {each.rule for each in of.alerts()} == {"constant-value"}


def test_hours_are_missed_while_real_time_data_goes_on(store: Store) -> None:
    times = hours(9)
    of = plant(store)
    fed(of, (running(at) for at in times[:-12]))
    assert [each for each in found(of, "missing-data") if each.periods == 12] == []
    nothing = timedelta(0)
    fed(
        of,
        ((Sent(at, lively(at), length=nothing, period=Period.REALTIME),) for at in times[-12:]),
    )
    (alert,) = found(of, "missing-data")
    assert (alert.state, alert.pollutant) == ("open", None)


def test_late_hours_among_others_are_one_alert(store: Store) -> None:
    times = hours(4)
    of = plant(store)
    fed(
        of,
        (
            tuple(replace(each, late=number % 2 == 0) for each in running(at))
            for number, at in enumerate(times)
        ),
    )
    assert len(found(of, "late-data")) == 1


def test_span_gas_of_work_is_no_exceedance(store: Store) -> None:
    times = hours(28)
    worked_on = set(times[100:-1:150])

    def report(at: datetime) -> tuple[Sent, ...]:
        first, *others = running(at)
        if at in worked_on:
            first = replace(first, value=180.0, flag="C")
        return (first, *others)

    of = fed(plant(store, limits=[{}]), (report(at) for at in times))
    assert [each.rule for each in of.alerts()] == []
