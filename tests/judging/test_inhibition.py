"""Of several rules that see one thing one is told; the others are kept, and told when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.actions import Desk
from monitor.actions import alerts as screening
from monitor.actions.alerts import Verdict
from monitor.alert import Outcome, Policy
from monitor.clock import to_ms
from monitor.inhibition import CATCH_ALL, MUTES, Heard, muted, mutes
from monitor.register import Register
from monitor.store import Store, alerts, reminders
from tests.judging.desk_kit import START, change, opened, row_of, swept, told
from tests.judging.kit import ADMIN, HOUR, ZONE

NOW = START + timedelta(days=5)
RULES = sorted({*MUTES, CATCH_ALL, *(named for some in MUTES.values() for named in some)})

heard = st.builds(
    lambda number, rule, outlet, pollutant, start, length, is_open, verify: Heard(
        id=number,
        rule=rule,
        outlet=outlet,
        pollutant=pollutant,
        period="hour",
        start_ms=start,
        end_ms=start + length,
        open=is_open,
        verify=verify,
    ),
    st.integers(1, 99),
    st.sampled_from(RULES),
    st.sampled_from([1, 2, None]),
    st.sampled_from(["a", "b", None]),
    st.integers(0, 20),
    st.integers(0, 9),
    st.booleans(),
    st.booleans(),
)
some_heard = st.lists(heard, max_size=9, unique_by=lambda each: each.id)


@given(some=some_heard, data=st.data())
def test_what_is_muted_does_not_depend_on_the_order(some: list[Heard], data: st.DataObject) -> None:
    assert muted(data.draw(st.permutations(some))) == muted(some)


@given(some=some_heard)
def test_behind_what_is_muted_there_is_always_one_that_is_told(some: list[Heard]) -> None:
    by, known = muted(some), {each.id: each for each in some}
    for number, above in by.items():
        low, high = known[number], known[above]
        assert above not in by
        assert high.open
        assert low.rule in mutes(high.rule)
        assert not low.verify
        assert low.outlet == high.outlet is not None
        assert high.pollutant in (None, low.pollutant)
        assert max(low.start_ms, high.start_ms) <= min(low.end_ms, high.end_ms)


def test_no_rule_mutes_itself_and_every_named_one_the_score() -> None:
    assert all(rule not in mutes(rule) for rule in RULES)
    assert CATCH_ALL in mutes("limit-hugging") & mutes("exceedance")
    assert mutes("missing-data") == mutes("video-event") == mutes(CATCH_ALL) == frozenset()


def test_a_momentary_exceedance_does_not_stand_for_the_hour() -> None:
    def one(number: int, rule: str, period: str) -> Heard:
        return Heard(
            id=number, rule=rule, outlet=1, pollutant="a", period=period, start_ms=0, end_ms=9,
            open=True, verify=False,
        )  # fmt: skip

    forecast = one(2, "forecast-exceedance", "hour")
    assert muted([one(1, "exceedance", "realtime"), forecast]) == {}
    assert muted([one(1, "exceedance", "hour"), forecast]) == {2: 1}


# --- at the desk ----------------------------------------------------------------------------


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store=store, zone=ZONE, register=Register, now=lambda: NOW)


def shaped(desk: Desk, number: int) -> dict[str, Any]:
    return alerts.shape(row_of(desk, number), ZONE)


@pytest.mark.parametrize("together", [True, False])
def test_the_lesser_is_kept_and_told_when_the_greater_is_over(desk: Desk, together: bool) -> None:
    constant, low = {"rule": "constant-value"}, {"rule": "low-variance"}
    if together:
        numbers = opened(desk, low, constant, at=NOW)
    else:
        numbers = [*opened(desk, constant, at=NOW), *opened(desk, low, at=NOW)][::-1]
    lesser, greater = numbers
    assert shaped(desk, lesser)["muted_by"] == {"alert": greater}
    assert shaped(desk, greater)["muted_by"] is None
    assert told(desk) == [("alert.opened", greater)]
    assert swept(desk, NOW) == 0  # it goes on
    change(desk, lesser, NOW, periods=2)
    change(desk, greater, NOW, periods=2)
    assert told(desk)[1:] == [("alert.updated", greater)]
    change(desk, greater, NOW, state="cleared", cleared_ms=to_ms(NOW))
    assert swept(desk, NOW) in (0, 1)
    assert shaped(desk, lesser)["muted_by"] is None
    assert told(desk)[2:] == [("alert.cleared", greater), ("alert.opened", lesser)]
    assert swept(desk, NOW) == 0


def test_one_that_was_told_before_is_not_opened_twice(desk: Desk) -> None:
    (low,) = opened(desk, {"rule": "low-variance"}, at=NOW)
    (constant,) = opened(desk, {"rule": "constant-value"}, at=NOW)
    assert shaped(desk, low)["muted_by"] == {"alert": constant}
    change(desk, low, NOW, periods=2)
    change(desk, constant, NOW, state="cleared", cleared_ms=to_ms(NOW))
    swept(desk, NOW)
    assert told(desk) == [
        ("alert.opened", low),
        ("alert.opened", constant),
        ("alert.cleared", constant),
        ("alert.updated", low),
    ]


def test_one_that_was_told_and_ends_while_it_is_muted_ends_for_those_who_listen(desk: Desk) -> None:
    (low,) = opened(desk, {"rule": "low-variance"}, at=NOW)
    (constant,) = opened(desk, {"rule": "constant-value"}, at=NOW)
    change(desk, low, NOW, state="cleared", cleared_ms=to_ms(NOW))
    assert told(desk)[2:] == [("alert.cleared", low)]
    change(desk, constant, NOW, state="cleared", cleared_ms=to_ms(NOW))
    swept(desk, NOW)
    assert told(desk)[3:] == [("alert.cleared", constant)]


def test_what_ended_while_it_was_muted_is_never_told(desk: Desk) -> None:
    constant, low = opened(desk, {"rule": "constant-value"}, {"rule": "low-variance"}, at=NOW)
    change(desk, low, NOW, state="cleared", cleared_ms=to_ms(NOW))
    change(desk, constant, NOW, state="cleared", cleared_ms=to_ms(NOW))
    swept(desk, NOW)
    assert low not in {number for _, number in told(desk)}
    assert shaped(desk, low)["muted_by"] == {"alert": constant}


def test_when_the_greater_is_dismissed_the_lesser_is_told(desk: Desk) -> None:
    constant, low = opened(desk, {"rule": "constant-value"}, {"rule": "low-variance"}, at=NOW)
    screening.screen(desk, ADMIN, constant, Verdict.DISMISS, "检定中")
    assert swept(desk, NOW) == 1
    assert told(desk)[-1] == ("alert.opened", low)


@pytest.mark.parametrize(
    "other",
    [
        {"device": 2, "mn": "OTHER"},
        {"pollutant": "a34013"},
        {"start_ms": to_ms(NOW - 9 * HOUR), "end_ms": to_ms(NOW - 8 * HOUR)},
        {"outcome": "verify", "uscc": None},
        {"rule": "exceedance"},
    ],
)
def test_what_is_about_something_else_or_asks_for_a_visit_is_told(
    desk: Desk, other: dict[str, Any]
) -> None:
    _, number = opened(desk, {"rule": "constant-value"}, {"rule": "low-variance"} | other, at=NOW)
    assert shaped(desk, number)["muted_by"] is None
    assert ("alert.opened", number) in told(desk)


def test_what_is_about_the_outlet_mutes_for_all_its_pollutants(desk: Desk) -> None:
    whole, score = opened(
        desk, {"rule": "stop-not-stopped", "pollutant": None}, {"rule": CATCH_ALL}, at=NOW
    )
    assert shaped(desk, score)["muted_by"] == {"alert": whole}


def test_what_is_muted_records_no_reminder_until_it_is_heard(desk: Desk) -> None:
    reminding = replace(desk, grading=lambda: Policy(rules={}))
    low = {"rule": "low-variance", "outcome": Outcome.REMIND.value}
    constant, lesser = opened(reminding, {"rule": "constant-value"}, low, at=NOW, remind=True)
    with desk.store.read() as connection:
        assert not reminders.has_any(connection, lesser)
    change(desk, constant, NOW, state="cleared", cleared_ms=to_ms(NOW))
    assert shaped(desk, lesser)["muted_by"] is None
