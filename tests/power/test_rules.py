"""The rules over power use: what is found, what is not, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert import Outcome, Policy
from monitor.averages import Floats
from monitor.clock import to_ms
from monitor.power import HOUR_MS, Line, Order, OrderKind
from monitor.register import Meter
from monitor.rules import meter_dark, night_power, stop_order_breach, treatment_off
from monitor.rules.base import Verdict
from monitor.rules.power import POWER_RULES, PowerRule, findings

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2026, 8, 1, tzinfo=ZONE).astimezone(UTC)
START = to_ms(MIDNIGHT)
METERS = tuple(
    Meter(meter=number, uscc="示例", facility=facility, rated_kw=rated)
    for number, facility, rated in (
        ("p1", "production", 60.0),
        ("p2", "production", 40.0),
        ("t1", "treatment", 20.0),
    )
)


def line(production: Any, treatment: Any = 10.0, hours: int | None = None, **more: Any) -> Line:
    """Hours (or quarters) of load in kW; a side draws the same throughout if it is one number."""
    sides = [np.asarray(side, dtype=np.float64) for side in (production, treatment)]
    size = hours or next(len(side) for side in sides if side.ndim)

    def quarters(side: Floats) -> Floats:
        return np.broadcast_to(side[:, None] if side.ndim == 1 else side, (size, 4)).copy()

    given: dict[str, Any] = {
        "uscc": "示例",
        "name": "",
        "start_ms": START,
        "zone": ZONE,
        "production": quarters(sides[0]),
        "treatment": quarters(sides[1]),
        "production_rated": 100.0,
        "treatment_rated": 20.0,
        "meters": METERS,
    }
    return Line(**given | more)


def found(rule: PowerRule[Any], of: Line, *orders: Order, thresholds: Any = None) -> list[Verdict]:
    return [each for each in findings(rule, of, orders, thresholds) if each.exceeds]


def hours_of(verdicts: Iterable[Verdict]) -> list[int]:
    return [(each.start_ms - START) // HOUR_MS for each in verdicts]


def cleared(rule: PowerRule[Any], of: Line, *orders: Order) -> list[int]:
    return hours_of(each for each in findings(rule, of, orders) if not each.exceeds)


# --- treatment-off --------------------------------------------------------------------------------


def test_production_without_treatment() -> None:
    one, two, three = found(treatment_off.RULE, line([80, 80, 80, 5, 80], [10, 1, 0, 0, 0]))
    assert hours_of([one, two, three]) == [1, 2, 4]
    assert (one.mn, one.pollutant, one.value, one.bound) == ("t1", "P", 0.05, 0.10)
    assert one.detail is not None
    assert (one.detail["minutes"], one.detail["production"]) == (60, 0.8)
    assert two.exceed_ratio == 1.0
    assert cleared(treatment_off.RULE, line([80, 80], [10, 1])) == [0]


@pytest.mark.parametrize(
    ("production", "treatment"),
    [
        (80, 2.0),  # a tenth, exactly
        (10, 0.0),  # production not above a tenth
        (0, 0.0),
        (np.nan, 0.0),  # nobody knows whether it produces
        (80, np.nan),  # a dark meter is not one that stands
    ],
)
def test_what_accuses_nobody(production: float, treatment: float) -> None:
    assert found(treatment_off.RULE, line(production, treatment, hours=3)) == []


def test_one_quarter_is_enough_and_more_may_be_asked_for() -> None:
    treatment = [[10, 10, 0, 10], [10, 0, 0, 10], [0, 10, 10, 0], [10, 10, 10, 0], [0, 0, 10, 10]]
    of = line(80, treatment, hours=5)
    assert hours_of(found(treatment_off.RULE, of)) == [0, 1, 2, 3, 4]
    half_an_hour = treatment_off.Thresholds(minutes=30)
    assert hours_of(found(treatment_off.RULE, of, thresholds=half_an_hour)) == [1, 4]


def test_what_is_not_registered_is_not_judged() -> None:
    assert found(treatment_off.RULE, line(80, 0, hours=1, treatment_rated=None)) == []
    assert found(treatment_off.RULE, line(80, 0, hours=1, production_rated=None)) == []
    assert found(treatment_off.RULE, line(80, 0, hours=1, meters=METERS[:2])) == []


def test_an_hour_of_which_a_part_is_dark_ends_no_episode() -> None:
    treatment = [[10, 10, 10, np.nan], [10, 10, 10, 10]]
    assert cleared(treatment_off.RULE, line(80, treatment, hours=2)) == [1]


# --- stop-order-breach ----------------------------------------------------------------------------


def order(kind: str, first: float, last: float | None, **more: Any) -> Order:
    """From hour to hour."""
    end = None if last is None else START + round(last * HOUR_MS)
    begin = START + round(first * HOUR_MS)
    said = {"id": 7, "document": "示例7号"} | more
    return Order(uscc="示例", kind=OrderKind(kind), start_ms=begin, end_ms=end, **said)


def test_production_during_a_stop() -> None:
    of = line([80, 80, 4, 6, 80, 80])
    one, two = found(stop_order_breach.RULE, of, order("stop", 2, 5))
    assert hours_of([one, two]) == [3, 4]
    assert (one.mn, one.value, one.bound) == ("p1", 6.0, 5.0)
    assert one.detail is not None
    assert (one.detail["order"], one.detail["document"]) == (7, "示例7号")
    assert hours_of(found(stop_order_breach.RULE, of, order("stop", 2, None))) == [3, 4, 5]


def test_only_quarters_that_lie_wholly_within_a_stop_count() -> None:
    production = [[80, 80, 80, 0], [0, 0, 0, 0], [0, 0, 0, 80]]
    of = line(production, hours=3)
    assert found(stop_order_breach.RULE, of, order("stop", 0.7, 2.8)) == []
    assert hours_of(found(stop_order_breach.RULE, of, order("stop", 0.5, 2.8))) == [0]


def test_more_than_a_limit_allows() -> None:
    of = line([80, 41, 42.5, 80])
    half = {"allowed_share": 0.5, "baseline_kw": 80.0}
    (one,) = found(stop_order_breach.RULE, of, order("limit", 1, 3, **half))
    assert (hours_of([one]), one.value, one.bound) == ([2], 42.5, 42.0)
    assert "50%" in stop_order_breach.RULE.reason(one, "zh", "", None)
    # without a usual load, what is installed
    of_rated = order("limit", 1, 3, allowed_share=0.4)
    assert hours_of(found(stop_order_breach.RULE, of, of_rated)) == [2]
    # an hour that is not wholly within it is not held against it
    assert found(stop_order_breach.RULE, of, order("limit", 2.25, 3.5, **half)) == []


def test_a_limit_is_never_below_what_a_plant_that_stands_draws() -> None:
    nothing = order("limit", 0, 2, allowed_share=0.0)
    assert hours_of(found(stop_order_breach.RULE, line([4, 6]), nothing)) == [1]


def test_of_several_orders_the_strictest_holds() -> None:
    orders = [order("limit", 0, 4, allowed_share=0.5), order("stop", 2, 4, id=8)]
    one, two = found(stop_order_breach.RULE, line([40, 40, 40, 40]), *orders)
    assert hours_of([one, two]) == [2, 3]
    assert one.detail is not None
    assert one.detail["order"] == 8


def test_an_order_for_another_line() -> None:
    stop = order("stop", 0, None, line="一线")
    assert found(stop_order_breach.RULE, line([80]), stop) == []
    assert len(found(stop_order_breach.RULE, line([80], name="一线"), stop)) == 1


def test_the_usual_load_is_that_of_the_hours_in_operation() -> None:
    thresholds = stop_order_breach.Thresholds()
    before = line([0.0] * 100 + [60.0] * 30 + [40.0] * 30)
    assert stop_order_breach.usual_load(before, thresholds) == 50.0
    assert stop_order_breach.usual_load(line([60.0] * 47), thresholds) is None
    assert stop_order_breach.usual_load(replace(before, production_rated=None), thresholds) is None


# --- night-power ----------------------------------------------------------------------------------


def days(*nightly: tuple[float, float]) -> list[float]:
    """Civil days from midnight on: the load by night (to 6, from 22) and by day."""
    return [kw for night, day in nightly for kw in [night] * 6 + [day] * 16 + [night] * 2]


def test_nights_that_are_suddenly_unlike_the_days() -> None:
    of = line(days(*[(10.0, 60.0)] * 10, (80.0, 10.0), (80.0, 10.0), (10.0, 60.0)))
    (one,) = found(night_power.RULE, of)
    # the night that begins at 22 of the eleventh day ends at 6 of the twelfth
    assert hours_of([one]) == [11 * 24 + 5]
    assert one.mn == "p1"
    assert one.value == pytest.approx((80 * 2 + 80 * 6) / 160)
    assert one.bound == 1.5
    assert one.detail is not None
    assert one.detail["since"] == "2026-08-11 06:00"


def test_a_plant_that_always_works_at_night_is_not_accused() -> None:
    assert found(night_power.RULE, line(days(*[(80.0, 10.0)] * 20))) == []


def test_nights_are_held_against_nothing_before_a_habit_is_known() -> None:
    assert found(night_power.RULE, line(days(*[(10.0, 60.0)] * 5, *[(80.0, 10.0)] * 2))) == []


def test_a_plant_that_stands_has_no_ratio() -> None:
    assert found(night_power.RULE, line(days(*[(10.0, 60.0)] * 10, (9.0, 0.1), (9.0, 0.1)))) == []


def test_a_dark_hour_leaves_the_night_open() -> None:
    load = days(*[(10.0, 60.0)] * 10, (80.0, 10.0), (80.0, 10.0))
    load[11 * 24 + 3] = np.nan
    assert found(night_power.RULE, line(load)) == []
    assert found(night_power.RULE, line([80.0] * 20)) == []  # no night has a day before it


# --- meter-dark -----------------------------------------------------------------------------------


def test_a_meter_that_was_heard_and_falls_silent() -> None:
    heard = START + np.array([50, 59, 59, 59, 245]) * 60_000
    of = line([80.0] * 5, heard={"t1": heard, "p1": np.full(5, -1)})
    one, two, three = found(meter_dark.RULE, of)
    assert hours_of([one, two, three]) == [1, 2, 3]
    assert (one.mn, one.value, one.bound, three.value) == ("t1", 61.0, 60.0, 181.0)
    assert cleared(meter_dark.RULE, of) == [0, 4]
    assert one.detail is not None
    assert one.detail["since"] == "2026-08-01 00:00"
    assert Policy().rules["meter-dark"] is Outcome.REMIND


def test_reports_of_the_hour_are_not_silence() -> None:
    heard = START + np.arange(5) * HOUR_MS  # each stamped with the beginning of its hour
    assert found(meter_dark.RULE, line([80.0] * 5, heard={"t1": heard})) == []


# --- in general -----------------------------------------------------------------------------------

LOADS = st.lists(
    st.sampled_from([0.0, 1.0, 4.0, 11.0, 30.0, 80.0, float("nan")]), min_size=4, max_size=4
)
HOURS = st.lists(st.tuples(LOADS, LOADS), min_size=26, max_size=80)


@given(HOURS, st.data())
def test_no_rule_sees_anything_of_the_future(hours: list[Any], data: st.DataObject) -> None:
    last = data.draw(st.integers(1, len(hours)))
    heard = np.maximum.accumulate(
        np.where(np.arange(len(hours)) % 5, -1, START + np.arange(len(hours)) * HOUR_MS)
    )
    of = line([p for p, _ in hours], [t for _, t in hours], heard={"t1": heard}, hours=len(hours))
    orders = (order("stop", 3, 9), order("limit", 5, 30, allowed_share=0.3))
    for rule in POWER_RULES.values():
        whole = [v for v in findings(rule, of, orders) if v.end_ms <= START + last * HOUR_MS]
        part = list(findings(rule, of.cut(last), orders))
        assert sorted(map(repr, whole)) == sorted(map(repr, part)), rule.name


SENTENCES: dict[str, Callable[[], list[Verdict]]] = {
    "treatment-off": lambda: found(treatment_off.RULE, line([80], [0])),
    "stop-order-breach": lambda: [
        *found(stop_order_breach.RULE, line([80]), order("stop", 0, None)),
        *found(stop_order_breach.RULE, line([80]), order("limit", 0, None, allowed_share=0.5)),
    ],
    "night-power": lambda: found(
        night_power.RULE, line(days(*[(10.0, 60.0)] * 10, (80.0, 10.0), (80.0, 10.0)))
    ),
    "meter-dark": lambda: found(meter_dark.RULE, line([80.0] * 3, heard={"t1": np.full(3, START)})),
}


@pytest.mark.parametrize("name", POWER_RULES)
def test_what_is_said(name: str) -> None:
    rule = POWER_RULES[name]
    verdicts = SENTENCES[name]()
    assert verdicts
    for verdict in verdicts:
        for language, mark in (("zh", "；依据："), ("en", "; ")):
            sentence = rule.reason(verdict, language, "", None)
            assert f"{mark}{rule.clause}" in sentence
            assert "{" not in sentence
            assert "nan" not in sentence
            assert rule.title[language]
            assert rule.ground[language]


def test_the_orders_of_the_night_are_civil() -> None:
    of = line([1.0] * 48)
    assert of.hour_of_day.tolist()[:3] == [0, 1, 2]
    assert np.flatnonzero(of.night).tolist()[:9] == [0, 1, 2, 3, 4, 5, 22, 23, 24]
    elsewhere = replace(of, start_ms=to_ms(MIDNIGHT - timedelta(hours=3)))
    assert elsewhere.hour_of_day.tolist()[:4] == [21, 22, 23, 0]
