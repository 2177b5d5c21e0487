"""Whether two series still go together: what is said of a day rests on what lies before its end."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import relation
from monitor.averages import Floats

DAYS = 50
CHANGE = 42
Seeds = st.integers(0, 2**32 - 1)


def pair(seed: int, days: int = DAYS, *, change: int = DAYS, level: float = 20.0) -> list[Floats]:
    """Two series of hours that have a slow part in common until some day, as rows of days."""
    dice = np.random.default_rng(seed)
    slow = [np.convolve(dice.normal(size=days * 24), np.ones(12) / 3, "same") for _ in range(2)]
    own = level + np.where(np.arange(days * 24) < change * 24, *slow)
    other = level + slow[0]
    noise = 0.2 * dice.normal(size=(2, days * 24))
    return [(each + noise[n]).reshape(days, 24) for n, each in enumerate((own, other))]


def told(own: Floats, other: Floats) -> relation.Evidence:
    return relation.evidence(relation.blocks(own), relation.blocks(other))


def test_a_relation_is_spoken_for_until_it_ends_and_against_from_then_on() -> None:
    for seed in range(20):
        said = told(*pair(seed, change=CHANGE))
        assert np.isnan(said.found[0])
        assert said.found[35:CHANGE].sum() > 5
        assert said.found[CHANGE:].sum() < -5
        assert said.usual[CHANGE] > 0.2


def test_of_strangers_little_is_expected() -> None:
    for seed in range(20):
        own, other = pair(seed)[0], pair(seed + 100)[1]
        assert abs(told(own, other).usual[35:]).max() < 0.1


@settings(max_examples=30, deadline=None)
@given(Seeds, st.integers(relation.FIT, DAYS - 1), st.floats(0, 0.3))
def test_it_rests_on_nothing_ahead_nor_before_its_look_back(
    seed: int, day: int, missing: float
) -> None:
    rows = pair(seed, change=CHANGE, level=2.0)
    dice = np.random.default_rng(seed)
    for each in rows:
        each[dice.random(each.shape) < missing] = np.nan
    whole = told(*rows)
    first = max(0, day - relation.LOOKBACK)
    part = told(*(each[first : day + 1] for each in rows))
    for name in ("found", "blocks", "usual"):
        np.testing.assert_array_equal(getattr(whole, name)[day], getattr(part, name)[-1])


def test_nothing_is_said_of_what_stands_still_or_is_not_there() -> None:
    own, other = pair(1)
    nothing = np.full_like(own, np.nan)
    assert np.isnan(told(own, nothing).found).all()
    assert np.isnan(told(nothing, other).found).all()
    still = told(np.full_like(own, 3.0), np.full_like(own, 5.0))
    assert np.nanmax(np.abs(still.found)) == 0
